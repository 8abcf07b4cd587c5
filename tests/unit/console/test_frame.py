"""A page that is open ends with its visitor's session, whatever the browser makes of that."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from nicegui import Client, core, ui

from console import frame
from console.frame import Look
from console.visitors import Visitor
from console.wording import words_in
from storage.errors import Busy
from town.accounts import Kind, Role

LI = Visitor(Role.MANAGER, "li", "manager-1", Kind.BROWSER, "s1")


def ends(admits: bool | Busy, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether an open page is taken apart, by what the doorkeeper says of its visitor."""
    monkeypatch.setattr(frame, "LAST_WORD_S", 0)

    def still_admits(_: Visitor) -> bool:
        if isinstance(admits, Busy):
            raise admits
        return admits

    async def aside(work: Any) -> Any:
        return work()

    async def asked() -> bool:
        monkeypatch.setattr(core, "loop", asyncio.get_running_loop())
        client = Client(ui.page("/x"))
        site = cast(Any, SimpleNamespace(aside=aside, doorkeeper=SimpleNamespace(still_admits=still_admits)))
        with client:
            await frame._end_if_over(Look(site, LI, words_in("zh")))
        await asyncio.gather(*(one for one in asyncio.all_tasks() if one.get_name() == "end a page"))
        is_empty = not client.elements
        client.delete()
        return is_empty

    return asyncio.run(asked())


def test_a_page_ends_with_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ends(False, monkeypatch)


@pytest.mark.parametrize("admits", [True, Busy("locked")])
def test_a_page_stays_while_nothing_says_that_it_is_over(monkeypatch: pytest.MonkeyPatch, admits: bool | Busy) -> None:
    assert not ends(admits, monkeypatch)
