"""From the field back to the model: what cleaners and people said becomes a dataset that training reads."""

import asyncio
import importlib.util
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

import patrol.harvest
from alerts.desk import OrderDesk
from detectors.labelled import labelled_set
from detectors.loading import shipped_model
from patrol.harvest import HarvestError, harvest
from patrol.lookout import Lookout
from patrol.patrol import Patrol
from service import main
from simulator.album import Album
from simulator.demo_township import CONFIG, fresh_environment, fresh_gate, read_demo
from simulator.places import PLACES
from storage.database import Database
from tests.doubles.evidence_samples import disagreement, picture
from tests.doubles.order_samples import NOW
from town.evidence import Kept, Side
from town.sight import Frame
from town.township import Township
from town.work import OrderState, WorkOrder

MORNING = datetime(2026, 6, 1, 1, tzinfo=UTC)
STATIONS = ("north-gate", "school")
PACKED = cv2.imencode(".jpg", np.full((90, 160, 3), 90, np.uint8))[1].tobytes()


class Scene:
    """A simulated camera, whose scene the test chooses."""

    def __init__(self, camera_id: str, album: Album) -> None:
        self.place, self.album, self.state, self.number = PLACES[camera_id], album, "overflow", 0

    async def fetch(self, now: datetime) -> Frame:
        self.number += 1
        data = self.album.jpeg(self.place.scenes[self.state], self.place.mirrored, self.place.camera_id, now, self.number)
        return Frame(self.place.camera_id, now, np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8))

    async def close(self) -> None: ...


class Demo:
    """Two stations of the simulated town, seen by the network that ships, and cleaners who answer as the test says."""

    def __init__(self, folder: Path) -> None:
        self.environ = fresh_environment(folder, 8000, 1883, fresh_gate())
        self.township: Township = read_demo(self.environ)
        self.database = Database.open(self.township.storage.url)
        self.desk = OrderDesk(self.database, self.township)
        self.lookout = Lookout(self.township, self.database, MORNING)
        self.scenes = {camera.id: Scene(camera.id, Album()) for camera in self.township.cameras}
        self.now = MORNING
        self._said = 0

    def looks(self, rounds: int) -> None:
        asyncio.run(self._looks(rounds))

    async def _looks(self, rounds: int) -> None:
        seen = self.lookout.examine
        kept = (self.lookout.evidence, self.lookout.shadow)
        looking = Patrol(self.township, self.scenes, seen, self.database, self.desk, lambda *_: None, lambda: self.now, *kept)
        for _ in range(rounds):
            for name in STATIONS:
                await looking.due(name)
            await looking.idle()
            self.now += timedelta(seconds=5)
        await looking.stop()

    def order_of(self, camera_id: str) -> WorkOrder:
        return next(order for order in self.database.figures.live_orders() if order.camera_id == camera_id)

    def says(self, order: WorkOrder, *kinds: str, **fields: Any) -> None:
        """The first cleaner who was offered an order says one thing after another about it."""
        for kind in kinds:
            self._said += 1
            said = {"v": 1, "type": kind, "event_id": f"event-{self._said:04}", "issued_at": self.now.isoformat(), "order_id": order.id}
            answer = self.desk.on_upward(order.offered_to[0], json.dumps({**said, **fields}).encode(), self.now)
            assert answer == {"claim": "claim_won"}.get(kind, kind)
            self.now += timedelta(seconds=1)


def weisu(*args: str | Path, environ: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args], env=environ)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "harvest.jsonl").read_text().splitlines()]


