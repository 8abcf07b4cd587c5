"""A stay rule tells one vehicle that stays from many that come and go, with looks minutes apart."""

from datetime import timedelta

import pytest

from rules.judge_stays import TRIED_AGAIN_AFTER
from rules.judgement import Judgement, Verdict
from rules.stays import LONGEST_GAP
from tests.unit.rules.places import (
    BLUE,
    LANE,
    NEXT_SPOT,
    NINE,
    RED,
    SPOT,
    WHITE,
    car,
    look_of,
    minutes,
    mixed,
    opened,
    play,
    rule,
    unknown,
    vehicles,
    verdicts,
)
from town.geometry import Box
from town.sight import SeenObject

PARKING = rule("illegal-parking")


def closed_at(judgements: list[Judgement]) -> list[float]:
    """The minutes past nine at which incidents cleared."""
    closed = [change.incident.closed_at for one in judgements for change in one.changes if change.kind == "cleared"]
    return [(at - NINE) / minutes(1) for at in closed if at]


def opened_at(judgements: list[Judgement]) -> list[float]:
    return [(at - NINE) / minutes(1) for at in opened(judgements).values()]


def test_a_car_that_stays_past_the_limit_opens_once_with_honest_bounds() -> None:
    looks = play(PARKING, LANE, vehicles(0), vehicles(5, car()), vehicles(10, car()), vehicles(15, car()), vehicles(20, car()))
    incident = looks[3].changes[0].incident
    assert opened_at(looks) == [15]
    assert (incident.certain_dwell_s, incident.possible_dwell_s) == (600.0, 900.0)
    assert incident.reason == "stayed at least 10m, at most 15m; limit 10m"
    assert verdicts(looks)[1:] == [Verdict.WAITING_FOR_LIMIT, Verdict.WAITING_FOR_LIMIT, Verdict.OPENED, Verdict.STILL_FIRING]


def test_cars_that_pass_open_nothing() -> None:
    colours = [RED, WHITE, BLUE] * 4
    looks = play(PARKING, LANE, *(vehicles(2 * n, car(colour)) for n, colour in enumerate(colours)))
    assert opened(looks) == {}


def test_another_car_in_the_same_place_is_another_stay() -> None:
    looks = play(PARKING, LANE, vehicles(0, car(RED)), vehicles(9, car(RED)), vehicles(11, car(WHITE)), vehicles(21, car(WHITE)))
    assert opened_at(looks) == [21]
    assert looks[-1].changes[0].incident.certain_dwell_s == 600.0


def test_a_car_missed_in_one_look_and_back_in_the_next_never_left() -> None:
    looks = play(PARKING, LANE, vehicles(0, car()), vehicles(5), vehicles(10, car()))
    assert opened_at(looks) == [10]


def test_a_car_in_another_light_is_the_same_car() -> None:
    dusk = car(look_of(1, light=0.4))
    assert opened_at(play(PARKING, LANE, vehicles(0, car()), vehicles(5, dusk), vehicles(10, car()))) == [10]


def test_a_look_spoilt_by_headlights_neither_ends_a_stay_nor_opens_a_second() -> None:
    spoilt = car(WHITE)
    minutes_of = (0, 5, 8, 12, 14, 16, 30)
    looks = play(PARKING, LANE, *(vehicles(at, spoilt if at in {8, 14} else car()) for at in minutes_of))
    assert (opened_at(looks), closed_at(looks)) == ([12], [])


def test_a_car_that_is_gone_for_the_looks_asked_for_has_ended_its_stay() -> None:
    looks = play(PARKING, LANE, vehicles(0, car()), vehicles(3), vehicles(6), vehicles(9, car()), vehicles(12, car()), vehicles(19, car()))
    assert opened_at(looks) == [19]


def test_an_open_incident_clears_after_the_car_is_gone_in_two_looks() -> None:
    looks = play(PARKING, LANE, vehicles(0, car()), vehicles(10, car()), vehicles(12), vehicles(14))
    incident = looks[-1].changes[0].incident
    assert closed_at(looks) == [14]
    assert (incident.certain_dwell_s, incident.possible_dwell_s) == (600.0, 720.0)
    assert [look.decisions[0].firing for look in looks] == [False, True, False, False]
    assert looks[-1].decisions[0].incident_id == incident.id == looks[1].decisions[0].incident_id


def test_the_bounds_of_a_car_that_was_there_first_say_so() -> None:
    incident = play(PARKING, LANE, vehicles(0, car()), vehicles(10, car()))[-1].changes[0].incident
    assert incident.reason == "stayed at least 10m, already there at the first look; limit 10m"


