"""Nothing that is served is open by accident: every route is public by the list, or needs a role that the guard asks for."""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Scope

from alerts.picture_links import PictureLinks
from console import frame
from console.doorkeeper import Doorkeeper
from console.frame import WAYS
from console.guard import AT_ONCE_EACH, COOKIE, PUBLIC, ROOMS, Guard, roles_of
from console.live import Live
from console.pages import PAGES
from console.phone.lines import Lines, opener
from console.site import Site
from console.visitors import Visitor, visitor_of
from console.web import plain
from storage.database import Database
from storage.errors import Busy
from tests.doubles.people import MANAGER, NEAR, NOW, township
from tests.doubles.served_town import TOKENS
from town.accounts import Kind, Role

T = TypeVar("T")
OURS = "weisu.town.example"
VISITORS = {
    "engineer": Visitor(Role.ENGINEER, "wang", "", Kind.BROWSER, "s1"),
    "manager": Visitor(Role.MANAGER, "li", MANAGER, Kind.BROWSER, "s2"),
    "auditor": Visitor(Role.AUDITOR, "audit", "", Kind.BROWSER, "s3"),
    "cleaner": Visitor(Role.CLEANER, NEAR, NEAR, Kind.PHONE, "s4"),
    "token": Visitor(Role.ENGINEER, "wang", "", Kind.TOKEN, "s5"),
}
"""By the key that lets them in."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """All that can be served is."""
    database = Database.open(tmp_path / "weisu.db")
    town = township(console={"open311_tokens": TOKENS})

    async def aside(work: Callable[[], T]) -> T:
        return work()

    lines = Lines(opener(lambda: town, None), lambda: NOW)
    yield Site(
        township=lambda: town,
        database=database,
        links=PictureLinks(f"https://{OURS}", b"k" * 32, timedelta(hours=2)),
        clock=lambda: NOW,
        aside=aside,
        at_length=aside,
        file=tmp_path / "town.yaml",
        url=f"https://{OURS}",
        live=Live(lambda: aside(database.accounts.marks)),
        doorkeeper=Doorkeeper(database, lambda: town, lambda: NOW),
        lines=lines,
    )
    lines.close()
    database.close()


@pytest.fixture
def paths(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of all routes and pages that there are, gaps filled."""
    found = [str(cast(Any, route).path) for route in plain(site).routes]
    monkeypatch.setattr(frame.ui, "page", lambda path, **_: lambda built: found.append(path) or built)
    for one in PAGES:
        one.add(site)
    return sorted({re.sub(r"\{[^}]*\}", "x", path) for path in found})


async def _told(scope: Scope, receive: Any, send: Any) -> None:
    visitor = visitor_of(Request(scope))
    await PlainTextResponse(visitor.name if visitor else "nobody")(scope, receive, send)


GUARD = Guard(_told, VISITORS.get, frozenset({OURS}))


def asks(path: str, who: str = "", method: str = "GET", guard: Guard = GUARD, **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        cookies = {COOKIE: who} if who else {}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url=f"https://{OURS}", cookies=cookies) as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, headers=named)

    return asyncio.run(ask())


def opens_socket(path: str, who: str = "", **headers: str) -> str:
    """What the guard says first: `through`, or websocket.close."""
    named = {"host": OURS, "cookie": f"{COOKIE}={who}", **headers}
    scope: Scope = {"type": "websocket", "path": path, "headers": [(name.encode(), value.encode()) for name, value in named.items()]}
    said: list[str] = []

    async def through(_scope: Scope, _receive: Any, _send: Any) -> None:
        said.append("through")

    async def send(message: Message) -> None:
        said.append(message["type"])

    asyncio.run(Guard(through, VISITORS.get, frozenset({OURS}))(scope, cast(Any, None), send))
    return said[0]


def is_public(path: str) -> bool:
    return any(path == known or (known.endswith("/") and path.startswith(known)) for known in PUBLIC)


def test_every_route_and_page_is_public_by_the_list_or_somebody_s(paths: list[str]) -> None:
    assert {
        "/login",
        "/town/figures",
        "/town/figures.csv",
        "/town/people",
        "/accounts",
        "/audit",
        "/me",
        "/leave",
        "/phone/api/acts",
        "/api/v1",
    } <= set(paths)
    assert [path for path in paths if not is_public(path) and path != "/" and not roles_of(path)] == []


def test_strangers_get_no_further_than_the_door(paths: list[str]) -> None:
    for path in paths:
        answer = asks(path)
        if is_public(path):
            assert answer.status_code == 200, path
        else:
            assert answer.status_code in {303, 401}, path
            assert answer.status_code == 401 or answer.headers["location"] == ("/login" if path == "/" else f"/login?to={path}")


def test_other_roles_are_refused_wherever_they_go(paths: list[str]) -> None:
    for path in paths:
        for role in ("engineer", "manager", "auditor", "cleaner"):
            may = is_public(path) or path == "/" or VISITORS[role].role in roles_of(path)
            assert asks(path, role).status_code == (200 if may else 403), (path, role)


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/accounts", "engineer"),
        ("/audit", "engineer auditor"),
        ("/me", "manager engineer auditor"),
        ("/town/figures", "manager engineer auditor"),
        ("/town/figures.csv", "manager engineer auditor"),
        ("/bench/rules", "engineer"),
        ("/phone", "cleaner"),
        ("/_nicegui/3.0/components/x.js", "manager engineer auditor"),
        ("/_nicegui_ws/socket.io/", "manager engineer auditor"),
    ],
)
def test_a_room_is_open_to_these(path: str, roles: str) -> None:
    assert sorted(roles_of(path)) == sorted(roles.split())


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/accountsx", "/metown", "/townhall/x", "//town/today", "/static", "/phones", "/docs", "/openapi.json"]
)
def test_what_is_in_no_room_is_nobody_s(path: str) -> None:
    assert roles_of(path) == frozenset()


