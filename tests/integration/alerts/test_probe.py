"""The probe finds what a broker lets its users do, and where that is not what the access table says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.access import Access, Verb
from alerts.mqtt import MqttLink
from alerts.probe import Cell, Place, Probe, ProbeError
from alerts.probe_report import matrix, strangers
from alerts.topics import Topics
from tests.doubles.brokers import Embedded, Mosquitto, embedded, mosquitto
from tests.doubles.memory_link import MemoryBroker

TOPICS = Topics("yizhuang")
ACCESS = Access(TOPICS.root, "service", frozenset({"c01", "c02"}))
PASSWORDS = {"service": "s-secret", "c01": "one-secret", "c02": "two-secret"}
COMMON = [Place("grid board", TOPICS.grid_board("g1")), Place("dead letters", TOPICS.dead_letter)]


@pytest.fixture(params=["embedded", "mosquitto-3.1.1", "mosquitto-5"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Embedded | Mosquitto]:
    if request.param == "embedded":
        with embedded(ACCESS, PASSWORDS) as broker:
            yield broker
    else:
        with mosquitto(tmp_path, ACCESS, PASSWORDS, "5" if request.param == "mosquitto-5" else "3.1.1") as broker:
            yield broker


def probed(broker: Embedded | Mosquitto) -> list[Cell]:
    return list(Probe(ACCESS, TOPICS, COMMON, lambda user, name: MqttLink(broker.address(user), f"{user}.{name}")).run(list(PASSWORDS)))


def test_no_cell_is_wrong_and_no_stranger_comes_in(broker: Embedded | Mosquitto) -> None:
    cells = probed(broker)

    assert [cell for cell in cells if cell.wrong] == []
    assert {(cell.place.name, cell.verb) for cell in cells if cell.user == "c01" and cell.did} == {
        ("own inbox", Verb.READ),
        ("own snapshot", Verb.READ),
        ("own up", Verb.WRITE),
        ("own presence", Verb.WRITE),
        ("own position", Verb.WRITE),
    }
    assert not any(strangers(broker.address("service")).values())


class Wider(Access):
    """A broker whose list lets c01 overhear everybody's inbox and write on the board."""

    def filters(self, user: str, verb: Verb) -> tuple[str, ...]:
        more = f"{self.root}/cleaners/+/inbox" if verb is Verb.READ else f"{self.root}/grids/+/board"
        return (*Access.filters(self, user, verb), *([more] if user == "c01" else []))


class Narrower(Access):
    """A broker that forgot to let c02 speak."""

    def filters(self, user: str, verb: Verb) -> tuple[str, ...]:
        return () if (user, verb) == ("c02", Verb.WRITE) else Access.filters(self, user, verb)


def in_memory(access: Access) -> list[Cell]:
    broker = MemoryBroker(access)
    return list(Probe(ACCESS, TOPICS, COMMON, lambda user, _: broker.link(user), patience_s=0.5).run(list(PASSWORDS)))


def wrong(cells: list[Cell]) -> set[tuple[str, str, str]]:
    return {(cell.user, cell.place.name, str(cell.verb)) for cell in cells if cell.wrong}


def test_a_right_too_many_is_found_by_name_and_by_wildcard() -> None:
    found = in_memory(Wider(TOPICS.root, "service", ACCESS.cleaners))

    assert wrong(found) == {("c01", "other's inbox", "read"), ("c01", "wildcards", "read"), ("c01", "grid board", "write")}


def test_a_right_that_lacks_is_found() -> None:
    found = in_memory(Narrower(TOPICS.root, "service", ACCESS.cleaners))

    assert wrong(found) == {("c02", f"own {leaf}", "write") for leaf in ("up", "presence", "position")}


def test_users_alike_share_a_column_of_the_matrix_and_one_who_differs_has_their_own() -> None:
    alike = matrix(in_memory(ACCESS))
    different = matrix(in_memory(Narrower(TOPICS.root, "service", ACCESS.cleaners)))

    assert [column.header for column in alike.columns] == ["topic", "service", "c01 … c02 (2)"]
    assert [column.header for column in different.columns] == ["topic", "service", "c01", "c02"]


def test_a_broker_that_lets_nobody_in_is_no_matrix() -> None:
    broker = MemoryBroker(ACCESS)
    broker.kill()

    with pytest.raises(ProbeError, match="service cannot come in"):
        list(Probe(ACCESS, TOPICS, COMMON, lambda user, _: broker.link(user), patience_s=0.1).run(["c01"]))
