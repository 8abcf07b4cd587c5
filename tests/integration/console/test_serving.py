"""The console's process says why it cannot begin; and what takes long in it holds up nobody else."""

import asyncio
import itertools
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from console import process
from console.doorkeeper import Refused
from console.process import Console
from storage.database import Database
from tests.doubles.api_callers import Caller
from tests.doubles.brokers import eventually
from tests.doubles.console_process import NOWHERE
from tests.doubles.people import township
from tests.doubles.served_town import served
from tests.doubles.town_file import TownFile
from town.accounts import Role
from town.settings import ExternalBroker


@pytest.mark.parametrize(("key", "value", "why"), [("cameras", 7, "cameras"), ("console", False, "console: off now")])
def test_a_file_that_was_changed_for_the_worse_is_named_as_why_the_console_cannot_begin(
    tmp_path: Path, key: str, value: object, why: str
) -> None:
    town = TownFile(tmp_path)
    town.store.close()
    file = tmp_path / "changed.yaml"
    changed = {**yaml.safe_load(town.file.read_text(encoding="utf-8")), key: value}
    file.write_text(yaml.safe_dump(changed, allow_unicode=True), encoding="utf-8")
    told = {"file": str(file), "socket": 0, "url": "http://127.0.0.1:1", "broker": NOWHERE}
    ended = subprocess.run(
        [sys.executable, "-m", "console.serving"],
        input=json.dumps(told) + "\n",
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert ended.returncode == 1
    assert why in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_console_that_cannot_even_be_started_is_tried_again_and_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries, enough = itertools.count(1), asyncio.Event()

    async def no_process(*_: object, **__: object) -> Any:
        if next(tries) == 3:
            enough.set()
        raise OSError(24, "Too many open files")

    async def story() -> None:
        database = Database.open(tmp_path / "weisu.db")
        async with Console(township(console={"listen": "127.0.0.1:0"}), database, tmp_path / "town.yaml") as console:
            console.open(ExternalBroker(host="127.0.0.1", port=1))
            await enough.wait()
        database.close()

    monkeypatch.setattr(asyncio, "create_subprocess_exec", no_process)
    monkeypatch.setattr(process, "AGAIN_AFTER_S", (0, 0))
    asyncio.run(story())
    assert "could not be started ([Errno 24] Too many open files)" in caplog.text


def test_many_who_sign_in_at_once_hold_up_nobody_who_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, enough = threading.Semaphore(0), threading.Event()

    def slowly(*_: object) -> None:
        begun.release()
        enough.wait(120)
        raise Refused("wrong")

    with served(tmp_path) as town, ThreadPoolExecutor(4) as strangers:
        manager = Caller(town, Role.MANAGER)
        monkeypatch.setattr(town.site.doorkeeper, "sign_in", slowly)
        try:
            tries = [strangers.submit(town.web.post, "/login", data={"name": "li", "password": "x"}) for _ in range(4)]
            eventually(lambda: begun.acquire(blocking=False), "the first to be heard")
            assert manager.get("/orders").status_code == 200
        finally:
            enough.set()
        assert {one.result().status_code for one in tries} == {401}
