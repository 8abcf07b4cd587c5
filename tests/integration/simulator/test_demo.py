"""The whole demo as a process: it runs, survives the death of the service, ends cleanly, and sums up what happened."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from detectors.loading import shipped_model
from simulator.demo_township import CONFIG
from storage.database import Database
from tests.doubles.brokers import eventually
from town.looks import LookOutcome
from town.work import ENDED, OrderState

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not (shipped_model() / "weisu.xml").exists(), reason="no model in detectors/weights yet"),
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the demo's processes by /proc"),
]

RUN = """
import sys
from pathlib import Path
from simulator.demo import run_demo
sys.exit(run_demo({seconds}, {as_json}, Path({folder!r}), config=Path({config!r})))
"""
ENOUGH_S = 300.0
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Demo:
    """A demo with a folder and a copy of the configuration of its own, so that its processes can be told from others'."""

    def __init__(self, folder: Path, seconds: float | None, as_json: bool = False) -> None:
        self.folder = folder
        self.config = folder / "demo.yaml"
        self.config.write_text(CONFIG.read_text("utf-8"), "utf-8")
        self.output = folder / "output.txt"
        command = RUN.format(seconds=seconds, as_json=as_json, folder=str(folder), config=str(self.config))
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", command], stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def text(self) -> str:
        return self.output.read_text("utf-8")

    def says(self, words: str) -> None:
        eventually(lambda: words in self.text or self.process.poll() is not None, f"{words!r} in:\n{self.text}", ENOUGH_S)
        assert words in self.text

    def ends(self) -> int:
        return self.process.wait(ENOUGH_S)

    def service_pids(self) -> list[int]:
        """The processes that run the service on this demo's configuration."""
        return [pid for pid, words in _processes() if str(self.config) in words and "service" in words]

    def broker_pids(self) -> list[int]:
        """The embedded brokers that this demo's service is the parent of."""
        services = self.service_pids()
        return [pid for pid, words in _processes() if "alerts.broker_process" in words and _parent(pid) in services]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _processes() -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), (entry / "cmdline").read_text().split("\0")
            except OSError:
                continue


def test_a_demo_with_an_end_prints_its_summary_as_the_last_line(tmp_path: Path) -> None:
    demo = Demo(tmp_path, seconds=5, as_json=True)
    assert demo.ends() == 0, demo.text
    summary = json.loads(demo.text.splitlines()[-1])
    assert set(summary) == {"looks", "incidents", "orders", "offers", "received", "verified_closed", "seconds"}
    assert set(summary["looks"]) == {"planned", "done", "unknown", "failed", "put_off"}
    assert set(summary["seconds"]["detect_to_received"]) == {"p50", "p95"}
    assert demo.service_pids() == []


def test_the_service_may_be_killed_and_ctrl_c_ends_everything_without_a_trace(tmp_path: Path) -> None:
    demo = Demo(tmp_path, seconds=None)
    demo.says("巡查 looks")
    killed = demo.service_pids()
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    demo.says("服务中断，已重新启动")
    eventually(lambda: demo.service_pids() and set(demo.service_pids()).isdisjoint(killed), "another service", ENOUGH_S)
    before = looks_done(tmp_path)
    eventually(lambda: looks_done(tmp_path) > before, f"a look after the restart; so far:\n{demo.text}", ENOUGH_S)

    demo.process.send_signal(signal.SIGINT)

    assert demo.ends() == 0, demo.text
    assert "Traceback" not in demo.text
    assert demo.service_pids() == []


def test_no_order_is_lost_or_doubled_when_the_broker_and_then_the_service_are_killed(tmp_path: Path) -> None:
    demo = Demo(tmp_path, seconds=None)
    demo.says("接单（claimed）")
    before = orders(tmp_path)
    (broker,) = demo.broker_pids()
    os.kill(broker, signal.SIGKILL)
    eventually(lambda: demo.broker_pids() and broker not in demo.broker_pids(), "another broker", ENOUGH_S)
    for pid in demo.service_pids():
        os.kill(pid, signal.SIGKILL)
    demo.says("服务中断，已重新启动")
    eventually(lambda: all(orders(tmp_path)[name] in ENDED for name in before), f"the end of what was live; so far:\n{demo.text}", ENOUGH_S)

    demo.process.send_signal(signal.SIGINT)

    assert demo.ends() == 0, demo.text
    database = Database.open(f"sqlite:///{tmp_path / 'weisu.db'}")
    assert database.figures.summary(LONG_AGO).incidents == len(orders(tmp_path))
    live = [(order.rule_id, order.camera_id, order.zone_id) for order in database.figures.live_orders() if order.skill == "bins"]
    database.close()
    assert len(live) == len(set(live))


def test_no_secret_of_the_demo_is_printed_or_logged(tmp_path: Path) -> None:
    demo = Demo(tmp_path, seconds=None)
    demo.says("巡查 looks")
    environment = Path(f"/proc/{demo.service_pids()[0]}/environ").read_text("utf-8").split("\0")
    secrets = [entry.partition("=")[2] for entry in environment if entry.startswith("WEISU_DEMO_") and "PASSWORD" in entry]
    demo.process.send_signal(signal.SIGINT)
    demo.ends()

    logs = "".join(path.read_text("utf-8") for path in tmp_path.glob("*.log"))
    assert len(secrets) == 9
    assert not any(secret in demo.text + logs for secret in secrets)


def test_who_is_let_in_by_what_the_demo_prints_sees_the_console_and_takes_over_a_phone(tmp_path: Path) -> None:
    demo = Demo(tmp_path, seconds=None)
    demo.says("巡查 looks")
    said = re.search(r"console (\S+)  网格长 manager (\S+)  工程师 engineer (\S+)\nc01 的手机 phone (\S+)", demo.text)
    assert said, demo.text
    url, manager, engineer, phone = said.groups()
    homes = {name: signed_in(url, name, password) for name, password in (("manager", manager), ("engineer", engineer))}
    entered = httpx.post(phone, trust_env=False, timeout=60)
    demo.says("保洁员01 由真人接手")
    demo.process.send_signal(signal.SIGINT)

    assert demo.ends() == 0, demo.text
    assert homes == {"manager": "/town/today", "engineer": "/bench/zones"}
    assert (entered.status_code, entered.headers["location"]) == (303, "/phone")


def signed_in(url: str, name: str, password: str) -> str:
    """Where a login leads."""
    answer = httpx.post(f"{url}/login", data={"name": name, "password": password}, trust_env=False, timeout=60)
    return answer.headers.get("location", f"nowhere: {answer.status_code}")


def looks_done(folder: Path) -> int:
    database = Database.open(f"sqlite:///{folder / 'weisu.db'}")
    try:
        return database.figures.summary(LONG_AGO).looks[LookOutcome.DONE]
    finally:
        database.close()


def orders(folder: Path) -> dict[str, OrderState]:
    """Every order that was ever opened, with the state it is in by now."""
    database = Database.open(f"sqlite:///{folder / 'weisu.db'}")
    try:
        return {event.order_id: event.to_state for event in reversed(database.figures.recent_events(100_000))}
    finally:
        database.close()
