"""The small township with its console answering on a free port of this machine, at a clock that the test sets."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import cv2
import httpx
import numpy as np

from console.door import Door
from console.doorkeeper import Doorkeeper
from console.listening import listening, url_of
from console.live import Live
from console.phone.lines import Lines, opener
from console.serving import in_threads
from console.site import Site
from console.web import guarded, plain
from patrol.links import picture_links
from storage.database import Database
from storage.picture_folder import PictureFolder
from tests.doubles.evidence_samples import picture
from tests.doubles.people import NOW, Office, township
from town.evidence import Purpose
from town.settings import ExternalBroker
from town.work import WorkOrder

T = TypeVar("T")
TOKEN = "a-token-of-the-city"
TOKENS = {"city": sha256(TOKEN.encode()).hexdigest()}


class ServedTown(Office):
    """`web` asks it over HTTP; `database` is what it reads; `site` is what its routes are given."""

    def __init__(
        self,
        folder: Path,
        console: Any,
        broker: ExternalBroker | None = None,
        clock: Callable[[], datetime] | None = None,
        **changed: Any,
    ) -> None:
        self.database = Database.open(f"sqlite:///{folder / 'weisu.db'}")
        town = township(console=console, **changed)
        assert town.console
        self.socket = listening(town.console)
        url = url_of(town.console, self.socket)
        links = picture_links(town, self.database, url)
        super().__init__(town, self.database, links)
        self.folder = PictureFolder(self.database.pictures_beside())
        self.now = NOW
        self.web = httpx.Client(base_url=url, trust_env=False, timeout=30)
        self._threads, self._slow_threads = ThreadPoolExecutor(2), ThreadPoolExecutor(1)
        doorkeeper = Doorkeeper(self.database, lambda: self.township, lambda: self.now)
        live = Live(lambda: self._aside(self.database.accounts.marks))
        file = folder / "camera_config.yaml"
        self.lines = Lines(opener(lambda: self.township, broker), clock or (lambda: self.now))
        self.site = Site(
            lambda: self.township,
            self.database,
            links,
            lambda: self.now,
            self._aside,
            in_threads(self._slow_threads),
            file,
            url,
            live,
            doorkeeper,
            broker,
            self.lines,
        )

    def keeps(self, order: WorkOrder, purpose: Purpose, taken_at: datetime = NOW, shade: int = 90) -> str:
        """Keep a grey picture of an order, and return its id."""
        name = f"look-{purpose}-{taken_at:%H%M%S}"
        jpeg = cv2.imencode(".jpg", np.full((360, 640, 3), shade, np.uint8))[1].tobytes()
        path = self.folder.write(order.camera_id, taken_at, name, jpeg)
        with self.database.transaction() as book:
            book.keep_picture(picture(id=name, camera_id=order.camera_id, taken_at=taken_at, path=path))
            book.show_order(name, order.id, purpose)
        return name

    async def serve(self, stop: asyncio.Event) -> None:
        assert self.township.console
        door = Door(self.township.console, self.socket)
        door.open(guarded(plain(self.site), self.site))
        watching = asyncio.create_task(self.site.live.watch())
        await stop.wait()
        watching.cancel()
        self.site.live.close()
        await self._aside(self.lines.close)
        await door.close()

    def close(self) -> None:
        self.web.close()
        self._threads.shutdown()
        self._slow_threads.shutdown()
        self.socket.close()
        self.database.close()

    async def _aside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


@contextmanager
def served(folder: Path, console: Any = None, **changed: Any) -> Iterator[ServedTown]:
    """Answering until the end of the block, on an event loop in a thread of its own."""
    town = ServedTown(folder, {"listen": "127.0.0.1:0", **(console or {})}, **changed)
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(town.serve(stop),))
    thread.start()
    try:
        yield town
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
        town.close()
