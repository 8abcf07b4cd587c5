"""What all server-driven pages share: who may see them, the bar with the way about, the language, and acting only while still let in."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from nicegui import Client, app, background_tasks, ui
from starlette.requests import Request

from console.guard import roles_of
from console.site import Site
from console.visitors import Visitor, needed_visitor
from console.wording import Words, language_of, words_in
from storage.errors import StorageError
from town.accounts import Role

STATIC = Path(__file__).parent / "static"
ASKED_AGAIN_S = 10
LAST_WORD_S = 1
"""So long a browser may take to be led away before its page is taken apart."""

WAYS = (
    ("today", "/town/today"),
    ("orders", "/town/orders"),
    ("cameras", "/town/cameras"),
    ("figures", "/town/figures"),
    ("people", "/town/people"),
    ("zones", "/bench/zones"),
    ("rules", "/bench/rules"),
    ("why", "/bench/why"),
    ("model", "/bench/model"),
    ("accounts", "/accounts"),
    ("audit", "/audit"),
)
"""The pages of the bar, each with its word (table `frame`) and its path; who may see it stands in `console/guard.py`."""


@dataclass(frozen=True)
class Look:
    """What a page is built for: the site, who looks, and in which words."""

    site: Site
    visitor: Visitor
    words: Words

    async def may_act(self, *roles: Role) -> bool:
        """Whether the visitor still is let in, and as one of some roles; says so on the page where not."""
        still = await self.site.aside(lambda: self.site.doorkeeper.still_admits(self.visitor))
        if still and self.visitor.role in roles:
            return True
        ui.notify(self.words("frame", "not_yours" if still else "session_over"), type="negative")
        if not still:
            ui.navigate.to("/login")
        return False


Builder = Callable[..., Awaitable[None]]


def page(site: Site, path: str, title: str, style: str) -> Callable[[Builder], Builder]:
    """Register `async def build(look, …path and query parameters)` as the page of a path within the frame, for whom the guard lets in.

    `title` is a word of the table `frame`, `style` names a style sheet beside `console.css`. A database that does not answer shows as such,
    with a way to try again.
    """

    def register(build: Builder) -> Builder:
        @wraps(build)
        async def built(request: Request, **asked: Any) -> None:
            look = Look(site, needed_visitor(request, roles_of(path)), words_in(language_of(request)))
            ui.on_exception(lambda error: _untold(look, error))
            ui.page_title(f"{look.words('frame', title)} · {site.township().town.name} · 未诉先办")
            with _frame(look, path, style):
                try:
                    await build(look, **asked)
                except StorageError as error:
                    trouble(look, str(error))
            ui.timer(ASKED_AGAIN_S, lambda: _end_if_over(look), immediate=False)

        del built.__wrapped__
        built.__signature__ = _asked_of(build)  # type: ignore[attr-defined]
        ui.page(path, language=None)(built)
        return build

    return register


async def _end_if_over(look: Look) -> None:
    """A page that is open is shown nothing more, and hears nothing more, once its visitor is not let in; its socket alone would go on."""
    client = ui.context.client
    try:
        still = await look.site.aside(lambda: look.site.doorkeeper.still_admits(look.visitor))
    except StorageError:
        return
    if not still and not client.is_deleted:
        ui.navigate.to("/login")
        background_tasks.create(_emptied(client), name="end a page")


async def _emptied(client: Client) -> None:
    """Nothing of it shows or hears anything then; NiceGUI forgets it once its browser has gone."""
    await asyncio.sleep(LAST_WORD_S)
    if not client.is_deleted:
        client.remove_all_elements()


def _untold(look: Look, error: Exception) -> None:
    """What a click met and nobody told: else it would seem to do nothing. The log has it too."""
    if isinstance(error, StorageError):
        ui.notify(f"{look.words('frame', 'trouble')}: {error}", type="negative", multi_line=True)


def trouble(look: Look, what: str) -> None:
    """An error state: what went wrong, and a way to try again."""
    with ui.element("div").classes("state").props('role="alert"'):
        ui.label(look.words("frame", "trouble")).classes("state-title")
        ui.label(what).classes("mono")
        ui.button(look.words("frame", "again"), on_click=ui.navigate.reload).props("outline no-caps")


def empty(title: str, way_on: str = "") -> None:
    """An empty state: what is not there, and what to do about it."""
    with ui.element("div").classes("state"):
        ui.label(title).classes("state-title")
        if way_on:
            ui.label(way_on)


def add_static() -> None:
    """Serve what pages share, once for a process."""
    app.add_static_files("/static", STATIC)


@contextmanager
def _frame(look: Look, path: str, style: str) -> Iterator[None]:
    for sheet in ("colours", "console", style):
        ui.add_head_html(f'<link rel="stylesheet" href="/static/{sheet}.css">')
    language = look.words.language
    ui.add_head_html(f"<script>document.documentElement.lang = '{'zh-CN' if language == 'zh' else 'en'}'</script>")
    with ui.element("header").classes("bar"):
        ui.link(look.words("frame", "skip"), "#main").classes("skip")
        ui.label("未诉先办").classes("brand")
        with ui.element("nav").props(f'aria-label="{look.words("frame", "ways")}"'):
            for word, way in WAYS:
                if look.visitor.role in roles_of(way):
                    here = ' aria-current="page"' if path.startswith(way) else ""
                    ui.link(look.words("frame", word), way).props(here)
        ui.element("span").classes("grow")
        other = "en" if language == "zh" else "zh"
        ui.link("English" if other == "en" else "中文", f"/language/{other}").classes("quiet")
        ui.link(look.visitor.name, "/me").classes("quiet").props["title"] = look.words("frame", "me")
        ui.link(look.words("frame", "leave"), "/leave").classes("quiet")
    with ui.element("div").props('id="main" tabindex="-1"'):  # within NiceGUI's own <main>
        yield


def _asked_of(build: Builder) -> Any:
    """The builder's own parameters, with the request in the place of `look`."""
    asked = inspect.signature(build)
    parameters = [one for one in asked.parameters.values() if one.name != "look"]
    request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
    return inspect.Signature([request, *(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters)])
