"""What alembic runs: it migrates the connection it was handed, and opens none of its own."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
