"""Brings a database up to date, or refuses one that a later weisu wrote."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.errors import TooNew

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(connection: Connection) -> None:
    """Run the missing migrations within the caller's transaction: all, or none. Raises TooNew."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    script, stands_at = ScriptDirectory.from_config(config), MigrationContext.configure(connection).get_current_revision()
    known = {revision.revision for revision in script.walk_revisions()}
    if stands_at is not None and stands_at not in known:
        raise TooNew(f"the database stands at schema {stands_at}, which this weisu does not know: it was written by a later one")
    if stands_at != script.get_current_head():
        logging.getLogger("alembic").setLevel(logging.WARNING)
        command.upgrade(config, "head")
