"""The service's order half is restored from a backup while its cleaners' phones stay connected."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from alerts.cleaner import CleanerClient
from alerts.taking_up import take_up
from patrol.backing_up import back_up, restore
from storage.database import Database
from tests.doubles.brokers import Embedded, embedded
from tests.doubles.people import NEAR, SECOND, incident
from tests.doubles.town_office import ACCESS, PASSWORDS, TOPICS, TownOffice, clock, on_duty, step_until, town_office
from town.work import OrderState


@contextmanager
def service(file: Path, broker: Embedded) -> Iterator[TownOffice]:
    """As `weisu run` begins: open, go on from a copy where it is one, then relay and reception."""
    with closing(Database.open(f"sqlite:///{file}")) as database, town_office(broker, database) as town:
        take_up(database, town.office.township, clock())
        yield town


def phone(broker: Embedded, name: str) -> CleanerClient:
    return CleanerClient.over_mqtt(broker.address(name), TOPICS, name)


def shown(client: CleanerClient) -> dict[str, tuple[OrderState, bool]]:
    return {order_id: (line.state, line.yours) for order_id, line in client.state.orders.items()}


def test_phones_that_stayed_connected_show_what_was_restored_and_work_goes_on(tmp_path: Path) -> None:
    file, backup = tmp_path / "weisu.db", tmp_path / "backup.db"
    with embedded(ACCESS, PASSWORDS) as broker, ExitStack() as phones:
        near, second = phone(broker, NEAR), phone(broker, SECOND)
        with service(file, broker) as town:
            phones.enter_context(on_duty(near, second))
            kept = town.office.opens(incident(1, object_id="car-1", at=clock())).id
            step_until(near, lambda: kept in near.state.orders, "the offer")
            assert back_up(file, backup, clock()).is_whole
            near.claim(kept, clock())
            step_until(near, lambda: shown(near)[kept] == (OrderState.CLAIMED, True), "the claim's success")
            lost = town.office.opens(incident(2, object_id="car-2", at=clock())).id
            step_until(second, lambda: lost in second.state.orders, "the other offer")
            second.claim(lost, clock())
            step_until(second, lambda: shown(second)[lost] == (OrderState.CLAIMED, True), "the other claim's success")
        restore(backup, file, clock(), force=True)
        with service(file, broker) as town:
            for client in (near, second):
                step_until(client, lambda client=client: shown(client) == {kept: (OrderState.OFFERED, False)}, "the truth")  # type: ignore[misc]
            second.claim(kept, clock())
            step_until(second, lambda: shown(second)[kept] == (OrderState.CLAIMED, True), "a claim that is won")
            step_until(near, lambda: not near.state.orders, "the loss")
            second.done(lost, clock())
            step_until(second, lambda: not second.unanswered_count, "the answer about an order that nobody knows")
            assert town.office.store.audit(lambda _: None).broken is None
