"""A notification is told once, its healing once where it was told, and it is given up visibly after a day."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.notifications import GIVE_UP_AFTER, Notification, Saying, dropped, failed, healed, said, taken
from tests.doubles.notification_samples import NOW, after, notification

LEASE = timedelta(minutes=1)


def test_what_was_told_is_not_due_any_more() -> None:
    told = said(taken(notification(), NOW, LEASE), Saying.FAULT, after(seconds=2))
    assert (told.told_at, told.due_at, told.left_to_say) == (after(seconds=2), None, None)


def test_what_healed_after_it_was_told_is_due_to_be_called_over() -> None:
    told = said(taken(notification(), NOW, LEASE), Saying.FAULT, NOW)
    over = healed(told, after(hours=1))
    assert (over.left_to_say, over.due_at, over.tries) == (Saying.HEALED, after(hours=1), 0)
    assert said(taken(over, after(hours=1), LEASE), Saying.HEALED, after(hours=1)).left_to_say is None


def test_what_healed_before_it_was_told_is_never_told() -> None:
    over = healed(notification(), after(minutes=1))
    assert (over.left_to_say, over.due_at) == (None, None)


def test_what_heals_while_it_is_being_told_is_called_over_next() -> None:
    over = healed(taken(notification(), NOW, LEASE), after(seconds=1))
    assert said(over, Saying.FAULT, after(seconds=2)).left_to_say is Saying.HEALED


def test_what_heals_while_it_cannot_be_told_is_let_be() -> None:
    over = failed(healed(taken(notification(), NOW, LEASE), after(seconds=1)), "refused", after(seconds=2))
    assert (over.left_to_say, over.due_at) == (None, None)


def test_tries_come_ever_more_slowly_and_end_after_a_day() -> None:
    one, waits = notification(), []
    while one.due_at:
        at = one.due_at
        one = failed(taken(one, at, LEASE), "refused", at)
        waits.append(one.due_at - at if one.due_at else None)
    assert waits[:3] == [timedelta(seconds=10), timedelta(seconds=20), timedelta(seconds=40)]
    assert max(wait for wait in waits if wait) == timedelta(minutes=30)
    assert one.given_up_at is not None
    assert GIVE_UP_AFTER <= one.given_up_at - NOW <= GIVE_UP_AFTER + timedelta(minutes=30)
    assert one.error == "refused"


def test_a_night_of_quiet_does_not_count_as_trying() -> None:
    tried = failed(taken(notification(), after(hours=30), LEASE), "refused", after(hours=30))
    assert tried.given_up_at is None


def test_what_was_given_up_is_not_called_over() -> None:
    given_up = dropped(notification(), "no_recipient", NOW)
    assert (healed(given_up, after(hours=1)).left_to_say, healed(given_up, after(hours=1)).due_at) == (None, None)


STEPS = st.lists(st.sampled_from(["take", "say", "fail", "heal", "drop", "wait"]), max_size=30)


@given(STEPS, st.integers(1, 3000))
def test_nothing_is_said_twice_and_nothing_is_left_lying(steps: list[str], apart_s: int) -> None:
    one, now, sayings = notification(), NOW, []
    for step in steps:
        now += timedelta(seconds=apart_s)
        if step == "take" and one.is_free(now) and one.left_to_say:
            one = taken(one, now, LEASE)
        elif step == "say" and one.is_leased(now):
            # What is said was decided when it was taken: a fault that healed since is still told as one.
            saying = Saying.HEALED if one.told_at else Saying.FAULT
            sayings.append(saying)
            one = said(one, saying, now)
        elif step == "fail" and one.is_leased(now):
            one = failed(one, "refused", now)
        elif step == "heal" and one.healed_at is None:
            one = healed(one, now)
        elif step == "drop" and not one.is_leased(now):
            one = dropped(one, "no_recipient", now)
        assert_whole(one)
    assert sayings in ([], [Saying.FAULT], [Saying.FAULT, Saying.HEALED])


def assert_whole(one: Notification) -> None:
    """What is left to say is due, and what is due is left to say, unless somebody is at it."""
    if one.leased_until is None:
        assert (one.left_to_say is not None) == (one.due_at is not None)
