"""Two hundred cleaners want the same order at the same moment."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

from storage.database import Database
from tests.doubles.people import NEAR, Office, after, content, incident, told, township
from town.township import Township
from town.work import Message, WorkOrder

COUNT = 200
THREADS = 8


def full_grid() -> Township:
    near = township().cleaner_by_id[NEAR].model_dump() | {"shifts": ("00:00-00:00",)}
    return township(cleaners=[near | {"id": f"c{number:03}"} for number in range(COUNT)])


def test_one_has_it_and_each_of_the_others_is_told_that_they_have_not(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'weisu.db'}")
    office = Office(full_grid(), database)
    order = offered_to_all(office)
    gate = Barrier(THREADS)

    def claim_some(first: int) -> list[str]:
        gate.wait()
        names = [f"c{number:03}" for number in range(first, COUNT, THREADS)]
        return [office.hears(name, "claim", at=after(hours=1), event_id=f"event-{name}", order_id=order.id) for name in names]

    with ThreadPoolExecutor(THREADS) as threads:
        words = [word for some in threads.map(claim_some, range(THREADS)) for word in some]
    messages = office.carry(after(hours=1))

    winner = office.order(order.id).holder
    assert sorted(words) == ["claim_lost"] * (COUNT - 1) + ["claim_won"]
    assert {name for name, kinds in told(messages).items() if "claim_won" in kinds} == {winner}
    assert {name for name, kinds in told(messages).items() if "claim_lost" in kinds} == set(order.offered_to) - {winner}
    assert answered(messages) == {f"event-c{number:03}" for number in range(COUNT)}
    database.close()


def offered_to_all(office: Office) -> WorkOrder:
    """An order that has been offered ever wider until everybody has the offer."""
    order = office.opens(incident())
    moment = order.opened_at
    while len(office.order(order.id).offered_to) < COUNT:
        moment += timedelta(minutes=1)
        assert moment < after(minutes=50)
        office.desk.sweep(moment)
    office.carry(moment)
    return office.order(order.id)


def answered(messages: Sequence[Message]) -> set[str]:
    return {content(message)["answers"] for message in messages if "answers" in content(message)}
