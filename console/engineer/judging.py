"""The pictures that two networks saw differently, one after the other, judged by a key; the last judgement can be taken back."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from nicegui import events, ui

from console.engineer.parts import box_shape, image, local, overlay, polygon_shape
from console.engineer.pictures import path_of
from console.frame import Look, empty
from console.markup import heading
from patrol.lessons import SAME_THING_OVERLAP
from patrol.wording import wording
from town.accounts import Role
from town.evidence import Difference, Disagreement, Side
from town.sight import Detection

KEYS: dict[str, Side] = {
    "1": Side.PROMOTED,
    "ArrowLeft": Side.PROMOTED,
    "2": Side.CANDIDATE,
    "ArrowRight": Side.CANDIDATE,
    "0": Side.NEITHER,
}
UNDO = frozenset({"Backspace", "u"})
AT_ONCE = 200
PICTURE_PX = 960
SURE_FROM = 0.25
"""Boxes that a network was less sure of are not drawn: rules do not count them either."""


@dataclass(frozen=True, slots=True)
class Apart:
    """What a network saw as the other one did, and what it saw alone."""

    both: tuple[Detection, ...]
    alone: tuple[Detection, ...]


class Judging:
    """What waits for a judgement, oldest first. `changed` is called after each."""

    def __init__(self, look: Look, waiting: Iterable[Disagreement], changed: Callable[[], object]) -> None:
        self._look, self._changed = look, changed
        self._say = partial(look.words, "model")
        self._waiting = list(waiting)
        self._judged: list[Disagreement] = []
        self._one_by_one = asyncio.Lock()
        self._words = wording(look.words.language)
        with ui.element("section").classes("panel stack"):
            with ui.element("div").classes("between"):
                with ui.element("div"):
                    heading(self._say("disagreements"))
                    ui.label(self._say("judge_hint")).classes("quiet")
                self._count = ui.label().classes("tag plain num").props('aria-live="polite"')
            self._place = ui.element("div").classes("stack")
            with ui.element("div").classes("row"):
                self._undo = ui.button(self._say("undo"), on_click=self._take_back).props("flat no-caps")
        self._keyboard = ui.keyboard(self._key, repeating=False, ignore=["input", "select", "textarea"])
        self._draw()

    def rest(self, while_open: bool) -> None:
        """Hear no keys for a while: they are somebody else's."""
        self._keyboard.active = not while_open

    async def _key(self, event: events.KeyEventArguments) -> None:
        if not event.action.keydown or event.modifiers.ctrl or event.modifiers.meta or event.modifiers.alt:
            return
        if event.key.name in KEYS:
            await self._judge(KEYS[event.key.name])
        elif event.key.name in UNDO:
            await self._take_back()

    async def _judge(self, side: Side) -> None:
        async with self._one_by_one:
            if not self._waiting or not await self._look.may_act(Role.ENGINEER):
                return
            one, site, by = self._waiting[0], self._look.site, self._look.visitor.name

            def judge() -> bool:
                with site.database.transaction() as book:
                    return book.judge(one.number, side, by, site.clock())

            if await site.aside(judge):
                self._judged.append(one)
            self._waiting.pop(0)
            self._draw()
        self._changed()

    async def _take_back(self) -> None:
        async with self._one_by_one:
            if not self._judged or not await self._look.may_act(Role.ENGINEER):
                return
            one, site = self._judged[-1], self._look.site

            def take_back() -> None:
                with site.database.transaction() as book:
                    book.unjudge(one.number)

            await site.aside(take_back)
            self._waiting.insert(0, self._judged.pop())
            self._draw()
        self._changed()

    def _draw(self) -> None:
        self._count.text = self._say("to_judge", count=len(self._waiting))
        self._count.set_visibility(bool(self._waiting))
        self._undo.set_visibility(bool(self._judged))
        self._place.clear()
        with self._place:
            if not self._waiting:
                empty(self._say("none_left" if self._judged else "none"))
                return
            self._pair(self._waiting[0])
            for coming in self._waiting[1:2]:  # fetched while this one is being judged
                image(path_of(coming.picture.id, PICTURE_PX), "").classes("hidden-image").props('loading="eager"')

    def _pair(self, one: Disagreement) -> None:
        camera = self._look.site.township().camera_by_id.get(one.picture.camera_id)
        with ui.element("div").classes("row"):
            ui.label(camera.name if camera else one.picture.camera_id).classes("strong")
            ui.label(local(self._look, one.picture.taken_at, seconds=True)).classes("quiet num")
            for told in self._differences(one.differences):
                ui.label(told).classes("tag warn num")
        with ui.element("div").classes("pair"):
            ours, theirs = sure_of(one.picture.detections), sure_of(one.seen_by_candidate)
            self._side(one, Side.PROMOTED, self._say("left", name=one.picture.version), self._say("left_key"), apart(ours, theirs))
            self._side(one, Side.CANDIDATE, self._say("right", name=one.candidate), self._say("right_key"), apart(theirs, ours))
        neither = ui.button(f"{self._say('neither')} · {self._say('neither_key')}", on_click=lambda: self._judge(Side.NEITHER))
        neither.props("outline no-caps").classes("neither")

    def _side(self, one: Disagreement, side: Side, title: str, key: str, seen: Apart) -> None:
        camera = self._look.site.township().camera_by_id.get(one.picture.camera_id)
        button = ui.element("button").classes(f"side-button {side}").props('type="button"').on("click", lambda: self._judge(side))
        with button:
            with ui.element("span").classes("side-title"):
                ui.label(title).classes("strong")
                ui.label(key).classes("key-cap")
            with ui.element("span").classes("framed"):
                image(path_of(one.picture.id, PICTURE_PX), self._say("missing"))
                zones = [polygon_shape(zone.polygon.corners, "zone-line") for zone in camera.zones] if camera else []
                overlay(
                    [
                        *zones,
                        *(_shape(detection, "both") for detection in seen.both),
                        *(_shape(detection, side) for detection in seen.alone),
                    ]
                )
                for detection in seen.alone:
                    self._label(detection)

    def _label(self, detection: Detection) -> None:
        box = detection.box
        told = ui.label(f"{detection.label} {detection.confidence:.2f}").classes("box-label")
        told.style(f"left: {box.x1 * 100:.2f}%; top: {box.y1 * 100:.2f}%")

    def _differences(self, differences: Iterable[Difference]) -> Iterator[str]:
        for one in differences:
            facts = {"promoted": f"{one.promoted:g}", "candidate": f"{one.candidate:g}"}
            yield f"{one.zone_id} · {self._say('differs', what=self._words.of('metrics', one.what), **facts)}"


def sure_of(seen: Iterable[Detection]) -> list[Detection]:
    return [detection for detection in seen if detection.confidence >= SURE_FROM]


def apart(seen: Iterable[Detection], otherwise: Sequence[Detection]) -> Apart:
    """What one network saw, by whether the other one saw the same there."""
    both: list[Detection] = []
    alone: list[Detection] = []
    for detection in seen:
        alike = any(one.label == detection.label and one.box.overlap(detection.box) >= SAME_THING_OVERLAP for one in otherwise)
        (both if alike else alone).append(detection)
    return Apart(tuple(both), tuple(alone))


def _shape(detection: Detection, side: str) -> str:
    return box_shape(detection.box.as_list(), f"seen-{side}")
