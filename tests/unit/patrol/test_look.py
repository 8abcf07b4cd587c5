"""A look at an unchanged view goes without the network, for a while, and never where a rule waits for its opinion."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from cameras.registration import HEIGHT, UNKNOWN, WIDTH
from patrol.look import Examination, LookMemory, examine
from tests.unit.patrol.test_backtest import CAMERA, RED_CAR, WHITE_CAR, darkness, street
from tests.unit.rules.places import minutes
from town.looks import SeenBy
from town.places import Zone
from town.sight import Detection, Frame


class CountingEye:
    """Sees a car where the test says so, and counts how often it was asked."""

    def __init__(self, *detections: Detection) -> None:
        self.detections = detections
        self.looks = 0

    def see(self, frame: Frame, zones: Sequence[Zone]) -> Sequence[Detection]:
        self.looks += 1
        return self.detections


CAR = Detection("car", 0.9, RED_CAR[1])
TEN_MINUTES = minutes(10)


def seen(eye: CountingEye, *frames: Frame, refresh_every: timedelta = TEN_MINUTES, suspects: bool = False) -> list[Examination]:
    """Examine one frame after the other; `suspects` is what the rules make of every look."""
    memory, examinations = LookMemory(), []
    for frame in frames:
        examinations.append(examine(frame, CAMERA, memory, eye, refresh_every))
        memory = replace(examinations[-1].memory, suspects=suspects)
    return examinations


def noisy(frame: Frame, seed: int = 1) -> Frame:
    noise = np.random.default_rng(seed).normal(0, 2, frame.image.shape)
    return replace(frame, image=np.clip(frame.image + noise, 0, 255).astype(np.uint8))


def again(frame: Frame, at: float) -> Frame:
    """The same street, later: another noise."""
    return noisy(replace(frame, taken_at=street(at).taken_at), round(at * 60))


def test_an_unchanged_view_reuses_the_last_detections_and_says_so() -> None:
    eye, parked = CountingEye(CAR), street(0, RED_CAR)
    first, second, third = seen(eye, parked, again(parked, 1), again(parked, 2))
    assert [one.seen_by for one in (first, second, third)] == [SeenBy.NETWORK_FIRST, SeenBy.REUSE, SeenBy.REUSE]
    assert eye.looks == 1
    assert third.detections == first.detections == (CAR,)


def test_a_reused_look_measures_the_frame_of_its_own() -> None:
    first, second = seen(CountingEye(CAR), street(0, RED_CAR), again(street(0, RED_CAR), 1))
    vehicles = [next(o for o in one.observations if o.kind == "vehicles") for one in (first, second)]
    assert [one.seen_at for one in vehicles] == [street(0).taken_at, street(1).taken_at]
    assert vehicles[0].objects[0].appearance != vehicles[1].objects[0].appearance


@pytest.mark.parametrize(("before", "after"), [((), (RED_CAR,)), ((RED_CAR,), ()), ((RED_CAR,), (WHITE_CAR,))])
def test_a_car_that_comes_goes_or_is_another_needs_the_network(before: tuple[tuple], after: tuple[tuple]) -> None:  # type: ignore[type-arg]
    eye = CountingEye()
    _, second = seen(eye, street(0, *before), replace(street(0, *after), taken_at=street(1).taken_at))
    assert (second.seen_by, eye.looks) == (SeenBy.NETWORK_CHANGED, 2)


def test_detections_are_refreshed_once_they_are_old_and_then_reused_again() -> None:
    examinations = seen(CountingEye(), *(again(street(0), at) for at in (0, 5, 9.9, 10, 15, 20)))
    assert [one.seen_by.removeprefix("network_") for one in examinations] == ["first", "reuse", "reuse", "refresh", "reuse", "refresh"]


def test_a_view_is_compared_with_the_one_that_was_judged_so_that_slow_change_adds_up() -> None:
    def growing(at: int) -> Frame:
        image = street(0).image.copy()
        image[100:160, 300:360] = image[100:160, 300:360] * (1 - 0.04 * at)
        return replace(street(0), image=image, taken_at=street(at / 10).taken_at)

    examinations = seen(CountingEye(), *(growing(at) for at in range(12)))
    assert examinations[1].seen_by is SeenBy.REUSE
    assert SeenBy.NETWORK_CHANGED in {one.seen_by for one in examinations}


def test_where_a_rule_suspects_something_every_look_is_the_networks() -> None:
    eye = CountingEye(CAR)
    examinations = seen(eye, *(again(street(0), at) for at in (0, 1, 2)), suspects=True)
    assert [one.seen_by for one in examinations[1:]] == [SeenBy.NETWORK_SUSPECTED] * 2
    assert eye.looks == 3


def test_no_refresh_span_turns_reuse_off() -> None:
    examinations = seen(CountingEye(), again(street(0), 0), again(street(0), 1), refresh_every=timedelta(0))
    assert {one.seen_by for one in examinations} == {SeenBy.NETWORK_ALWAYS}
    assert examinations[-1].memory.judged is None


def test_an_unfit_view_is_seen_by_nobody_and_forgets_nothing() -> None:
    _, dark, light = seen(CountingEye(), again(street(0), 0), darkness(1), again(street(0), 2))
    assert (dark.seen_by, light.seen_by) == (SeenBy.NOBODY, SeenBy.REUSE)


def test_a_clock_that_was_set_back_does_not_keep_old_detections_alive() -> None:
    assert seen(CountingEye(), again(street(0), 60), again(street(0), 1))[-1].seen_by is SeenBy.NETWORK_REFRESH


def test_the_same_frames_give_the_same_examinations() -> None:
    frames = [again(street(0, RED_CAR), at) for at in (0, 1, 2)]
    once, twice = ([(one.seen_by, one.detections, one.observations) for one in seen(CountingEye(CAR), *frames)] for _ in range(2))
    assert once == twice


def test_a_view_is_learnt_around_a_car_and_with_the_bins() -> None:
    for label, known in (("car", False), ("bin", True)):
        (examination,) = seen(CountingEye(Detection(label, 0.9, RED_CAR[1])), street(0, RED_CAR))
        (reference,) = examination.memory.view.references.values()
        middle = reference.relief[round(RED_CAR[1].center[1] * HEIGHT), round(RED_CAR[1].center[0] * WIDTH)]
        assert bool(middle != UNKNOWN) is known
