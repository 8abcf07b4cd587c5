"""One camera's turn: due at its interval or when something is wanted, tried more seldom while it is broken."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from patrol.turn import JITTER, LONGEST_BACK_OFF, Need, Turn, Wish, spread
from town.looks import Cadence, LookOutcome

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
MINUTE, RETRY = timedelta(minutes=1), timedelta(seconds=10)
DONE, FAILED, UNKNOWN, SKIPPED = LookOutcome.DONE, LookOutcome.FAILED, LookOutcome.UNKNOWN, LookOutcome.SKIPPED


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def turn(every: timedelta = MINUTE, camera_id: str = "a") -> Turn:
    """A camera whose last look began at noon."""
    return Turn(Need(camera_id, every), NOON, NOON + every)


def proof(seconds: float) -> Wish:
    return Wish(at(seconds), Cadence.CONFIRM)


@given(st.text())
def test_a_camera_starts_within_its_interval_and_always_at_the_same_share_of_it(camera_id: str) -> None:
    assert timedelta(0) <= spread(camera_id, MINUTE) < MINUTE
    assert spread(camera_id, MINUTE) == spread(camera_id, MINUTE)


def test_a_thousand_cameras_are_spread_over_the_minute() -> None:
    seconds = Counter(int(spread(f"camera-{n}", MINUTE).total_seconds()) for n in range(1000))
    assert len(seconds) == 60
    assert max(seconds.values()) < 40


def test_a_wish_is_due_at_its_very_moment_and_says_why_the_look_is_made() -> None:
    camera = turn()
    camera.ask(proof(42))
    assert camera.due_at == at(42)
    assert camera.begin(at(42)) is Cadence.CONFIRM
    assert camera.due_at == at(42) + MINUTE


def test_a_routine_look_waits_for_a_wished_one_that_follows_within_half_an_interval_and_for_no_later_one() -> None:
    soon, late = turn(), turn()
    soon.ask(proof(85))
    late.ask(proof(95))
    assert (soon.due_at, late.due_at) == (at(85), at(60))


def test_a_look_before_the_moment_leaves_the_wish_to_stand_until_it_is_answered() -> None:
    camera = turn()
    camera.ask(proof(300))
    assert camera.begin(at(60)) is Cadence.ROUTINE
    camera.ended(FAILED, at(61), None, RETRY)
    assert camera.wish == proof(300)


def test_a_look_that_could_tell_replaces_the_wish_by_what_it_wants_next() -> None:
    camera = turn()
    camera.ask(proof(300))
    camera.begin(at(60))
    camera.ended(DONE, at(61), proof(200), RETRY)
    assert camera.wish == proof(200)
    camera.begin(at(120))
    camera.ended(DONE, at(121), None, RETRY)
    assert camera.wish is None


def test_a_proving_look_that_fails_or_shows_nothing_is_made_again_soon_and_then_more_seldom() -> None:
    for outcome in (FAILED, UNKNOWN, SKIPPED):
        camera, waits = turn(), []
        camera.ask(proof(42))
        for _ in range(3):
            now = camera.due_at
            assert camera.begin(now) is Cadence.CONFIRM
            camera.ended(outcome, now, None, RETRY)
            waits.append((camera.due_at - now) / RETRY)
        assert all(2**number <= wait <= 2**number * (1 + JITTER) for number, wait in enumerate(waits))


def test_an_unfit_view_does_not_stop_the_watch_over_an_order() -> None:
    camera = turn()
    camera.begin(at(60))
    camera.ended(UNKNOWN, at(60), Wish(at(70), Cadence.WATCH), RETRY)
    assert camera.wish
    assert camera.wish.cadence is Cadence.WATCH


def test_a_broken_camera_is_tried_more_and_more_seldom_up_to_a_cap() -> None:
    camera, waits = turn(), []
    for _ in range(8):
        now = camera.due_at
        camera.begin(now)
        camera.ended(FAILED, now, None, RETRY)
        waits.append((camera.due_at - now) / MINUTE)
    assert all(expected <= wait <= expected * (1 + JITTER) for wait, expected in zip(waits, [1, 2, 4, 8, 8, 8, 8, 8], strict=True))


def test_a_slow_camera_never_waits_longer_than_the_longest_back_off_or_its_interval() -> None:
    for every, longest in ((timedelta(minutes=5), LONGEST_BACK_OFF), (timedelta(minutes=30), timedelta(minutes=30))):
        camera = turn(every)
        for _ in range(50):
            camera.ended(FAILED, NOON, None, RETRY)
        assert camera.due_at - NOON <= longest * (1 + JITTER)


def test_cameras_that_broke_together_are_not_tried_together_and_each_always_at_the_same_moment() -> None:
    def tried_at(camera_id: str) -> datetime:
        camera = turn(camera_id=camera_id)
        for _ in range(4):
            camera.ended(FAILED, NOON, None, RETRY)
        return camera.due_at

    assert len({tried_at(f"camera-{number}") for number in range(100)}) == 100
    assert tried_at("camera-1") == tried_at("camera-1")


def test_a_recovered_camera_is_back_at_its_interval_at_once() -> None:
    for outcome in (DONE, UNKNOWN):
        camera = turn()
        for _ in range(5):
            camera.ended(FAILED, NOON, None, RETRY)
        now = camera.due_at
        camera.begin(now)
        camera.ended(outcome, now, None, RETRY)
        assert camera.due_at == now + MINUTE


def test_the_routine_looks_that_were_never_made_are_counted() -> None:
    assert [turn().dropped(at(seconds)) for seconds in (30, 60, 119, 120, 185)] == [0, 0, 0, 1, 2]