def test_unknown_looks_do_not_end_a_stay() -> None:
    looks = play(PARKING, LANE, vehicles(0, car()), unknown(3), unknown(6), unknown(9), vehicles(12, car()))
    assert opened_at(looks) == [12]


def test_a_car_that_creeps_along_does_not_stay() -> None:
    creeping = [vehicles(n, car(RED, Box(0.02 + 0.05 * n, 0.4, 0.22 + 0.05 * n, 0.6))) for n in range(15)]
    assert opened(play(PARKING, LANE, *creeping)) == {}


def test_two_cars_side_by_side_keep_their_own_clocks() -> None:
    looks = play(
        PARKING,
        LANE,
        vehicles(0, car(RED, SPOT)),
        vehicles(5, car(WHITE, NEXT_SPOT), car(RED, SPOT)),
        vehicles(10, car(WHITE, NEXT_SPOT), car(RED, SPOT)),
        vehicles(15, car(WHITE, NEXT_SPOT)),
    )
    boxes = [change.incident.box for look in looks for change in look.changes]
    assert opened_at(looks) == [10, 15]
    assert boxes == [SPOT, NEXT_SPOT]


def test_without_appearance_two_cars_side_by_side_do_not_swap() -> None:
    shifted, next_shifted = Box(0.28, 0.4, 0.48, 0.6), Box(0.46, 0.4, 0.66, 0.6)
    looks = play(PARKING, LANE, vehicles(0, car(b"", SPOT), car(b"", NEXT_SPOT)), vehicles(10, car(b"", next_shifted), car(b"", shifted)))
    assert [change.incident.box for change in looks[-1].changes] == [shifted, next_shifted]
    assert [change.incident.key.object_id[-1] for change in looks[-1].changes] == ["1", "2"]


def test_a_van_called_a_truck_in_the_next_look_is_the_same_vehicle() -> None:
    looks = play(PARKING, LANE, vehicles(0, car(label="car")), vehicles(10, car(label="truck")))
    assert opened_at(looks) == [10]


def test_a_car_behind_a_bus_is_neither_gone_nor_seen() -> None:
    bus = SeenObject("bus", 0.9, Box(0.1, 0.2, 0.9, 0.95), BLUE)
    looks = play(PARKING, LANE, vehicles(0, car()), vehicles(10, car()), vehicles(12, bus), vehicles(14, bus), vehicles(16, car()))
    hidden = next(decision for decision in looks[2].decisions if decision.incident_id)
    assert (hidden.verdict, hidden.firing, hidden.detail["reason"]) == (Verdict.VIEW_UNKNOWN, None, "occluded")
    assert closed_at(looks) == []


def test_the_half_of_a_car_before_a_tree_is_no_second_car() -> None:
    half = car(WHITE, Box(0.2, 0.4, 0.3, 0.6))
    looks = play(PARKING, LANE, vehicles(0, car(), half), vehicles(10, car(), half))
    assert len(opened(looks)) == 1


def test_the_faint_half_beside_the_sure_half_of_a_car_is_no_second_car() -> None:
    sure, faint = car(RED, Box(0.2, 0.4, 0.32, 0.6)), car(WHITE, Box(0.28, 0.4, 0.38, 0.6), confidence=0.26)
    looks = play(PARKING, LANE, vehicles(0, sure, faint), vehicles(10, sure, faint))
    assert len(looks[-1].memory["stays"]) == 1


def test_a_car_seen_in_two_halves_and_then_whole_is_one_car() -> None:
    halves = (car(RED, Box(0.2, 0.4, 0.32, 0.6)), car(WHITE, Box(0.32, 0.4, 0.4, 0.6)))
    looks = play(
        PARKING, LANE, vehicles(0, *halves), vehicles(4, car()), vehicles(8, *halves), vehicles(12, *halves), vehicles(30, *halves)
    )
    assert opened_at(looks) == [12]


def test_a_car_of_which_one_look_knew_only_a_half_is_followed_whole_again() -> None:
    half = car(RED, Box(0.2, 0.4, 0.29, 0.6))
    spoilt = car(WHITE, SPOT)
    looks = play(PARKING, LANE, vehicles(0, car()), vehicles(10, car()), vehicles(11, spoilt, half), vehicles(12, car(), half))
    followed = [stay["box"] for stay in looks[-1].memory["stays"] if not stay["missing_looks"]]
    assert followed == [SPOT.as_list()]
    assert (opened_at(looks), closed_at(looks)) == ([10], [])


