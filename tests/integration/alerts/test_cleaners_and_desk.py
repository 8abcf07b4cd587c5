"""Cleaners' clients and the order desk, over a real broker: offers, one winner, losers told, losses healed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.brokers import eventually, mosquitto
from tests.doubles.certificates import Authority
from tests.doubles.people import FAR, NEAR, SECOND, THIRD, incident
from tests.doubles.town_office import ACCESS, PASSWORDS, TownOffice, clock, on_duty, step_until, town_office
from town.geometry import Position
from town.work import OrderState


@pytest.fixture(params=["embedded", "mosquitto-3.1.1", "mosquitto-5", "mosquitto-3.1.1-tls", "mosquitto-5-tls"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TownOffice]:
    if request.param == "embedded":
        with town_office() as town:
            yield town
    else:
        protocol = "5" if request.param.startswith("mosquitto-5") else "3.1.1"
        with mosquitto(tmp_path, ACCESS, PASSWORDS, protocol, **tls_for(request.param, tmp_path)) as broker, town_office(broker) as town:
            yield town


def tls_for(kind: str, folder: Path) -> dict[str, Any]:
    if not kind.endswith("-tls"):
        return {}
    authority = Authority(folder)
    return {"certificate": authority.signed(), "ca_file": authority.root}


def test_several_cleaners_get_an_offer_one_has_it_and_the_others_are_told(town: TownOffice) -> None:
    near, second, far = town.client(NEAR), town.client(SECOND), town.client(FAR)
    with on_duty(near, second, far):
        order = town.office.opens(incident(at=clock()))
        for client in (near, second):
            step_until(client, lambda client=client: order.id in client.state.orders, "the offer")
        second.claim(order.id, clock())
        step_until(second, lambda: second.state.orders[order.id].yours, "the claim's success")
        step_until(near, lambda: order.id not in near.state.orders, "the loss")
        far.step(clock(), 0.05)

        assert town.office.order(order.id).holder == SECOND
        assert not far.state.orders


def test_every_offer_is_answered_with_a_receipt(town: TownOffice) -> None:
    near = town.client(NEAR)
    with on_duty(near):
        order = town.office.opens(incident(at=clock()))
        step_until(near, lambda: order.id in near.state.orders, "the offer")

        eventually(lambda: receipts(town) == {NEAR}, "the receipt")


def test_where_a_cleaner_says_they_are_is_known(town: TownOffice) -> None:
    near = town.client(NEAR)
    with on_duty(near):
        step_until(near, lambda: near.stand_at(Position(39.8, 116.51), clock()), "a word to the broker")

        eventually(lambda: positions(town) == {NEAR: Position(39.8, 116.51)}, "the position")


def positions(town: TownOffice) -> dict[str, Position]:
    with town.office.store.transaction() as book:
        return {name: last.position for name, last in book.last_positions().items()}


def receipts(town: TownOffice) -> set[str]:
    """Who has received the offers that were sent to them."""
    with town.office.store.transaction() as book:
        missing = {delivery.message.cleaner_id for delivery in book.unreceived(clock())}
    return {NEAR, SECOND, THIRD} - missing


def test_what_was_missed_while_away_is_in_the_snapshot(town: TownOffice) -> None:
    order = town.office.opens(incident(at=clock()))
    near = town.client(NEAR)
    with on_duty(near):
        step_until(near, lambda: order.id in near.state.orders, "the order")

        assert near.state.orders[order.id].state is OrderState.OFFERED


def test_the_whole_work_of_an_order(town: TownOffice) -> None:
    near = town.client(NEAR)
    with on_duty(near):
        order = town.office.opens(incident(at=clock()))
        step_until(near, lambda: order.id in near.state.orders, "the offer")
        for say, expected in ((near.claim, OrderState.CLAIMED), (near.arrived, OrderState.ON_SITE), (near.done, OrderState.VERIFYING)):
            say(order.id, clock())
            step_until(near, lambda expected=expected: near.state.orders[order.id].state is expected, expected)
        town.office.clears(incident(at=order.opened_at), clock())

        step_until(near, lambda: not near.state.orders, "the end of the order")
        assert town.office.order(order.id).state is OrderState.CLOSED


def test_what_is_said_while_the_broker_is_away_is_heard_once_when_it_is_back(town: TownOffice) -> None:
    near = town.client(NEAR)
    with on_duty(near):
        order = town.office.opens(incident(at=clock()))
        step_until(near, lambda: order.id in near.state.orders, "the offer")
        town.broker.kill()
        eventually(lambda: not near.link.connected, "the loss of the broker")
        near.claim(order.id, clock())
        town.broker.restart()
        step_until(near, lambda: near.state.orders[order.id].yours and not near.unanswered_count, "the claim's success")

        assert town.office.actions(order.id).count("claim") == 1
