"""Each figure a manager is held to, against what a person computes by hand."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.lifecycle import Action
from patrol.manager_figures import (
    Measure,
    Rate,
    Share,
    Stretch,
    figures_of,
    gini,
    precision_by_version,
    recurrences,
    resolved,
    responded,
    taker,
    times_of,
    wilson,
)
from storage.cohorts import Case
from tests.doubles.order_samples import NOW, after, event, order
from town.work import OrderState, WorkOrder

LATER = after(days=30)


def case(of: WorkOrder, *happened: tuple[Action, str, float], **fields: Any) -> Case:
    """An order offered at NOW, and what happened so many minutes later, by whom."""
    opening = event(of, Action.OPEN, detail={"claim_by": after(minutes=10).isoformat(), "done_by": after(minutes=70).isoformat()})
    events = [opening, event(of, Action.OFFER)] + [
        event(of, action, actor=actor, happened_at=after(minutes=minutes)) for action, actor, minutes in happened
    ]
    return Case(of, [replace(one, rev=rev) for rev, one in enumerate(events, 1)], **fields)


def closed(number: int = 1, minutes: float = 30, **changed: Any) -> WorkOrder:
    return order(number, state=OrderState.CLOSED, ended_at=after(minutes=minutes), **changed)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (15, 50, 0.1910, 0.4375)]
)
def test_wilson_is_as_in_the_textbook(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-4)


def test_nothing_has_neither_share_nor_interval() -> None:
    assert (Rate().share, Rate().interval) == (None, None)


@given(st.integers(1, 5000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_a_share_lies_within_its_interval(counts: tuple[int, int]) -> None:
    low, high = wilson(*counts) or (1.0, 0.0)
    assert 0 <= low <= counts[0] / counts[1] + 1e-12
    assert counts[0] / counts[1] - 1e-12 <= high <= 1


@pytest.mark.parametrize(
    ("loads", "expected"), [([2, 2, 2], 0.0), ([0, 0, 0, 1], 0.75), ([1, 2, 3, 4], 0.25), ([4, 3, 2, 1], 0.25), ([1, 3], 0.25)]
)
def test_gini_is_as_computed_by_hand(loads: list[float], expected: float) -> None:
    assert gini(loads) == pytest.approx(expected)


@pytest.mark.parametrize("loads", [[], [3], [0, 0]])
def test_gini_of_one_cleaner_or_of_no_order_is_nothing(loads: list[float]) -> None:
    assert gini(loads) is None


def test_what_cannot_be_told_yet_is_counted_apart() -> None:
    assert Rate.counted([True, False, True, None]) == Rate(hits=2, of=3, not_due=1)


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ([(Action.CLAIM, "c01", 10)], True),
        ([(Action.CLAIM, "c01", 10.1)], False),
        ([(Action.OVERDUE, "service", 5)], False),
        ([(Action.DISMISS, "manager-1", 2)], True),
        ([], False),
    ],
)
def test_a_response_is_what_a_person_does_by_the_first_deadline(happened: list[tuple[Action, str, float]], expected: bool) -> None:
    renewed = order(claim_by=after(hours=9))
    assert responded(case(renewed, *happened), LATER) is expected


def test_before_its_deadline_nothing_is_held_against_an_order_nor_for_it() -> None:
    done = case(closed(minutes=3), (Action.CLAIM, "c01", 1))
    assert (responded(done, after(minutes=9)), resolved(done, after(minutes=69))) == (None, None)
    assert (responded(done, after(minutes=10)), resolved(done, after(minutes=70))) == (True, True)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (closed(minutes=70), True),
        (closed(minutes=71), False),
        (order(state=OrderState.VERIFYING, done_at=after(minutes=5)), False),
        (order(state=OrderState.SELF_CLEARED, ended_at=after(minutes=5)), False),
    ],
)
def test_only_a_verified_closing_in_time_resolves(of: WorkOrder, expected: bool) -> None:
    assert resolved(case(of), LATER) is expected


def test_merged_orders_and_false_alarms_are_left_out_of_resolution_and_told_beside_it() -> None:
    states = [OrderState.MERGED, OrderState.FALSE_ALARM, OrderState.SELF_CLEARED, OrderState.CANCELLED]
    cases = [case(closed())] + [case(order(number, state=state)) for number, state in enumerate(states, 2)]
    found = figures_of(cases, {"order-1": False}, LATER)
    assert found.rates[Measure.RESOLUTION] == Rate(1, 3)
    assert {share: rate.hits for share, rate in found.shares.items()} == {
        "merged": 1, "deferred": 0, "false_alarm": 1, "self_cleared": 1, "cancelled": 1,
    }  # fmt: skip
    assert found.rates[Measure.PRECISION] == Rate(1, 2)


def test_an_order_that_was_ever_deferred_counts_as_deferred() -> None:
    cases = [case(closed(), (Action.DEFER, "manager-1", 5), (Action.RESUME, "service", 9)), case(closed(2))]
    assert figures_of(cases, {"order-1": None, "order-2": True}, LATER).shares[Share.DEFERRED] == Rate(1, 2)


def test_first_time_fix_counts_only_what_was_verified() -> None:
    cases = [case(closed(1)), case(closed(2, attempt=2)), case(order(3, attempt=1))]
    found = figures_of(cases, {"order-1": None, "order-2": False}, LATER)
    assert found.rates[Measure.FIRST_TIME_FIX] == Rate(1, 2)
    assert found.rates[Measure.RECURRENCE] == Rate(0, 1, not_due=1)


def test_precision_is_told_by_the_version_that_opened_the_order() -> None:
    def by(version: str, of: WorkOrder) -> Case:
        return Case(of, [event(of, Action.OPEN, detail={"rule_version": version})])

    cases = [by("a", closed(1)), by("b", order(2, state=OrderState.FALSE_ALARM)), by("b", closed(3)), by("b", order(4))]
    assert precision_by_version(cases) == {("bin-overflow", "a"): Rate(1, 1), ("bin-overflow", "b"): Rate(1, 2)}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (order(2, camera_id="gate-1", opened_at=after(days=7)), True),
        (order(2, camera_id="gate-1", opened_at=after(days=8)), False),
        (order(2, camera_id="gate-1", opened_at=after(minutes=29)), False),
        (order(2, camera_id="gate-1", opened_at=after(days=1), category="0301"), False),
        (order(2, camera_id="gate-2", opened_at=after(days=1)), False),
        (order(2, camera_id="gate-1", opened_at=after(days=1), state=OrderState.FALSE_ALARM), False),
    ],
)
def test_recurrence_is_another_order_of_the_same_zone_and_category_within_a_week(other: WorkOrder, expected: bool) -> None:
    assert recurrences([case(closed())], [closed(), other], LATER) == {"order-1": expected}


def test_recurrence_waits_for_its_week() -> None:
    assert recurrences([case(closed())], [closed()], after(days=7)) == {"order-1": None}


def test_times_run_from_event_to_event() -> None:
    twice = case(
        closed(minutes=40, attempt=2),
        (Action.CLAIM, "c01", 2),
        (Action.RETURN, "c01", 4),
        (Action.CLAIM, "c02", 6),
        (Action.DO, "c02", 16),
        (Action.REDO, "service", 20),
        (Action.CLAIM, "c02", 21),
        (Action.DO, "c02", 35),
        detected_at=NOW - timedelta(seconds=3),
        receipts_s=(0.5, 1.5),
    )
    found = {stretch: spread and (spread.count, spread.p50) for stretch, spread in times_of([twice]).items()}
    assert found == {
        Stretch.DETECT_TO_OFFER: (1, 3.0),
        Stretch.OFFER_TO_RECEIVED: (2, 0.5),
        Stretch.OFFER_TO_CLAIM: (1, 120.0),
        Stretch.CLAIM_TO_DONE: (1, 600.0),
        Stretch.DONE_TO_VERIFIED: (1, 300.0),
    }


def test_an_order_belongs_to_whoever_took_it_last() -> None:
    assert taker(case(order())) == ""
    assert taker(case(order(), (Action.CLAIM, "c01", 2), (Action.RETURN, "c01", 3), (Action.CLAIM, "c02", 4))) == "c02"
    named = event(order(), Action.NAME_OWNER, actor="manager-1", detail={"owner": "c03"})
    assert taker(Case(order(), [named])) == "c03"


def test_no_order_has_no_figure() -> None:
    found = figures_of([], {}, LATER)
    assert {rate.share for rate in found.rates.values()} == {None}
    assert set(found.times.values()) == {None}
