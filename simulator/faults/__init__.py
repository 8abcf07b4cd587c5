"""The fault bench: seeded runs of the service's order half under kills, bad wires, a full disk, a locked database and clock jumps."""
