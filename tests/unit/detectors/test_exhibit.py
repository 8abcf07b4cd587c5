"""An exhibit shows the zone with what is around it, the problem outlined, and its captions; and leaves the kept picture as it is."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.drawing import GREEN, RED
from detectors.exhibit import LEAST_SHARE, LEAST_WIDTH_PX, Caption, exhibit, shown_part
from town.evidence import Purpose
from town.geometry import Box, Polygon
from town.sight import Image

ZONE = Polygon(((0.5, 0.5), (0.7, 0.5), (0.7, 0.8), (0.5, 0.8)))
BOX = Box(0.55, 0.55, 0.65, 0.7)
STREET = np.full((360, 640, 3), 90, np.uint8)
shares = st.floats(0, 1)
boxes = st.tuples(shares, shares, shares, shares).map(lambda c: Box(min(c[0], c[1]), min(c[2], c[3]), max(c[0], c[1]), max(c[2], c[3])))


def shown(purpose: Purpose = Purpose.OPENED, captions: tuple[Caption, ...] = (), image: Image = STREET) -> Image:
    return exhibit(image, BOX, ZONE, purpose, captions)


def has(image: Image, colour: tuple[int, int, int]) -> bool:
    return bool((image == np.array(colour, np.uint8)).all(axis=2).any())


@given(boxes, st.one_of(st.none(), st.just(ZONE)))
def test_what_is_shown_lies_in_the_picture_and_holds_zone_and_problem(box: Box, zone: Polygon | None) -> None:
    part = shown_part(box, zone)
    assert 0 <= part.x1 < part.x2 <= 1 and 0 <= part.y1 < part.y2 <= 1
    assert min(part.width, part.height) >= LEAST_SHARE - 1e-9
    for held in [box, *([zone.bounds] if zone else [])]:
        assert part.shared_area(held) == pytest.approx(held.area, abs=1e-6)


def test_the_problem_is_outlined_red_and_green_once_it_is_gone() -> None:
    assert (has(shown(), RED), has(shown(), GREEN)) == (True, False)
    assert (has(shown(Purpose.CLEARED), RED), has(shown(Purpose.CLEARED), GREEN)) == (False, True)


def test_only_the_zone_and_what_is_around_it_is_shown() -> None:
    marked = STREET.copy()
    marked[:40, :40] = 255
    assert not has(shown(image=marked), (255, 255, 255))


def test_the_kept_picture_stays_as_it_is() -> None:
    before = STREET.copy()
    shown(captions=(Caption("三号门", "gate-1"),))
    assert np.array_equal(before, STREET)


def test_small_parts_are_enlarged_and_captions_stand_below() -> None:
    bare, told = shown(), shown(captions=(Caption("三号门桶站", "gate-1/station"), Caption("2026-05-04 09:30:00", "2026-05-04 09:30:00")))
    assert bare.shape[1] == LEAST_WIDTH_PX
    assert told.shape[0] > bare.shape[0] and told[bare.shape[0] :].max() > 200


def test_an_opencv_without_fonts_prints_what_is_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "FontFace", raising=False)
    put = cv2.putText
    printed: list[str] = []

    def noted(image: Image, text: str, *rest: object) -> object:
        printed.append(text)
        return put(image, text, *rest)  # type: ignore[call-overload]

    monkeypatch.setattr(cv2, "putText", noted)
    shown(captions=(Caption("三号门", "gate-1"), Caption("桶站", "桶 station")))
    assert printed == ["gate-1", "? station"]
