"""Pictures looked at side by side, one on a core."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from town.sight import Detection, Image

MOST_CORES = 8
"""How many cores are used where nobody says: each takes memory of its own."""


class Cores:
    """`threads`: how many pictures are looked at at once; 0 means as many as there are cores to use, 8 at most."""

    def __init__(self, threads: int = 0) -> None:
        self.count = core_count(threads)
        self._threads = ThreadPoolExecutor(self.count, "network")

    def each(self, see: Callable[[Image], list[Detection]], images: Sequence[Image]) -> list[list[Detection]]:
        """What is seen in each picture, in their order. A single one is looked at in the caller's own thread."""
        return [see(image) for image in images] if len(images) < 2 else list(self._threads.map(see, images))


def core_count(threads: int) -> int:
    """As many as were asked for; asked for none, as many as this process may use, 8 at most."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return threads or min(usable, MOST_CORES)