def files(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@pytest.mark.slow
@pytest.mark.skipif(not (shipped_model() / "weisu.xml").exists(), reason="no model in detectors/weights yet")
def test_a_confirmed_order_and_a_false_alarm_become_a_dataset_that_training_reads(tmp_path: Path) -> None:
    demo = Demo(tmp_path)
    demo.looks(3)
    cleaned, false = demo.order_of("north-gate"), demo.order_of("school")
    demo.says(false, "claim")
    demo.says(false, "false_alarm", reason="是绿化袋")
    demo.says(cleaned, "claim", "done")
    demo.scenes["north-gate"].state = "clean"
    demo.looks(4)
    assert demo.database.figures.live_orders() == []
    demo.database.close()

    result = weisu("model", "harvest", "--config", CONFIG, "--out", tmp_path / "field", environ=demo.environ)

    assert (result.exit_code, result.exception) == (0, None), result.output
    told = {(line["camera"], line["orders"][0]["shows"]): line for line in lines(tmp_path / "field")}
    assert {key: line["orders"][0]["judged"] for key, line in told.items()} == {
        ("north-gate", "opened"): OrderState.CLOSED,
        ("north-gate", "cleared"): OrderState.CLOSED,
        ("school", "opened"): OrderState.FALSE_ALARM,
    }
    truth = {line["picture"]: labels_of(tmp_path / "field", line) for line in told.values()}
    assert "overflowing_bin" in truth[told["north-gate", "opened"]["picture"]]
    assert "overflowing_bin" not in truth[told["north-gate", "cleared"]["picture"]]
    assert "overflowing_bin: bin" in told["school", "opened"]["changed"]
    assert "overflowing_bin" not in truth[told["school", "opened"]["picture"]]
    assert all(line["version"] == "shipped" for line in told.values())
    _ultralytics_reads(tmp_path / "field", len(told))


def labels_of(folder: Path, line: dict[str, Any]) -> list[str]:
    """The labels that a picture is given, read as `weisu model evaluate` reads a prepared set."""
    only = folder.parent / "only"
    shutil.rmtree(only, ignore_errors=True)
    for kind, suffix in (("images", ".jpg"), ("labels", ".txt")):
        (only / kind / "val").mkdir(parents=True)
        file = Path(line["picture"].replace("images", kind, 1)).with_suffix(suffix)
        shutil.copy(folder / file, only / kind / "val")
    (boxes,) = labelled_set(only).truth.values()
    return [label for label, _ in boxes]


def _ultralytics_reads(folder: Path, pictures: int) -> None:
    if importlib.util.find_spec("ultralytics") is None:
        return
    from detectors.ultralytics_door.offline import quiet_ultralytics

    quiet_ultralytics()
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    data = check_det_dataset(str(folder / "dataset.yaml"), autodownload=False)
    sides = [data[side] for side in ("train", "val") if any(Path(data[side]).iterdir())]
    read = [YOLODataset(img_path=side, data=data, task="detect", augment=False, imgsz=64) for side in sides]
    assert sum(len(dataset) for dataset in read) == pictures
    assert all(len(label["cls"]) for dataset in read for label in dataset.labels)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Path]:
    """A town's file, whose database holds two unjudged disagreements with their pictures."""
    good = Path(__file__).parents[2] / "configs" / "good.yaml"
    file = tmp_path / "town.yaml"
    file.write_text(good.read_text() + f"storage: {{url: 'sqlite:///{tmp_path}/weisu.db'}}\n")
    database = Database.open(f"sqlite:///{tmp_path}/weisu.db")
    for number in (1, 2):
        kept = picture(number)
        packed = tmp_path / "weisu-pictures" / kept.path
        packed.parent.mkdir(parents=True, exist_ok=True)
        packed.write_bytes(PACKED)
        with database.transaction() as book:
            book.keep_picture(kept)
            book.record_disagreement(disagreement(number))
            book.count_shadow_look("v2", failed=False, disagreed=True)
    database.close()
    yield file


def test_disagreements_are_listed_judged_and_harvested(town: Path, tmp_path: Path) -> None:
    listed = json.loads(weisu("model", "disagreements", "--config", town, "--json").stdout)
    assert [(one["id"], one["candidate"], Path(one["picture"]).is_file()) for one in listed] == [(1, "v2", True), (2, "v2", True)]
    assert listed[0]["differences"][0]["what"] == "overflowing_count"
    assert weisu("model", "judge", "1", "candidate", "--by", "wang", "--config", town).exit_code == 0
    assert weisu("model", "judge", "2", "neither", "--config", town).exit_code == 0
    assert json.loads(weisu("model", "disagreements", "--config", town, "--json").stdout) == []
    assert "candidate (wang)" in weisu("model", "disagreements", "--all", "--config", town).stdout

    result = weisu("model", "harvest", "--config", town, "--out", tmp_path / "field")

    assert result.exit_code == 0
    first, second = lines(tmp_path / "field")
    assert (first["disagreement"]["judged"], first["labels"]) == ("candidate", 1)
    assert (second["split"], second["to_label"]) == ("to-label", "neither_saw_it_right")
    assert (tmp_path / "field" / second["picture"]).is_file()
    assert "1 to-label" in result.stdout


def test_a_candidates_tally_is_shown_with_it(town: Path, tmp_path: Path) -> None:
    weisu("model", "judge", "1", "candidate", "--config", town)
    weisu("model", "add", shipped_model(), "--name", "v2", "--config", town)
    shown = json.loads(weisu("model", "show", "v2", "--json", "--config", town).stdout)["shadow"]
    assert (shown["looks"], shown["disagreements"], shown["candidate"], shown["promoted"]) == (2, 2, 1, 0)


