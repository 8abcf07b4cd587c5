"""The demo's manager names somebody for what waits for a manager, and leaves everything else alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.manager_desk import ManagerDesk
from simulator.grid_manager import SimulatedManager
from storage.database import Database
from tests.doubles.people import MANAGER, NEAR, SECOND, Office, after, incident
from town.work import OrderState


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(store=Database.open(f"sqlite:///{tmp_path / 'weisu.db'}"))
    yield made
    made.store.close()


def test_an_order_that_failed_twice_is_given_to_the_nearest_who_can(office: Office) -> None:
    order = office.opens(incident())
    for minute in (1, 2):
        office.hears(SECOND, "claim", order_id=order.id, at=after(minutes=minute))
        office.hears(SECOND, "done", order_id=order.id, at=after(minutes=minute))
        ManagerDesk(office.store, office.township).redo(order.id, MANAGER, "照片里还有", after(minutes=minute))
    SimulatedManager(office.store, office.township).attend(after(minutes=3))
    named = office.order(order.id)
    assert (named.state, named.holder, named.attempt) == (OrderState.CLAIMED, NEAR, 3)


def test_what_waits_for_no_manager_or_finds_nobody_stays(office: Office) -> None:
    order = office.opens(incident())
    manager = SimulatedManager(office.store, office.township)
    manager.attend(after(minutes=1))
    assert office.order(order.id) == order
    for minute in (1, 2):
        office.hears(SECOND, "claim", order_id=order.id, at=after(minutes=minute))
        office.hears(SECOND, "done", order_id=order.id, at=after(minutes=minute))
        ManagerDesk(office.store, office.township).redo(order.id, MANAGER, "照片里还有", after(minutes=minute))
    waiting = office.order(order.id)
    manager.attend(after(hours=6))
    assert office.order(order.id) == waiting
