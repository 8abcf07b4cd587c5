"""The backtest on the rules page: asked for, followed as it goes, ended early, and its findings with their pictures."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from nicegui import background_tasks, ui

from console.engineer.errands import ErrandFailed, Errands
from console.engineer.parts import box_shape, image, local, overlay, polygon_shape
from console.engineer.pictures import path_of
from console.engineer.trial import tally
from console.engineer.writing import Writing
from console.frame import Look, empty
from console.markup import heading
from patrol.wording import wording
from town.accounts import Role

DAYS = (1, 3, 7, 14, 30)
USUAL_DAYS = 3
WIDE_PX = 480
CHANGES = ("gained", "lost", "moved")
MARKS = {"gained": ("+", "warn"), "lost": ("−", "bad"), "moved": ("↔", "plain")}


class BacktestPanel:
    """Tries the draft as it was when it was started; one backtest at a time in the whole console."""

    def __init__(self, look: Look, writing: Writing, errands: Errands) -> None:
        self._look, self._writing, self._errands = look, writing, errands
        self._say = partial(look.words, "rules")
        self._running: asyncio.Task[None] | None = None
        self._tried = ""
        self._words = wording(look.words.language)
        with ui.element("section").classes("panel stack"):
            self._head()
            with ui.element("div").props('aria-live="polite"').classes("stack"):
                self._progress = ui.element("div").classes("stack")
                self._found = ui.element("div").classes("stack")
        self._is_gone = False
        ui.context.client.on_delete(self._leave)

    def _head(self) -> None:
        say, cameras = self._say, self._look.site.township().cameras
        with ui.element("div").classes("between"):
            with ui.element("div"):
                heading(say("backtest"))
                ui.label(say("backtest_hint")).classes("quiet")
            with ui.element("div").classes("row"):
                spans = {days: say("days", n=days) for days in DAYS}
                self._days = ui.select(spans, value=USUAL_DAYS, label=say("last_days")).props("outlined dense options-dense").classes("w-8")
                chosen = {"": say("all_cameras")} | {one.id: f"{one.name} · {one.id}" for one in cameras}
                self._camera = ui.select(chosen, value="", label=say("camera"), with_input=len(cameras) > 12)
                self._camera.props("outlined dense options-dense").classes("w-16")
                self._start = ui.button(say("start"), on_click=self._begin).props("unelevated no-caps")
                self._stop = ui.button(say("stop"), on_click=self._end).props("outline no-caps")
                self._stop.set_visibility(False)

    async def _begin(self) -> None:
        if not await self._look.may_act(Role.ENGINEER):
            return
        checked = await self._writing.checked_now()
        if checked.township is None:
            ui.notify(self._say("wrong_first"), type="warning")
            return
        self._end()
        self._found.clear()
        self._running = background_tasks.create(self._run(checked.rules), name="backtest")

    def _end(self) -> None:
        if self._running and not self._running.done():
            self._running.cancel()

    def _leave(self) -> None:
        """Nobody looks at the page any more."""
        self._is_gone = True
        self._end()

    async def _run(self, rules: str) -> None:
        self._tried = rules
        self._start.disable()
        self._stop.set_visibility(True)
        try:
            await self._follow(rules)
        except ErrandFailed as error:
            self._tell(self._say("failed", why=error))
        except asyncio.CancelledError:
            if not self._is_gone:
                self._tell(self._say("stopped"))
        finally:
            if not self._is_gone:
                self._start.enable()
                self._stop.set_visibility(False)

    async def _follow(self, rules: str) -> None:
        now = self._look.site.clock()
        since = now - timedelta(days=int(self._days.value))
        cameras = [self._camera.value] if self._camera.value else []
        if self._errands.is_busy:
            self._tell(self._say("waiting"))
        sent = self._errands.send(
            "backtest", file=str(self._look.site.file), rules=rules, since=since.isoformat(), until=now.isoformat(), cameras=cameras
        )
        async with aclosing(sent) as telling:
            async for told in telling:
                if "counts" in told:
                    self._progress.clear()
                    self._show(told)
                else:
                    self._tell(self._say("progress", **told), told["done"] / max(told["of"], 1))

    def _tell(self, what: str, share: float | None = None) -> None:
        self._progress.clear()
        with self._progress:
            ui.label(what).classes("num")
            if share is not None:
                ui.linear_progress(share, show_value=False).props('rounded color="primary"')

    def _show(self, found: Mapping[str, Any]) -> None:
        self._found.clear()
        with self._found:
            if not found["looks"]:
                empty(self._say("no_looks"))
                return
            self._counts(found)
            ui.label(self._say("looks", **{name: found[name] for name in ("looks", "unknown", "before", "after")})).classes("quiet num")
            if not found["changes"]:
                ui.label(self._say("no_change")).classes("good-line")
            for change in CHANGES:
                alike = [one for one in found["changes"] if one["change"] == change]
                if alike:
                    self._group(change, alike)
            if found["left_out"]:
                ui.label(self._say("left_out", n=found["left_out"])).classes("quiet")

    def _counts(self, found: Mapping[str, Any]) -> None:
        with ui.element("dl").classes("counts"):
            for name, word in (("gained", "gained"), ("lost", "lost"), ("moved", "moved"), ("same", "same_count")):
                with ui.element("div").classes(f"count {name}"):
                    with ui.element("dt"):
                        ui.label(self._say(word))
                    with ui.element("dd").classes("num"):
                        ui.label(str(found["counts"][name]))

    def _group(self, change: str, alike: Sequence[Mapping[str, Any]]) -> None:
        heading(f"{self._say(change)} · {len(alike)}", 3)
        if change == "lost":
            came = tally(alike)
            facts = {name: getattr(came, name) for name in ("false_alarm", "closed", "other", "unknown")}
            ui.label(self._say("what_lost", **facts)).classes("num")
        if change == "moved":
            later = sum(one["later_s"] > 0 for one in alike)
            ui.label(self._say("what_moved", later=later, earlier=len(alike) - later)).classes("num")
        with ui.element("ul").classes("cards"):
            for one in alike:
                self._card(one)

    def _card(self, one: Mapping[str, Any]) -> None:
        mark, tone = MARKS[one["change"]]
        with ui.element("li").classes("card-change"):
            self._picture(one)
            with ui.element("div").classes("card-text"):
                with ui.element("div").classes("row"):
                    ui.label(f"{mark} {self._say(one['change'])}").classes(f"tag {tone}")
                    ui.label(self._rule_name(one)).classes("strong")
                ui.label(self._place(one))
                for line in self._times(one):
                    ui.label(line).classes("quiet num")
                with ui.element("div").classes("row"):
                    state = self._words.of("states", one["state"])
                    if one["order"]:
                        ui.link(self._say("order_link", state=state), f"/town/orders/{one['order']}", new_tab=True)
                    else:
                        ui.label(self._say("no_order")).classes("quiet")
                    asked = urlencode({"camera": one["camera"], "at": one["opened_at"]})
                    ui.link(self._say("why_link"), f"/bench/why?{asked}", new_tab=True)

    def _picture(self, one: Mapping[str, Any]) -> None:
        if not one["picture"]:
            with ui.element("div").classes("no-picture"):
                ui.label(self._say("no_picture"))
            return
        with ui.element("div").classes("framed"):
            image(path_of(one["picture"], WIDE_PX), self._rule_name(one))
            zone = self._look.site.township().zone_at(one["camera"], one["zone"])
            outline = [polygon_shape(zone.polygon.corners, "zone-line")] if zone else []
            overlay([*outline, box_shape(one["box"], "box-line")])

    def _place(self, one: Mapping[str, Any]) -> str:
        township = self._look.site.township()
        camera, zone = township.camera_by_id.get(one["camera"]), township.zone_at(one["camera"], one["zone"])
        return f"{camera.name if camera else one['camera']} · {(zone and zone.name) or one['zone']}"

    def _rule_name(self, one: Mapping[str, Any]) -> str:
        known = self._writing.township or self._look.site.township()
        rule = known.rule_by_id.get(one["rule"]) or self._look.site.township().rule_by_id.get(one["rule"])
        return rule.name if rule else str(one["rule"])

    def _times(self, one: Mapping[str, Any]) -> Iterator[str]:
        say = self._say
        yield say("opened", at=local(self._look, datetime.fromisoformat(one["opened_at"]), seconds=True))
        if one["change"] == "moved":
            yield say("later" if one["later_s"] > 0 else "earlier", span=self._words.duration(abs(one["later_s"])))
        if one["possible_dwell_s"]:
            least, most = (self._words.duration(one[name]) for name in ("certain_dwell_s", "possible_dwell_s"))
            yield say("lasted", least=least, most=most)
