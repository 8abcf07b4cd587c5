"""What every page and route of the console is given: the township as it is now, the database, and the ways out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from alerts.picture_links import PictureLinks
from storage.database import Database
from town.settings import ExternalBroker
from town.township import Township

if TYPE_CHECKING:
    from console.doorkeeper import Doorkeeper
    from console.live import Live
    from console.phone.lines import Lines

T = TypeVar("T")


class Aside(Protocol):
    """Runs blocking work in a thread: all that reads the database, a picture or the township's file."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]: ...


@dataclass(frozen=True)
class Site:
    """`township` and `clock` are asked each time. `file` is the township's; `broker` is where cleaners' sessions go, without a login.

    What may take a second (a password's hash, a report) runs `at_length`, in threads of its own: no page and no phone waits for it.
    """

    township: Callable[[], Township]
    database: Database
    links: PictureLinks | None
    clock: Callable[[], datetime]
    aside: Aside
    at_length: Aside
    file: Path
    url: str
    live: "Live"
    doorkeeper: "Doorkeeper"
    broker: ExternalBroker | None = None
    lines: "Lines | None" = None
