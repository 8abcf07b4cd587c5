"""Keeps what the service's many threads take and give back of memory in one place, where the next may have it."""

import ctypes
import os
import sys
from contextlib import suppress

M_ARENA_MAX = -8  # glibc's malloc.h
ARENAS = 2


def share_arenas() -> None:
    """Let all threads take memory from two arenas. Call it before any thread is started; who has set MALLOC_ARENA_MAX decides.

    glibc gives each thread an arena of its own, up to eight a core, and each keeps some of what its thread has freed. Elsewhere nothing
    is changed.
    """
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
