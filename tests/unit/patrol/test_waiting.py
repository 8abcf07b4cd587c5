"""Who sees next: in the order of coming, one frame a camera, the newest one."""

import asyncio
from collections.abc import Awaitable, Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.waiting import WaitingLine

Story = Callable[["Town"], Awaitable[None]]


class Town:
    """Looks that come to a line; `turns` is what became of those that were answered, in the order of the answers.

    `fetched` names the cameras whose frames were let come.
    """

    def __init__(self, eyes: int, longest: int) -> None:
        self.line = WaitingLine(eyes, longest)
        self.fetched: list[str] = []
        self.turns: list[tuple[str, bool]] = []
        self._looks: list[asyncio.Task[None]] = []

    async def come(self, *names: str) -> None:
        """A name is a camera and the number of its frame, such as a1."""
        for name in names:
            self._looks.append(asyncio.create_task(self._wait(name)))
            await settled()

    async def fetch(self, *cameras: str) -> None:
        for camera in cameras:
            self._looks.append(asyncio.create_task(self._fetch(camera)))
            await settled()

    async def leave(self) -> None:
        self.line.leave()
        await settled()

    async def tell(self, story: Story) -> "Town":
        await story(self)
        for look in self._looks:
            look.cancel()
        return self

    async def _wait(self, name: str) -> None:
        self.turns.append((name, await self.line.turn(name[0])))

    async def _fetch(self, camera: str) -> None:
        await self.line.room()
        self.fetched.append(camera)


async def settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(4):
        await asyncio.sleep(0)


def run(eyes: int, story: Story, longest: int = 8) -> Town:
    return asyncio.run(Town(eyes, longest).tell(story))


def test_as_many_look_at_once_as_there_are_eyes_and_the_next_in_the_order_of_coming() -> None:
    async def story(town: Town) -> None:
        await town.come("a1", "b1", "c1", "d1")
        assert town.turns == [("a1", True), ("b1", True)]
        await town.leave()
        await town.leave()

    assert run(2, story).turns[2:] == [("c1", True), ("d1", True)]


def test_a_newer_frame_takes_the_turn_of_the_older_one_that_still_waits() -> None:
    async def story(town: Town) -> None:
        await town.come("x1", "a1", "b1", "a2")
        for _ in range(3):
            await town.leave()

    assert run(1, story).turns == [("x1", True), ("a1", False), ("a2", True), ("b1", True)]


def test_a_frame_that_is_being_looked_at_is_not_superseded() -> None:
    async def story(town: Town) -> None:
        await town.come("a1", "a2")
        await town.leave()

    assert run(1, story).turns == [("a1", True), ("a2", True)]


def test_an_eye_for_whom_nobody_waits_is_free_for_who_comes_next() -> None:
    async def story(town: Town) -> None:
        await town.come("a1")
        await town.leave()
        await town.come("b1", "c1")

    assert run(1, story).turns == [("a1", True), ("b1", True)]


def test_no_frame_is_fetched_while_the_line_is_long_and_one_more_comes_for_each_that_is_seen() -> None:
    async def story(town: Town) -> None:
        await town.come("x1", "a1", "b1")
        await town.fetch("c", "d", "e")
        assert town.fetched == []
        await town.leave()
        assert town.fetched == ["c"]
        await town.leave()
        assert town.fetched == ["c", "d", "e"]  # nobody waits, whatever becomes of those that were let go

    run(1, story, longest=2)


def test_while_the_line_is_short_frames_are_fetched_at_once() -> None:
    async def story(town: Town) -> None:
        await town.come("x1", "a1")
        await town.fetch("b", "c")
        assert town.fetched == ["b", "c"]

    run(1, story, longest=2)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.integers(1, 3), st.lists(st.sampled_from("abc-"), max_size=30))
def test_every_frame_is_seen_or_superseded_once_and_one_a_camera_waits_at_most(eyes: int, events: list[str]) -> None:
    came = [f"{event}{number}" for number, event in enumerate(events) if event != "-"]

    async def story(town: Town) -> None:
        for number, event in enumerate(events):
            if event == "-":
                await town.leave()
            else:
                await town.come(f"{event}{number}")
            waiting = [name[0] for name in came if int(name[1:]) <= number and name not in dict(town.turns)]
            assert len(waiting) == len(set(waiting))
        for _ in came:
            await town.leave()

    assert sorted(name for name, _ in run(eyes, story).turns) == sorted(came)
