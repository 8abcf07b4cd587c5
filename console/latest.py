"""Long work for a page: done aside, a few at a time for all who look, and of one page's wishes the last one counts."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from console.site import Aside

T = TypeVar("T")


class Latest(Generic[T]):
    """One page's. `turns` is shared by all pages: whoever changes their mind while they wait has cost nothing."""

    def __init__(self, aside: Aside, turns: asyncio.Semaphore) -> None:
        self._aside = aside
        self._turns = turns
        self._asked = 0

    async def run(self, work: Callable[[], T]) -> T | None:
        """What the work gave; None where something else was asked for in the meantime. What the work raises is raised, unless so."""
        self._asked += 1
        mine = self._asked
        async with self._turns:
            if mine != self._asked:
                return None
            try:
                found = await self._aside(work)
            except Exception:
                if mine != self._asked:
                    return None
                raise
        return found if mine == self._asked else None
