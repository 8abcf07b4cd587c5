"""What is stored of a camera's hours, read at once for the strip, and the one moment that is explained. Blocks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.engineer.strip import Curve, Mark, RuleLane, Window, curves, look_marks, order_marks, rule_lanes
from patrol.explaining import explain
from patrol.explanation_text import Story
from patrol.wording import Wording
from storage.database import Database
from town.places import Camera
from town.township import Township

SHOWN_PICTURES = 12


@dataclass(frozen=True, slots=True)
class PastHours:
    """The hours of one camera, ready to be drawn. `look_ends` are when its looks ended, oldest first."""

    camera: Camera
    window: Window
    looks: Sequence[Mark]
    counts: Counter[str]
    look_ends: Sequence[datetime]
    curves: Sequence[Curve]
    lanes: Sequence[RuleLane]
    orders: Sequence[Mark]
    order_rows: int
    pictures: Sequence[tuple[datetime, str]]


def read_hours(database: Database, camera: Camera, window: Window) -> PastHours:
    """Raises StorageError."""
    looks = database.figures.looks_at(camera.id, window.since, window.until)
    orders, rows = order_marks(database.order_lists.lived_at(camera.id, window.since, window.until), window)
    runs = [run for run in database.reasons.runs_on(camera.id, window.since, window.until) if run.began_at < window.until]
    return PastHours(
        camera,
        window,
        look_marks(looks, window),
        Counter(look.outcome for look in looks),
        [look.ended_at for look in looks],
        curves(database.past.looks(camera.id, window.since, window.until), window),
        rule_lanes(runs, window),
        orders,
        rows,
        database.evidence.kept_at(camera.id, window.since, window.until),
    )


def story_at(database: Database, township: Township, camera: Camera, at: datetime, wording: Wording) -> list[str]:
    """The lines of `weisu explain`. Raises StorageError."""
    return list(Story(explain(database, camera, camera.zones, at), township, wording).lines())


def spread_out(pictures: Sequence[tuple[datetime, str]], window: Window, at_most: int = SHOWN_PICTURES) -> list[tuple[float, str]]:
    """Pictures that have room beside each other on the strip, as (share of the window, id)."""
    shown: list[tuple[float, str]] = []
    for at, picture_id in pictures:
        share = window.share(at)
        if not shown or share - shown[-1][0] >= 1 / at_most:
            shown.append((share, picture_id))
    return shown


def nearest(pictures: Sequence[tuple[datetime, str]], at: datetime) -> tuple[datetime, str] | None:
    return min(pictures, key=lambda one: abs(one[0] - at), default=None)


def window_around(at: datetime, span: timedelta, now: datetime) -> Window:
    """Hours with the moment in their last third, so that what led to it is seen; never beyond now by more than a little."""
    until = min(at + span / 3, max(now, at) + span / 50)
    return Window(until - span, until)
