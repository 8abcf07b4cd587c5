"""Simulated cleaners at a real broker with a real order desk: one of several wins, walks, puts it right and reports."""

from collections.abc import Iterator
from contextlib import contextmanager

from simulator.cleaners import SimulatedCleaner
from simulator.errands import Nature, Phase
from simulator.living_town import LivingTown
from simulator.places import Place, PlaceKind
from tests.doubles.brokers import eventually
from tests.doubles.people import GATE, NEAR, SECOND, incident
from tests.doubles.town_office import TownOffice, clock, town_office
from town.work import OrderState

STATION = Place(GATE, PlaceKind.STATION, {"clean": "", "filling": "", "overflow": ""}, pace_s=(9000, 9000), first_s=0.001)


@contextmanager
def crew(office: TownOffice, town: LivingTown, **natures: Nature) -> Iterator[list[SimulatedCleaner]]:
    people = office.office.township
    members = [
        SimulatedCleaner(people.cleaner_by_id[name], nature, office.client(name), people, town, 7, clock)
        for name, nature in natures.items()
    ]
    for member in members:
        member.start()
    try:
        eventually(lambda: all(member.glimpse(clock()).connected for member in members), "the connections")
        yield members
    finally:
        for member in members:
            member.stop()
        for member in members:
            member.join()


def full_station() -> LivingTown:
    town = LivingTown({GATE: STATION}, seed=7)
    town.begin(clock())
    eventually(lambda: town.state(GATE, clock()) == "overflow", "the overflow")
    return town


def test_one_of_two_takes_an_order_and_empties_the_bins() -> None:
    town, willing = full_station(), Nature(declines_score=0)
    with town_office() as office, crew(office, town, **{NEAR: willing, SECOND: willing}) as members:
        order = office.office.opens(incident(at=clock()))
        eventually(lambda: office.office.order(order.id).state is OrderState.VERIFYING, "the report")

        assert town.state(GATE, clock()) == "clean"
        assert office.office.order(order.id).holder in {NEAR, SECOND}
        assert sum(member.glimpse(clock()).finished_count for member in members) == 1
        eventually(lambda: all(member.glimpse(clock()).phase is Phase.IDLE for member in members), "the rest")


def test_who_declines_is_not_asked_again_and_the_other_does_it() -> None:
    town = full_station()
    natures = {NEAR: Nature(declines_score=1), SECOND: Nature(declines_score=0)}
    with town_office() as office, crew(office, town, **natures):
        order = office.office.opens(incident(at=clock()))
        eventually(lambda: office.office.order(order.id).state is OrderState.VERIFYING, "the report")

        assert office.office.order(order.id).holder == SECOND


def test_a_careless_cleaner_reports_done_though_the_bins_still_overflow() -> None:
    town = full_station()
    with town_office() as office, crew(office, town, **{NEAR: Nature(declines_score=0, careless_score=1)}):
        order = office.office.opens(incident(at=clock()))
        eventually(lambda: office.office.order(order.id).state is OrderState.VERIFYING, "the report")

        assert town.state(GATE, clock()) == "overflow"
