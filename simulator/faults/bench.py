"""Many fault runs side by side, each in a process of its own: how they went, as a table by kind of fault and as JSON."""

import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from simulator.faults.plan import KILLS, Broker, Kind, Plan
from simulator.faults.run import Outcome, run


def carry_out(plans: Iterable[Plan], jobs: int, folder: Path | None, done: Callable[[Outcome], None], until: float | None = None) -> None:
    """Run every plan, so many at once; `done` hears of each as it ends. Call it while this process runs one thread only.

    The files of a run go to a folder below `folder` where one is given, and stay there; else only while it lasts. No run begins after
    the monotonic instant `until`.
    """
    waiting = iter(plans)
    running: dict[Connection, tuple[int, Plan]] = {}
    while True:
        while len(running) < jobs and (until is None or time.monotonic() < until) and (plan := next(waiting, None)):
            pipe, pid = _begin(plan, folder)
            running[pipe] = (pid, plan)
        if not running:
            return
        for ended in wait(list(running)):
            assert isinstance(ended, Connection)
            done(_end(ended, *running.pop(ended)))


def _begin(plan: Plan, folder: Path | None) -> tuple[Connection, int]:
    ours, theirs = Pipe(duplex=False)
    pid = os.fork()
    if not pid:
        ours.close()
        try:
            theirs.send(_run_in_folder(plan, folder))
        finally:
            os._exit(0)
    theirs.close()
    return ours, pid


def _end(pipe: Connection, pid: int, plan: Plan) -> Outcome:
    """The outcome of a run. One that broke off without a word is a wrong, too."""
    try:
        outcome: Outcome = pipe.recv()
    except EOFError:
        outcome = Outcome(plan.seed, plan.broker, plan.kinds, ("broken_off: the run itself died",), 0.0)
    pipe.close()
    os.waitpid(pid, 0)
    return outcome


def _run_in_folder(plan: Plan, folder: Path | None) -> Outcome:
    place = Path(tempfile.mkdtemp(prefix="weisu-faults-")) if folder is None else folder / str(plan.seed)
    try:
        place.mkdir(parents=True, exist_ok=True)
        logging.basicConfig(filename=place / "phones.log", level=logging.INFO, format="%(asctime)s %(threadName)s %(name)s: %(message)s")
        return run(plan, place)
    except Exception as error:  # the bench itself failed: said as a wrong, so that the seed is printed and can be replayed
        return Outcome(plan.seed, plan.broker, plan.kinds, (f"broken_off: {type(error).__name__}: {error}",), 0.0)
    finally:
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What a bench came to, as plain JSON."""
    seconds = sorted(outcome.seconds for outcome in outcomes) or [0.0]
    return {
        "runs": len(outcomes),
        "wrong_runs": sum(not outcome.is_right for outcome in outcomes),
        "orders": sum(outcome.orders for outcome in outcomes),
        "events": sum(outcome.events for outcome in outcomes),
        "deaths": {kind.value: sum(outcome.deaths.get(kind, 0) for outcome in outcomes) for kind in (*KILLS, Kind.PHONE_DIES)},
        "seconds_a_run": {"median": round(median(seconds), 2), "longest": round(seconds[-1], 2)},
        "by_fault": {kind.value: _tally(outcome for outcome in outcomes if kind in outcome.kinds) for kind in Kind},
        "by_broker": {broker.value: _tally(outcome for outcome in outcomes if outcome.broker is broker) for broker in Broker},
        "wrong": [asdict(outcome) for outcome in outcomes if not outcome.is_right],
    }


def _tally(outcomes: Iterable[Outcome]) -> dict[str, int]:
    some = list(outcomes)
    return {"runs": len(some), "wrong": sum(not outcome.is_right for outcome in some)}


def tables(figures: dict[str, Any]) -> Iterator[Table]:
    """The figures for people."""
    for title, key in (("fault", "by_fault"), ("broker", "by_broker")):
        table = Table(title, "runs with it", "wrong")
        for name, tally in figures[key].items():
            table.add_row(name, str(tally["runs"]), str(tally["wrong"]))
        yield table


def written(figures: dict[str, Any], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
