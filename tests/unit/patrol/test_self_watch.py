"""The service tells engineers once what is wrong with itself, and once that it is over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from patrol.self_watch import SelfWatch
from storage.database import Database
from tests.doubles.notification_samples import NOW, after, settings
from town.recipients import Matter


@dataclass
class Itself:
    overdue_pictures: int | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    free_mb: float = 50_000

    def free_bytes(self) -> int:
        return int(self.free_mb * 1e6)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(f"sqlite:///{tmp_path / 'weisu.db'}")
    yield opened
    opened.close()


def standing(database: Database) -> list[Matter]:
    return sorted(one.matter for one in database.notifications.recent(NOW) if one.healed_at is None and one.channel == "MAIL_URL")


def watch_of(database: Database, itself: Itself) -> SelfWatch:
    return SelfWatch(database, settings(), itself, itself.free_bytes)


def test_a_full_disk_is_one_fault_however_long_and_over_a_restart(database: Database) -> None:
    itself = Itself(free_mb=500)
    watch = watch_of(database, itself)
    for minutes in range(1, 4):
        watch.check(after(minutes=minutes))
    watch_of(database, itself).check(after(minutes=5))
    assert standing(database) == [Matter.DISK]
    itself.free_mb = 1100
    watch.check(after(minutes=6))
    assert standing(database) == [Matter.DISK]
    itself.free_mb = 1300
    watch.check(after(minutes=7))
    assert standing(database) == []


def test_a_network_that_is_refused_and_pictures_that_stay_are_told_until_they_are_not(database: Database) -> None:
    itself = Itself(overdue_pictures=3, refused={"candidate": "v2: no such file"})
    watch = watch_of(database, itself)
    watch.check(after(minutes=1))
    assert standing(database) == [Matter.MODEL_REFUSED, Matter.PICTURES_OVERDUE]
    itself.overdue_pictures, itself.refused = 0, {}
    watch.check(after(minutes=2))
    assert standing(database) == []


def test_after_a_restart_pictures_stay_told_until_somebody_has_looked(database: Database) -> None:
    watch_of(database, Itself(overdue_pictures=3)).check(after(minutes=1))
    reborn = Itself()
    watch = watch_of(database, reborn)
    watch.check(after(minutes=2))
    assert standing(database) == [Matter.PICTURES_OVERDUE]
    reborn.overdue_pictures = 0
    watch.check(after(minutes=3))
    assert standing(database) == []
