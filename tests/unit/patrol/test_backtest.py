"""A recording judged by the live functions: the same incidents, from the frames' own times, the same bytes twice."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from patrol.backtest import judge_recording, run_backtest
from patrol.comparing import compare
from patrol.look import LookMemory, examine
from patrol.material import RecordedLooks
from rules.judgement import Unknown
from tests.unit.rules.places import LANE, NINE, SPOT, STATION, minutes, township
from town.geometry import Box
from town.places import Recording, Zone
from town.sight import Detection, Frame, Image

TOWNSHIP = township(LANE, STATION)
CAMERA = TOWNSHIP.cameras[0]
PAINT = {"red": (40, 40, 210), "white": (235, 235, 235)}


def street(at: float, *cars: tuple[str, Box]) -> Frame:
    """A street at a minute past nine, with cars of two makes: a striped red one and a chequered white one."""
    image: Image = np.random.default_rng(int(at)).integers(60, 120, (360, 640, 3)).astype(np.uint8)
    image[20:60, ::40] = image[300:340, ::8] = image[290:350, 100:160] = image[290:350, 300:420] = 240
    for colour, box in cars:
        top, left, height, width = (round(n) for n in (box.y1 * 360, box.x1 * 640, box.height * 360, box.width * 640))
        rows, columns = np.mgrid[:height, :width]
        dark = (columns // 16) % 2 == 0 if colour == "red" else ((rows // 18) + (columns // 40)) % 2 == 0
        patch = np.where(dark[..., None], np.array([10, 10, 10]), np.array(PAINT[colour]))
        image[top : top + height, left : left + width] = patch.astype(np.uint8)
    return Frame("gate-3", NINE + minutes(at), image)


def darkness(at: float) -> Frame:
    return Frame("gate-3", NINE + minutes(at), np.zeros((360, 640, 3), np.uint8))


class EyeForPaint:
    """Sees a car wherever the street's grey gives way to black: no network."""

    def see(self, frame: Frame, zones: Sequence[Zone]) -> list[Detection]:
        rows, columns = np.nonzero((frame.image < 20).all(axis=2))
        return [Detection("car", 0.9, SPOT)] if len(rows) > 500 and len(columns) else []


def lines(*frames: Frame) -> list[dict[str, object]]:
    return [json.loads(str(line)) for line in run_backtest(frames, CAMERA, TOWNSHIP, EyeForPaint())]


RED_CAR, WHITE_CAR = ("red", SPOT), ("white", SPOT)


def test_a_stay_past_the_limit_is_one_line_with_its_dwell_at_the_end() -> None:
    (line,) = lines(street(0), street(5, RED_CAR), street(10, RED_CAR), street(15, RED_CAR), street(30, RED_CAR))
    assert line == {
        "rule": "illegal-parking",
        "camera": "gate-3",
        "zone": "lane",
        "opened_at": "2026-05-01T01:15:00Z",
        "closed_at": None,
        "box": [0.2, 0.4, 0.4, 0.6],
        "certain_dwell_s": 1500.0,
        "possible_dwell_s": 1800.0,
        "reason": "stayed at least 10m, at most 15m; limit 10m",
    }


def test_a_car_that_left_closes_its_line() -> None:
    (line,) = lines(street(0), street(1, RED_CAR), street(11, RED_CAR), street(12), street(13))
    assert (line["closed_at"], line["certain_dwell_s"], line["possible_dwell_s"]) == ("2026-05-01T01:13:00Z", 600.0, 720.0)


def test_a_car_that_took_the_place_of_another_starts_anew() -> None:
    assert lines(street(0, RED_CAR), street(9, RED_CAR), street(11, WHITE_CAR), street(20, WHITE_CAR)) == []
    (line,) = lines(street(0, RED_CAR), street(9, RED_CAR), street(11, WHITE_CAR), street(21, WHITE_CAR))
    assert line["opened_at"] == "2026-05-01T01:21:00Z"


def test_lines_come_in_the_order_of_their_opening() -> None:
    came_and_went = [street(0, RED_CAR), street(10, RED_CAR), street(12), street(14), street(20, WHITE_CAR), street(31, WHITE_CAR)]
    assert [line["opened_at"] for line in lines(*came_and_went)] == ["2026-05-01T01:10:00Z", "2026-05-01T01:31:00Z"]


def test_a_frame_that_tells_nothing_is_as_if_nobody_had_looked() -> None:
    stay = [street(at, RED_CAR) for at in (0, 5, 12)]
    assert lines(stay[0], darkness(3), stay[1], darkness(7), darkness(8), darkness(9), stay[2]) == lines(*stay)


def test_the_same_recording_gives_the_same_bytes() -> None:
    def recording() -> Iterator[Frame]:
        yield from (street(at, RED_CAR) for at in range(0, 30, 4))

    once, again = (b"".join(str(line).encode() for line in run_backtest(recording(), CAMERA, TOWNSHIP, EyeForPaint())) for _ in range(2))
    assert once == again != b""


def test_several_rule_files_are_shown_the_same_by_one_look_of_the_network_a_frame() -> None:
    class Counting(EyeForPaint):
        looks = 0

        def see(self, frame: Frame, zones: Sequence[Zone]) -> list[Detection]:
            self.looks += 1
            return super().see(frame, zones)

    eye, frames = Counting(), [street(at, *([RED_CAR] if at else [])) for at in range(30)]
    patient = TOWNSHIP.with_rules([TOWNSHIP.rule_by_id["illegal-parking"].model_copy(update={"limit": minutes(20)})])
    now, later = judge_recording(frames, CAMERA, [TOWNSHIP, patient], eye)
    assert eye.looks == len(frames)
    assert [[incident.opened_at - NINE for incident in incidents] for incidents in (now, later)] == [[minutes(11)], [minutes(21)]]
    (moved,) = compare(now, later).moved
    assert moved.before.key == moved.after.key


def test_the_frames_of_a_folder_are_the_pictures_of_its_incidents(tmp_path: Path) -> None:
    (tmp_path / "2026-05-01_09_11_00.jpg").touch()
    (incident,) = (line.incident for line in run_backtest([street(at, RED_CAR) for at in (1, 11)], CAMERA, TOWNSHIP, EyeForPaint()))
    material = RecordedLooks(Recording(kind="recording", path=tmp_path), CAMERA, TOWNSHIP, minutes(1))
    assert material.pictures([incident]) == {incident.id: tmp_path / "2026-05-01_09_11_00.jpg"}


def test_a_fit_frame_shows_every_zone_what_can_be_measured_there() -> None:
    examination = examine(street(0, RED_CAR), CAMERA, LookMemory(), EyeForPaint(), minutes(10))
    assert (examination.fit, len(examination.detections)) == (True, 1)
    assert examination.sights.keys() == {("lane", "vehicles"), ("station", "bins")}


def test_an_unfit_frame_is_not_looked_at_and_is_unknown_to_all() -> None:
    class Blindfolded:
        def see(self, frame: Frame, zones: Sequence[Zone]) -> list[Detection]:
            raise AssertionError("nobody looks at a black picture")

    examination = examine(darkness(0), CAMERA, LookMemory(), Blindfolded(), minutes(10))
    assert (examination.fit, examination.reason, examination.observations) == (False, "black", ())
    assert set(examination.sights.values()) == {Unknown(at(0), "black")}


def at(count: float) -> datetime:
    return NINE + minutes(count)
