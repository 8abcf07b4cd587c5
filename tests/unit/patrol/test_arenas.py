"""How many arenas a process may have, seen in a process of its own: the setting cannot be taken back."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")

ROOT = Path(__file__).parents[3]
ALLOCATE = """
import ctypes, threading
from patrol.arenas import share_arenas

share_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
threads = 12
together = threading.Barrier(threads)

def take():
    together.wait()
    libc.malloc(1000)
    together.wait()

takers = [threading.Thread(target=take) for _ in range(threads)]
for taker in takers:
    taker.start()
for taker in takers:
    taker.join()
libc.malloc_stats()
"""


def arenas(**environ: str) -> int:
    """How many arenas twelve threads take memory from."""
    ran = subprocess.run(
        [sys.executable, "-c", ALLOCATE], env={**os.environ, **environ}, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return ran.stderr.count("Arena ")


def test_many_threads_share_two_arenas() -> None:
    assert arenas() <= 2


def test_who_has_set_the_number_of_arenas_decides() -> None:
    assert arenas(MALLOC_ARENA_MAX="5") > 2
