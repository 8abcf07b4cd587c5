"""Of a page's wishes the last one counts; those that waited in vain cost nothing."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest

from console.latest import Latest

T = TypeVar("T")


class Threads:
    """Work that ends when the test says."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.gates: list[asyncio.Event] = []

    async def __call__(self, work: Callable[[], T]) -> T:
        gate = asyncio.Event()
        self.gates.append(gate)
        await gate.wait()
        return work()

    def work(self, name: str) -> Callable[[], str]:
        return lambda: self.done.append(name) or name


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_last_wish_is_told_and_those_between_are_not_even_begun() -> None:
    async def play() -> None:
        threads, turns = Threads(), asyncio.Semaphore(1)
        latest = Latest[str](threads, turns)
        wishes = []
        for name in ("first", "second", "third"):
            wishes.append(asyncio.create_task(latest.run(threads.work(name))))
            await settled()
        threads.gates[0].set()
        await settled()
        threads.gates[1].set()
        assert await asyncio.gather(*wishes) == [None, None, "third"]
        assert threads.done == ["first", "third"]

    asyncio.run(play())


def test_pages_take_turns() -> None:
    async def play() -> None:
        threads, turns = Threads(), asyncio.Semaphore(2)
        wishes = [asyncio.create_task(Latest[str](threads, turns).run(threads.work(name))) for name in "abc"]
        await settled()
        assert len(threads.gates) == 2
        threads.gates[0].set()
        await settled()
        assert len(threads.gates) == 3
        for gate in threads.gates:
            gate.set()
        assert await asyncio.gather(*wishes) == ["a", "b", "c"]

    asyncio.run(play())


def test_what_went_wrong_is_raised_only_where_it_still_matters() -> None:
    def fails() -> str:
        raise OSError("the disk")

    async def play() -> None:
        threads = Threads()
        latest = Latest[str](threads, asyncio.Semaphore(2))
        stale = asyncio.create_task(latest.run(fails))
        await settled()
        fresh = asyncio.create_task(latest.run(fails))
        await settled()
        for gate in threads.gates:
            gate.set()
        assert await stale is None
        with pytest.raises(OSError, match="the disk"):
            await fresh

    asyncio.run(play())
