"""The console's log: who was let in or refused, what was done there, and who saw pictures. For engineers and auditors."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from nicegui import ui

from console.accounts.tables import DOORS, AccountTables, Table
from console.frame import Look, page, trouble
from console.markup import heading, rendered
from console.site import Site
from storage.errors import StorageError
from town.accounts import LogLine, Role
from town.evidence import PictureView

AT_MOST = 500
READERS = frozenset({Role.ENGINEER, Role.AUDITOR})
_DAYS = (1, 7, 30)
_WHAT = ("all", "doors", "deeds", "views")


def add(site: Site) -> None:
    @page(site, "/audit", "audit", "ledger")
    async def audit(look: Look) -> None:
        await AuditPage(look).build()


class AuditPage:
    def __init__(self, look: Look) -> None:
        self._look = look
        self._say = partial(look.words, "accounts")
        self._days, self._what = 7, "all"
        self._tables = AccountTables(look.words, look.site.township().town.zone)

    async def build(self) -> None:
        with ui.element("div").classes("page-head"):
            heading(self._say("audit"), 1)
            with ui.element("div").classes("choices"):
                days = ui.toggle({one: self._say(f"days_{one}") for one in _DAYS}, value=self._days)
                what = ui.toggle({one: self._say(one) for one in _WHAT}, value=self._what)
                for chosen, named in ((days, "at"), (what, "action")):
                    chosen.props(f'no-caps unelevated aria-label="{self._say(named)}"').classes("spans")
        ui.label(self._say("audit_why")).classes("quiet")
        with ui.element("section").classes("panel"):
            self._table = ui.html(sanitize=False)
            self._note = ui.label().classes("quiet")
        days.on_value_change(lambda event: self._choose(int(event.value), self._what))
        what.on_value_change(lambda event: self._choose(self._days, str(event.value)))
        await self._draw()

    async def _choose(self, days: int, what: str) -> None:
        self._days, self._what = days, what
        if await self._look.may_act(*READERS):
            try:
                await self._draw()
            except StorageError as error:
                trouble(self._look, str(error))

    async def _draw(self) -> None:
        lines, views = await self._look.site.aside(self._read)
        table: Table = self._tables.log(lines, views, AT_MOST)
        self._table.set_content(rendered("accounts.html", "table", table))
        self._note.set_text(self._say("more", n=AT_MOST))
        self._note.set_visibility(len(table.rows) == AT_MOST)

    def _read(self) -> tuple[Sequence[LogLine], Sequence[PictureView]]:
        site = self._look.site
        since, what = site.clock() - timedelta(days=self._days), self._what
        doors = sorted(DOORS) if what == "doors" else ()
        lines = [] if what == "views" else site.database.accounts.log(since, doors)
        views = site.database.evidence.picture_views(since, at_most=AT_MOST) if what in {"all", "views"} else []
        return [line for line in lines if what != "deeds" or line.action not in DOORS], views
