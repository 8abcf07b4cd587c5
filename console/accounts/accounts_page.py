"""Accounts: who may sign in, as what; who is signed in; the tokens of programs."""

from nicegui import ui

from console.accounts.acting_table import ActingTable
from console.accounts.dialogs import AccountDialogs
from console.accounts.tables import AccountTables
from console.frame import Look, page
from console.markup import heading
from console.site import Site
from town.accounts import Role


def add(site: Site) -> None:
    @page(site, "/accounts", "accounts", "ledger")
    async def accounts(look: Look) -> None:
        await AccountsPage(look).build()


class AccountsPage:
    def __init__(self, look: Look) -> None:
        self._look = look
        self._tables = AccountTables(look.words, look.site.township().town.zone)

    async def build(self) -> None:
        words = self._look.words
        with ui.element("div").classes("page-head"):
            heading(words("accounts", "accounts"), 1)
            ui.button(words("accounts", "make"), on_click=self._make).props("unelevated no-caps").classes("last")
        with ui.element("section").classes("panel"):
            self._accounts = ActingTable(self._act)
        with ui.element("section").classes("panel"):
            heading(words("accounts", "sessions"))
            self._sessions = ActingTable(self._act)
        with ui.element("section").classes("panel"):
            heading(words("accounts", "tokens"))
            self._tokens = ActingTable(self._act)
        with ui.element("div") as self._dialogs_place:
            self._dialogs = AccountDialogs(self._look, self._draw)
        await self._draw()

    async def _draw(self) -> None:
        site, visitor = self._look.site, self._look.visitor
        found, sessions = await site.aside(lambda: (site.database.accounts.all(), site.database.accounts.sessions(site.clock())))
        township = site.township()
        self._accounts.show(self._tables.accounts(found, township))
        self._sessions.show(self._tables.sessions(sessions, visitor, township))
        self._tokens.show(self._tables.tokens(sessions, visitor))

    def _make(self) -> None:
        with self._dialogs_place:
            self._dialogs.make()

    async def _act(self, name: str, of: str) -> None:
        if name == "end":
            await self._end(of)
            return
        with self._dialogs_place:
            match name:
                case "password":
                    self._dialogs.password(of)
                case "token":
                    self._dialogs.token(of)
                case "close":
                    self._dialogs.close(of)

    async def _end(self, key_hash: str) -> None:
        site, visitor = self._look.site, self._look.visitor
        if await self._look.may_act(Role.ENGINEER):
            await site.aside(lambda: site.doorkeeper.end_session(key_hash, visitor.name))
            ui.notify(self._look.words("accounts", "ended"), type="positive")
            await self._draw()
