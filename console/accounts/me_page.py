"""One's own password, and where one is signed in."""

from functools import partial

from nicegui import ui

from console.accounts.acting_table import ActingTable
from console.accounts.tables import AccountTables
from console.doorkeeper import Refused
from console.frame import Look, page
from console.guard import DESK
from console.markup import heading
from console.passwords import LEAST, MOST
from console.pictures import network_of
from console.site import Site
from town.accounts import Session


def add(site: Site) -> None:
    @page(site, "/me", "me", "ledger")
    async def me(look: Look) -> None:
        await OwnPage(look, network_of(ui.context.client.ip)).build()


class OwnPage:
    def __init__(self, look: Look, network: str) -> None:
        self._look = look
        self._say = partial(look.words, "accounts")
        self._network = network
        self._tables = AccountTables(look.words, look.site.township().town.zone)

    async def build(self) -> None:
        heading(self._say("me"), 1)
        with ui.element("section").classes("panel own"):
            heading(self._say("own_password"))
            ui.label(self._say("own_password_why")).classes("quiet")
            self._wrong = ui.label().classes("wrong").props('role="alert"')
            self._old, self._new, self._again = (self._secret(word, fills) for word, fills in _FIELDS)
            ui.button(self._say("save"), on_click=self._change).props("unelevated no-caps")
        with ui.element("section").classes("panel"):
            heading(self._say("own_sessions"))
            self._sessions = ActingTable(self._act)
        await self._draw()

    def _secret(self, word: str, fills: str) -> ui.input:
        return ui.input(self._say(word), password=True).props(f"outlined dense autocomplete={fills} maxlength={MOST}")

    async def _change(self) -> None:
        old, new = self._old.value or "", self._new.value or ""
        wrong = "weak" if not LEAST <= len(new) <= MOST else "same" if new != self._again.value else ""
        if not wrong and await self._look.may_act(*DESK):
            keeper, visitor = self._look.site.doorkeeper, self._look.visitor
            try:
                await self._look.site.at_length(lambda: keeper.change_own_password(visitor, old, new, self._network))
            except Refused as refused:
                wrong = refused.reason
            else:
                for field in (self._old, self._new, self._again):
                    field.set_value("")
                ui.notify(self._say("changed"), type="positive")
                await self._draw()
        self._wrong.set_text(self._say(f"wrong_{wrong}") if wrong else "")

    async def _draw(self) -> None:
        self._sessions.show(self._tables.sessions(await self._look.site.aside(self._own), self._look.visitor, self._look.site.township()))

    def _own(self) -> list[Session]:
        site, name = self._look.site, self._look.visitor.name
        return [one for one in site.database.accounts.sessions(site.clock()) if one.account_id == name]

    async def _act(self, _: str, key_hash: str) -> None:
        site, visitor = self._look.site, self._look.visitor
        if not await self._look.may_act(*DESK):
            return
        own = await site.aside(self._own)
        if any(one.key_hash == key_hash for one in own):
            await site.aside(lambda: site.doorkeeper.end_session(key_hash, visitor.name))
            await self._draw()


_FIELDS = (("old", "current-password"), ("new", "new-password"), ("again", "new-password"))
