"""Brings a database up to date, or refuses one that a later weisu wrote."""

import logging
import subprocess
import sys
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from storage.errors import TooNew

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE_S = 600


def migrate(connection: Connection) -> None:
    """Run the missing migrations within the caller's transaction: all, or none. Raises TooNew."""
    known = sorted(file.stem[1:5] for file in (MIGRATIONS / "versions").glob("v*.py"))
    stands_at = _stands_at(connection)
    if stands_at is not None and stands_at not in known:
        raise TooNew(f"the database stands at schema {stands_at}, which this weisu does not know: it was written by a later one")
    if stands_at != known[-1]:
        _upgrade(connection)


def migrate_aside(url: str) -> None:
    """Let a process of its own open a database and bring it up to date: what migrating needs, 17 MB, goes with it.

    Whatever goes wrong there is told by who opens the database next.
    """
    program = "import sys; from storage.database import Database; Database.open(sys.argv[1]).close()"
    subprocess.run([sys.executable, "-c", program, url], capture_output=True, timeout=PATIENCE_S, check=False)  # noqa: S603  the program is ours


def _stands_at(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # a database that is up to date needs none of it
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
