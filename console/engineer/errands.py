"""Heavy work of the bench, each in a process of its own that yields to all others, one at a time: no look waits for it."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
LONGEST_LINE = 64 * 1024 * 1024


class ErrandFailed(Exception):
    """It ended without an answer; the text says why."""


class Errands:
    """Sends one process at a time; who asks meanwhile waits. For one event loop."""

    def __init__(self) -> None:
        self._alone = asyncio.Lock()

    @property
    def is_busy(self) -> bool:
        return self._alone.locked()

    async def send(self, errand: str, **asked: Any) -> AsyncGenerator[Mapping[str, Any], None]:
        """What it tells, line by line; leaving early ends it. Raises ErrandFailed."""
        async with self._alone:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "console.engineer.errand"),
                stdin=PIPE,
                stdout=PIPE,
                limit=LONGEST_LINE,
                env={**os.environ, **ONE_CORE, "PYTHONPATH": _found_by()},
            )
            assert process.stdin
            assert process.stdout
            try:
                process.stdin.write(json.dumps({"errand": errand, **asked}).encode() + b"\n")
                await process.stdin.drain()
                async for line in process.stdout:
                    told = json.loads(line)
                    if "failed" in told:
                        raise ErrandFailed(told["failed"])
                    yield told
                if await process.wait():
                    raise ErrandFailed(f"the process ended with status {process.returncode}")
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()


def _found_by() -> str:
    return os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))
