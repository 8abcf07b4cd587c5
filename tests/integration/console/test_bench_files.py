"""What the bench hands out: kept pictures, whose showing is noted, and a harvest as a zip."""

import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from console.engineer.harvesting import crop_of, facts_of, harvest_folder, zip_folder
from console.engineer.pictures import path_of, shown
from console.visitors import Visitor
from patrol.harvest import harvest
from tests.doubles.evidence_samples import FULL_BIN
from tests.doubles.people import GATE, NOW, STATION, after, incident
from tests.doubles.served_town import ServedTown, served
from town.accounts import Kind, Role
from town.evidence import Difference, Disagreement, Purpose, Reason, Side

ENGINEER = Visitor(Role.ENGINEER, "wang", "", Kind.BROWSER, "session")
DAY = timedelta(days=1)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ServedTown]:
    with served(tmp_path) as town:
        yield town


@pytest.fixture
def picture_id(town: ServedTown) -> str:
    return town.keeps(town.opens(incident()), Purpose.OPENED)


def disagree(town: ServedTown, picture_id: str) -> int:
    kept = town.database.evidence.picture(picture_id)
    assert kept
    differs = Difference(Reason.ONLY_CANDIDATE_SEES, STATION, "overflowing_bin", 0, 0.8)
    with town.database.transaction() as book:
        book.record_disagreement(Disagreement(kept.picture, "v2", (FULL_BIN,), (differs,)))
    (one,) = town.database.evidence.disagreements()
    return one.number


def test_a_picture_is_shown_narrower_where_that_is_asked_and_the_view_is_noted(town: ServedTown, picture_id: str) -> None:
    jpeg = shown(town.site, ENGINEER, picture_id, 160, "10.0.0.0/24")
    assert jpeg
    assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (90, 160)
    (view,) = town.database.evidence.picture_views(NOW - DAY)
    (order,) = town.live()
    assert (view.person, view.order_id, view.picture_id) == ("engineer:wang", order.id, picture_id)


def test_a_picture_that_is_not_kept_is_nobody_s_to_see_and_no_view(town: ServedTown) -> None:
    assert shown(town.site, ENGINEER, "look-of-nobody", None, "") is None
    assert town.database.evidence.picture_views(NOW - DAY) == []


def test_strangers_are_led_away_from_pictures_and_harvests(town: ServedTown, picture_id: str) -> None:
    for path in (path_of(picture_id), "/bench/harvest.zip"):
        assert town.web.get(path).status_code in {303, 401}


def test_a_word_can_be_taken_back(town: ServedTown, picture_id: str) -> None:
    number = disagree(town, picture_id)
    with town.database.transaction() as book:
        assert book.judge(number, Side.CANDIDATE, "wang", NOW)
    assert town.database.evidence.disagreements() == []
    with town.database.transaction() as book:
        assert book.unjudge(number)
        assert not book.unjudge(number + 1)
    (one,) = town.database.evidence.disagreements()
    assert (one.judged, one.judged_by, one.judged_at) == (None, "", None)


def test_what_is_judged_is_counted_and_packed(town: ServedTown, picture_id: str, tmp_path: Path) -> None:
    number = disagree(town, picture_id)
    assert crop_of(town.site).total == 0
    with town.database.transaction() as book:
        book.judge(number, Side.CANDIDATE, "wang", NOW)
    crop = crop_of(town.site)
    counts = harvest(town.database.evidence.kept(), town.township, town.folder.root, tmp_path / "harvest")
    assert facts_of(counts) == facts_of(crop.counts)
    assert crop.total == 1
    zip_folder(tmp_path / "harvest", tmp_path / "harvest.zip")
    with zipfile.ZipFile(tmp_path / "harvest.zip") as packed:
        assert {"harvest/dataset.yaml", "harvest/harvest.jsonl"} <= set(packed.namelist())
        assert sum(name.endswith(".jpg") for name in packed.namelist()) == 1
    assert harvest_folder(town.site).parent == tmp_path


def test_pictures_and_orders_of_a_camera_are_found_by_time(town: ServedTown, picture_id: str) -> None:
    found = town.database.evidence.kept_at(GATE, NOW, NOW)
    assert found == [(NOW, picture_id)]
    assert town.database.evidence.kept_at(GATE, after(seconds=1), after(minutes=1)) == []
    (order,) = town.live()
    lists = town.database.order_lists
    assert lists.lived_at(GATE, after(minutes=1), after(minutes=2)) == [order]
    assert lists.lived_at(GATE, NOW - DAY, NOW - timedelta(seconds=1)) == []
    assert lists.lived_at("elsewhere", NOW - DAY, after(minutes=2)) == []
