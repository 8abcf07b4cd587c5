"""The real console in a process of its own, as the service starts it, on a township's file; and a real browser to look at it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from console.listening import listening, url_of
from tests.doubles.brokers import eventually
from town.settings import ConsoleSettings

PATIENT_MS = 60_000
"""What is to be seen is waited for, on a slow machine too."""
NOWHERE = {"host": "127.0.0.1", "port": 1, "protocol": "3.1.1"}


@contextmanager
def running_console(file: Path, environ: Mapping[str, str] | None = None, broker: Mapping[str, object] = NOWHERE) -> Iterator[str]:
    """Its address, once it answers. Its log is beside the file, and fails the test where it tells of an error."""
    settings = ConsoleSettings(listen="127.0.0.1:0")
    taken = listening(settings)
    url = url_of(settings, taken)
    log = file.with_suffix(".console.log")
    told = {"file": str(file), "socket": taken.fileno(), "url": url, "broker": broker}
    with taken, log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "console.serving"],
            stdin=subprocess.PIPE,
            stderr=errors,
            pass_fds=(taken.fileno(),),
            env={**os.environ, **(environ or {})},
            cwd=Path(__file__).parents[2],
        )
        assert process.stdin
        try:
            process.stdin.write(json.dumps(told).encode() + b"\n")
            process.stdin.flush()
            eventually(lambda: process.poll() is not None or _answers(url), "the console to answer", 120)
            assert process.poll() is None, log.read_text()
            yield url
        finally:
            process.stdin.close()  # as when the service is gone
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
    assert "Traceback" not in log.read_text(), log.read_text()


@contextmanager
def real_browser() -> Iterator[Browser]:
    """Debian's Chromium; skips the test where there is none."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Debian's package chromium")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENT_MS)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/login", trust_env=False, timeout=60).status_code == 200
    except httpx.TransportError:
        return False
