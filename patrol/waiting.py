"""The line in front of the eye: one frame a camera, and the newest one wins."""

import asyncio


class WaitingLine:
    """Lets `eyes` looks see at once and the others wait their turn. For one event loop; nothing in it waits for long but `turn`."""

    def __init__(self, eyes: int) -> None:
        self._free = eyes
        self._waiting: dict[str, asyncio.Future[bool]] = {}

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
        """Give the eye to who has waited longest."""
        if self._waiting:
            first = next(iter(self._waiting))
            self._waiting.pop(first).set_result(True)
        else:
            self._free += 1
