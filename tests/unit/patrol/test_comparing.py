"""Two rule files over the same looks: what is gained, lost and moved."""

from patrol.comparing import Comparison, compare
from tests.unit.rules.places import NINE, SPOT, minutes
from town.work import Incident, IncidentKey


def incident(opened: float, closed: float | None = None, object_id: str = "", zone_id: str = "lane") -> Incident:
    key = IncidentKey("illegal-parking", "gate-3", zone_id, object_id)
    closed_at = None if closed is None else NINE + minutes(closed)
    return Incident(f"{zone_id}/{object_id}/{opened}", key, NINE + minutes(opened), SPOT, "", closed_at=closed_at)


def told(comparison: Comparison) -> tuple[list[str], list[str], list[tuple[str, str]], int]:
    moved = [(move.before.id, move.after.id) for move in comparison.moved]
    return [one.id for one in comparison.gained], [one.id for one in comparison.lost], moved, comparison.same_count


def test_the_same_incident_is_the_same_whenever_it_cleared() -> None:
    assert told(compare([incident(0, 10)], [incident(0, 20)])) == ([], [], [], 1)


def test_what_opens_under_one_only_is_lost_or_gained() -> None:
    assert told(compare([incident(0, 10)], [incident(10, 20)])) == (["lane//10"], ["lane//0"], [], 0)
    assert told(compare([incident(0)], [incident(0, zone_id="alley")])) == (["alley//0"], ["lane//0"], [], 0)


def test_an_amount_that_lasts_at_one_time_under_both_has_moved() -> None:
    assert told(compare([incident(0, 10)], [incident(9, 20)])) == ([], [], [("lane//0", "lane//9")], 0)
    assert told(compare([incident(9)], [incident(0, 10)])) == ([], [], [("lane//9", "lane//0")], 0)


def test_a_stay_has_moved_only_with_its_own_vehicle() -> None:
    red, white = incident(0, 30, "red"), incident(5, 30, "white")
    assert told(compare([red], [white])) == (["lane/white/5"], ["lane/red/0"], [], 0)
    assert told(compare([red], [incident(10, 30, "red")])) == ([], [], [("lane/red/0", "lane/red/10")], 0)


def test_each_incident_is_the_twin_of_one() -> None:
    longer, first, second = incident(0, 60), incident(5, 10), incident(30, 40)
    assert told(compare([longer], [first, second])) == (["lane//30"], [], [("lane//0", "lane//5")], 0)
