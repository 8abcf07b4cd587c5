"""The notifier hands letters over, tries again what was not taken, and loses and doubles nothing."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from alerts.grouping import Batch
from alerts.notifications import Notification, healed, taken
from alerts.notifier import Notifier
from alerts.post import Letter
from tests.doubles.memory_post import MemoryPost
from tests.doubles.memory_store import MemoryStore
from tests.doubles.notification_samples import LI, NIGHT, NOW, WANG, after, notification, settings
from tests.doubles.people import township
from town.recipients import Matter

WECOM = "wecombot://hunter2-hunter2"
ADDRESSES = {(WANG, "WECOM_URL"): WECOM, (LI, "MAIL_URL"): "mailto://hunter2", (LI, "LARK_URL"): "lark://hunter2"}


class Desk:
    """A notifier over stores in memory."""

    def __init__(self) -> None:
        self.store, self.post = MemoryStore(), MemoryPost()
        addresses = {key: SecretStr(address) for key, address in ADDRESSES.items()}
        self.notifier = Notifier(self.store, self.post, addresses, township(notices=settings()), _plain)

    def begin(self, *ones: Notification) -> None:
        with self.store.transaction() as book:
            for one in ones:
                book.begin_notification(one)

    def row(self, number: int = 1) -> Notification:
        with self.store.transaction() as book:
            return book.notifications([number])[0]

    def change(self, one: Notification) -> None:
        with self.store.transaction() as book:
            book.change_notification(one)

    @property
    def letters(self) -> list[tuple[str, str]]:
        return [(address, letter.body) for address, letter in self.post.sent]


def _plain(batch: Batch) -> Letter:
    return Letter(batch.recipient.id, ",".join(f"{one.number}{one.left_to_say}" for one in batch.notifications))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_is_due_goes_in_one_letter_and_once(desk: Desk) -> None:
    desk.begin(notification(1), notification(2))
    assert not desk.notifier.step(NOW)
    assert desk.notifier.step(after(minutes=5))
    assert not desk.notifier.step(after(minutes=5))
    assert desk.letters == [(WECOM, "1fault,2fault")]
    assert desk.row().told_at == after(minutes=5)


def test_what_was_not_taken_is_tried_again_and_then_told(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.begin(notification(urgent=True))
    desk.post.trouble[WECOM] = "refused (HTTP 500)"
    assert desk.notifier.step(NOW)
    assert (desk.row().error, desk.row().due_at) == ("refused (HTTP 500)", after(seconds=10))
    assert not desk.notifier.step(after(seconds=9))
    desk.post.trouble.clear()
    assert desk.notifier.step(after(seconds=10))
    assert desk.letters == [(WECOM, "1fault")]
    assert "wang cannot be told over WECOM_URL: refused (HTTP 500)" in caplog.text
    assert "hunter2" not in caplog.text


def test_one_channel_that_fails_does_not_hold_up_another(desk: Desk) -> None:
    theirs = {"recipient": LI, "matter": Matter.DISK, "urgent": True}
    desk.begin(notification(1, channel="MAIL_URL", **theirs), notification(2, channel="LARK_URL", **theirs))
    desk.post.trouble["mailto://hunter2"] = "timed_out"
    assert [desk.notifier.step(NOW) for _ in range(3)] == [True, True, False]
    assert desk.letters == [("lark://hunter2", "2fault")]


def test_after_a_day_it_is_given_up_for_all_to_see(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.begin(notification(urgent=True))
    desk.post.trouble[WECOM] = "unreachable"
    now = NOW
    while (due_at := desk.row().due_at) is not None:
        now = max(now, due_at)
        desk.notifier.step(now)
    assert desk.row().given_up_at == now
    assert now - NOW >= timedelta(days=1)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "notices: wang was not told over WECOM_URL for a day (unreachable), and it is given up"
    ]


def test_that_it_is_over_is_told_once_where_the_fault_was(desk: Desk) -> None:
    desk.begin(notification(1, urgent=True), notification(2, channel="MAIL_URL", recipient=LI, matter=Matter.DISK))
    desk.notifier.step(NOW)
    desk.change(healed(desk.row(1), after(minutes=1)))
    desk.change(healed(desk.row(2), after(minutes=1)))
    for minutes in range(2, 20):
        desk.notifier.step(after(minutes=minutes))
    assert desk.letters == [(WECOM, "1fault"), (WECOM, "1healed")]


def test_what_another_took_is_left_to_it_until_its_lease_is_over(desk: Desk) -> None:
    desk.begin(notification(urgent=True))
    desk.change(taken(desk.row(), NOW, timedelta(minutes=1)))
    assert not desk.notifier.step(after(seconds=30))
    assert desk.notifier.step(after(minutes=1))


def test_what_healed_while_a_killed_service_was_at_it_is_let_be(desk: Desk) -> None:
    desk.begin(notification(urgent=True))
    desk.change(healed(taken(desk.row(), NOW, timedelta(minutes=1)), after(seconds=1)))
    assert not desk.notifier.step(after(minutes=2))
    assert (desk.row().due_at, desk.row().given_up_at, desk.letters) == (None, None, [])


def test_what_is_for_nobody_is_given_up(desk: Desk) -> None:
    desk.begin(notification(recipient="zhao"))
    assert not desk.notifier.step(NOW)
    assert (desk.row().given_up_at, desk.row().error) == (NOW, "no_recipient")


def test_the_night_is_quiet_but_for_what_is_urgent(desk: Desk) -> None:
    desk.begin(notification(1, NIGHT), notification(2, NIGHT, urgent=True))
    for hour in range(6):
        desk.notifier.step(NIGHT + timedelta(hours=hour))
    assert desk.letters == [(WECOM, "2fault")]
    desk.notifier.step(NIGHT + timedelta(hours=6))
    assert desk.letters[1:] == [(WECOM, "1fault")]
