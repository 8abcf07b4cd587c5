"""A cleaner's phones: which are signed in, a code that lets one in, and shutting all of them out."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from nicegui import ui

from console.doorkeeper import QR_FOR
from console.frame import Look
from console.manager.roster import may_hand_phones, phones_of
from console.markup import heading
from town.accounts import Opens, Role, Session
from town.places import Cleaner

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


class PhoneDialog:
    """For whoever may let this cleaner's phones in; asked again at every deed."""

    def __init__(self, look: Look, cleaner: Cleaner) -> None:
        self._look = look
        self._say = partial(look.words, "people")
        self._cleaner = cleaner
        self._over_at: datetime | None = None
        with ui.dialog() as self._dialog, ui.card().classes("dialog narrow"):
            heading(self._say("phone_of", name=cleaner.name))
            self._body = ui.element("div").classes("stack")
            ui.button(self._say("close"), on_click=self._dialog.close).props("flat no-caps")
        self._dialog.props["aria-label"] = self._say("phone_of", name=cleaner.name)
        self._dialog.on("hide", self._dialog.delete)

    def open(self) -> None:
        self._dialog.open()
        ui.timer(0.01, self._show_phones, once=True)

    async def _may(self) -> bool:
        if not await self._look.may_act(Role.MANAGER, Role.ENGINEER):
            return False
        return may_hand_phones(self._look.visitor, self._cleaner, self._look.site.township())

    async def _show_phones(self) -> None:
        site = self._look.site
        sessions = await site.aside(lambda: site.database.accounts.sessions(site.clock()))
        self._draw_phones(phones_of(sessions).get(self._cleaner.id, ()))

    def _draw_phones(self, phones: Sequence[Session]) -> None:
        self._over_at = None
        zone = self._look.site.township().town.zone
        self._body.clear()
        with self._body:
            ui.label(self._say("signed_in" if phones else "none_signed_in")).classes("quiet")
            for one in phones:
                with ui.element("div").classes("line"):
                    ui.label(one.label or "—")
                    ui.label(self._say("signed_in_since", at=f"{one.begun_at.astimezone(zone):%m-%d %H:%M}")).classes("quiet")
            ui.button(self._say("code"), on_click=self._give).props("unelevated no-caps")
            if phones:
                ui.button(self._say("shut_out"), on_click=self._ask).props("outline no-caps color=negative")

    async def _give(self) -> None:
        if not await self._may():
            return
        site, visitor = self._look.site, self._look.visitor
        key = await site.aside(lambda: site.doorkeeper.give_pass(Opens.PHONE, self._cleaner.id, visitor.name, QR_FOR))
        self._over_at = site.clock() + QR_FOR
        self._draw_code(f"{site.url}/phone/enter/{key}")

    def _draw_code(self, address: str) -> None:
        import segno

        picture = segno.make(address, error="m").svg_data_uri(scale=6, border=4)
        self._body.clear()
        with self._body:
            if urlsplit(address).hostname in _LOCAL:
                ui.label(self._say("local_only", url=self._look.site.url)).classes("tag warn").props('role="alert"')
            label = self._say("code_label", name=self._cleaner.name)
            self._code = ui.element("img").classes("code").props(f'src="{picture}"')
            self._code.props["alt"] = label
            self._left = ui.label().classes("num").props('role="timer"')
            ui.label(self._say("code_how")).classes("quiet")
            ui.button(self._say("code_again"), on_click=self._give).props("outline no-caps")
            ui.timer(1.0, self._count_down)
        self._count_down()

    def _count_down(self) -> None:
        if self._over_at is None:
            return
        left_s = int((self._over_at - self._look.site.clock()).total_seconds())
        self._code.set_visibility(left_s > 0)
        self._left.set_text(self._say("code_left", left=f"{left_s // 60}:{left_s % 60:02}") if left_s > 0 else self._say("code_over"))

    def _ask(self) -> None:
        self._body.clear()
        with self._body:
            ui.label(self._say("shut_out_sure", name=self._cleaner.name))
            ui.button(self._say("sure"), on_click=self._shut_out).props("unelevated no-caps color=negative")
            ui.button(self._say("back"), on_click=self._show_phones).props("outline no-caps")

    async def _shut_out(self) -> None:
        if not await self._may():
            return
        site, visitor = self._look.site, self._look.visitor
        count = await site.aside(lambda: site.doorkeeper.shut_out_phones(self._cleaner.id, visitor.name))
        ui.notify(self._say("shut_out_done", n=count), type="positive")
        await self._show_phones()
