"""The console before a township of 1,000 cameras and 10,000 stored orders: how soon Today can be used, how soon an event is on it, and what
50 managers and 200 phones at once take, of memory and of the looks' time.

    python -m bench.console [--cameras 1000] [--orders 10000] [--managers 50] [--phones 200] [--seconds 60]

The service is `weisu run` with 1,000 cameras that a server of this machine shows. First nobody looks at the console for so many seconds,
then the crowd does (`bench/console_crowd.py`, no browsers); beside it stands how long looks took from planned to judged. Then, with the
crowd gone, a real Chromium opens pages afresh: Today is usable when its list has rows, its map cameras and its socket is open. The peer
is the login page, which is plain HTML, from the same server. Events are orders opened at the real desk; the peer is the same event over
`/api/v1/events`. Last, the bytes of the phone's page. Prints a table and writes bench/out/console.json.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import yaml
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table

from bench.stored_orders import METRE, Street, fill
from console.doorkeeper import Doorkeeper
from rules.builtin import BUILT_IN
from storage.database import Database
from tests.doubles.camera_servers import CameraServer
from tests.doubles.people import MANAGER, NEAR, plain_township
from tests.doubles.service_process import ServiceProcess
from town.accounts import Opens, Role
from town.reading import read_township
from town.township import Township

SCENES = Path(__file__).parents[1] / "simulator" / "scenes"
OUT = Path(__file__).parent / "out" / "console.json"
PASSWORD = "a-password-of-the-bench"
LIVE, PAGES, EVENTS = 40, 9, 15


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("cameras", 1000), ("orders", 10_000), ("managers", 50), ("phones", 200), ("seconds", 60)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    if shutil.which("chromium") is None:
        print("needs Debian's package chromium", file=sys.stderr)
        return 1
    os.environ["BENCH_PASSWORD"] = PASSWORD
    with tempfile.TemporaryDirectory() as folder, CameraServer() as server:
        file = write_town(Path(folder), server, asked.cameras, asked.phones)
        town = read_township(file, os.environ, BUILT_IN)
        fill(Path(folder) / "weisu.db", town, asked.orders, datetime.now(UTC))
        database = Database.open(town.storage.url)
        passes = let_in(database, town, asked.phones)
        with ServiceProcess(file, {}) as service:
            url = str(re.search(r"HTTP on (\S+)", service.ready)[1])  # type: ignore[index]
            report = measure(asked, url, service.pid, database, town, passes)
        database.close()
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(report, indent=2))
    show(report)
    return 0


def measure(asked: argparse.Namespace, url: str, service: int, database: Database, town: Township, passes: list[str]) -> dict[str, Any]:
    street = Street(town, database)
    for number in range(LIVE):
        street.opens(incident_id(number), number, now())
    time.sleep(30)  # all cameras have been looked at once, more or less
    console = console_of(service)
    report: dict[str, Any] = {"asked": vars(asked), "console_alone_mb": resident_mb(console)}
    report["looks_without"] = looks_of(database, town, asked.seconds)
    with crowd(url, asked.managers, passes) as tell:
        report["looks_with_the_crowd"] = looks_of(database, town, asked.seconds)
        report["console_with_the_crowd_mb"] = resident_mb(console)
        report["crowd_heard"] = tell()
    with browser() as chromium:
        report["today_usable_s"] = [today_s(chromium, url) for _ in range(PAGES)]
        report["peer_login_page_s"] = [login_page_s(chromium, url) for _ in range(PAGES)]
        report["event_on_screen_s"], report["peer_event_in_api_s"] = events_s(chromium, url, street)
        report["phone_page_bytes"] = phone_bytes(chromium, url, Doorkeeper(database, lambda: town, now))
    return report


def write_town(folder: Path, server: CameraServer, cameras: int, cleaners: int) -> Path:
    """Four grids of one manager's, a hundred metres between cameras in a square; cleaners beside the first of them."""
    scenes = sorted(SCENES.glob("*.jpg"))
    base = plain_township()
    camera, person = base["cameras"][0], next(one for one in base["cleaners"] if one["id"] == NEAR)
    side = max(1, int(cameras**0.5))

    def place(number: int) -> dict[str, float]:
        return {"lat": 39.79 + number // side * 100 * METRE, "lon": 116.5 + number % side * 130 * METRE}

    for number, scene in enumerate(scenes):
        server.shows(f"/{number}.jpg", scene.read_bytes())
    address = server.shows("/0.jpg", scenes[0].read_bytes()).removesuffix("/0.jpg")
    grids = [{"id": f"g{number}", "name": f"第{number}网格", "manager": MANAGER} for number in range(1, 5)]
    settings = base | {
        "grids": grids,
        "cameras": [
            camera
            | {
                "id": f"gate-{number:03}",
                "name": f"{number}号门",
                "grid": grids[number % 4]["id"],
                "position": place(number),
                "every": "60s",
                "source": {"kind": "http_snapshot", "url": f"{address}/{number % len(scenes)}.jpg"},
            }
            for number in range(cameras)
        ],
        "cleaners": [
            {**person, "id": f"c{number:03}", "name": f"保洁员{number:03}", "shifts": ["00:00-24:00"], "position": place(number)}
            | {"grid": grids[number % 4]["id"], "password": "${BENCH_PASSWORD}"}
            for number in range(cleaners)
        ],
        "dispatch": {"offers_an_hour": None},
        "looks": {"allow_loopback": True},
        "mqtt": {"broker": "embedded", "port": 0},
        "console": {"listen": "127.0.0.1:0"},
        "storage": {"url": f"sqlite:///{folder}/weisu.db"},
    }
    file = folder / "town.yaml"
    file.write_text(yaml.safe_dump(json.loads(json.dumps(settings)), allow_unicode=True))
    return file


def let_in(database: Database, town: Township, phones: int) -> list[str]:
    """A manager's account, and a pass for each phone."""
    doorkeeper = Doorkeeper(database, lambda: town, now)
    doorkeeper.open_account("li", Role.MANAGER, MANAGER, PASSWORD, "bench")
    return [doorkeeper.give_pass(Opens.PHONE, f"c{number:03}", "bench", timedelta(hours=1)) for number in range(phones)]


def looks_of(database: Database, town: Township, seconds: float) -> dict[str, Any]:
    """How long looks took that were planned in the next so many seconds."""
    began_at = now()
    time.sleep(seconds)
    looks = [look for one in town.cameras for look in database.figures.looks_at(one.id, began_at, now())]
    lasted = sorted((look.ended_at - look.planned_at).total_seconds() for look in looks if look.outcome == "done")
    skipped = sum(look.outcome == "skipped" for look in looks)
    return {"done": len(lasted), "skipped": skipped, "p50_s": quantile(lasted, 0.5), "p95_s": quantile(lasted, 0.95)}


@contextmanager
def crowd(url: str, managers: int, passes: list[str]) -> Iterator[Any]:
    """Everybody connected; what is yielded lets them go, and returns what they heard."""
    told = {"url": url, "name": "li", "password": PASSWORD, "managers": managers, "passes": passes}
    process = subprocess.Popen([sys.executable, "-m", "bench.console_crowd"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout

    def tell() -> Any:
        assert process.stdin and process.stdout
        process.stdin.write("\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    try:
        process.stdin.write(json.dumps(told) + "\n")
        process.stdin.flush()
        came = json.loads(process.stdout.readline())
        assert came["ready"] == managers + len(passes), came
        yield tell
    finally:
        process.kill()
        process.wait()


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield chromium
        chromium.close()


def signed_in(chromium: Browser, url: str) -> Page:
    page = chromium.new_context(base_url=url, viewport={"width": 1440, "height": 900}).new_page()
    page.goto("/login")
    page.locator("#name").fill("li")
    page.locator("#password").fill(PASSWORD)
    page.locator("button").click()
    page.wait_for_url("**/town/today")
    return page


USABLE = """() => window.did_handshake && document.querySelectorAll('a[href^="/town/orders/"]').length > 5
  && document.querySelector('.leaflet-overlay-pane path, .leaflet-overlay-pane canvas, .leaflet-marker-pane *')"""


def today_s(chromium: Browser, url: str) -> float:
    """From asking for Today in a fresh tab, its files in the cache as on every day but the first, until it can be used."""
    page = signed_in(chromium, url)
    page.wait_for_function(USABLE, timeout=60_000)
    began = time.perf_counter()
    page.goto("/town/today", wait_until="commit")
    page.wait_for_function(USABLE, timeout=60_000)
    took = time.perf_counter() - began
    page.context.close()
    return took


def login_page_s(chromium: Browser, url: str) -> float:
    page = chromium.new_context(base_url=url).new_page()
    page.goto("/login")
    began = time.perf_counter()
    page.goto("/login")
    page.locator("button").wait_for()
    took = time.perf_counter() - began
    page.context.close()
    return took


def events_s(chromium: Browser, url: str, street: Street) -> tuple[list[float], list[float]]:
    """From the commit of an order's opening until its link stands on the page; and until the API's stream tells of it."""
    page = signed_in(chromium, url)
    page.wait_for_function(USABLE, timeout=60_000)
    cookie = {one["name"]: one["value"] for one in page.context.cookies()}
    seen, told = [], []
    since = {"Last-Event-ID": str(street._database.accounts.marks()[0])}
    with httpx.stream("GET", f"{url}/api/v1/events", headers=since, cookies=cookie, trust_env=False, timeout=60) as stream:
        lines = stream.iter_lines()
        for number in range(EVENTS):
            incident = street.opens(incident_id(LIVE + number), number, now())
            began = time.perf_counter()
            with street._database.transaction() as book:
                order = book.order_of(incident.id)
            assert order
            next(line for line in lines if order.id in line)
            told.append(time.perf_counter() - began)
            page.locator(f'a[href="/town/orders/{order.id}"]').first.wait_for(state="attached", timeout=30_000)
            seen.append(time.perf_counter() - began)
    page.context.close()
    return seen, told


def phone_bytes(chromium: Browser, url: str, doorkeeper: Doorkeeper) -> dict[str, int]:
    """What the phone's page takes over the line at first, and at a warm start."""
    page = chromium.new_context(base_url=url, viewport={"width": 360, "height": 780}, has_touch=True).new_page()
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    taken = [0.0]
    network.on("Network.dataReceived", lambda event: taken.append(event["encodedDataLength"]))
    page.goto(f"/phone/enter/{doorkeeper.give_pass(Opens.PHONE, 'c001', 'bench', timedelta(minutes=5))}")
    page.locator("button").click()
    page.wait_for_url("**/phone")
    page.wait_for_timeout(4000)
    first, taken[:] = sum(taken), [0.0]
    page.goto("/phone")
    page.wait_for_timeout(4000)
    return {"first": int(first), "warm": int(sum(taken))}


def console_of(service: int) -> int:
    """The process of the console that a service started."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_text()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == service and "console.serving" in words:
            return int(folder.name)
    raise RuntimeError("the service has no console")


def resident_mb(pid: int) -> float:
    return round(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def incident_id(number: int) -> str:
    return f"bec40000-0000-7000-8000-{number:012x}"


def quantile(ranked: list[float], share: float) -> float | None:
    return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 3) if ranked else None


def now() -> datetime:
    return datetime.now(UTC)


def show(report: dict[str, Any]) -> None:
    table = Table("what", "measured", "wanted", title="The console")
    without, with_crowd = report["looks_without"], report["looks_with_the_crowd"]
    rows = [
        ("Today usable, median (worst)", told_s(report["today_usable_s"]), "1.5 s"),
        ("  beside the login page, plain HTML", told_s(report["peer_login_page_s"]), ""),
        ("event on screen, median (worst)", told_s(report["event_on_screen_s"]), "1 s"),
        ("  beside the API's stream", told_s(report["peer_event_in_api_s"]), ""),
        ("console: alone, with the crowd", f"{report['console_alone_mb']}, {report['console_with_the_crowd_mb']} MB", "1,000 MB"),
        ("a look, planned to judged, p50, p95: nobody there", f"{without['p50_s']}, {without['p95_s']} s of {without['done']}", ""),
        ("  with the crowd", f"{with_crowd['p50_s']}, {with_crowd['p95_s']} s of {with_crowd['done']}", "no delay"),
        ("  skipped: nobody there, with the crowd", f"{without['skipped']}, {with_crowd['skipped']}", ""),
        ("phone's page: at first, warm", "{first:,}, {warm:,} bytes".format(**report["phone_page_bytes"]), "300,000"),
    ]
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def told_s(seconds: list[float]) -> str:
    return f"{median(seconds):.2f} s ({max(seconds):.2f})"


if __name__ == "__main__":
    sys.exit(main())
