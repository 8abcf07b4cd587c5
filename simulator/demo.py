"""`weisu demo`: a township of simulated cameras and cleaners around the real service, shown as it runs and summed up at its end."""

import json
import logging
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console

from simulator.album import Album
from simulator.camera_server import CameraServer
from simulator.cleaners import Crew
from simulator.demo_township import CONFIG, free_port, fresh_environment, fresh_gate, keep_environment, read_demo
from simulator.grid_manager import SimulatedManager
from simulator.living_town import LivingTown
from simulator.moment import Watcher
from simulator.places import PLACES
from simulator.service_child import ServiceChild, ServiceWillNotRun
from simulator.story import Line
from simulator.view import open_view, put_off_text
from simulator.visitors import Visitors, let_visitors_in
from storage.database import Database
from storage.figures import Summary
from town.looks import LookOutcome
from town.township import Township

REDRAW_S = 0.5
SEED = 7


def run_demo(
    seconds: float | None = None, as_json: bool = False, folder: Path | None = None, seed: int = SEED, config: Path = CONFIG
) -> int:
    """Run the demo for so many seconds, or until Ctrl-C. Returns the exit status: 0, or 1 where the service would not run.

    The database and the service's log go to `folder`; without one, to a temporary folder that goes with the demo.
    `config` is the demo's own township, or a variation of it with the same cameras and cleaners.
    With `as_json` the last line of the output is the summary as JSON.
    """
    console = Console()
    with _interrupts() as stopping, ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="weisu-demo-", ignore_cleanup_errors=True)))
        place.mkdir(parents=True, exist_ok=True)
        _log_to(place / "demo.log", stack)
        try:
            stage = _set_stage(stack, config, place.resolve(), seed, stopping, console)
            _watch(stage, seconds, stopping, console)
        except ServiceWillNotRun as error:
            console.print(str(error), markup=False, highlight=False)
            return 1
        if stage.database is not None:
            _sum_up(stage.database.figures.summary(stage.began_at), as_json, console)
    return 0


@dataclass(frozen=True)
class _Stage:
    """All that runs. `database` is None where the demo was ended before the service was ready."""

    township: Township
    service: ServiceChild
    crew: Crew
    database: Database | None
    began_at: datetime
    visitors: Visitors | None


def _set_stage(stack: ExitStack, config: Path, folder: Path, seed: int, stopping: threading.Event, console: Console) -> _Stage:
    """Cameras, the service, the cleaners; each is ended in reverse by `stack`."""
    gate, town = fresh_gate(), LivingTown(PLACES, seed)
    cameras = CameraServer(town, Album(), gate, _now)
    cameras.start()
    stack.callback(cameras.stop)
    environment = fresh_environment(folder, cameras.port, free_port(), gate, free_port())
    keep_environment(environment, folder / "demo.env")
    township = read_demo(environment, config)
    inherited = {**os.environ, **environment}
    service = ServiceChild(config, inherited, folder / "service.log")
    service.start()
    stack.callback(service.stop)
    console.print(
        f"未诉先办 weisu demo：{len(township.cameras)} 个镜头 cameras，{len(township.cleaners)} 名保洁员 cleaners，正在启动 starting …"
    )
    while not service.ready.wait(0.2) and not stopping.is_set():
        service.keep_alive()
    crew = Crew(township, town, "127.0.0.1", int(environment["WEISU_DEMO_MQTT_PORT"]), seed, _now)
    began_at = _now()
    if stopping.is_set():
        return _Stage(township, service, crew, None, began_at, None)
    visitors = let_visitors_in(config, inherited, township.console.base, township.grids[0].manager) if township.console else None
    for line in visitors.lines if visitors else ():
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    town.begin(began_at)
    crew.start()
    stack.callback(crew.stop)
    database = Database.open(township.storage.url)
    stack.callback(database.close)
    stack.callback(cameras.let_go)
    return _Stage(township, service, crew, database, began_at, visitors)


def _watch(stage: _Stage, seconds: float | None, stopping: threading.Event, console: Console) -> None:
    """Show what goes on, and keep the service alive, until it is over."""
    if stage.database is None:
        return
    manager = SimulatedManager(stage.database, stage.township)
    watcher = Watcher(stage.database.figures, stage.township, stage.crew, stage.began_at)
    shown_from = _now()
    with open_view(console, stage.township, stage.visitors.lines if stage.visitors else ()) as view:
        while not stopping.is_set() and (seconds is None or (_now() - shown_from).total_seconds() < seconds):
            notices = [_restarted(_now())] if stage.service.keep_alive() else []
            manager.attend(_now())
            people = {session.person for session in stage.database.accounts.sessions(_now())}
            notices += [_left_to_a_person(name, _now()) for name in stage.crew.leave_to_people(people)]
            view.show(watcher.read(_now(), notices))
            stopping.wait(REDRAW_S)


def _restarted(at: datetime) -> Line:
    return Line(at, "演示", "服务", "服务中断，已重新启动，不丢一单", "the service died and is started again", "bold magenta")


def _left_to_a_person(name: str, at: datetime) -> Line:
    return Line(at, "演示", "手机", f"{name} 由真人接手", "a person acts in their place from now on", "bold magenta")


def summary_json(summary: Summary) -> dict[str, Any]:
    """The summary as the last line of `weisu demo --json` holds it."""
    spread = summary.detect_to_received
    return {
        "looks": {"planned": summary.looks_planned}
        | {word.value: summary.looks[word] for word in LookOutcome if word is not LookOutcome.SKIPPED}
        | {"put_off": dict(summary.put_off)},
        "incidents": summary.incidents,
        "orders": {state.value: count for state, count in summary.orders.items()},
        "offers": summary.offers,
        "received": summary.received,
        "verified_closed": summary.verified_closed,
        "seconds": {"detect_to_received": {"p50": spread.p50 if spread else None, "p95": spread.p95 if spread else None}},
    }


def _sum_up(summary: Summary, as_json: bool, console: Console) -> None:
    figures = summary_json(summary)
    if as_json:
        print(json.dumps(figures, ensure_ascii=False), flush=True)
        return
    looks = figures["looks"]
    console.print(
        f"巡查 looks {looks['planned']}（完成 done {looks['done']}，不明 unknown {looks['unknown']}，失败 failed {looks['failed']}，"
        f"{put_off_text(summary)}，"
        f"未变沿用 unchanged, network spared {summary.reused_share:.0%}）；"
        f"事件 incidents {summary.incidents}；工单 orders {sum(summary.orders.values())}，"
        f"派单 offers {summary.offers}，签收 received {summary.received}，核查结案 verified closed {summary.verified_closed}",
        highlight=False,
    )


def _log_to(file: Path, stack: ExitStack) -> None:
    """Warnings of the demo's own process go to a file: the screen is the view's."""
    handler = logging.FileHandler(file, encoding="utf-8")
    logging.getLogger().addHandler(handler)
    stack.callback(handler.close)
    stack.callback(logging.getLogger().removeHandler, handler)


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, instead of breaking off whatever runs."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _now() -> datetime:
    return datetime.now(UTC)