def test_what_is_nobody_s_is_not_there_for_anybody() -> None:
    assert [asks("/nothing", who).status_code for who in ("", "engineer")] == [404, 404]


def test_every_way_of_the_bar_is_somebody_s() -> None:
    assert all(roles_of(way) for _, way in WAYS)


def test_no_room_is_hidden_behind_another() -> None:
    for prefix, roles in ROOMS:
        assert roles_of(prefix.rstrip("/")) == roles


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_another_site_s_page_asks_for_is_refused(method: str) -> None:
    for origin in ("https://evil.example", "null", f"https://{OURS}.evil.example", "", f"https://evil.example/{OURS}"):
        assert asks("/town/today", "manager", method, origin=origin).status_code == 403, origin
    assert asks("/town/today", "manager", method, origin=f"https://{OURS}").status_code == 200


def test_a_form_of_another_site_is_refused_where_the_browser_tells_it_by_fetch_metadata() -> None:
    assert asks("/login", method="POST", sec_fetch_site="cross-site").status_code == 403
    assert asks("/login", method="POST", sec_fetch_site="same-site").status_code == 403
    assert asks("/login", method="POST", sec_fetch_site="same-origin").status_code == 200
    assert asks("/login", method="POST").status_code == 200


def test_nobody_is_signed_out_by_another_site_s_picture() -> None:
    assert asks("/leave", "manager", sec_fetch_site="cross-site").status_code == 403
    assert asks("/leave", "manager", sec_fetch_site="same-origin").status_code == 200


def test_a_socket_opens_for_our_own_pages_and_who_may_see_them() -> None:
    path, ours = "/_nicegui_ws/socket.io/", f"https://{OURS}"
    assert opens_socket(path, "manager", origin=ours) == "through"
    assert opens_socket(path, "manager", origin="https://evil.example") == "websocket.close"
    assert opens_socket(path, "cleaner", origin=ours) == "websocket.close"
    assert opens_socket(path, "", origin=ours) == "websocket.close"


def test_a_bearer_is_who_the_token_says_whatever_page_asks() -> None:
    answer = asks("/api/v1/orders", method="POST", authorization="Bearer token", origin="https://evil.example")
    assert (answer.status_code, answer.text) == (200, "wang")
    assert asks("/api/v1/orders", authorization="bearer token").text == "wang"
    assert asks("/api/v1/orders", "manager", authorization="Bearer nonsense").status_code == 401


def test_a_token_is_for_the_api_and_opens_no_page() -> None:
    assert asks("/accounts", authorization="Bearer token").status_code == 403
    assert asks("/accounts", "token").status_code == 403


def test_a_program_is_told_401_and_a_page_is_led_to_the_login() -> None:
    assert asks("/api/v1/orders").status_code == 401
    assert asks("/town/today", method="POST").status_code == 401
    assert asks("/town/today").headers["location"] == "/login?to=/town/today"


def test_a_database_that_does_not_answer_lets_nobody_in() -> None:
    def fails(_: str) -> Visitor | None:
        raise Busy("locked")

    answer = asks("/town/today", "manager", guard=Guard(_told, fails, frozenset({OURS})))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


def test_a_visitor_sees_their_grids() -> None:
    two = township(
        grids=[{"id": "g1", "name": "一", "manager": MANAGER}, {"id": "g2", "name": "二", "manager": "other"}],
    )
    seen = {key: [grid.id for grid in visitor.grids(two)] for key, visitor in VISITORS.items() if key != "token"}
    assert seen == {"engineer": ["g1", "g2"], "manager": ["g1"], "auditor": ["g1", "g2"], "cleaner": []}
    assert not replace(VISITORS["manager"], person="nobody").sees_grid("g1", two)


@pytest.mark.parametrize(("path", "who"), [("/town/today", "manager"), ("/api/v1/events", "token")])
def test_one_session_does_not_take_all_places(path: str, who: str) -> None:
    async def crowd() -> list[int]:
        done, inside = asyncio.Event(), asyncio.Semaphore(0)

        async def waiting(scope: Scope, receive: Any, send: Any) -> None:
            inside.release()
            await done.wait()
            await _told(scope, receive, send)

        guard = httpx.ASGITransport(Guard(waiting, VISITORS.get, frozenset({OURS})))
        async with httpx.AsyncClient(transport=guard, base_url=f"https://{OURS}") as client:

            async def ask(key: str) -> int:
                return (await client.get(path, headers={"Authorization": f"Bearer {key}"})).status_code

            held = [asyncio.create_task(ask(who)) for _ in range(AT_ONCE_EACH)]
            for _ in held:
                await inside.acquire()
            refused, another = await ask(who), asyncio.create_task(ask("engineer"))
            await inside.acquire()
            done.set()
            assert await asyncio.gather(*held, another) == [200] * (AT_ONCE_EACH + 1)
            return [refused, await ask(who)]

    assert asyncio.run(asyncio.wait_for(crowd(), 60)) == [429, 200]
