"""Several things for one recipient become one message; only what is urgent disturbs the night."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.grouping import Why, batches, is_quiet, is_urgent, recipient_of, standing
from alerts.notifications import Notification, Saying, dropped, failed, healed, said, taken
from tests.doubles.notification_samples import LI, NIGHT, NOW, TOWN, WANG, after, notification, settings
from town.recipients import Matter

LEASE = timedelta(minutes=1)


def numbers(waiting: list[Notification], minutes: float = 0) -> list[list[int]]:
    return [[one.number for one in batch.notifications] for batch in batches(waiting, settings(), TOWN, after(minutes=minutes))]


def test_what_happened_waits_for_more_and_then_goes_with_it_in_one_message() -> None:
    waiting = [notification(1), notification(2, after(minutes=4))]
    assert numbers(waiting, 4.9) == []
    assert numbers(waiting, 5) == [[1, 2]]


def test_what_is_urgent_goes_at_once_and_first_and_takes_the_others_along() -> None:
    waiting = [notification(1), notification(2, urgent=True)]
    assert numbers(waiting) == [[2, 1]]


def test_each_recipient_and_channel_has_a_message_of_its_own() -> None:
    theirs = {"recipient": LI, "matter": Matter.DISK}
    waiting = [notification(1), notification(2, channel="MAIL_URL", **theirs), notification(3, channel="LARK_URL", **theirs)]
    assert sorted(numbers(waiting, 5)) == [[1], [2], [3]]


def test_in_quiet_hours_only_what_is_urgent_goes() -> None:
    waiting = [notification(1, NIGHT), notification(2, NIGHT, urgent=True)]
    made = batches(waiting, settings(), TOWN, NIGHT + timedelta(hours=1))
    assert [one.number for batch in made for one in batch.notifications] == [2]


def test_that_something_urgent_is_over_waits_for_the_morning() -> None:
    over = healed(said(taken(notification(1, NIGHT, urgent=True), NIGHT, LEASE), Saying.FAULT, NIGHT), NIGHT + timedelta(hours=1))
    assert not batches([over], settings(), TOWN, NIGHT + timedelta(hours=2))
    assert len(batches([over], settings(), TOWN, NIGHT + timedelta(hours=6))) == 1


def test_what_the_night_held_goes_as_one_message_in_the_morning() -> None:
    waiting = [notification(number, NIGHT + timedelta(hours=number)) for number in range(1, 6)]
    made = batches(waiting, settings(), TOWN, NIGHT + timedelta(hours=6))
    assert [one.number for one in made[0].notifications] == [1, 2, 3, 4, 5]


def test_of_a_recipient_or_channel_that_is_gone_nothing_goes() -> None:
    assert numbers([notification(1, recipient="zhao"), notification(2, channel="OLD_URL")], 60) == []


def test_where_each_stands_has_a_name() -> None:
    def stands(one: Notification, at: float = 0) -> Why:
        return standing(one, settings(), TOWN, after(minutes=at))

    told = said(taken(notification(), NOW, LEASE), Saying.FAULT, NOW)
    assert stands(notification()) is Why.GATHERING
    assert stands(notification(), 5) is Why.GOES
    assert stands(notification(), 60 * 14) is Why.QUIET_HOURS
    assert stands(taken(notification(), NOW, LEASE)) is Why.BEING_SENT
    assert stands(failed(taken(notification(), NOW, LEASE), "refused", NOW)) is Why.RETRYING
    assert stands(told) is Why.TOLD
    assert stands(healed(notification(), NOW)) is Why.HEALED_UNTOLD
    assert stands(notification(recipient="zhao")) is Why.NO_RECIPIENT
    assert stands(dropped(notification(), "refused", NOW)) is Why.GIVEN_UP


@st.composite
def _waiting(draw: st.DrawFn) -> list[Notification]:
    made = []
    for number in range(1, draw(st.integers(0, 12)) + 1):
        recipient, channel = draw(st.sampled_from([(WANG, "WECOM_URL"), (LI, "MAIL_URL"), (LI, "LARK_URL"), ("zhao", "X_URL")]))
        at = after(minutes=draw(st.integers(-1440, 5)))
        one = notification(number, at, recipient=recipient, channel=channel, urgent=draw(st.booleans()))
        match draw(st.integers(0, 5)):
            case 0:
                one = healed(one, NOW)
            case 1:
                one = healed(said(taken(one, at, LEASE), Saying.FAULT, at), after(minutes=-draw(st.integers(0, 600))))
            case 2:
                one = replace(one, due_at=after(minutes=draw(st.integers(-5, 5))))
            case 3:
                one = taken(one, after(minutes=-draw(st.integers(0, 2))), LEASE)
        made.append(one)
    return made


@given(_waiting(), st.integers(0, 1440), st.integers(0, 60))
def test_whatever_waits_goes_once_to_its_own_recipient_and_disturbs_nobody(
    waiting: list[Notification], minutes: int, group_minutes: int
) -> None:
    config, now = settings(group_within=timedelta(minutes=group_minutes)), after(minutes=minutes)
    made = batches(waiting, config, TOWN, now)
    went = [one.number for batch in made for one in batch.notifications]
    assert len(went) == len(set(went))
    assert len({(batch.recipient.id, batch.channel) for batch in made}) == len(made)
    assert [batch.is_urgent for batch in made] == sorted((batch.is_urgent for batch in made), reverse=True)
    for batch in made:
        assert batch.notifications
        for one in batch.notifications:
            assert (one.recipient, one.channel) == (batch.recipient.id, batch.channel)
            assert one.is_free(now)
            assert one.left_to_say
            assert is_urgent(one) or not is_quiet(batch.recipient, TOWN, now)
    for one in waiting:
        recipient = recipient_of(one, config)
        has_waited = one.is_free(now) and now - one.waits_since >= timedelta(minutes=group_minutes)
        if recipient and one.left_to_say and has_waited and not is_quiet(recipient, TOWN, now):
            assert one.number in went
