"""People: the cleaners, who is on duty, what each has in hand, and the codes that let their phones in."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from nicegui import ui
from nicegui.events import GenericEventArguments

from console.ages import ago
from console.frame import Look, empty, page, trouble
from console.latest import Latest
from console.manager.figure_views import Card, evenness
from console.manager.phone_dialog import PhoneDialog
from console.manager.roster import Person, counts_of, fairness_for, may_hand_phones, roster_for
from console.markup import heading, part, rendered
from console.site import Site
from storage.errors import StorageError
from town.durations import DayWindow

AGES_EVERY = timedelta(seconds=20)
_COLUMNS = ("name", "grid", "duty", "shifts", "skills", "load", "offers", "taken", "line", "position", "phones")
_NUMBERS = frozenset({5, 6, 7})
_PRESSED = "event => { const pressed = event.target.closest('[data-cleaner]'); if (pressed) emit(pressed.dataset.cleaner); }"


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    name: str
    grid: str
    on_duty: bool
    duty: str
    since: str
    shifts: str
    skills: Sequence[str]
    load: int
    offers: str
    taken: str
    line: str
    heard: str
    position: str
    phones: str
    button: str
    button_label: str


@dataclass(frozen=True, slots=True)
class _View:
    """What the template is given."""

    title: str = ""
    headings: Sequence[str] = ()
    numbers: frozenset[int] = _NUMBERS
    rows: Sequence[_Row] = ()
    cards: Sequence[Card] = ()


def add(site: Site) -> None:
    turns = asyncio.Semaphore(1)

    @page(site, "/town/people", "people", "ledger")
    async def people(look: Look) -> None:
        await PeoplePage(look, Latest(look.site.at_length, turns)).build()


class PeoplePage:
    """Draws itself anew when an order changed, and now and then since ages grow; fairness is read once, when it is opened."""

    def __init__(self, look: Look, latest: Latest[float | None]) -> None:
        self._look = look
        self._say = partial(look.words, "people")
        self._latest = latest
        self._fairness = Card(self._say("fairness"), "…")
        self._seen = -1
        self._drawn_at = look.site.clock()

    async def build(self) -> None:
        heading(self._look.words("frame", "people"), 1)
        self._sums = part("people.html", "sums", _View())
        with ui.element("section").classes("panel"):
            heading(self._say("list"))
            self._list = ui.element("div")
            self._table = ui.html(sanitize=False)
            self._table.on("click", self._pressed, js_handler=_PRESSED)
        self._dialogs = ui.element("div")
        ui.label(self._say("unknown_why")).classes("quiet")
        await self._draw()
        ui.timer(1.0, self._draw_if_changed)
        ui.timer(0.05, self._measure, once=True)

    def _shift(self, shift: DayWindow) -> str:
        return self._say("all_day") if shift.start == shift.end else str(shift)

    async def _draw_if_changed(self) -> None:
        site = self._look.site
        if self._seen != site.live.orders or site.clock() - self._drawn_at >= AGES_EVERY:
            await self._draw()

    async def _draw(self) -> None:
        site, visitor = self._look.site, self._look.visitor
        self._seen, self._drawn_at = site.live.orders, site.clock()
        try:
            still = await site.aside(lambda: site.doorkeeper.still_admits(visitor))
            self._people = await site.aside(lambda: roster_for(site, visitor)) if still else []
        except StorageError as error:
            self._list.clear()
            with self._list:
                trouble(self._look, str(error))
            return
        if not still:
            ui.navigate.to("/login")
            return
        self._draw_sums()
        self._draw_list()

    def _draw_list(self) -> None:
        self._list.clear()
        if not self._people:
            self._table.set_content("")
            with self._list:
                empty(self._say("none"), self._say("none_why"))
            return
        headings = [self._say(name) for name in _COLUMNS]
        view = _View(self._say("list"), headings, rows=[self._row(one) for one in self._people])
        self._table.set_content(rendered("people.html", "roster", view))

    def _draw_sums(self) -> None:
        cards = [Card(self._say(name), str(count)) for name, count in counts_of(self._people)]
        self._sums.set_content(rendered("people.html", "sums", _View(cards=[*cards, self._fairness])))

    async def _measure(self) -> None:
        look = self._look
        try:
            found = await self._latest.run(lambda: fairness_for(look.site, look.visitor))
        except StorageError:
            found = None
        if found is None:
            self._fairness = Card(self._say("fairness"), "—", self._say("fairness_unknown"))
        else:
            self._fairness = Card(
                self._say("fairness"), look.words("figures", evenness(found)), f"{found:.2f}", self._say("fairness_means")
            )
        self._draw_sums()

    def _row(self, one: Person) -> _Row:
        look, cleaner, now = self._look, one.cleaner, self._look.site.clock()
        township = look.site.township()
        handed = may_hand_phones(look.visitor, cleaner, township)
        return _Row(
            id=cleaner.id,
            name=cleaner.name,
            grid=one.grid_name,
            on_duty=one.duty_since is not None,
            duty=self._say("on_duty" if one.duty_since else "off_duty"),
            since=self._say("since", at=f"{one.duty_since.astimezone(township.town.zone):%H:%M}") if one.duty_since else "",
            shifts="、".join(map(self._shift, cleaner.shifts)) or self._say("no_shifts"),
            skills=sorted(cleaner.skills),
            load=one.load,
            offers="—" if one.offers is None else str(one.offers),
            taken="—" if one.taken is None else str(one.taken),
            line=self._say("line_unknown"),
            heard=self._say("heard", ago=ago(one.heard_at, now, look.words)) if one.heard_at else self._say("not_heard"),
            position=ago(one.positioned_at, now, look.words) if one.positioned_at else "—",
            phones=str(len(one.phones)) if one.phones else self._say("no_phone"),
            button=self._say("phone_button") if handed else "",
            button_label=f"{self._say('phone_button')} {cleaner.name}",
        )

    def _pressed(self, event: GenericEventArguments) -> None:
        township = self._look.site.township()
        cleaner = township.cleaner_by_id.get(str(event.args))
        if cleaner and may_hand_phones(self._look.visitor, cleaner, township):  # a browser may say anything
            with self._dialogs:
                dialog = PhoneDialog(self._look, cleaner)
            dialog.open()