def test_what_two_stays_claim_is_the_elders_and_the_other_was_never_a_vehicle() -> None:
    one, other = look_of(1), mixed(1, 4)
    looks = play(PARKING, LANE, vehicles(0, car(one)), vehicles(1, car(look_of(4))), vehicles(2, car(other)))
    assert [stay["id"] for stay in looks[-1].memory["stays"]] == [looks[0].memory["stays"][0]["id"]]


def test_faint_sightings_count_once_one_look_was_sure() -> None:
    faint = car(confidence=0.2)
    assert opened_at(play(PARKING, LANE, vehicles(0, faint), vehicles(5, car()), vehicles(10, faint))) == [10]
    never_sure = play(PARKING, LANE, vehicles(0, faint), vehicles(10, faint), vehicles(20, faint))
    assert (opened_at(never_sure), verdicts(never_sure)) == ([], [Verdict.BELOW_THRESHOLD] * 3)


def test_the_zones_own_limit_replaces_the_rules() -> None:
    strict = LANE.model_copy(update={"limit": timedelta(minutes=2)})
    assert opened_at(play(PARKING, strict, vehicles(0, car()), vehicles(2, car()))) == [2]


def test_the_next_look_is_wanted_at_the_moment_the_limit_can_be_proven() -> None:
    looks = play(PARKING, LANE, vehicles(0, car()), vehicles(4, car()), vehicles(10, car()))
    assert [look.look_again_at for look in looks] == [NINE + minutes(10), NINE + minutes(10), None]


def test_a_stay_that_a_look_missed_is_still_looked_for_at_the_moment_of_proof_and_soon_after() -> None:
    looks = play(PARKING, LANE, vehicles(0, car()), vehicles(4), vehicles(9, car()), vehicles(10))
    assert [look.look_again_at for look in looks[1:]] == [NINE + minutes(10), NINE + minutes(10), NINE + minutes(10) + TRIED_AGAIN_AFTER]


def test_a_stay_behind_a_bus_is_looked_for_soon_for_a_while_only() -> None:
    bus = SeenObject("bus", 0.9, Box(0.1, 0.2, 0.9, 0.95), BLUE)
    looks = play(PARKING, LANE, vehicles(0, car()), vehicles(10, bus), vehicles(10.5, bus), vehicles(11, bus))
    moments = [look.look_again_at for look in looks]
    assert moments[1:3] == [NINE + minutes(10) + TRIED_AGAIN_AFTER, NINE + minutes(10.5) + TRIED_AGAIN_AFTER]
    assert moments[3] == NINE + minutes(20)  # when the bus itself will have stayed


def test_outside_its_hours_a_stay_is_followed_but_opens_only_within_them() -> None:
    from_quarter_past = rule("illegal-parking", active=["09:15-18:00"])
    looks = play(from_quarter_past, LANE, vehicles(0, car()), vehicles(12, car()), vehicles(16, car()))
    assert verdicts(looks) == [Verdict.OUTSIDE_HOURS, Verdict.OUTSIDE_HOURS, Verdict.OPENED]


@pytest.mark.parametrize(("gap", "opens"), [(LONGEST_GAP, 1), (LONGEST_GAP + minutes(1), 0)])
def test_after_a_long_blind_spell_the_same_car_counts_from_its_return(gap: timedelta, opens: int) -> None:
    looks = play(PARKING, LANE, vehicles(0, car()), vehicles(gap / minutes(1), car()))
    assert len(opened(looks)) == opens


def test_an_empty_lane_says_so() -> None:
    assert verdicts(play(PARKING, LANE, vehicles(0))) == [Verdict.NOTHING_SEEN]


def test_a_vehicle_is_suspected_from_its_first_sure_sight_until_it_is_forgotten() -> None:
    looks = play(PARKING, LANE, vehicles(0), vehicles(1, car()), vehicles(12, car()), vehicles(13), vehicles(14))
    assert [look.suspects for look in looks] == [False, True, True, True, False]


def test_what_no_look_was_sure_of_is_not_suspected() -> None:
    assert not any(look.suspects for look in play(PARKING, LANE, vehicles(0, car(confidence=0.2)), vehicles(1, car(confidence=0.2))))


def test_a_look_that_could_not_tell_leaves_a_suspicion_as_it_was() -> None:
    looks = play(PARKING, LANE, unknown(0), vehicles(1, car()), unknown(2), vehicles(1, car()))
    assert [look.suspects for look in looks] == [False, True, True, True]
