"""Model: its card, versions with promotion and rollback, what a candidate saw otherwise to judge with two keys, its tally, the harvest."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from nicegui import app, background_tasks, ui

from alerts.notifications import Notification
from console.engineer.errands import ErrandFailed, Errands
from console.engineer.harvesting import HarvestPanel, zip_route
from console.engineer.judging import AT_ONCE, Judging
from console.engineer.parts import local
from console.frame import Look, page
from console.markup import heading
from console.site import Site
from detectors.detector import ModelError
from detectors.promotions import Promotion
from detectors.shadowing import Shadowing
from patrol.model_place import Place
from patrol.model_versions import card_of, next_below, version_row
from town.accounts import Role
from town.evidence import Disagreement, Tally
from town.recipients import Matter

SHOWN_PROMOTIONS = 12
REFUSED_WITHIN = timedelta(days=30)
_BESIDE = re.compile(r"\[([^\]]*)\]\((?!https?://)[^)\s]*\)")


@dataclass(frozen=True, slots=True)
class Known:
    """All that the page shows of the versions. `problem`: why the folder of versions cannot be read; empty where it can."""

    rows: Sequence[Mapping[str, Any]] = ()
    promoted: str = ""
    below: str = ""
    history: Sequence[Promotion] = ()
    shadowing: Shadowing | None = None
    card: str = ""
    problem: str = ""
    refused: Sequence[tuple[str, str]] = ()
    """What the running service does not take: the role, and the reason."""


def add(site: Site) -> None:
    errands = Errands()
    app.add_route(*zip_route(site, errands))

    @page(site, "/bench/model", "model", "workbench")
    async def model(look: Look) -> None:
        heading(look.words("frame", "model"), 1)
        known = await site.aside(lambda: read_versions(site))
        waiting = await site.aside(lambda: site.database.evidence.disagreements(at_most=AT_ONCE))
        ModelPage(look, errands, known, waiting)


def place_of(site: Site) -> Place:
    """Where the versions are, as `weisu model` finds them."""
    return Place(site.township().model.folder, site.township())


def read_versions(site: Site) -> Known:
    """Raises StorageError. Blocks."""
    place = place_of(site)
    try:
        promoted = place.promotions.promoted()
        *below, _ = place.promotions.standing()
        return Known(
            [version_row(place, name) for name in place.versions.names()],
            promoted,
            below[-1] if below else "",
            place.promotions.history()[::-1][:SHOWN_PROMOTIONS],
            place.shadow.read(),
            card_of(place.versions.get(promoted)),
            refused=refusals(site.database.notifications.recent(site.clock() - REFUSED_WITHIN)),
        )
    except (ModelError, OSError) as error:
        return Known(problem=str(error))


def refusals(notices: Iterable[Notification]) -> list[tuple[str, str]]:
    """Roles whose version the service could not take, with the reason, as its notices tell; healed ones are over."""
    told = (one.detail for one in notices if one.matter is Matter.MODEL_REFUSED and one.healed_at is None)
    return sorted({(str(detail["role"]), str(detail["reason"])) for detail in told})


def without_dead_links(card: str) -> str:
    """A card without its links to files beside it, which are not served."""
    return _BESIDE.sub(r"\1", card)


class ModelPage:
    """The page."""

    def __init__(self, look: Look, errands: Errands, known: Known, waiting: Sequence[Disagreement]) -> None:
        self._look, self._errands = look, errands
        self._say = partial(look.words, "model")
        self._known = known
        self._dialogs = ui.element("div").classes("dialogs")  # not within what is drawn anew while one of them is open
        with ui.element("div").classes("bench"):
            with ui.element("div").classes("stack"):
                self._judging = Judging(look, waiting, self._judged)
                self._card = ui.element("section").classes("panel stack")
            with ui.element("div").classes("stack"):
                self._versions = ui.element("section").classes("panel stack")
                self._tally = ui.element("section").classes("panel stack").props('aria-live="polite"')
                self._harvest = HarvestPanel(look, errands)
                self._history = ui.element("section").classes("panel stack")
        self._draw()
        ui.timer(0, self._count, once=True)

    def _draw(self) -> None:
        for place, draw in ((self._versions, self._show_versions), (self._history, self._show_history), (self._card, self._show_card)):
            place.clear()
            with place:
                draw()

    def _show_versions(self) -> None:
        known, say = self._known, self._say
        heading(say("versions"))
        if known.problem:
            ui.label(known.problem).classes("bad-line")
        for role, reason in known.refused:
            ui.label(say("refused_by_service", role=say(role) if role == "promoted" else role, why=reason)).classes("notice")
        pinned = self._look.site.township().model.path
        if pinned:
            ui.label(say("pinned", path=pinned)).classes("notice")
        with ui.element("ul").classes("rule-list"):
            for row in known.rows:
                with ui.element("li").classes("version"):
                    self._version(row)

    def _version(self, row: Mapping[str, Any]) -> None:
        known, say, name = self._known, self._say, row["name"]
        with ui.element("div").classes("between"):
            with ui.element("div").classes("row"):
                ui.label(name).classes("strong")
                if name == known.promoted:
                    ui.label(say("promoted")).classes("tag good")
                if known.shadowing and known.shadowing.candidate == name:
                    ui.label(say("candidate", share=f"{known.shadowing.share:.0%}")).classes("tag warn")
            if name == known.promoted and known.below:
                ui.button(say("roll_back"), on_click=lambda: self._ask(known.below, back=True)).props("outline dense no-caps")
            elif name != known.promoted:
                ui.button(say("promote"), on_click=lambda: self._ask(name, back=False)).props("outline dense no-caps")
        added = row["added_at"][:16].replace("T", " ") if row["added_at"] else say("with_weisu")
        ui.label(f"{added} · {row['size_bytes'] / 1e6:.1f} MB").classes("quiet num")
        if row["figures"]:
            ui.label(" · ".join(f"{figure} {value:g}" for figure, value in row["figures"].items())).classes("quiet num")
        if row["damage"]:
            ui.label(row["damage"]).classes("bad-line")

    def _show_history(self) -> None:
        heading(self._say("history"))
        if not self._known.history:
            ui.label(self._say("history_none")).classes("quiet")
            return
        with ui.element("ol").classes("history"):
            for one in self._known.history:
                with ui.element("li"):
                    ui.label(self._say("changed", before=one.before, after=one.after)).classes("strong")
                    ui.label(f"{self._say('by', at=local(self._look, one.at), by=one.by)}{f' · {one.why}' if one.why else ''}").classes(
                        "quiet num"
                    )

    def _show_card(self) -> None:
        heading(self._say("card", name=self._known.promoted))
        card = ui.markdown(without_dead_links(self._known.card), extras=[*ui.markdown.default_extras, "code-friendly"]).classes(
            "model-card"
        )
        card.props('tabindex="0" role="region"').props.update({"aria-label": self._say("card", name=self._known.promoted)})

    def _judged(self) -> None:
        background_tasks.create(self._count(), name="tally")
        background_tasks.create(self._harvest.count(), name="harvest count")

    async def _count(self) -> None:
        candidate = self._known.shadowing.candidate if self._known.shadowing else ""
        tally = await self._look.site.aside(lambda: self._look.site.database.evidence.tally(candidate)) if candidate else None
        self._tally.clear()
        with self._tally:
            self._show_tally(candidate, tally)

    def _show_tally(self, candidate: str, tally: Tally | None) -> None:
        if tally is None:
            heading(self._say("tally", name="–"))
            ui.label(self._say("no_candidate")).classes("quiet")
            return
        heading(self._say("tally", name=candidate))
        unjudged = tally.kept - tally.promoted - tally.candidate - tally.neither
        figures = (
            ("looks", tally.looks),
            ("disagreed", tally.disagreements),
            ("failed", tally.failed),
            ("right_promoted", tally.promoted),
            ("right_candidate", tally.candidate),
            ("right_neither", tally.neither),
            ("unjudged", unjudged),
        )
        with ui.element("dl").classes("figures"):
            for name, value in figures:
                with ui.element("div"):
                    with ui.element("dt"):
                        ui.label(self._say(name))
                    with ui.element("dd").classes("num"):
                        ui.label(str(value))

    def _ask(self, name: str, back: bool) -> None:
        say = self._say
        with self._dialogs, ui.dialog() as dialog, ui.card().classes("dialog broad"):
            heading(say("roll_back_title" if back else "promote_title", name=name))
            ui.label(say("promote_hint")).classes("quiet")
            why = ui.input(say("reason"), placeholder=say("reason_hint")).props("outlined autofocus maxlength=200").classes("wide")
            told = ui.label().classes("bad-line").props('role="alert"')

            async def act() -> None:
                told.text = say("checking")
                told.text = await self._carry_out(name, back, (why.value or "").strip())
                if not told.text:
                    dialog.close()

            with ui.element("div").classes("buttons"):
                ui.button(say("cancel"), on_click=dialog.close).props("flat no-caps")
                ui.button(say("roll_back" if back else "promote").rstrip("…"), on_click=act).props("unelevated no-caps")
        dialog.on("hide", lambda: self._judging.rest(False))
        self._judging.rest(True)
        dialog.open()

    async def _carry_out(self, name: str, back: bool, why: str) -> str:
        """Check the version, in a process of its own, and note it as the one to run; why not, where it was refused."""
        site, visitor, say = self._look.site, self._look.visitor, self._say
        if not why:
            return say("no_reason")
        if not await self._look.may_act(Role.ENGINEER):
            return self._look.words("frame", "not_yours")
        place = place_of(site)

        def change() -> Promotion | None:
            promotions = place.promotions
            made = (
                promotions.rollback(name, visitor.name, why, site.clock())
                if back
                else promotions.promote(name, visitor.name, why, site.clock())
            )
            site.doorkeeper.note(visitor, "model_rollback" if back else "model_promote", f"{name}: {why}")
            return made

        try:
            if back and await site.aside(lambda: next_below(place)) != name:
                return say("refused", why=name)
            async with aclosing(self._errands.send("admit", folder=str(place.folder), name=name)) as telling:
                async for _ in telling:
                    pass
            made = await site.aside(change)
        except (ErrandFailed, ModelError) as error:
            return say("refused", why=error)
        self._known = await site.aside(lambda: read_versions(site))
        self._draw()
        ui.notify(say("done" if made else "already", name=name), type="positive")
        return ""
