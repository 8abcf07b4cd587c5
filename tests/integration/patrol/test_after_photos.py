"""A cleaner's photograph is blurred before it is written, or not written at all; and it teaches no network."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from detectors.detector import BrokenModel
from detectors.eye import Eye
from detectors.labels import LABELS
from detectors.switch import Running
from patrol.after_photos import ANOTHER_S, KEPT, MOST_OF_ORDER, NO_PICTURES, NOT_A_PICTURE, TOO_MANY, AfterPhotos
from patrol.exhibits import newest_exhibit
from patrol.lessons import lesson_of
from storage.database import Database
from tests.doubles.people import NOW, Office, incident, township
from town.evidence import Purpose, When, WhyNone
from town.geometry import Box
from town.sight import Detection, Image
from town.work import OrderState

NOISE = np.random.default_rng(1).integers(0, 256, (300, 400, 3), dtype=np.uint8)
JPEG = cv2.imencode(".jpg", NOISE)[1].tobytes()


class OnePerson:
    """Sees somebody who fills the left half of everything."""

    labels = LABELS
    side_px = 128

    def detect(self, images: Sequence[Image], min_confidence: float = 0.05) -> list[list[Detection]]:
        return [[Detection("person", 0.9, Box(0.0, 0.0, 0.5, 1.0))] for _ in images]


class Blind(OnePerson):
    def detect(self, images: Sequence[Image], min_confidence: float = 0.05) -> list[list[Detection]]:
        raise BrokenModel("the network is broken")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    database = Database.open(f"sqlite:///{tmp_path / 'weisu.db'}")
    yield Office(store=database)
    database.close()


def photos(office: Office, detector: Any = None, **changed: Any) -> AfterPhotos:
    return AfterPhotos(township(**changed), office.store, lambda: Running("v1", Eye(detector or OnePerson(), 0.25)))


def written(office: Office) -> list[Image]:
    return [cv2.imread(str(path)) for path in sorted(office.store.pictures_beside().rglob("*.jpg"))]


def sharpness(image: Image) -> float:
    return float(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())


def test_what_is_written_is_blurred_where_somebody_is(office: Office) -> None:
    order = office.opens(incident())
    assert photos(office).keep(order, "phone-1", JPEG, NOW) == KEPT
    (image,) = written(office)
    assert sharpness(image[:100, :180]) < sharpness(image[:100, 240:]) / 20
    ((purpose, picture),) = office.store.evidence.pictures_of(order.id)
    assert (purpose, picture.version, picture.detections) == (Purpose.REPORTED, "v1", ())


@pytest.mark.parametrize("detector", [Blind(), type("Nameless", (OnePerson,), {"labels": ("bin",)})()])
def test_where_blurring_fails_nothing_is_written_and_the_reason_is_kept(office: Office, detector: Any) -> None:
    order = office.opens(incident())
    assert photos(office, detector).keep(order, "phone-1", JPEG, NOW) == WhyNone.NOT_BLURRED
    assert written(office) == []
    (missing,) = office.store.evidence.missing_pictures()
    assert (missing.why, missing.order_ids) == (WhyNone.NOT_BLURRED, (order.id,))


def test_a_network_that_cannot_be_opened_is_tried_again_with_the_next_photograph(office: Office) -> None:
    order = office.opens(incident())
    versions = [Running(name, Eye(OnePerson(), 0.25)) for name in ("v1", "v2")]
    tries: list[Running | Exception] = [BrokenModel("not there"), *versions]

    def opening() -> Running:
        one = tries.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    desk = AfterPhotos(township(), office.store, opening)
    assert [desk.keep(order, f"phone-{n}", JPEG, NOW) for n in (1, 2, 3)] == [WhyNone.NOT_BLURRED, KEPT, KEPT]


def test_a_disk_that_takes_nothing_is_told(office: Office) -> None:
    order = office.opens(incident())
    office.store.pictures_beside().write_text("a file where the folder should be")
    assert photos(office).keep(order, "phone-1", JPEG, NOW) == WhyNone.NOT_WRITTEN


def test_a_photograph_is_turned_upright_and_loses_what_the_phone_wrote_into_it(office: Office) -> None:
    order = office.opens(incident())
    quarter_turn = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    turned = JPEG[:2] + b"\xff\xe1" + struct.pack(">H", len(quarter_turn) + 2) + quarter_turn + JPEG[2:]
    assert photos(office).keep(order, "phone-1", turned, NOW) == KEPT
    (image,) = written(office)
    assert image.shape == (400, 300, 3)
    (path,) = office.store.pictures_beside().rglob("*.jpg")
    assert b"Exif" not in path.read_bytes()


@pytest.mark.parametrize("packed", [b"", b"no picture", JPEG[:500], b"GIF89a" + bytes(100)])
def test_what_is_no_picture_is_refused(office: Office, packed: bytes) -> None:
    assert photos(office).keep(office.opens(incident()), "phone-1", packed, NOW) == NOT_A_PICTURE


def test_an_order_has_room_for_a_few_photographs_and_a_repetition_is_none(office: Office) -> None:
    order, desk = office.opens(incident()), photos(office)
    kept = [desk.keep(order, f"phone-{n}", JPEG, NOW) for n in range(MOST_OF_ORDER + 1)]
    assert kept == [KEPT] * MOST_OF_ORDER + [TOO_MANY]
    assert desk.keep(order, "phone-0", JPEG, NOW) == KEPT
    assert len(written(office)) == MOST_OF_ORDER


def test_a_photograph_takes_no_other_order_s_place(office: Office) -> None:
    first, second = office.opens(incident()), office.opens(incident(2, object_id="v1"))
    desk = photos(office)
    assert desk.keep(first, "phone-1", JPEG, NOW) == KEPT
    (before,) = written(office)
    other = cv2.imencode(".jpg", np.zeros((300, 400, 3), np.uint8))[1].tobytes()
    assert desk.keep(second, "phone-1", other, NOW) == ANOTHER_S
    (after,) = written(office)
    assert np.array_equal(before, after)


def test_where_no_pictures_are_kept_photographs_are_not_either(office: Office) -> None:
    desk = photos(office, storage={"pictures_mb": 0})
    assert desk.keep(office.opens(incident()), "phone-1", JPEG, NOW) == NO_PICTURES


def test_a_photograph_is_shown_whole_as_the_picture_after_the_work(office: Office) -> None:
    order = office.opens(incident())
    photos(office).keep(order, "phone-1", JPEG, NOW)
    found = newest_exhibit(office.store, township(), order, When.AFTER)
    assert found
    shown = cv2.imdecode(np.frombuffer(found[1], np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape[1] / (shown.shape[0] - 90) == pytest.approx(400 / 300, rel=0.1)


def test_a_photograph_teaches_nothing_whatever_becomes_of_its_order(office: Office) -> None:
    order = office.opens(incident())
    photos(office).keep(order, "phone-1", JPEG, NOW)
    (kept,) = office.store.evidence.kept()
    for state in (OrderState.CLOSED, OrderState.FALSE_ALARM):
        orders = tuple((purpose, replace(one, state=state)) for purpose, one in kept.orders)
        assert lesson_of(replace(kept, orders=orders), township()) is None
