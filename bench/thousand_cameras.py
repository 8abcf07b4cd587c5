"""A thousand cameras a minute: the real service beside plain APScheduler jobs that look by themselves, on the same cameras.

    python -m bench.thousand_cameras [--cameras 1000] [--seconds 130] [--peer-seconds 70]

3 cameras in 100 hang, 2 refuse, 2 send something that is no picture. Figures go to bench/out/thousand_cameras.json.
"""

import argparse
import json
import logging
import os
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from storage.database import Database
from tests.doubles.camera_servers import CameraServer, Shot
from tests.doubles.service_process import ServiceProcess

SCENES = Path(__file__).parents[1] / "simulator" / "scenes"
OUT = Path(__file__).parent / "out" / "thousand_cameras.json"
INTERVAL_S, DEADLINE_S = 60, 10
STATION = {"id": "station", "kind": "bin_station", "polygon": [[0.1, 0.2], [0.9, 0.2], [0.9, 0.9], [0.1, 0.9]]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=130)
    parser.add_argument("--peer-seconds", type=float, default=70)
    args = parser.parse_args()
    with CameraServer() as server:
        urls = [camera_url(server, number) for number in range(args.cameras)]
        report = {"cameras": args.cameras, "interval_s": INTERVAL_S, "weisu": measure_weisu(urls, args.seconds)}
        report["plain_apscheduler"] = measure_peer(urls, args.peer_seconds)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(report, indent=2))
    show(report)


def camera_url(server: CameraServer, number: int) -> str:
    """Most cameras show a scene of the simulator; 3 in 100 hang, 2 refuse, 2 lie."""
    scenes = sorted(SCENES.glob("*.jpg"))
    kind = number % 100
    if kind in (10, 40, 70):
        return server.shows(f"/{number}.jpg", Shot(hangs="before"))
    if kind in (20, 60):
        return server.shows(f"/{number}.jpg", Shot(scenes[0].read_bytes(), auth="digest", username="admin", password="another"))
    if kind in (30, 80):
        return server.shows(f"/{number}.jpg", b"<html>not a picture</html>")
    return server.shows(f"/{number}.jpg", scenes[number % len(scenes)].read_bytes())


def measure_weisu(urls: list[str], seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        began_at = datetime.now(UTC)
        with ServiceProcess(write_config(Path(folder), urls), {}) as service:
            started = cpu_s(service.pid)
            time.sleep(seconds)
            used_s, resident_mb = cpu_s(service.pid) - started, resident(service.pid)
        database = Database.open(f"sqlite:///{folder}/weisu.db")
        looks = [
            look
            for number in range(len(urls))
            for look in database.figures.looks_at(f"camera-{number}", began_at, began_at + timedelta(days=1))
        ]
        database.close()
    lasted = sorted((look.ended_at - look.planned_at).total_seconds() for look in looks if look.outcome == "done")
    return {
        "seconds": seconds,
        "planned": len(looks),
        "ended": Counter(f"{look.outcome}: {look.reason}" for look in looks),
        "late": sum((look.ended_at - look.planned_at).total_seconds() > INTERVAL_S for look in looks),
        "planned_to_judged_s": {"p50": quantile(lasted, 0.5), "p95": quantile(lasted, 0.95), "max": lasted[-1] if lasted else None},
        "cpu_share_of_one_core": round(used_s / seconds, 3),
        "resident_mb": resident_mb,
    }


def write_config(folder: Path, urls: list[str]) -> Path:
    place = {"lat": 39.79, "lon": 116.5}
    cameras = [
        {
            "id": f"camera-{number}",
            "name": f"{number}号",
            "grid": "g1",
            "position": place,
            "every": f"{INTERVAL_S}s",
            "source": {"kind": "http_snapshot", "url": url},
            "zones": [STATION],
        }
        for number, url in enumerate(urls)
    ]
    config = {
        "town": {"id": "thousand", "name": "千镜镇"},
        "grids": [{"id": "g1", "name": "第一网格", "manager": "manager-1"}],
        "cameras": cameras,
        "looks": {"allow_loopback": True, "deadline": f"{DEADLINE_S}s"},
        "mqtt": {"broker": "embedded", "port": 0},
        "console": {"listen": "127.0.0.1:0"},
        "storage": {"url": f"sqlite:///{folder}/weisu.db"},
    }
    file = folder / "thousand.yaml"
    file.write_text(yaml.safe_dump(config, allow_unicode=True))
    return file


def measure_peer(urls: list[str], seconds: float) -> dict[str, Any]:
    """What one would write first: an interval job a camera, which fetches, decodes and detects, in APScheduler's own pool."""
    import httpx
    from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
    from apscheduler.schedulers.background import BackgroundScheduler

    from cameras.pictures import decode_picture
    from detectors.loading import load_detector

    detector, ended = load_detector(None), Counter[str]()
    words = {
        EVENT_JOB_EXECUTED: "done",
        EVENT_JOB_ERROR: "failed",
        EVENT_JOB_MISSED: "missed without a reason",
        EVENT_JOB_MAX_INSTANCES: "skipped: still running",
    }

    def look(url: str) -> None:
        body = httpx.get(url, timeout=DEADLINE_S).raise_for_status().content
        detector.detect([decode_picture(body, 25_000_000)])

    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # a broken camera is a traceback there
    scheduler = BackgroundScheduler()
    for event, word in words.items():
        scheduler.add_listener(lambda _, word=word: ended.update([word]), event)
    start = datetime.now(UTC)
    for number, url in enumerate(urls):
        first_at = start + timedelta(seconds=INTERVAL_S * number / len(urls))
        scheduler.add_job(look, "interval", seconds=INTERVAL_S, start_date=first_at, args=[url])
    started = cpu_s(os.getpid())
    scheduler.start()
    time.sleep(seconds)
    used_s = cpu_s(os.getpid()) - started
    with ThreadPoolExecutor(1) as aside:
        aside.submit(scheduler.shutdown, wait=True)
    return {"seconds": seconds, "ended": ended, "cpu_share_of_one_core": round(used_s / seconds, 3)}


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def quantile(ranked: list[float], share: float) -> float | None:
    return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 2) if ranked else None


def show(report: dict[str, Any]) -> None:
    table = Table("", "weisu", "plain APScheduler jobs", title=f"{report['cameras']} cameras, each every {INTERVAL_S} s")
    weisu, peer = report["weisu"], report["plain_apscheduler"]
    table.add_row("measured for", f"{weisu['seconds']:g} s", f"{peer['seconds']:g} s")
    table.add_row(
        "how looks ended", *("\n".join(f"{count:5} {end}" for end, count in side["ended"].most_common()) for side in (weisu, peer))
    )
    spread = weisu["planned_to_judged_s"]
    table.add_row("planned → judged", f"p50 {spread['p50']} s, p95 {spread['p95']} s, max {spread['max']} s", "")
    table.add_row("ended after their interval", str(weisu["late"]), "")
    table.add_row(
        "CPU, share of a core", str(weisu["cpu_share_of_one_core"]), f"{peer['cpu_share_of_one_core']} (cameras' server included)"
    )
    table.add_row("resident memory", f"{weisu['resident_mb']} MB", "")
    Console().print(table)


if __name__ == "__main__":
    main()
