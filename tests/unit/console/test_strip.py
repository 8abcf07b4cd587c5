"""A camera's hours are drawn as they were: where, in which style, with a word, and nothing foreign unescaped."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.engineer.past_hours import nearest, spread_out, window_around
from console.engineer.strip import COLUMNS, LEAST_SHARE, STYLES, Mark, Window, curves, look_marks, order_marks, rule_lanes, ticks
from console.engineer.strip_drawing import axis_drawn, curve_drawn, lane, marks_drawn, ticks_drawn
from console.wording import LANGUAGES, words_in
from rules.judgement import Verdict
from rules.reasons import Run
from storage.past import PastLook
from tests.doubles.look_samples import decision, look, observation
from tests.doubles.order_samples import NOW, order
from town.looks import LookOutcome

HOUR = timedelta(hours=1)
WINDOW = Window(NOW, NOW + HOUR)


def at(share: float) -> datetime:
    return WINDOW.at(share)


def run(begin: float, end: float, verdict: Verdict = Verdict.NOTHING_SEEN, object_id: str = "") -> Run:
    return Run(decision(decided_at=at(end), verdict=verdict, object_id=object_id), at(begin))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_has_a_style_and_words_for_both(language: str) -> None:
    say = words_in(language)
    assert STYLES.keys() == set(Verdict)
    assert all(say("why", f"v_{verdict}") and say("why", f"s_{style}") for verdict, style in STYLES.items())


def test_of_looks_that_share_a_column_the_worst_is_shown() -> None:
    outcomes = (LookOutcome.DONE, LookOutcome.FAILED, LookOutcome.UNKNOWN)
    marks = look_marks((look(ended_at=at(0.5), outcome=one) for one in outcomes), WINDOW)
    assert [(mark.start, mark.style) for mark in marks] == [(0.5, "failed")]


def test_a_decision_holds_until_the_next_one() -> None:
    ((lane_),) = rule_lanes([run(0.1, 0.2), run(0.25, 0.5, Verdict.OPENED)], WINDOW)
    assert [(round(mark.start, 3), round(mark.end, 3), mark.style) for mark in lane_.marks] == [(0.1, 0.25, "calm"), (0.25, 0.5, "firing")]


def test_a_decision_is_not_said_to_hold_through_a_long_silence() -> None:
    (lane_,) = rule_lanes([run(0.0, 0.1), run(0.9, 0.95)], WINDOW)
    assert lane_.marks[0].end == pytest.approx(0.1 + 1 / 6)


def test_neighbours_that_say_the_same_are_one() -> None:
    (lane_,) = rule_lanes([run(0.1, 0.2), run(0.2, 0.3)], WINDOW)
    assert [(mark.start, mark.end) for mark in lane_.marks] == [(pytest.approx(0.1), pytest.approx(0.3))]


def test_stays_at_the_same_time_stand_in_rows_of_their_own() -> None:
    runs = [run(0.1, 0.5, Verdict.WAITING_FOR_LIMIT, "a"), run(0.2, 0.6, Verdict.WAITING_FOR_LIMIT, "b")]
    (lane_,) = rule_lanes(runs, WINDOW)
    assert (lane_.row_count, [mark.row for mark in lane_.marks]) == (2, [0, 1])


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=20))
def test_marks_stay_within_the_strip_and_are_wide_enough_to_be_seen(spans: list[tuple[float, float]]) -> None:
    orders = [order(number, opened_at=at(min(span) - 0.1), ended_at=at(max(span))) for number, span in enumerate(spans)]
    marks, rows = order_marks(orders, WINDOW)
    assert all(0 <= mark.start < mark.end <= 1 and mark.end - mark.start >= LEAST_SHARE * 0.99 for mark in marks)
    assert all(mark.row < rows for mark in marks)


def test_a_curve_shows_the_highest_of_a_column_and_tells_the_highest_of_all() -> None:
    def seen(share: float, count: float) -> PastLook:
        return PastLook(at(share), (observation(metrics={"overflowing_count": count, "overflowing_share": count / 4}),))

    (curve,) = curves([seen(0.1, 1), seen(0.1 + 0.1 / COLUMNS, 3), seen(0.5, 2)], WINDOW)
    assert curve.steps == ((0.1, 3), (0.5, 2))
    assert (curve.metric, curve.highest) == ("overflowing_count", 3)


@pytest.mark.parametrize("hours", [0.05, 0.5, 1, 3, 24])
def test_ticks_are_round_instants_of_the_town_s_clock(hours: float) -> None:
    window = Window(NOW + timedelta(seconds=17), NOW + timedelta(seconds=17) + hours * HOUR)
    found = ticks(window, ZoneInfo("Asia/Shanghai"))
    assert 3 <= len(found) <= 13
    assert all(0 <= share <= 1 and one.second % 5 == 0 for share, one in found)
    assert len({second - first for (_, first), (_, second) in pairwise(found)}) == 1


def test_nothing_foreign_comes_into_the_page_unescaped() -> None:
    wicked = "<script>alert(1)</script>"
    mark = Mark(0, 1, "calm", wicked)
    drawn = lane(wicked, marks_drawn([mark], {}) + axis_drawn([(0.1, wicked)]) + ticks_drawn([Mark(0, 1, "done", wicked)], {}), 24)
    assert "<script" not in drawn
    assert drawn.count("&lt;script&gt;") == 6


def test_a_mark_has_its_word_only_where_there_is_room_and_always_as_a_hint() -> None:
    wide, narrow = marks_drawn([Mark(0, 0.5, "calm", "v")], {"v": "没有问题"}), marks_drawn([Mark(0, 0.01, "calm", "v")], {"v": "没有问题"})
    assert wide.count("没有问题") == 2
    assert re.findall("<title>(.*?)</title>", narrow) == ["没有问题"]
    assert "<text" not in narrow


def test_a_curve_ends_where_its_looks_do() -> None:
    (curve,) = curves([PastLook(at(0.1), (observation(),)), PastLook(at(0.2), (observation(),))], WINDOW)[1:]
    assert 'points="100.0,100' in curve_drawn(curve)
    assert curve_drawn(curve).count("1000,") == 0


def test_pictures_that_would_lie_on_each_other_are_thinned_out() -> None:
    pictures = [(at(share / 100), str(share)) for share in range(100)]
    assert len(spread_out(pictures, WINDOW, 10)) == 10
    assert nearest(pictures, at(0.503)) == (at(0.5), "50")
    assert nearest([], NOW) is None


def test_the_window_shows_what_led_to_a_moment_and_ends_near_now() -> None:
    now = datetime(2026, 5, 4, 12, tzinfo=UTC)
    past = window_around(now - 5 * HOUR, HOUR, now)
    assert past.share(now - 5 * HOUR) == pytest.approx(2 / 3)
    assert window_around(now, HOUR, now).until - now < timedelta(minutes=2)
