"""Why: a camera's hours as a strip, and the words of `weisu explain` for the moment that is pointed at."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from html import escape
from urllib.parse import urlencode

from nicegui import events, ui

from console.engineer.parts import image, local, overlay, polygon_shape
from console.engineer.past_hours import PastHours, nearest, read_hours, spread_out, story_at, window_around
from console.engineer.pictures import path_of
from console.engineer.strip import STYLES, Window, ticks
from console.engineer.strip_drawing import CURVE_PX, PATTERNS, ROW_PX, axis_drawn, cursor, curve_drawn, lane, marks_drawn, ticks_drawn
from console.frame import Look, empty, page
from console.markup import heading
from console.site import Site
from patrol.wording import wording
from town.moments import parse_moment
from town.places import Camera

SPANS_MIN = (3, 10, 30, 60, 180, 360, 720, 1440)
USUAL_SPAN_MIN = 180
PICTURE_PX = 640
THUMB_PX = 160
WHERE_CLICKED = """(e) => {
  const strip = e.currentTarget.querySelector('.lane-strip').getBoundingClientRect();
  const share = (e.clientX - strip.left) / strip.width;
  if (share >= 0 && share <= 1) emit(share);
}"""


def add(site: Site) -> None:
    @page(site, "/bench/why", "why", "workbench")
    async def why(look: Look, camera: str = "", at: str = "", span: int = USUAL_SPAN_MIN) -> None:
        heading(look.words("frame", "why"), 1)
        await WhyPage(look, camera, at, span).show()


class WhyPage:
    """The page. Its window stays where it is while moments within are pointed at."""

    def __init__(self, look: Look, camera_id: str, asked_at: str, span_min: int) -> None:
        self._look = look
        self._say = partial(look.words, "why")
        self._words = wording(look.words.language)
        township = look.site.township()
        self._camera: Camera = township.camera_by_id.get(camera_id) or township.cameras[0]
        self._span = timedelta(minutes=span_min if span_min in SPANS_MIN else USUAL_SPAN_MIN)
        self._at = self._moment(asked_at or "now") or look.site.clock()
        self._window = window_around(self._at, self._span, look.site.clock())
        self._hours: PastHours | None = None
        self._controls()
        with ui.element("section").classes("panel stack"):
            self._strip_head = ui.element("div").classes("between")
            self._strip = ui.element("div")
        with ui.element("div").classes("bench"):
            self._story = ui.element("section").classes("panel stack").props('aria-live="polite"')
            self._picture = ui.element("section").classes("panel stack")

    async def show(self) -> None:
        """Read the hours anew, and draw all of them."""
        database, camera, window = self._look.site.database, self._camera, self._window
        self._hours = await self._look.site.aside(lambda: read_hours(database, camera, window))
        await self._point(self._at)

    def _controls(self) -> None:
        say = self._say
        cameras = {one.id: f"{one.name} · {one.id}" for one in self._look.site.township().cameras}
        spans = {one: say("minutes", n=one) if one < 60 else say("hours", n=one // 60) for one in SPANS_MIN}
        with ui.element("form").classes("panel row why-controls").on("submit.prevent", self._go):
            chosen = ui.select(
                cameras, value=self._camera.id, label=say("camera"), with_input=len(cameras) > 12, on_change=self._take_camera
            )
            chosen.props("outlined dense options-dense").classes("w-16")
            self._when = ui.input(say("at"), placeholder=say("at_hint")).props("outlined dense").classes("w-16")
            span_min = int(self._span / timedelta(minutes=1))
            span = ui.select(spans, value=span_min, label=say("span"), on_change=self._take_span)
            span.props("outlined dense options-dense").classes("w-8")
            with ui.element("div").classes("row tight"):
                self._button("‹", "earlier", lambda: self._shift(-0.8))
                self._button("›", "later", lambda: self._shift(0.8))
                ui.button(say("now"), on_click=self._now).props("outline no-caps")
            with ui.element("div").classes("row tight"):
                ui.button(f"← {say('look_before')}", on_click=lambda: self._step(-1)).props("flat no-caps")
                ui.button(f"{say('look_after')} →", on_click=lambda: self._step(1)).props("flat no-caps")

    def _button(self, sign: str, word: str, act: object) -> None:
        button = ui.button(sign, on_click=act).props("outline no-caps")  # type: ignore[arg-type]
        button.props.update({"aria-label": self._say(word), "title": self._say(word)})

    async def _take_camera(self, event: events.ValueChangeEventArguments[str]) -> None:
        self._camera = self._look.site.township().camera_by_id[event.value]
        await self.show()

    async def _take_span(self, event: events.ValueChangeEventArguments[int]) -> None:
        self._span = timedelta(minutes=int(event.value))
        await self._look_at(self._at)

    async def _go(self) -> None:
        at = self._moment(self._when.value or "now")
        if at is None:
            ui.notify(self._say("bad_time", text=self._when.value), type="warning")
            return
        await self._look_at(at)

    async def _now(self) -> None:
        await self._look_at(self._look.site.clock())

    async def _look_at(self, at: datetime) -> None:
        self._at = at
        self._window = window_around(at, self._span, self._look.site.clock())
        await self.show()

    async def _shift(self, share: float) -> None:
        moved = share * self._span
        self._window = Window(self._window.since + moved, self._window.until + moved)
        self._at += moved
        await self.show()

    async def _step(self, by: int) -> None:
        """To the look before or after; where the window ends, further with it."""
        ends = self._hours.look_ends if self._hours else []
        place = bisect_left(ends, self._at) - 1 if by < 0 else bisect_right(ends, self._at)
        if 0 <= place < len(ends):
            await self._point(ends[place])
        else:
            await self._shift(0.8 * by)

    async def _clicked(self, event: events.GenericEventArguments) -> None:
        await self._point(self._window.at(min(max(float(event.args), 0.0), 1.0)))

    async def _point(self, at: datetime) -> None:
        """Draw the strip with its cursor at a moment, and tell that moment."""
        self._at = at
        there = at.astimezone(self._look.site.township().town.zone)
        self._when.value = f"{there:%Y-%m-%d %H:%M:%S}"
        asked = {"camera": self._camera.id, "at": there.isoformat(timespec="seconds"), "span": int(self._span / timedelta(minutes=1))}
        ui.run_javascript(f"history.replaceState(null, '', {json.dumps(f'/bench/why?{urlencode(asked)}')})")
        self._draw()
        await self._tell()

    def _draw(self) -> None:
        hours = self._hours
        self._strip_head.clear()
        self._strip.clear()
        if hours is None:
            return
        with self._strip_head:
            heading(f"{self._camera.name} · {local(self._look, hours.window.since)} – {local(self._look, hours.window.until)}")
            counts = {word: hours.counts[word] for word in ("done", "unknown", "failed", "skipped")}
            ui.label(self._say("count", looks=sum(hours.counts.values()), **counts)).classes("quiet num")
        with self._strip:
            if not hours.looks and not hours.lanes:
                empty(self._say("no_looks"))
                return
            drawn = ui.html("".join(self._rows(hours)), sanitize=False).classes("strip")
            drawn.on("click", self._clicked, js_handler=WHERE_CLICKED)
            ui.html(self._legend(), sanitize=False, tag="ul").classes("legend")

    def _rows(self, hours: PastHours) -> Iterator[str]:
        yield PATTERNS
        zone = self._look.site.township().town.zone
        named = [
            (share, f"{at:%H:%M:%S}" if self._span < timedelta(minutes=15) else f"{at:%H:%M}") for share, at in ticks(hours.window, zone)
        ]
        yield lane("", axis_drawn(named), 22, "axis-lane")
        yield lane(self._say("looks"), ticks_drawn(hours.looks, self._outcomes()), ROW_PX)
        zones = {one.id: one.name or one.id for one in self._camera.zones}
        for zone_id in dict.fromkeys([*zones, *(one.zone_id for one in hours.lanes)]):
            yield from self._zone_rows(hours, zone_id, zones.get(zone_id, zone_id))
        if hours.orders:
            states = {mark.word: f"{self._words.of('states', mark.style)} · {mark.word}" for mark in hours.orders}
            short = {mark.word: self._words.of("states", mark.style) for mark in hours.orders}
            yield lane(self._say("orders"), marks_drawn(hours.orders, short, states), ROW_PX * hours.order_rows, "order-lane")
        if hours.pictures:
            yield f'<div class="lane thumbs"><div class="lane-label">{escape(self._say("pictures"))}</div>{self._thumbs(hours)}</div>'
        yield cursor(hours.window.share(self._at))

    def _zone_rows(self, hours: PastHours, zone_id: str, zone_name: str) -> Iterator[str]:
        rules = self._look.site.township().rule_by_id
        for curve in hours.curves:
            if curve.zone_id == zone_id and curve.highest > 0:
                metric = self._words.of("metrics", curve.metric)
                label = self._say("seen_upto", zone=zone_name, metric=metric, highest=f"{curve.highest:g}")
                yield lane(label, curve_drawn(curve), CURVE_PX, "curve-lane")
        verdicts = {verdict.value: self._say(f"v_{verdict}") for verdict in STYLES}
        hints = {verdict.value: self._words.sentence(verdict, {}) for verdict in STYLES}
        for one in hours.lanes:
            if one.zone_id == zone_id:
                rule = rules[one.rule_id].name if one.rule_id in rules else one.rule_id
                drawn = marks_drawn(one.marks, verdicts, hints)
                yield lane(self._say("rule", rule=rule, zone=zone_name), drawn, ROW_PX * one.row_count, "rule-lane")

    def _thumbs(self, hours: PastHours) -> str:
        pictures = "".join(
            f'<img src="{escape(path_of(picture_id, THUMB_PX))}" alt="" loading="lazy" style="left: {share * 100:.3f}%">'
            for share, picture_id in spread_out(hours.pictures, hours.window)
        )
        return f'<div class="lane-strip">{pictures}</div>'

    def _legend(self) -> str:
        styles = dict.fromkeys(STYLES.values())
        return "".join(
            f'<li><svg width="28" height="16" aria-hidden="true"><rect width="28" height="16" rx="3" class="mark m-{style}"/></svg>'
            f"{escape(self._say(f's_{style}'))}</li>"
            for style in styles
        )

    def _outcomes(self) -> Mapping[str, str]:
        return {word: self._words.of("outcomes", word) for word in ("done", "unknown", "failed", "skipped")}

    async def _tell(self) -> None:
        site, camera, at, words = self._look.site, self._camera, self._at, self._words
        lines = await site.aside(lambda: story_at(site.database, site.township(), camera, at, words))
        self._story.clear()
        with self._story:
            heading(f"{self._say('explanation')} · {local(self._look, at, seconds=True)}")
            with ui.element("div").classes("story"):
                for line in lines[1:]:
                    ui.label(line).classes("story-line" if line.startswith(" ") else "story-head")
        self._show_picture()

    def _show_picture(self) -> None:
        found = nearest(self._hours.pictures, self._at) if self._hours else None
        self._picture.clear()
        with self._picture:
            heading(self._say("picture"))
            if found is None:
                ui.label(self._say("no_picture")).classes("quiet")
                return
            taken_at, picture_id = found
            with ui.element("div").classes("framed"):
                image(path_of(picture_id, PICTURE_PX), f"{self._camera.name} {local(self._look, taken_at, seconds=True)}")
                overlay(polygon_shape(zone.polygon.corners, "zone-line") for zone in self._camera.zones)
            off = self._words.duration(abs((taken_at - self._at).total_seconds()))
            ui.label(self._say("picture_at", at=local(self._look, taken_at, seconds=True), span=off)).classes("quiet num")

    def _moment(self, text: str) -> datetime | None:
        try:
            return parse_moment(text, self._look.site.township().town.zone, self._look.site.clock())
        except ValueError:
            return None
