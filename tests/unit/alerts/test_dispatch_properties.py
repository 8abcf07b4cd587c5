"""Whatever the crew, the positions and the past: who is offered an order may do it, and nobody loses an offer without a reason."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alerts.dealings import Tally
from alerts.dispatch import LOAD_COSTS_M, WHOLE_GRID, Lately, Plan, plan, unable
from alerts.whereabouts import LastPosition
from tests.doubles.order_samples import order
from tests.doubles.people import NOW, after, township
from town.geometry import Position
from town.rule_settings import Priority
from town.settings import DispatchSettings
from town.township import Township

WORK = order(position=Position(39.79, 116.5), grid_id="g1")
NAMES = [f"c{number:02}" for number in range(1, 7)]
GRIDS = [{"id": name, "name": name, "manager": "m1"} for name in ("g1", "g2")]


@st.composite
def cleaner(draw: st.DrawFn, name: str) -> dict[str, Any]:
    north_m = draw(st.sampled_from([0, 100, 400, 1500, 2900, 9000]))
    return {
        "id": name,
        "name": name,
        "grid": draw(st.sampled_from(["g1", "g2"])),
        "position": {"lat": 39.79 + north_m / 111_195, "lon": 116.5},
        "shifts": draw(st.sampled_from([[], ["06:00-14:00"], ["22:00-06:00"], ["00:00-24:00"]])),
        "skills": draw(st.sampled_from([["bins"], ["paint"], ["bins", "paint"]])),
    }


@st.composite
def towns(draw: st.DrawFn) -> Township:
    crew = [draw(cleaner(name)) for name in draw(st.lists(st.sampled_from(NAMES), unique=True))]
    settings = DispatchSettings(nearest=draw(st.integers(1, 4)), offers_an_hour=draw(st.sampled_from([None, 1, 5])))
    return township(cleaners=crew, grids=GRIDS).model_copy(update={"dispatch": settings})


def of_some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Mapping[str, Any]]:
    return st.dictionaries(st.sampled_from(NAMES), values)


minutes = st.floats(-60, 60)
places = st.builds(Position, st.floats(39.7, 39.9), st.just(116.5))
tallies = st.builds(Tally, st.integers(0, 7), st.integers(0, 30))
lately = st.builds(
    Lately,
    of_some(st.integers(0, 3)),
    of_some(tallies),
    of_some(st.builds(lambda place, ago: LastPosition(place, after(minutes=ago)), places, minutes)),
)
offered = st.lists(st.sampled_from([*NAMES, "who-left"]), unique=True).map(tuple)
refusers = st.frozensets(st.sampled_from(NAMES))
priorities = st.sampled_from(list(Priority))
times = st.sampled_from([timedelta(0), timedelta(minutes=4), timedelta(minutes=7), timedelta(hours=12)])


def planned(town: Township, known: Lately, names: tuple[str, ...], no: frozenset[str], priority: Priority, later: timedelta) -> Plan:
    return plan(replace(WORK, offered_to=names, priority=priority), town, known, no, NOW, NOW + later)


@given(towns(), lately, offered, refusers, priorities, times)
def test_nobody_is_offered_what_they_cannot_will_not_or_had_too_much_of(
    town: Township, known: Lately, names: tuple[str, ...], no: frozenset[str], priority: Priority, later: timedelta
) -> None:
    cap = town.dispatch.offers_an_hour
    made = planned(town, known, names, no, priority, later)
    for one in made.new:
        assert not unable(one.cleaner_id, WORK, town, NOW + later)
        assert one.cleaner_id not in {*no, *names}
        assert priority is Priority.TOP or cap is None or known.tallies.get(one.cleaner_id, Tally()).offers < cap
    assert not {one.cleaner_id for one in made.new} & set(made.capped)
    assert len(set(made.offered_to)) == len(made.offered_to)


@given(towns(), lately, offered, refusers, priorities, times)
def test_an_offer_is_kept_or_goes_for_a_reason(
    town: Township, known: Lately, names: tuple[str, ...], no: frozenset[str], priority: Priority, later: timedelta
) -> None:
    made = planned(town, known, names, no, priority, later)
    assert sorted([*made.kept, *made.gone]) == sorted(names)
    for name, why in made.gone.items():
        assert why == ("decline" if name in no else unable(name, WORK, town, NOW + later))
    assert all(name not in no and not unable(name, WORK, town, NOW + later) for name in made.kept)


@given(towns(), lately, refusers, times)
def test_with_nobody_to_send_there_is_a_reason_and_else_there_is_none(
    town: Township, known: Lately, no: frozenset[str], later: timedelta
) -> None:
    made = planned(town, known, (), no, Priority.NORMAL, later)
    assert bool(made.new) != bool(made.reason)
    assert (made.reason == "nobody_rested") == (not made.new and bool(made.capped))


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 9), st.integers(0, 9))
def test_among_equals_the_less_burdened_come_first(load: int, other_load: int, taken: int, other_taken: int) -> None:
    here = {"grid": "g1", "position": {"lat": 39.791, "lon": 116.5}, "shifts": ["00:00-24:00"], "skills": ["bins"]}
    town = township(cleaners=[here | {"id": name, "name": name} for name in NAMES[:2]], grids=GRIDS)
    first, second = NAMES[:2]
    known = Lately({first: load, second: other_load}, {first: Tally(taken=taken), second: Tally(taken=other_taken)})
    order_of_offers = [one.cleaner_id for one in planned(town, known, (), frozenset(), Priority.NORMAL, timedelta(0)).new]
    if (load < other_load and taken <= other_taken) or (load == other_load and taken < other_taken):
        assert order_of_offers == [first, second]
    if (load > other_load and taken >= other_taken) or (load == other_load and taken > other_taken):
        assert order_of_offers == [second, first]


@given(towns(), lately, times)
def test_the_plan_goes_by_the_cost_it_tells(town: Township, known: Lately, later: timedelta) -> None:
    made = planned(town, known, (), frozenset(), Priority.TOP, later)
    fewest = min((known.tallies.get(one.cleaner_id, Tally()).taken for one in made.new), default=0)
    costs = [one.distance_m + one.load * LOAD_COSTS_M + min((one.tally.taken - fewest) * 100, 500) for one in made.new]
    if made.new and made.new[0].ring == WHOLE_GRID:
        assert costs == sorted(costs)


@given(towns(), lately, refusers, priorities, times)
def test_planning_again_what_was_planned_changes_nothing(
    town: Township, known: Lately, no: frozenset[str], priority: Priority, later: timedelta
) -> None:
    first = planned(town, known, (), no, priority, later)
    again = planned(town, known, first.offered_to, no, priority, later)
    assert (again.kept, dict(again.gone), again.new) == (first.offered_to, {}, ())
