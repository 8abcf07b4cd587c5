"""Notices that the database changed, so that pages need not ask it: one reader for all who look."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

log = logging.getLogger(__name__)

EVERY_S = 0.25

Marks = tuple[int, datetime | None]
"""As `storage.accounts.Accounts.marks` gives them."""


class Live:
    """`orders` counts changes of orders, `looks` those of anything: a page that has seen a number is up to date while it stands.

    `answers` tells whether the last reading came through. `read` gives two marks: the first moves with orders, the second with looks.
    """

    def __init__(self, read: Callable[[], Awaitable[Marks]], every_s: float = EVERY_S) -> None:
        self.orders = 0
        self.looks = 0
        self.answers = True
        self.closed = False
        self._read = read
        self._every_s = every_s
        self._changed = asyncio.Event()
        self._seen: Marks | None = None

    async def watch(self) -> None:
        """Read again and again, until cancelled."""
        while True:
            try:
                self._note(await self._read())
                if not self.answers:
                    log.warning("what changed can be read again")
                self.answers = True
            except Exception:
                if self.answers:  # said once, not four times a second for as long as it lasts
                    log.exception("what changed could not be read; pages say so, and it is tried again")
                self.answers = False
            await asyncio.sleep(self._every_s)

    async def changed(self) -> None:
        """Wait for the next change of anything, or the end."""
        await self._changed.wait()

    def close(self) -> None:
        """Tell all who wait that there is nothing more to wait for."""
        self.closed = True
        self._changed.set()

    def _note(self, now: Marks) -> None:
        before, self._seen = self._seen, now
        if before is None or before == now:
            return
        self.orders += now[0] != before[0]
        self.looks += 1
        self._changed.set()
        self._changed = asyncio.Event()
