"""Pictures are kept of what matters, a candidate sees some looks too, and no look is lost or broken by either."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

import patrol.shadow
from alerts.desk import OrderDesk
from detectors.eye import Eye
from detectors.promotions import Promotions
from detectors.shadowing import ShadowFile, Shadowing
from detectors.switch import Candidate
from detectors.versions import Versions
from patrol.look import Examination, LookMemory
from patrol.lookout import Lookout
from patrol.patrol import Patrol
from rules.builtin import BUILT_IN
from simulator.album import SCENES
from storage.book import Book
from storage.database import Database
from storage.errors import StorageError
from tests.doubles.camera_servers import jpeg
from tests.doubles.colour_detector import ColourDetector
from tests.doubles.model_versions import tiny_model
from town.evidence import Kept, Picture, PictureKind, Purpose, Reason, WhyNone
from town.looks import Look, LookOutcome, SeenBy
from town.places import Zone
from town.reading import township_of
from town.sight import Detection, Frame
from town.township import Township

FULL = {"overflowing_bin": 0.9}
START = datetime(2026, 3, 1, 1, tzinfo=UTC)  # nine in the morning in Shanghai
SCENE = cv2.imread(str(SCENES / "north-gate-day_clean.jpg"))
CONFIG = """
town: {id: t, name: 镇}
grids: [{id: g1, name: 一, manager: m1}]
looks: {deadline: 20s, confirm_every: 3s}
cleaners: [{id: c1, name: 丙, grid: g1, position: {lat: 39.8, lon: 116.5}, shifts: ['00:00-24:00'], skills: [bins]}]
rules: [{id: bin-overflow, keep_firing_for: 0s}]
"""


class Street:
    async def fetch(self, now: datetime) -> Frame:
        return Frame("a", now, np.asarray(SCENE, np.uint8))

    async def close(self) -> None: ...


class Town:
    """Cameras that look at one street, and versions that see `full` or `plain` bins in whatever they are shown."""

    def __init__(self, folder: Path, cameras: int = 1, extra: str = "", sees: Mapping[str, float] = FULL) -> None:
        self.names = [f"camera-{number}" for number in range(cameras)]
        self.township = self._read(folder, extra)
        self.models = self.township.model.folder
        for name, seen in (("full", sees), ("plain", {"bin": 0.9})):
            Versions(self.models).add(tiny_model(folder / name, seen), name, START)
        Promotions(self.models).promote("full", "test", "", START)
        self.now = START
        self.database = Database.open(f"sqlite:///{folder / 'weisu.db'}")
        self.lookout = Lookout(self.township, self.database, START)

    def _read(self, folder: Path, extra: str) -> Township:
        cameras = "".join(
            f"  - {{id: {name}, name: {name}, grid: g1, position: {{lat: 39.8, lon: 116.5}}, every: 10s, "
            f'source: {{kind: http_snapshot, url: "http://10.0.0.1/"}}, '
            "zones: [{id: station, kind: bin_station, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]}]}\n"
            for name in self.names
        )
        return township_of(f"{CONFIG}cameras:\n{cameras}{extra}", {}, BUILT_IN, folder)

    def looks(self, rounds: int, promote: Sequence[str] = ()) -> None:
        """Let every camera come due, round by round; between rounds the next of `promote` is promoted and taken."""
        asyncio.run(self._looks(rounds, iter(promote)))

    async def _looks(self, rounds: int, promote: Iterator[str]) -> None:
        desk = OrderDesk(self.database, self.township)
        round_of = Patrol(
            self.township,
            dict.fromkeys(self.names, Street()),
            self.lookout.examine,
            self.database,
            desk,
            lambda *_: None,
            lambda: self.now,
            self.lookout.evidence,
            self.lookout.shadow,
        )
        for _ in range(rounds):
            for name in self.names:
                await round_of.due(name)
            wanted = next(promote, None)
            if wanted:
                Promotions(self.models).promote(wanted, "test", "", self.now)
                await asyncio.to_thread(self.lookout.refresh, self.now)
            await round_of.idle()
            self.now += timedelta(seconds=10)
        await round_of.stop()

    def shadow(self, name: str, share: float = 1.0) -> Candidate:
        ShadowFile(self.models).write(Shadowing(name, share, self.now))
        self.lookout.refresh(self.now)
        candidate = self.lookout._switch.candidate
        assert candidate
        return candidate

    def outcomes(self) -> list[str]:
        looks = (look for name in self.names for look in self.database.figures.looks_at(name, START, self.now))
        return [f"{look.outcome} {look.reason}" for look in looks]

    def kept(self) -> list[Kept]:
        return list(self.database.evidence.kept())


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path)
    yield town
    town.database.close()


def test_what_opens_an_order_is_kept_with_all_that_was_seen(town: Town) -> None:
    town.looks(3)
    (kept,) = town.kept()
    (order,) = town.database.figures.live_orders()
    assert [(purpose, shown.id) for purpose, shown in kept.orders] == [(Purpose.OPENED, order.id)]
    assert (kept.picture.version, [seen.label for seen in kept.picture.detections]) == ("full", ["overflowing_bin"])
    file = town.lookout.evidence.folder.root / kept.picture.path
    assert cv2.imread(str(file)).shape == SCENE.shape
    assert file.stat().st_size == kept.picture.size_bytes


def test_a_picture_has_the_pixels_that_its_zones_did_not_need(town: Town) -> None:
    small, packed = np.full((360, 640, 3), 90, np.uint8), jpeg(1280, 720)
    seen = Examination(True, "fit", SeenBy.NETWORK_FIRST, (), (), {}, LookMemory(), frame=Frame("camera-0", START, small, packed))
    look = Look("look-1", "camera-0", START, START, START, LookOutcome.DONE)
    picture = town.lookout.evidence.picture(town.township.cameras[0], look, seen)
    assert isinstance(picture, Picture)
    assert cv2.imread(str(town.lookout.evidence.folder.root / picture.path)).shape == (720, 1280, 3)


def test_what_clears_an_order_is_kept_too(town: Town) -> None:
    town.looks(3)
    Promotions(town.models).promote("plain", "test", "", START)
    town.lookout.refresh(town.now)
    town.looks(3)
    assert [[purpose for purpose, _ in kept.orders] for kept in town.kept()] == [[Purpose.OPENED], [Purpose.CLEARED]]


def test_a_picture_that_cannot_be_written_holds_up_no_look(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    town.lookout.evidence.folder.root.write_text("a file where the folder should be")
    town.looks(3)
    assert town.outcomes() == ["done fit"] * 3
    assert len(town.database.figures.live_orders()) == 1
    assert town.kept() == []
    assert "no picture of a could be kept" in caplog.text


def test_a_picture_is_blurred_where_somebody_may_be_before_it_is_written(tmp_path: Path) -> None:
    town = Town(tmp_path, sees={"overflowing_bin": 0.9, "person": 0.06})
    town.looks(3)
    (kept,) = town.kept()
    assert [seen.label for seen in kept.picture.detections] == ["overflowing_bin"]  # too unsure to count, and blurred all the same
    picture = cv2.imread(str(town.lookout.evidence.folder.root / kept.picture.path))
    height, width = SCENE.shape[:2]
    middle = slice(round(0.45 * height), round(0.55 * height)), slice(round(0.45 * width), round(0.55 * width))
    before, after = (cv2.Laplacian(image[middle], cv2.CV_64F).var() for image in (SCENE, picture))
    assert after < before / 50
    town.database.close()


def test_where_blurring_fails_no_picture_is_written_and_the_order_goes_without(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("out of memory")

    town.lookout.evidence._blur = break_down  # type: ignore[assignment]
    town.looks(3)
    (order,) = town.database.figures.live_orders()
    assert (town.kept(), town.outcomes()) == ([], ["done fit"] * 3)
    assert not town.lookout.evidence.folder.root.exists()
    (missing,) = town.database.evidence.missing_pictures()
    assert (missing.why, missing.detail, missing.order_ids) == (WhyNone.NOT_BLURRED, "RuntimeError: out of memory", (order.id,))


def test_a_picture_that_cannot_be_noted_breaks_no_look(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(Book, "keep_picture", refuse)
    town.looks(3)
    assert (town.outcomes(), len(town.database.figures.live_orders())) == (["done fit"] * 3, 1)
    assert "evidence of camera-0 could not be kept" in caplog.text


def test_why_pictures_are_missing_is_logged_once(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    town.lookout.evidence._blur = lambda *_: np.zeros((0, 0, 3), np.uint8)
    town.shadow("plain")
    town.looks(4)
    assert [missing.why for missing in town.database.evidence.missing_pictures()] == [WhyNone.NOT_WRITTEN] * 4
    assert len([record for record in caplog.records if "no picture of" in record.getMessage()]) == 1


def test_a_town_that_wants_no_pictures_keeps_none(tmp_path: Path) -> None:
    town = Town(tmp_path, extra="storage: {pictures_mb: 0}\n")
    town.looks(3)
    assert len(town.database.figures.live_orders()) == 1
    assert town.kept() == []
    assert not town.lookout.evidence.folder.root.exists()
    town.database.close()


def test_no_look_is_lost_while_versions_change_under_them(tmp_path: Path) -> None:
    town = Town(tmp_path, cameras=12)
    town.looks(6, promote=["plain", "full", "plain", "full"])
    assert town.outcomes() == ["done fit"] * 72
    changes = [after for _, _, after in town.database.evidence.version_changes()]
    assert changes == ["full", "plain", "full", "plain", "full"]
    town.database.close()


def test_a_broken_version_is_refused_while_looks_go_on(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    (town.models / "plain" / "tiny.bin").write_bytes(b"")
    town.looks(3, promote=["plain"])
    assert town.outcomes() == ["done fit"] * 3
    assert [after for _, _, after in town.database.evidence.version_changes()] == ["full"]
    assert "tiny.bin has another SHA-256" in caplog.text


def test_a_candidates_disagreements_are_kept_with_what_both_saw(town: Town) -> None:
    town.shadow("plain")
    town.looks(2)
    first, second = town.database.evidence.disagreements()
    assert (first.picture.version, first.candidate) == ("full", "plain")
    assert [seen.label for seen in (*first.picture.detections, *first.seen_by_candidate)] == ["overflowing_bin", "bin"]
    assert [(d.reason, d.what, d.promoted, d.candidate) for d in first.differences] == [
        (Reason.COUNT_DIFFERS, "overflowing_count", 1.0, 0.0)
    ]
    assert all((town.lookout.evidence.folder.root / one.picture.path).is_file() for one in (first, second))
    # The second look opened the order: its one picture serves both.
    assert [len(kept.orders) for kept in town.kept()] == [0, 1]
    assert town.database.evidence.tally("plain").looks == 2


def test_frames_are_taken_as_large_as_the_candidate_needs_them_too(town: Town) -> None:
    camera = town.township.cameras[0]
    alone = town.lookout.reduction(camera, 3840, 2160)

    town.lookout._switch.candidate = Candidate("larger", 1.0, Eye(ColourDetector(side_px=1280), 0.15))

    assert (alone, town.lookout.reduction(camera, 3840, 2160)) == (4, 2)


def test_a_candidate_that_agrees_leaves_a_count_and_no_picture(town: Town) -> None:
    Versions(town.models).add(town.models / "full", "twin", START)
    town.shadow("twin")
    town.looks(1)
    tally = town.database.evidence.tally("twin")
    assert (tally.looks, tally.disagreements) == (1, 0)
    assert town.kept() == []


def test_a_candidate_that_fails_breaks_no_look_and_is_let_go(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    class Failing:
        def see(self, frame: Frame, zones: Sequence[Zone]) -> list[Detection]:
            raise RuntimeError("out of memory")

    town.shadow("plain")
    town.lookout._switch.candidate = Candidate("plain", 1.0, Failing())  # type: ignore[arg-type]
    town.looks(patrol.shadow.MOST_FAILURES + 3)
    assert set(town.outcomes()) == {"done fit"}
    assert town.lookout._switch.candidate is None
    assert town.database.evidence.tally("plain").failed == patrol.shadow.MOST_FAILURES
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 2


def test_a_candidate_sees_its_share_of_looks(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.shadow("plain", share=0.3)
    town.looks(40)
    assert 4 <= town.database.evidence.tally("plain").looks <= 20
    town.database.close()


def test_more_disagreements_than_a_person_can_judge_are_only_counted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patrol.shadow, "MOST_UNJUDGED", 2)
    town.shadow("plain")
    town.looks(4)
    tally = town.database.evidence.tally("plain")
    assert (tally.disagreements, tally.kept) == (4, 2)


def test_pictures_are_forgotten_after_a_month(town: Town) -> None:
    town.shadow("plain")
    town.looks(1)
    town.lookout.forget(town.now + timedelta(days=29))
    assert len(town.kept()) == 1
    town.lookout.forget(town.now + timedelta(days=31))
    assert town.kept() == []


def test_pictures_of_a_kind_are_kept_as_long_as_the_file_says_and_the_account_is_of_the_towns_day(tmp_path: Path) -> None:
    town = Town(tmp_path, extra="storage: {keep_pictures_for: {disagreement: 2d}}\n")
    town.shadow("plain")
    town.looks(1)
    late = START + timedelta(days=3, hours=9)  # six in the evening of the town, whose day began before that of UTC
    town.lookout.forget(late + timedelta(hours=6))
    assert town.kept() == []
    days = town.database.evidence.picture_days(START.date())
    assert {(f"{one.day}", one.kind, one.forgotten) for one in days if one.forgotten} == {("2026-03-05", PictureKind.DISAGREEMENT, 1)}
    town.database.close()
