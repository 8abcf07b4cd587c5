"""The small township with its console answering on a free port of this machine, at a clock that the test sets."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np

from console.app import Console
from storage.database import Database
from storage.picture_folder import PictureFolder
from tests.doubles.evidence_samples import picture
from tests.doubles.people import NOW, Office, township
from town.evidence import Purpose
from town.work import WorkOrder

TOKEN = "a-token-of-the-city"
TOKENS = {"city": sha256(TOKEN.encode()).hexdigest()}


class ServedTown(Office):
    """`web` asks it over HTTP; `database` is what it reads."""

    def __init__(self, folder: Path, console: Any, **changed: Any) -> None:
        self.database = Database.open(f"sqlite:///{folder / 'weisu.db'}")
        town = township(console=console, **changed)
        self.console = Console(town, self.database)
        super().__init__(town, self.database, self.console.links)
        self.folder = PictureFolder(self.database.pictures_beside())
        self.now = NOW
        self.web = httpx.Client(base_url=self.console.url, trust_env=False, timeout=30)

    def keeps(self, order: WorkOrder, purpose: Purpose, taken_at: datetime = NOW, shade: int = 90) -> str:
        """Keep a grey picture of an order, and return its id."""
        name = f"look-{purpose}-{taken_at:%H%M%S}"
        jpeg = cv2.imencode(".jpg", np.full((360, 640, 3), shade, np.uint8))[1].tobytes()
        path = self.folder.write(order.camera_id, taken_at, name, jpeg)
        with self.database.transaction() as book:
            book.keep_picture(picture(id=name, camera_id=order.camera_id, taken_at=taken_at, path=path))
            book.show_order(name, order.id, purpose)
        return name


@contextmanager
def served(folder: Path, console: Any = None, **changed: Any) -> Iterator[ServedTown]:
    """Answering until the end of the block, on an event loop in a thread of its own."""
    town = ServedTown(folder, {"listen": "127.0.0.1:0", **(console or {})}, **changed)
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with town.console:
            town.console.open(lambda: town.township, lambda: town.now)
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        yield town
    finally:
        town.web.close()
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
        town.database.close()
