"""Carries due notifications to their recipients: taken under a lease, grouped into letters, and tried again until a day has passed."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.addresses import Addresses
from alerts.grouping import Batch, batches, recipient_of
from alerts.notifications import Notification, dropped, failed, said, taken
from alerts.post import Letter, NotDelivered, Post
from alerts.stores import NotificationBook, NotificationStore
from town.township import Township

log = logging.getLogger(__name__)


class Notifier:
    """One of these per store; of several each letter is one's. A letter may go out twice where a service is killed at the wrong moment.

    `lease` is how long rows rest that a killed service had taken, and must be longer than a letter may take.
    """

    def __init__(
        self,
        store: NotificationStore,
        post: Post,
        addresses: Addresses,
        township: Township,
        write: Callable[[Batch], Letter],
        lease: timedelta = timedelta(minutes=1),
    ) -> None:
        self._store = store
        self._post = post
        self._addresses = addresses
        self._settings, self._town = township.notices, township.town
        self._write = write
        self._lease = lease

    def step(self, now: datetime) -> bool:
        """Send the most pressing letter that is due. False where none is."""
        waiting = self._store.waiting_notifications(now)
        self._let_be(waiting, now)
        made = batches(waiting, self._settings, self._town, now)
        if not made:
            return False
        batch = self._taken(made[0], now)
        if batch.notifications:
            self._send(batch, now)
        return True

    def _let_be(self, waiting: Sequence[Notification], now: datetime) -> None:
        """What nobody is to hear any more: its recipient is gone, or it healed while a killed service was at it."""
        stale = [one.number for one in waiting if one.left_to_say is None or recipient_of(one, self._settings) is None]
        if stale:
            with self._store.transaction() as book:
                for one in _still_free(book, stale, now):
                    book.change_notification(dropped(one, "" if one.left_to_say is None else "no_recipient", now))

    def _taken(self, batch: Batch, now: datetime) -> Batch:
        """The batch without what another took or what healed meanwhile."""
        with self._store.transaction() as book:
            free = _still_free(book, [one.number for one in batch.notifications], now)
            ours = [taken(one, now, self._lease) for one in free if one.left_to_say]
            for one in ours:
                book.change_notification(one)
        mine = {one.number: one for one in ours}
        return replace(batch, notifications=tuple(mine[one.number] for one in batch.notifications if one.number in mine))

    def _send(self, batch: Batch, now: datetime) -> None:
        sayings = {one.number: one.left_to_say for one in batch.notifications}
        error = self._delivered(batch)
        with self._store.transaction() as book:
            for one in book.notifications(list(sayings)):
                saying = sayings[one.number]
                after = failed(one, error, now) if error or saying is None else said(one, saying, now)
                book.change_notification(after)
                if after.given_up_at:
                    log.error("notices: %s was not told over %s for a day (%s), and it is given up", one.recipient, one.channel, error)

    def _delivered(self, batch: Batch) -> str:
        """Why a letter was not taken; empty where it was."""
        try:
            self._post.send(self._addresses[batch.recipient.id, batch.channel], self._write(batch))
        except NotDelivered as error:
            if any(one.tries == 1 for one in batch.notifications):
                log.warning("notices: %s cannot be told over %s: %s", batch.recipient.id, batch.channel, error.reason)
            return error.reason
        log.info("notices: %s was told over %s: %d", batch.recipient.id, batch.channel, len(batch.notifications))
        return ""


def _still_free(book: NotificationBook, numbers: Sequence[int], now: datetime) -> list[Notification]:
    return [one for one in book.notifications(numbers) if one.is_free(now)]
