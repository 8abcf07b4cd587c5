"""Where lives of the service come from: forked from a process that has imported everything and runs no thread, in milliseconds."""

import os
import signal
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, NoReturn


class Nursery:
    """One life at a time. Make it while this process runs one thread only; what it bore ends with it, and it ends with this process."""

    def __init__(self, live: Callable[..., None]) -> None:
        self._pipe, theirs = Pipe()
        self._pid = os.fork()
        if not self._pid:
            self._pipe.close()
            _nurse(theirs, live)
        theirs.close()

    def bear(self, *told: Any) -> None:
        """Begin `live(*told)` in a new process, once the last has died."""
        self._pipe.send(told)
        self._pipe.recv()

    @property
    def is_empty(self) -> bool:
        """Whether the last life has ended, or none has begun."""
        self._pipe.send(None)
        return bool(self._pipe.recv())

    def close(self) -> None:
        """Kill -9 whatever still lives."""
        self._pipe.close()
        os.waitpid(self._pid, 0)


def _nurse(pipe: Connection, live: Callable[..., None]) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = 0
    while True:
        try:
            told = pipe.recv()
        except EOFError:
            if child:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            os._exit(0)
        # A dead child keeps its pid until it is waited for here: nobody else's process can be meant by it.
        if child and os.waitpid(child, os.WNOHANG)[0]:
            child = 0
        if told is not None:
            child = os.fork()
            if not child:
                pipe.close()
                _be_born(live, told)
        pipe.send(not child)


def _be_born(live: Callable[..., None], told: tuple[Any, ...]) -> NoReturn:
    try:
        live(*told)
    finally:
        os._exit(1)
