"""What was seen, read again look by look as it was judged when it was new, with the pictures that were kept."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Text, select, type_coerce

from storage.engines import Engines
from storage.rows import object_of
from storage.tables import looks, observations, pictures
from town.looks import LookOutcome
from town.sight import Observation, SeenObject

NEVER_EXAMINED = "overloaded"
"""Why a look may be unknown without any rule having been told: its frame came too late to be looked at."""

BATCH = 2000
SAME_TEXTS = 1024
"""How many texts are kept beside what they say: an empty lane and a tidy station read the same again and again."""

_DECODER = json.JSONDecoder()

_SEEN = (
    observations.c.zone_id,
    observations.c.kind,
    observations.c.seen_at,
    # As plain text: what reads the same is taken apart once.
    type_coerce(observations.c.metrics, Text),
    type_coerce(observations.c.objects, Text),
)


@dataclass(frozen=True, slots=True)
class PastLook:
    """One look that rules judged: what it showed, or why it could tell nothing."""

    seen_at: datetime
    observations: tuple[Observation, ...] = ()
    unknown: str = ""


class Past:
    """Reads what is committed, of one moment, and holds up no writer."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def looks(self, camera_id: str, since: datetime, until: datetime) -> Iterator[PastLook]:
        """The looks at a camera that rules judged in a span of time, its end left out, in the order in which they were judged.

        An unknown look counts from its start: when its frame was taken is not kept.
        """
        with self._engines.reading() as connection:
            unknown = _unknown(connection, camera_id, since, until)
            for fit in _fit(connection, camera_id, since, until):
                while unknown and unknown[-1].seen_at <= fit.seen_at:
                    yield unknown.pop()
                yield fit
            yield from reversed(unknown)

    def pictures(self, camera_id: str, since: datetime, until: datetime) -> list[tuple[datetime, str]]:
        """When each kept picture of a camera was taken in a span of time, its end included, and its path in the folder of pictures."""
        chosen = select(pictures.c.taken_at, pictures.c.path).where(
            pictures.c.camera_id == camera_id, pictures.c.taken_at >= since, pictures.c.taken_at <= until
        )
        with self._engines.reading() as connection:
            return [(row[0], row[1]) for row in connection.execute(chosen.order_by(pictures.c.taken_at, pictures.c.id))]


def _unknown(connection: Connection, camera_id: str, since: datetime, until: datetime) -> list[PastLook]:
    """The unknown looks, latest first."""
    chosen = select(looks.c.started_at, looks.c.reason).where(
        looks.c.camera_id == camera_id,
        looks.c.ended_at >= since,
        looks.c.started_at < until,
        looks.c.outcome == LookOutcome.UNKNOWN,
        looks.c.reason != NEVER_EXAMINED,
    )
    found = connection.execute(chosen.order_by(looks.c.started_at.desc(), looks.c.id))
    return [PastLook(row[0], unknown=row[1]) for row in found if row[0] >= since]


def _fit(connection: Connection, camera_id: str, since: datetime, until: datetime) -> Iterator[PastLook]:
    """Observations gathered look by look: those of one look were written together and have one instant."""
    gathered: dict[tuple[str, str], Observation] = {}
    seen_at = since
    for zone_id, kind, at, metrics, objects in _rows(connection, camera_id, since, until):
        if gathered and (at != seen_at or (zone_id, kind) in gathered):
            yield PastLook(seen_at, tuple(gathered.values()))
            gathered = {}
        seen_at = at
        gathered[zone_id, kind] = Observation(camera_id, zone_id, kind, at, _metrics(metrics), _objects(objects))
    if gathered:
        yield PastLook(seen_at, tuple(gathered.values()))


def _rows(connection: Connection, camera_id: str, since: datetime, until: datetime) -> Iterator[Any]:
    chosen = select(*_SEEN).where(observations.c.camera_id == camera_id, observations.c.seen_at >= since, observations.c.seen_at < until)
    result = connection.execute(chosen.order_by(observations.c.number), execution_options={"yield_per": BATCH})
    for batch in result.partitions():
        yield from batch


@lru_cache(SAME_TEXTS)
def _metrics(text: str) -> dict[str, float]:
    read: dict[str, float] = json.loads(text)
    return read


@lru_cache(SAME_TEXTS)
def _objects(text: str) -> tuple[SeenObject, ...]:
    return tuple(map(object_of, _DECODER.raw_decode(text)[0]))