def test_a_candidate_is_set_listed_and_taken_off(town: Path) -> None:
    weisu("model", "add", shipped_model(), "--name", "v2", "--config", town)
    assert weisu("model", "shadow", "v2", "--share", "0.25", "--config", town).exit_code == 0
    roles = {row["name"]: row["role"] for row in json.loads(weisu("model", "list", "--json", "--config", town).stdout)}
    assert roles == {"shipped": "promoted", "v2": "candidate (0.25 of looks)"}
    assert weisu("model", "shadow", "--off", "--config", town).exit_code == 0
    assert "candidate" not in weisu("model", "list", "--json", "--config", town).stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [(["shadow", "shipped"], "promoted"), (["shadow", "v9"], "no version"), (["shadow"], "--off"), (["judge", "9", "neither"], "9")],
)
def test_what_cannot_be_is_refused_with_the_way_out(town: Path, args: list[str], said: str) -> None:
    result = weisu("model", *args, "--config", town)
    assert result.exit_code != 0
    assert said in result.stderr


def test_a_town_whose_service_never_ran_has_nothing_to_judge_and_gets_no_database(tmp_path: Path) -> None:
    good = Path(__file__).parents[2] / "configs" / "good.yaml"
    (tmp_path / "town.yaml").write_text(good.read_text() + f"storage: {{url: 'sqlite:///{tmp_path}/weisu.db'}}\n")
    result = weisu("model", "disagreements", "--config", tmp_path / "town.yaml")
    assert (result.exit_code, "no database yet" in result.stderr) == (1, True)
    assert not (tmp_path / "weisu.db").exists()


def judged_pictures(folder: Path, *cameras: str) -> list[Kept]:
    """A judged picture a camera, its file in `folder`."""
    found = []
    for number, camera_id in enumerate(cameras):
        shown = picture(number, camera_id=camera_id, path=f"{number}.jpg")
        folder.mkdir(exist_ok=True)
        (folder / shown.path).write_bytes(PACKED)
        found.append(Kept(shown, (), disagreement(picture=shown, judged=Side.PROMOTED, judged_by="wang", judged_at=NOW)))
    return found


@pytest.fixture
def township(town: Path) -> Township:
    return read_demo({}, town)


CAMERAS = [f"camera-{number}" for number in range(12)]


def test_the_same_judgements_give_the_same_files(tmp_path: Path, township: Township) -> None:
    kept, out = judged_pictures(tmp_path / "p", *CAMERAS), tmp_path / "field"
    counts = harvest(kept, township, tmp_path / "p", out)
    first = files(out)
    assert (counts, files(out)) == (harvest(kept, township, tmp_path / "p", out), first)
    assert counts["train"] > 0 < counts["val"]
    assert len(labelled_set(out).pictures) == counts["val"]
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".field")]


def test_an_interrupted_harvest_leaves_what_was_there_and_no_half(
    tmp_path: Path, township: Township, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, out = judged_pictures(tmp_path / "p", *CAMERAS), tmp_path / "field"
    harvest(kept[:3], township, tmp_path / "p", out)
    before = files(out)

    def interrupted() -> Iterator[Kept]:
        yield from kept[:5]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        harvest(interrupted(), township, tmp_path / "p", out)
    assert files(out) == before
    # A kill between the two renames leaves the old one aside: the next harvest brings it back, even one that has nothing to write.
    out.rename(tmp_path / ".field.before")
    with pytest.raises(HarvestError, match="nothing has been judged"):
        harvest([], township, tmp_path / "p", out)
    assert files(out) == before


def test_a_folder_that_no_harvest_wrote_is_not_replaced(tmp_path: Path, township: Township) -> None:
    precious = tmp_path / "field"
    precious.mkdir()
    (precious / "photo.jpg").write_bytes(PACKED)
    with pytest.raises(HarvestError, match="no harvest wrote it"):
        harvest(judged_pictures(tmp_path / "p", "a"), township, tmp_path / "p", precious)
    assert list(files(precious)) == ["photo.jpg"]


def test_a_picture_that_cannot_be_read_is_told_and_left_out(tmp_path: Path, township: Township) -> None:
    kept = judged_pictures(tmp_path / "p", "a", "b", "c")
    (tmp_path / "p" / "0.jpg").write_bytes(b"")
    (tmp_path / "p" / "1.jpg").unlink()
    counts = harvest(kept, township, tmp_path / "p", tmp_path / "field")
    assert counts[patrol.harvest.UNREADABLE] == 2
    assert [line["picture"] is None for line in lines(tmp_path / "field")] == [True, True, False]
