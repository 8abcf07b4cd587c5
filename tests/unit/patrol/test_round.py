"""The round of looks: what the planner lets go is begun, and what it put off is written down."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import cast

from patrol.patrol import Patrol
from patrol.planner import Planner
from patrol.round import Round
from patrol.turn import Need
from storage.database import Database
from tests.doubles.order_samples import NOW, after, event, incident, order
from town.looks import Cadence, PutOffReason
from town.work import OrderState

HOUR = timedelta(hours=1)


class Noting:
    """In the patrol's place: notes what is due."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, Cadence]] = []

    async def due(self, camera_id: str, cadence: Cadence) -> None:
        self.begun.append((camera_id, cadence))


def round_of(folder: Path, *needs: Need, budget: float | None = None) -> tuple[Round, Noting]:
    patrol, database = Noting(), Database.open(f"sqlite:///{folder / 'weisu.db'}")
    planner = Planner([(need, NOW) for need in needs], budget, timedelta(seconds=10))
    return Round(planner, cast(Patrol, patrol), database, just_done=timedelta(seconds=2)), patrol


def test_where_a_cleaner_has_just_said_done_is_looked_at_at_once(tmp_path: Path) -> None:
    looks, patrol = round_of(tmp_path, Need("gate-1", HOUR))
    done = order(1, camera_id="gate-1", state=OrderState.VERIFYING, done_at=after(seconds=10))
    with looks.database.transaction() as book:
        book.save_incident(incident(1, id=done.incident_id))
        book.add(done, event(done))

    async def story() -> None:
        await looks.begin_looks(NOW)
        await looks.look_at_what_was_done(after(seconds=11))
        await looks.begin_looks(after(seconds=11))
        await looks.look_at_what_was_done(after(seconds=15))
        await looks.begin_looks(after(seconds=15))

    asyncio.run(story())
    assert patrol.begun == [("gate-1", Cadence.ROUTINE), ("gate-1", Cadence.WATCH)]


def test_what_was_put_off_is_written_down_once(tmp_path: Path) -> None:
    looks, _ = round_of(tmp_path, Need("a", timedelta(seconds=10)), Need("b", timedelta(seconds=10)), budget=0.1)

    async def story() -> None:
        for second in range(60):
            await looks.begin_looks(after(seconds=second))
        await looks.note_put_off()
        await looks.note_put_off()

    asyncio.run(story())
    summary = looks.database.figures.summary(NOW)
    assert set(summary.put_off) == {PutOffReason.OVER_BUDGET}
    assert 4 <= summary.dropped <= 8


def test_a_camera_that_had_orders_in_the_last_week_counts_for_more(tmp_path: Path) -> None:
    looks, patrol = round_of(tmp_path, Need("quiet", HOUR), Need("gate-1", HOUR), budget=1)
    with looks.database.transaction() as book:
        book.save_incident(incident(1, id=order(1).incident_id))
        book.add(order(1, camera_id="gate-1"), event(order(1)))

    async def story() -> None:
        await looks.weigh(after(days=6))
        await looks.begin_looks(NOW)

    asyncio.run(story())
    assert patrol.begun[0][0] == "gate-1"
