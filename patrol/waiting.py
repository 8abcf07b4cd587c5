"""The line in front of the eye: one frame a camera, and the newest one wins."""

import asyncio
from collections import deque

LONGEST = 8
"""How many frames wait for each eye before no further ones are fetched: a fifth of a second's worth, some 12 MB."""


class WaitingLine:
    """Lets `eyes` looks see at once and the others wait their turn. For one event loop; nothing in it waits for long but `room` and `turn`.

    `longest` is how many frames may wait for each eye before those that are to come are held back.
    """

    def __init__(self, eyes: int, longest: int = LONGEST) -> None:
        self._free = eyes
        self._longest = eyes * longest
        self._waiting: dict[str, asyncio.Future[bool]] = {}
        self._held_back: deque[asyncio.Future[None]] = deque()

    async def room(self) -> None:
        """Wait while the line is long. A frame that is fetched later takes no memory meanwhile, and is newer when it is seen."""
        if len(self._waiting) >= self._longest:
            self._held_back.append(asyncio.get_running_loop().create_future())
            await self._held_back[-1]

    async def turn(self, camera_id: str) -> bool:
        """Wait until an eye is free, and take it: `leave` gives it back. False where a newer frame of the camera came meanwhile.

        The newer frame takes the place of the older one, so that a camera that looks often neither gains nor loses its turn by it.
        """
        if self._free:
            self._free -= 1
            return True
        older = self._waiting.get(camera_id)
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[camera_id] = turn
        if older is not None:
            older.set_result(False)
        return await turn

    def leave(self) -> None:
        """Give the eye to who has waited longest, and let one more frame come; all of them once nobody waits."""
        if self._waiting:
            first = next(iter(self._waiting))
            self._waiting.pop(first).set_result(True)
        else:
            self._free += 1
        while self._held_back:
            self._held_back.popleft().set_result(None)
            if self._waiting:
                break
