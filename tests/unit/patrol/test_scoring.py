"""Incidents are held against labels one to one: found, missed, false, once more, and how late."""

from dataclasses import replace

from patrol.labels import Label
from patrol.scoring import Report, Score, Standing, score
from tests.unit.rules.places import NINE, SPOT, minutes
from town.work import Incident, IncidentKey

TOLERANCE = minutes(5)


def opened(at: float, rule_id: str = "bin-overflow", camera_id: str = "gate-3", number: int = 0) -> Incident:
    key = IncidentKey(rule_id, camera_id, "station")
    return Incident(f"{rule_id}-{camera_id}-{at}-{number}", key, NINE + minutes(at), SPOT, "")


def label(since: float, until: float | None, rule_id: str = "bin-overflow") -> Label:
    return Label(rule_id, "gate-3", "station", NINE + minutes(since), None if until is None else NINE + minutes(until))


def standings(report: Report) -> list[Standing]:
    return list(report.standings.values())


def test_what_opened_while_it_lasted_is_true_and_its_delay_is_told() -> None:
    report = score([opened(8)], [label(0, 30)], TOLERANCE)
    found = report.by_rule["bin-overflow"]
    assert (found.precision, found.recall, found.delay and found.delay.p50) == (1.0, 1.0, 480.0)
    assert standings(report) == [Standing.TRUE]


def test_what_nobody_confirmed_is_false_and_what_nothing_met_is_missed() -> None:
    report = score([opened(8)], [label(30, 60)], TOLERANCE)
    found = report.by_rule["bin-overflow"]
    assert (found.missed, found.false, found.precision, found.recall, found.delay) == (1, 1, 0.0, 0.0, None)
    assert report.missed == (label(30, 60),)


def test_a_label_is_met_a_little_before_and_after_but_no_more() -> None:
    assert standings(score([opened(25)], [label(30, 60)], TOLERANCE)) == [Standing.TRUE]
    assert standings(score([opened(65)], [label(30, 60)], TOLERANCE)) == [Standing.TRUE]
    assert standings(score([opened(24)], [label(30, 60)], TOLERANCE)) == [Standing.FALSE]
    assert standings(score([opened(66)], [label(30, 60)], TOLERANCE)) == [Standing.FALSE]
    assert standings(score([opened(999)], [label(30, None)], TOLERANCE)) == [Standing.TRUE]


def test_what_opens_again_while_it_lasts_is_neither_a_second_find_nor_false() -> None:
    report = score([opened(5), opened(20)], [label(0, 30)], TOLERANCE)
    assert standings(report) == [Standing.TRUE, Standing.AGAIN]
    found = report.by_rule["bin-overflow"]
    assert (found.again, found.precision, found.recall) == (1, 1.0, 1.0)


def test_two_that_last_at_one_time_take_two_incidents() -> None:
    report = score([opened(5), opened(20)], [label(0, 60), label(0, 10)], TOLERANCE)
    assert standings(report) == [Standing.TRUE, Standing.TRUE]
    assert report.by_rule["bin-overflow"].missed == 0


def test_another_camera_and_another_rule_are_not_met() -> None:
    report = score([opened(5, camera_id="gate-4"), opened(5, rule_id="exposed-garbage")], [label(0, 30)], TOLERANCE)
    assert sorted(standings(report)) == [Standing.FALSE, Standing.UNLABELLED]


def test_a_rule_of_which_nothing_is_labelled_is_neither_right_nor_wrong() -> None:
    report = score([opened(5), opened(5, rule_id="exposed-garbage")], [label(0, 30)], TOLERANCE)
    unlabelled = report.by_rule["exposed-garbage"]
    assert (unlabelled.precision, unlabelled.recall, unlabelled.false) == (None, None, 0)
    assert report.total == replace(report.by_rule["bin-overflow"])


def test_the_ninety_fifth_percentile_of_delays_is_one_that_occurred() -> None:
    delays = tuple(60.0 * number for number in range(1, 21))
    spread = Score(labels=20, opened=20, delays_s=delays).delay
    assert spread
    assert (spread.p50, spread.p95) == (600.0, 1140.0)
