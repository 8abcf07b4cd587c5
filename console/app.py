"""What is served: pictures of orders by signed links and, for those who hold a token, Open311."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Self, TypeVar

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from console.door import Door
from console.headers import SafeHeaders
from console.open311 import open311_routes
from console.pictures import picture_routes
from patrol.links import picture_links
from storage.database import Database
from storage.errors import StorageError
from town.township import Township

T = TypeVar("T")
THREADS = 2


class Console:
    """Holds its port from the beginning, answers from `open` on, and gives the port back when left. Does nothing where `console` is off.

    Raises ConsoleError, StorageError.
    """

    def __init__(self, township: Township, database: Database) -> None:
        self._database = database
        self._threads = ThreadPoolExecutor(THREADS, "console")
        self._door = Door(township.console) if township.console else None
        self._tokens = township.console.open311_tokens if township.console else {}
        self.url = self._door.url if self._door else ""
        try:
            self.links = picture_links(township, database, self.url)
        except StorageError:
            self._give_back()
            raise

    @property
    def told(self) -> str:
        """The end of a line about what runs where."""
        return f", HTTP on {self.url}" if self._door else ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._door:
            await self._door.close()
        self._give_back()

    def open(self, township: Callable[[], Township], clock: Callable[[], datetime]) -> None:
        """Answer from now on. `township` is asked each time: its rules may change."""
        if self._door:
            self._door.open(SafeHeaders(self._app(township, clock)))

    def _give_back(self) -> None:
        if self._door:
            self._door.give_back()
        self._threads.shutdown()

    def _app(self, township: Callable[[], Township], clock: Callable[[], datetime]) -> Starlette:
        routes: list[BaseRoute] = []
        if self.links:
            routes += picture_routes(self.links, self._database, township, clock, self._aside)
        if self._tokens:
            routes += open311_routes(self._tokens, self.url, self._database, township, clock, self._aside)
        app = Starlette(routes=routes)
        app.router.redirect_slashes = False
        return app

    async def _aside(self, work: Callable[[], T]) -> T:
        """Do what reads and draws in one of few threads: looks need the processors too."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
