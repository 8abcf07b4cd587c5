"""The console is a process beside the service: it begins and ends with it, and comes back by itself."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from simulator.demo_township import free_port
from tests.doubles.brokers import eventually
from tests.doubles.service_process import ServiceProcess

pytestmark = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds processes by /proc")

TOWN = """
town: {{id: demo, name: 演示镇}}
grids: [{{id: g1, name: 第一网格, manager: m1}}]
cameras:
  - {{id: gate, name: 三号门, grid: g1, position: {{lat: 39.79, lon: 116.50}}, source: {{kind: http_snapshot, url: "http://127.0.0.1:9/a.jpg"}}}}
console: {{listen: "127.0.0.1:{port}"}}
mqtt: {{broker: embedded, port: 0}}
storage: {{url: "sqlite:///{folder}/weisu.db"}}
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    folder = tmp_path_factory.mktemp("town")
    config = folder / "town.yaml"
    config.write_text(TOWN.format(folder=folder, port=free_port()))
    with ServiceProcess(config, {}) as service:
        yield service


def test_the_address_is_told_at_the_start_and_a_link_that_makes_the_first_engineer_once(service: ServiceProcess) -> None:
    told = re.search(r"first set-up, once, within an hour: (\S+)", service.says())
    assert told
    with httpx.Client(trust_env=False, timeout=60, base_url=url_of(service)) as web:
        assert web.get("/").headers["location"] == "/login"
        made = [web.post(told[1], data={"name": "wang", "password": "long enough for this"}).status_code for _ in range(2)]
        assert made == [303, 422]
        let_in = web.post("/login", data={"name": "wang", "password": "long enough for this"})
        assert let_in.headers["location"] == "/bench/zones"


@pytest.mark.parametrize(
    "path", ["/setup/a-secret-key/", "/phone/enter/a-secret-key/", "/pictures/1/before/?sig=a-secret-key", "/open311/x"]
)
def test_an_address_that_is_not_there_is_neither_logged_nor_drawn(service: ServiceProcess, path: str) -> None:
    answer = httpx.get(f"{url_of(service)}{path}", trust_env=False, timeout=60)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    assert "a-secret-key" not in service.log.read_text()


def test_a_console_that_dies_is_started_again_and_the_service_goes_on(service: ServiceProcess) -> None:
    before = console_of(service)
    os.kill(before, signal.SIGKILL)
    eventually(lambda: [pid for pid in consoles_of(service.pid) if pid != before], "another console", 60)
    assert httpx.get(f"{url_of(service)}/login", trust_env=False, timeout=60).status_code == 200
    assert "the console ended with status -9" in service.log.read_text()


def test_it_ends_with_a_service_that_is_killed_and_its_port_is_free_for_the_next(service: ServiceProcess) -> None:
    before = console_of(service)
    service.kill()
    service.start()
    eventually(lambda: not Path(f"/proc/{before}").exists() or "console.serving" not in words_of(before), "its end", 60)
    assert httpx.get(f"{url_of(service)}/login", trust_env=False, timeout=60).status_code == 200


def url_of(service: ServiceProcess) -> str:
    told = re.search(r"HTTP on (\S+)", service.ready)
    assert told, service.ready
    return told[1]


def console_of(service: ServiceProcess) -> int:
    """The service says that it is ready a moment before its console is there, or there again."""
    eventually(lambda: len(consoles_of(service.pid)) == 1, "the console")
    (found,) = consoles_of(service.pid)
    return found


def consoles_of(parent: int) -> list[int]:
    """The processes of the console that a service has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent_pid = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent_pid == parent and "console.serving" in words_of(int(folder.name)):
            found.append(int(folder.name))
    return found


def words_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
