"""The small township in earnest for phones: a file, a database, a real embedded broker, desk, relay and reception, by the real clock."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from alerts.access import Access
from alerts.cleaner import CleanerClient
from alerts.desk import OrderDesk
from alerts.reception import Reception
from alerts.relay import Relay
from alerts.topics import Topics
from patrol.links import picture_links
from service import main
from storage.picture_folder import PictureFolder
from tests.doubles.brokers import Embedded, embedded
from tests.doubles.evidence_samples import picture
from tests.doubles.people import NEAR, SECOND, THIRD, plain_township
from tests.doubles.town_file import TownFile
from tests.doubles.town_office import at_work
from town.evidence import Purpose
from town.work import WorkOrder

TOPICS = Topics("yizhuang")
WITH_PASSWORD = (NEAR, SECOND, THIRD)
PASSWORDS = {"service": "s-secret"} | {name: f"{name}-secret" for name in WITH_PASSWORD}
ACCESS = Access(TOPICS.root, "service", frozenset(WITH_PASSWORD))
ELSEWHERE = "https://weisu.town.example"


def _variable(cleaner_id: str) -> str:
    return f"{cleaner_id.upper()}_PASSWORD"


ENVIRON = {_variable(name): PASSWORDS[name] for name in WITH_PASSWORD}


def clock() -> datetime:
    return datetime.now(UTC)


class PhoneTown(TownFile):
    """Everybody is on shift all day, and the nearest three can be connected."""

    def __init__(self, folder: Path, broker: Embedded, **changed: Any) -> None:
        cleaners = [
            one | {"shifts": ["00:00-24:00"]} | ({"password": f"${{{_variable(one['id'])}}}"} if one["id"] in WITH_PASSWORD else {})
            for one in plain_township()["cleaners"]
        ]
        super().__init__(folder, **{"cleaners": cleaners, "console": {"listen": "127.0.0.1:0", "url": ELSEWHERE}, **changed})
        self.broker = broker
        self.desk = OrderDesk(self.store, self.township, picture_links(self.township, self.store, ELSEWHERE))
        self.link = broker.link("service")
        self.relay = Relay(self.store.outbox, self.link, idle_s=0.01)
        self.reception = Reception(self.link, TOPICS, self.desk, clock)
        self.folder = PictureFolder(self.store.pictures_beside())

    def weisu(self, *args: str) -> Result:
        return CliRunner().invoke(main, [*args, "--config", str(self.file)], env=ENVIRON)

    @property
    def broker_told(self) -> dict[str, Any]:
        """The broker as the service tells the console of it."""
        return {"host": "127.0.0.1", "port": self.broker.port, "protocol": "3.1.1"}

    def client(self, cleaner_id: str) -> CleanerClient:
        """As `weisu cleaner` makes it."""
        return CleanerClient.over_mqtt(self.broker.address(cleaner_id), TOPICS, cleaner_id)

    def pass_of(self, cleaner_id: str) -> str:
        """The path that a fresh QR code leads to."""
        made = self.weisu("console", "phone", cleaner_id, "--by", "test")
        assert made.exit_code == 0, made.output
        return "/phone/enter/" + made.output.split("/phone/enter/")[1].split()[0]

    def shows(self, order: WorkOrder, jpeg: bytes, purpose: Purpose = Purpose.OPENED) -> None:
        """Keep a camera's picture of an order."""
        name = f"look-{order.id}-{purpose}"
        path = self.folder.write(order.camera_id, clock(), name, jpeg)
        with self.store.transaction() as book:
            book.keep_picture(picture(id=name, camera_id=order.camera_id, taken_at=clock(), path=path))
            book.show_order(name, order.id, purpose)


@contextmanager
def phone_town(folder: Path, **changed: Any) -> Iterator[PhoneTown]:
    """Relay and reception in threads of their own, until the end of the block."""
    with ExitStack() as stack:
        town = PhoneTown(folder, stack.enter_context(embedded(ACCESS, PASSWORDS)), **changed)
        stack.callback(town.store.close)
        stack.enter_context(at_work(town.relay, town.reception, town.link, clock))
        yield town
