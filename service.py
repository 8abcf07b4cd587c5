"""The table of contents: builds the rooms in order, runs them, and stops them in reverse. Also the `weisu` command."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rules.builtin import BUILT_IN
from rules.command import DEFAULT_CONFIG, read_or_exit
from town.problems import CannotRun
from town.township import Township

if TYPE_CHECKING:  # rooms are imported where they are built, so that `weisu check` need not load a network
    from alerts.desk import OrderDesk
    from alerts.noticeboard import Noticeboard
    from console.process import Console
    from patrol.lookout import Lookout
    from patrol.patrol import Patrol
    from patrol.round import Round
    from patrol.rule_watch import RuleWatch
    from storage.database import Database
    from town.settings import ExternalBroker

SWEEP_EVERY = timedelta(seconds=5)
POST_EVERY = timedelta(seconds=5)
PROVE_EVERY = timedelta(seconds=1)
RELOAD_EVERY = timedelta(seconds=2)
COUNT_EVERY = timedelta(minutes=1)
WEIGH_EVERY = FORGET_EVERY = timedelta(hours=1)

log = logging.getLogger("weisu")


def now() -> datetime:
    return datetime.now(UTC)


async def serve(file: Path, township: Township, ready: Callable[[str], None]) -> None:
    """Run the township of a file until SIGINT or SIGTERM. `ready` is told once when everything runs."""
    from alerts.taking_up import take_up
    from console.process import Console
    from patrol.lookout import REFRESH_EVERY, Lookout
    from patrol.schedule import Schedule
    from storage.database import Database

    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as stack:
        # 1. What is known, and what sees.
        database = Database.open(township.storage.url)
        stack.callback(database.close)
        console = await stack.enter_async_context(Console(township, database, file))
        take_up(database, township, now(), console.links)
        lookout = Lookout(township, database, now())
        stack.callback(lookout.keep)
        # 2. The ways to people and back, and the round of looks.
        desk, noticeboard, broker = _open_ways(stack, township, database, lookout, console)
        patrol, round_of_looks, watch = await _open_round(stack, file, township, database, lookout, desk)
        # 3. The clock.
        schedule = Schedule()
        schedule.start(partial(_at, round_of_looks.begin_looks))
        stack.push_async_callback(schedule.stop)
        jobs: dict[str, tuple[timedelta, Callable[[], Awaitable[None]]]] = {
            "sweep": (SWEEP_EVERY, partial(_aside, desk.sweep)),
            "boards": (POST_EVERY, partial(_aside, noticeboard.refresh)),
            "prove": (PROVE_EVERY, partial(_at, round_of_looks.look_at_what_was_done)),
            "put off": (COUNT_EVERY, round_of_looks.note_put_off),
            "weigh": (WEIGH_EVERY, partial(_at, round_of_looks.weigh)),
            "model": (REFRESH_EVERY, partial(_aside, lookout.refresh)),
            "rules": (RELOAD_EVERY, partial(watch.hand_on, patrol, round_of_looks.planner)),
            "forget": (FORGET_EVERY, partial(_aside, partial(_forget, database, lookout, township))),
        }
        for name, (every, job) in jobs.items():
            schedule.every(every, job, name)
        # 4. The door.
        console.open(broker)
        stack.push_async_callback(console.close)
        ready(f"{len(township.cameras)} cameras, {len(township.cleaners)} cleaners, MQTT on {broker.host}:{broker.port}{console.told}")
        if link := console.set_up_link(database, now()):
            ready(f"first set-up, once, within an hour: {link}")
        await stopping.wait()
        log.info("stopping")


def _open_ways(
    stack: AsyncExitStack, township: Township, database: "Database", lookout: "Lookout", console: "Console"
) -> tuple["OrderDesk", "Noticeboard", "ExternalBroker"]:
    """Outbox to broker, broker to desk, notices to managers and engineers. The last is the broker, as the service reaches it."""
    from alerts.desk import OrderDesk
    from alerts.noticeboard import Noticeboard
    from alerts.opening import open_link
    from alerts.reception import Reception
    from alerts.relay import Relay
    from alerts.topics import Topics
    from patrol.notice_office import NoticeOffice

    topics = Topics(township.town.id)
    desk = OrderDesk(database, township, console.links)
    link, broker = open_link(township, topics, stack, now())
    _in_thread(stack, "relay", partial(Relay(database.outbox, link).run, clock=now))
    _in_thread(stack, "reception", Reception(link, topics, desk, now).run)
    _in_thread(stack, "notices", partial(NoticeOffice(township, database, lookout, os.environ).run, clock=now))
    return desk, Noticeboard(database, database.figures, township, lambda: link.session_count), broker


async def _open_round(
    stack: AsyncExitStack, file: Path, township: Township, database: "Database", lookout: "Lookout", desk: "OrderDesk"
) -> tuple["Patrol", "Round", "RuleWatch"]:
    """Who looks when, and what comes of it, by the rules of the file as it changes."""
    from cameras.opening import open_source
    from detectors.cores import core_count
    from patrol.patrol import Patrol
    from patrol.planner import Planner
    from patrol.round import Round
    from patrol.rule_watch import RuleWatch

    sources = {one.id: open_source(one, township.town, township.looks, partial(lookout.reduction, one)) for one in township.cameras}
    planner = Planner.of(township, now())
    eyes = core_count(township.model.threads)
    patrol = Patrol(township, sources, lookout.examine, database, desk, planner.ended, now, lookout.evidence, lookout.shadow, eyes)
    stack.push_async_callback(patrol.stop)
    await patrol.take_rules_of(township)
    watch = RuleWatch(file, township, os.environ, BUILT_IN)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, watch.ask_anew)
    round_of_looks = Round(planner, patrol, database, just_done=2 * PROVE_EVERY)
    await round_of_looks.weigh(now())
    stack.push_async_callback(round_of_looks.note_put_off)
    return patrol, round_of_looks, watch


def _in_thread(stack: AsyncExitStack, name: str, run: Callable[[threading.Event], None]) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,), name=name, daemon=True)
    thread.start()
    stack.callback(thread.join, 15)
    stack.callback(stop.set)


async def _aside(job: Callable[[datetime], object]) -> None:
    await asyncio.to_thread(job, now())


async def _at(job: Callable[[datetime], Awaitable[None]]) -> None:
    await job(now())


def _forget(database: "Database", lookout: "Lookout", township: Township, at: datetime) -> None:
    database.forget_before(at - township.storage.keep_looks_for)
    database.forget_reasons_before(at - township.storage.keep_reasons_for)
    database.forget_picture_views_before(at - township.storage.keep_reasons_for)
    database.forget_entries_before(at - township.storage.keep_reasons_for)
    lookout.forget(at)


ROOMS = {
    "rules.command": "check schema",
    "patrol.rules_command": "rules",
    "detectors.command": "detect",
    "patrol.model_command": "model",
    "patrol.command": "backtest",
    "patrol.explain_command": "explain",
    "patrol.limiter_command": "limiter",
    "patrol.notice_commands": "notices",
    "patrol.camera_commands": "camera",
    "patrol.order_command": "order",
    "patrol.silence_command": "silence",
    "patrol.report_command": "report",
    "patrol.pictures_command": "pictures",
    "patrol.audit_command": "audit",
    "patrol.backup_commands": "backup restore drill",
    "alerts.command": "cleaner",
    "patrol.broker_command": "broker",
    "console.command": "console",
    "simulator.command": "demo",
}
COMMANDS = {name: room for room, names in ROOMS.items() for name in names.split()}
"""Where each command lives, but for `run`: a room is loaded when its command is asked for."""


class Rooms(click.Group):
    """The commands of all rooms, loaded one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *COMMANDS]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return super().get_command(ctx, name)
        command: click.Command = getattr(import_module(COMMANDS[name]), name)
        return command


@click.group(cls=Rooms, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="weisu")
def main() -> None:
    """weisu 未诉先办: watches a township's cameras and sends work orders before anybody has to complain."""


@main.command()
@click.option("--config", "file", type=click.Path(path_type=Path), default=DEFAULT_CONFIG, show_default=True, help="The township's file.")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning"]), default="info", show_default=True)
def run(file: Path, log_level: str) -> None:
    """Watch a township until Ctrl-C. Rules and permits that change in its file are taken within seconds."""
    township = read_or_exit(file)
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s", stream=sys.stderr)
    for noisy in ("apscheduler", "httpx", "httpcore", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    from patrol.arenas import share_arenas
    from storage.migrating import migrate_aside

    share_arenas()
    migrate_aside(township.storage.url)
    try:
        asyncio.run(serve(file, township, lambda what: click.echo(f"weisu ready: {what}")))
    except CannotRun as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
