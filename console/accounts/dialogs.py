"""The dialogs of the page Accounts: make, give another password, give a token, close; a secret is shown once."""

import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from nicegui import ui

from console.accounts.tables import manager_name
from console.doorkeeper import NAME, LastEngineer, Refused
from console.frame import Look
from console.markup import heading
from storage.errors import Contradiction
from town.accounts import Role

DAYS, MOST_DAYS = 90, 366
_MADE = (Role.MANAGER, Role.ENGINEER, Role.AUDITOR)
Done = Callable[[], Awaitable[None]]


class AccountDialogs:
    """For engineers: asked again at every deed. `done` draws the page anew."""

    def __init__(self, look: Look, done: Done) -> None:
        self._look = look
        self._say = partial(look.words, "accounts")
        self._keeper = look.site.doorkeeper
        self._done = done

    def make(self) -> None:
        township = self._look.site.township()
        managers = {name: manager_name(name, township) for name in sorted({grid.manager for grid in township.grids})}
        with self._dialog("make") as (dialog, wrong):
            ui.label(self._say("make_intro")).classes("quiet")
            name = ui.input(self._say("user_name")).props(f'outlined dense autofocus autocapitalize=none hint="{self._say("name_hint")}"')
            role = ui.select({one.value: self._say(f"role_{one}") for one in _MADE}, value=Role.MANAGER.value, label=self._say("role"))
            role.props("outlined dense")
            person = ui.select(managers, label=self._say("person")).props("outlined dense")
            person.bind_visibility_from(role, "value", value=Role.MANAGER.value)

            async def go() -> None:
                made, fresh = Role(role.value), secrets.token_urlsafe(12)
                who, whose = (name.value or "").strip(), (person.value or "") if Role(role.value) is Role.MANAGER else ""
                if not NAME.fullmatch(who):
                    wrong.set_text(self._say("wrong_name"))
                elif made is Role.MANAGER and not whose:
                    wrong.set_text(self._say("wrong_person"))
                elif await self._may():
                    try:
                        await self._look.site.at_length(lambda: self._keeper.open_account(who, made, whose, fresh, self._look.visitor.name))
                    except Contradiction:
                        wrong.set_text(self._say("wrong_taken"))
                    else:
                        await self._tell(dialog, "secret_password", who, fresh)

            self._ends(dialog, "make", go)

    def password(self, name: str) -> None:
        with self._dialog("change_password") as (dialog, wrong):
            ui.label(self._say("new_password_sure", name=name))

            async def go() -> None:
                if await self._may():
                    fresh = secrets.token_urlsafe(12)
                    if await self._look.site.at_length(lambda: self._keeper.change_password(name, fresh, self._look.visitor.name)):
                        await self._tell(dialog, "secret_password", name, fresh)
                    else:
                        wrong.set_text(self._say("wrong_gone"))

            self._ends(dialog, "change_password", go)

    def token(self, name: str) -> None:
        with self._dialog("token") as (dialog, wrong):
            ui.label(self._say("token_intro", name=name)).classes("quiet")
            label = ui.input(self._say("label")).props("outlined dense autofocus maxlength=80")
            days = ui.number(self._say("days"), value=DAYS, min=1, max=MOST_DAYS, precision=0).props("outlined dense")

            async def go() -> None:
                said, lasts = (label.value or "").strip(), timedelta(days=min(max(int(days.value or DAYS), 1), MOST_DAYS))
                if not said:
                    wrong.set_text(self._say("wrong_label"))
                elif await self._may():
                    key = await self._look.site.aside(lambda: self._token(name, said, lasts))
                    if key:
                        await self._tell(dialog, "secret_token", name, key)
                    else:
                        wrong.set_text(self._say("wrong_gone"))

            self._ends(dialog, "give", go)

    def close(self, name: str) -> None:
        with self._dialog("close") as (dialog, wrong):
            ui.label(self._say("close_sure", name=name))

            async def go() -> None:
                if not await self._may():
                    return
                try:
                    closed = await self._look.site.aside(lambda: self._keeper.close_account(name, self._look.visitor.name))
                except LastEngineer:
                    wrong.set_text(self._say("wrong_last", name=name))
                    return
                if closed:
                    dialog.close()
                    await self._done()
                else:
                    wrong.set_text(self._say("wrong_gone"))

            self._ends(dialog, "close", go, bad=True)

    def _token(self, name: str, label: str, lasts: timedelta) -> str:
        """Empty where there is no such open account."""
        account = self._look.site.database.accounts.account(name)
        if account is None or account.closed_at:
            return ""
        try:
            return self._keeper.give_token(account, label, lasts, self._look.visitor.name)
        except Refused:
            return ""

    async def _may(self) -> bool:
        return await self._look.may_act(Role.ENGINEER)

    @contextmanager
    def _dialog(self, title: str) -> Iterator[tuple[ui.dialog, ui.label]]:
        """An open dialog with a place for what went wrong."""
        with ui.dialog() as dialog, ui.card().classes("dialog narrow"):
            heading(self._say(title))
            wrong = ui.label().classes("wrong").props('role="alert"')
            yield dialog, wrong
        dialog.props["aria-label"] = self._say(title)
        dialog.on("hide", dialog.delete)
        dialog.open()

    def _ends(self, dialog: ui.dialog, word: str, go: Done, bad: bool = False) -> None:
        with ui.element("div").classes("buttons"):
            ui.button(self._say("cancel"), on_click=dialog.close).props("flat no-caps")
            ui.button(self._say(word), on_click=go).props(f"unelevated no-caps {'color=negative' if bad else ''}")

    async def _tell(self, dialog: ui.dialog, title: str, name: str, secret: str) -> None:
        """Show it in the same dialog, which stays until it is put away."""
        dialog.clear()
        dialog.props("persistent")
        with dialog, ui.card().classes("dialog narrow"):
            heading(self._say(title, name=name))
            ui.label(self._say("secret_once"))
            ui.input(value=secret).classes("mono").props("readonly outlined dense autogrow").props["aria-label"] = self._say(
                title, name=name
            )
            ui.button(self._say("done"), on_click=dialog.close).props("unelevated no-caps")
        await self._done()
