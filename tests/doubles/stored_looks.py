"""Looks at the small township's bin station as a service would have stored them: a minute apart, with so many full bins and bags."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from storage.database import Database
from tests.doubles.people import GATE, STATION
from town.geometry import Box
from town.looks import Look, LookOutcome
from town.sight import Observation, SeenObject

MINUTE = timedelta(minutes=1)
FIRST_SPOT = Box(0.2, 0.3, 0.25, 0.45)


def record_bins(database: Database, begun_at: datetime, seen: Iterable[tuple[int, int]]) -> None:
    """A look a minute: how many bins overflow, and how many bags lie beside them."""
    with database.transaction() as book:
        for number, (full, bags) in enumerate(seen):
            at = begun_at + number * MINUTE
            book.record_look(Look(f"look-{at:%H%M%S}", GATE, at, at, at, LookOutcome.DONE))
            book.record_observations([_seen(at, full, bags)])


def _seen(at: datetime, full: int, bags: int) -> Observation:
    metrics = {"bin_count": 4.0, "overflowing_count": float(full), "overflowing_share": full / 4, "garbage_count": float(bags)}
    things = [*(["overflowing_bin"] * full), *(["garbage"] * bags)]
    objects = tuple(SeenObject(label, 0.9, _moved(number)) for number, label in enumerate(things))
    return Observation(GATE, STATION, "bins", at, metrics, objects)


def _moved(number: int) -> Box:
    return Box(*(side + 0.1 * number * (place % 2 == 0) for place, side in enumerate(FIRST_SPOT.as_list())))
