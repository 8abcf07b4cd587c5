"""The way from an empty file to the tables of today, one step a file."""
