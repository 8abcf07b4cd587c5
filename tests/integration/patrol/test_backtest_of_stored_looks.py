"""A live patrol's stored looks, judged again: the very same incidents and decisions, however many processes judge them."""

import random
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.backtest import IncidentLine
from patrol.look import examine
from patrol.replay import Replay, sights_then
from patrol.stored import EVER, Span, Stopped, judge_camera, judge_cameras
from rules.assess import Assessment, MemoryKey, assess, sights_of
from rules.judge import Memory
from rules.judgement import Decision
from storage.database import Database
from tests.unit.patrol.test_backtest import RED_CAR, WHITE_CAR, darkness, street
from tests.unit.patrol.test_patrol import Round
from tests.unit.patrol.test_reuse import Showing
from tests.unit.rules.places import BLUE, LANE, NEXT_SPOT, RED, SPOT, STATION, UNHURRIED, bins, car, township, vehicles
from town.geometry import Box
from town.places import Zone
from town.sight import Detection, Frame, Image, Observation, SeenObject
from town.township import Township

TOWNSHIP = township(LANE, STATION)
CAMERA = TOWNSHIP.cameras[0]
MINUTE = timedelta(minutes=1)


class EyeWithOddNumbers:
    """Sees a car wherever something is black, never twice in quite the same box, and an overflowing bin now and then."""

    def __init__(self) -> None:
        self._random = random.Random(7)

    def see(self, frame: Frame, zones: Sequence[Zone]) -> Sequence[Detection]:
        seen = []
        if int((frame.image < 20).all(axis=2).sum()) > 500:
            shift = self._random.uniform(-0.004, 0.004)
            seen.append(Detection("car", self._random.uniform(0.2, 0.95), Box(*(side + shift for side in sides_of(SPOT)))))
        if self._random.random() < 0.4:
            seen.append(Detection("overflowing_bin", self._random.uniform(0.15, 0.95), Box.around(0.8, 0.2, 0.1 / 3, 0.1 / 7)))
        return seen


def sides_of(box: Box) -> tuple[float, float, float, float]:
    return box.x1, box.y1, box.x2, box.y2


STORY: tuple[Image, ...] = tuple(
    frame.image
    for frame in (
        *(street(at) for at in range(2)),
        *(street(at, RED_CAR) for at in range(2, 16)),
        *(darkness(at) for at in range(16, 19)),
        *(street(at, RED_CAR) for at in range(19, 22)),
        *(street(at, WHITE_CAR) for at in range(22, 36)),
        *(street(at) for at in range(36, 40)),
    )
)


DECIDED: list[Decision] = []
"""All that the live patrol's rules decided, in that order."""


def assess_and_note(*args: Any) -> Assessment:
    assessment = assess(*args)
    DECIDED.extend(assessment.decisions)
    return assessment


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A live patrol over a story of forty minutes; the service is restarted after eleven and after thirty."""
    folder, eye, begun = tmp_path_factory.mktemp("lived"), EyeWithOddNumbers(), 0
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr("patrol.patrol.assess", assess_and_note)
        for end in (11, 30, len(STORY)):
            patrol = Round(folder, {CAMERA.id: Showing(*STORY[begun:end])}, partial(examine, eye=eye, refresh_every=10 * MINUTE), TOWNSHIP)
            patrol.now += begun * MINUTE
            patrol.looks([[CAMERA.id]] * (end - begun), MINUTE)
            begun = end
    return patrol


def replayed(patrol: Round) -> tuple[list[IncidentLine], list[Decision]]:
    replay, decisions = Replay(CAMERA, TOWNSHIP), []
    for look in patrol.database.past.looks(CAMERA.id, *EVER):
        decisions += replay.look(sights_then(CAMERA, look)).decisions
    return [IncidentLine(incident) for incident in replay.incidents], decisions


def test_every_decision_of_the_live_patrol_is_made_again(lived: Round) -> None:
    again = replayed(lived)[1]
    assert {"view_unknown", "opened", "cleared", "waiting_for_limit"} <= {decision.verdict for decision in again}
    assert again == DECIDED


def test_the_incidents_are_those_of_the_live_patrol_byte_for_byte(lived: Round) -> None:
    lines, _ = replayed(lived)
    with lived.database.transaction() as book:
        live = [book.incident(line.incident.id) for line in lines]
    assert len(lines) == lived.database.figures.summary(EVER[0]).incidents >= 3
    ended = [(line, IncidentLine(one)) for line, one in zip(lines, live, strict=True) if one and one.closed_at]
    assert len(ended) >= 2
    assert [str(line).encode() for line, _ in ended] == [str(one).encode() for _, one in ended]


def test_only_what_was_seen_in_the_span_is_judged(lived: Round) -> None:
    span = Span("", lived.now - 10 * MINUTE, lived.now - 4 * MINUTE)
    judged = judge_camera(lived.database, span, (TOWNSHIP,), CAMERA.id, lambda: False)
    assert (judged.looks, judged.unknown, judged.observations, judged.faceless) == (6, 0, 12, 0)


def test_a_judgement_that_is_told_to_stop_stops(lived: Round) -> None:
    with pytest.raises(Stopped):
        judge_camera(lived.database, Span(""), (TOWNSHIP,), CAMERA.id, lambda: True)


def several(count: int) -> Township:
    cameras = [CAMERA.model_copy(update={"id": f"gate-{number}"}) for number in range(count)]
    return Township.model_validate({**{name: getattr(TOWNSHIP, name) for name in Township.model_fields}, "cameras": cameras})


def stored(folder: Path, town: Township) -> str:
    url = f"sqlite:///{folder / 'weisu.db'}"
    database = Database.open(url)
    with database.transaction() as book:
        for number, camera in enumerate(town.cameras):
            seen = [observation for at in range(30) for observation in (vehicles(at, car()), bins(at, int(at % 9 > 4)))]
            book.record_observations([moved(one, camera.id, number * MINUTE) for one in seen])
    database.close()
    return url


def moved(one: Observation, camera_id: str, later: timedelta) -> Observation:
    return Observation(camera_id, one.zone_id, one.kind, one.seen_at + later, one.metrics, one.objects)


def test_the_answer_does_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    town = several(3)
    span, names = Span(stored(tmp_path, town)), list(town.camera_by_id)
    one, two = (list(judge_cameras(span, (town, town), names, jobs)) for jobs in (1, 2))
    assert one == two
    assert [judged.camera_id for judged in one] == names
    assert all(len(under) >= 4 for judged in one for under in judged.incidents)


LOOKS = st.lists(
    st.tuples(st.floats(0.1, 6), st.lists(st.sampled_from([car(), car(BLUE), car(RED, NEXT_SPOT, 0.2)]), max_size=2), st.integers(0, 2)),
    max_size=40,
)


@UNHURRIED
@given(LOOKS)
def test_memories_handed_on_as_they_are_judge_like_those_that_were_stored(looks: list[tuple[float, list[SeenObject], int]]) -> None:
    """A backtest saves the way through JSON that a live memory takes at every look."""
    at, kept = 0.0, Replay(CAMERA, TOWNSHIP)
    stored_memories: dict[MemoryKey, Memory] = {}
    for gap, cars, overflowing in looks:
        at += gap
        sights = sights_of([vehicles(at, *cars), bins(at, overflowing)])
        through = assess(CAMERA, TOWNSHIP, stored_memories, sights)
        stored_memories |= through.memories
        again = kept.look(sights)
        assert (again.memories, again.decisions) == (through.memories, through.decisions)
        assert list(map(repr, again.changes)) == list(map(repr, through.changes))
