"""The console's process: `python -m console.serving`, started by the service with what it needs on its standard input.

It ends at SIGTERM, and when its standard input does: the service that started it is then gone.
"""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from console.door import Door
from console.doorkeeper import Doorkeeper
from console.live import Live
from console.phone.lines import Lines, opener
from console.site import Aside, Site
from patrol.links import picture_links
from patrol.rule_watch import RuleWatch
from rules.builtin import BUILT_IN
from storage.database import Database
from town.problems import CannotRun, ConfigError
from town.reading import read_township
from town.settings import ExternalBroker

T = TypeVar("T")
THREADS = 4
SLOW_THREADS = 2
RELOAD_EVERY_S = 2.0

log = logging.getLogger(__name__)


async def serve(told: dict[str, Any], stopping: asyncio.Event) -> None:
    """Answer until told to stop. `told` holds the township's file, the socket's descriptor, the site's address and the broker's.

    Raises ConfigError, CannotRun.
    """
    from console.web import whole

    file = Path(told["file"])
    township = read_township(file, os.environ, BUILT_IN)
    if township.console is None:
        raise CannotRun(f"{file} says console: off now; start the service again")
    watch = RuleWatch(file, township, os.environ, BUILT_IN)
    standing = [township]
    async with AsyncExitStack() as stack:
        database = Database.open(township.storage.url)
        stack.callback(database.close)
        aside = in_threads(stack.enter_context(ThreadPoolExecutor(THREADS, "console")))
        at_length = in_threads(stack.enter_context(ThreadPoolExecutor(SLOW_THREADS, "console-slow")))
        live = Live(lambda: aside(database.accounts.marks))
        broker = ExternalBroker.model_validate(told["broker"])
        lines = Lines(opener(lambda: standing[0], broker), _now)
        site = Site(
            township=lambda: standing[0],
            database=database,
            links=picture_links(township, database, told["url"]),
            clock=_now,
            aside=aside,
            at_length=at_length,
            file=file,
            url=told["url"],
            live=live,
            doorkeeper=Doorkeeper(database, lambda: standing[0], _now),
            broker=broker,
            lines=lines,
        )
        door = Door(township.console, socket.socket(fileno=told["socket"]))
        door.open(whole(site))
        stack.push_async_callback(door.close)
        stack.push_async_callback(aside, lines.close)
        stack.callback(live.close)  # both end the streams that the door would wait for
        for task in (asyncio.create_task(live.watch()), asyncio.create_task(_reload(watch, standing, aside))):
            stack.callback(task.cancel)
        await stopping.wait()


def in_threads(threads: ThreadPoolExecutor) -> Aside:
    """Runs blocking work in one of some threads."""

    async def aside(work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads, work)

    return aside


async def _reload(watch: RuleWatch, standing: list[Any], aside: Any) -> None:
    """Show the rules and permits that run."""
    while True:
        await asyncio.sleep(RELOAD_EVERY_S)
        try:
            changed = await aside(watch.changed)
        except Exception:
            log.exception("the township's file could not be read again")  # it is asked again once it is written again
            continue
        if changed is not None:
            standing[0] = changed


def _now() -> datetime:
    return datetime.now(UTC)


async def _main() -> None:
    told = json.loads(sys.stdin.readline())
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # the service says when

    def until_the_service_is_gone() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(stopping.set)

    threading.Thread(target=until_the_service_is_gone, daemon=True).start()
    try:
        await serve(told, stopping)
    except (ConfigError, CannotRun) as error:
        log.error("the console cannot begin: %s", error)  # noqa: TRY400  # all of it is said
        sys.exit(1)


if __name__ == "__main__":
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)-7s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("patrol.rule_watch").setLevel(logging.CRITICAL)  # the service says it
    asyncio.run(_main())
