"""Which rules the limiter paused, and what became of what they would have opened: read only."""

from sqlalchemy import select

from rules.limiter import HeldOpening, Pause
from storage.engines import Engines
from storage.rows import held_of, pause_of
from storage.tables import held_openings, limiter_pauses, pictures


class Pauses:
    """Reads what is committed; each call sees one moment."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def recent(self, at_most: int = 100) -> list[Pause]:
        """Pauses, those that stand and those that ended, newest first."""
        chosen = select(limiter_pauses).order_by(limiter_pauses.c.number.desc()).limit(at_most)
        with self._engines.reading() as connection:
            return [pause_of(row) for row in connection.execute(chosen).mappings()]

    def openings(self, pause: int) -> list[HeldOpening]:
        """All that a pause held, whatever became of it, oldest first."""
        theirs = select(held_openings).where(held_openings.c.pause == pause).order_by(held_openings.c.held_at, held_openings.c.id)
        with self._engines.reading() as connection:
            return [held_of(row) for row in connection.execute(theirs).mappings()]

    def opening(self, incident_id: str) -> HeldOpening | None:
        """The held opening of an incident, if it was held."""
        with self._engines.reading() as connection:
            row = connection.execute(select(held_openings).where(held_openings.c.id == incident_id)).mappings().first()
            return held_of(row) if row else None

    def picture_path(self, picture_id: str) -> str | None:
        """Where a kept picture lies within the folder of pictures; None where it is no longer kept."""
        with self._engines.reading() as connection:
            path: str | None = connection.execute(select(pictures.c.path).where(pictures.c.id == picture_id)).scalar_one_or_none()
            return path
