"""The ways in and out over real HTTP: login, first set-up, a phone's pass, the language."""

import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

import httpx
import pytest

from console.doorkeeper import QR_FOR
from console.guard import COOKIE
from tests.doubles.people import MANAGER, NEAR
from tests.doubles.served_town import ServedTown, served
from town.accounts import Opens, Role

PASSWORD = "correct horse"
FORM = b"Content-Type: application/x-www-form-urlencoded"
ANDROID = "Mozilla/5.0 (Linux; Android 14; V2307A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ServedTown]:
    with served(tmp_path) as town:
        town.site.doorkeeper.open_account("wang", Role.ENGINEER, "", PASSWORD, "test")
        town.site.doorkeeper.open_account("li", Role.MANAGER, MANAGER, PASSWORD, "test")
        yield town


def signs_in(town: ServedTown, name: str = "li", password: str = PASSWORD, **more: str) -> httpx.Response:
    return town.web.post("/login", data={"name": name, "password": password, **more})


def cookie(answer: httpx.Response, name: str = COOKIE) -> "Morsel[str]":
    return SimpleCookie(answer.headers["set-cookie"])[name]


def test_signing_in_gives_a_key_that_scripts_and_other_sites_do_not_get(town: ServedTown) -> None:
    answer = signs_in(town)
    assert (answer.status_code, answer.headers["location"]) == (303, "/town/today")
    given = cookie(answer)
    assert given["httponly"]
    assert given["samesite"] == "lax"
    assert given["path"] == "/"
    assert int(given["max-age"]) == 12 * 3600
    assert not given["secure"], "it is served in the clear here"


def test_behind_tls_the_key_goes_over_tls_only(tmp_path: Path) -> None:
    with served(tmp_path, {"url": "https://weisu.town.example"}) as town:
        town.site.doorkeeper.open_account("wang", Role.ENGINEER, "", PASSWORD, "test")
        town.web.base_url = httpx.URL(f"http://127.0.0.1:{town.socket.getsockname()[1]}")
        assert cookie(signs_in(town, "wang"))["secure"]


def test_everybody_is_led_to_a_page_of_their_own(town: ServedTown) -> None:
    assert signs_in(town, "wang").headers["location"] == "/bench/zones"
    assert town.web.get("/").headers["location"] == "/bench/zones"


def test_a_wrong_password_shows_the_form_again_with_the_name_escaped(town: ServedTown) -> None:
    answer = signs_in(town, '<b>"li"', "wrong horse")
    assert answer.status_code == 401
    assert "用户名或密码不对" in answer.text
    assert 'value="&lt;b&gt;&#34;li&#34;"' in answer.text
    assert "set-cookie" not in answer.headers


def test_who_tries_too_often_is_told_so(town: ServedTown) -> None:
    found = [signs_in(town, password="wrong horse").status_code for _ in range(6)]
    assert found == [401] * 5 + [429]
    assert "一刻钟" in signs_in(town).text


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/town/today?x=1", "/%2f/evil", "evil"]
)
def test_a_login_leads_nowhere_else(town: ServedTown, to: str) -> None:
    assert signs_in(town, to=to).headers["location"] == "/town/today"
    assert 'name="to" value=""' in town.web.get("/login", params={"to": to}).text


def test_a_login_leads_on_to_our_own_page(town: ServedTown) -> None:
    assert town.web.get("/accounts").headers["location"] == "/login?to=/accounts"
    assert signs_in(town, "wang", to="/accounts").headers["location"] == "/accounts"


def test_a_form_from_elsewhere_is_refused(town: ServedTown) -> None:
    answer = town.web.post("/login", data={"name": "li", "password": PASSWORD}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_a_form_without_end_is_refused_unread(town: ServedTown) -> None:
    assert town.web.post("/login", data={"name": "x" * 20_000}).status_code == 413
    assert (
        town.web.post("/setup/x", content=iter([b"name=x"]), headers={"Content-Type": "application/x-www-form-urlencoded"}).status_code
        == 413
    )


def test_leaving_ends_the_session_and_not_the_cookie_alone(town: ServedTown) -> None:
    key = cookie(signs_in(town)).value
    assert town.site.doorkeeper.visitor(key)
    answer = town.web.get("/leave")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert town.site.doorkeeper.visitor(key) is None


def test_setting_up_works_once(town: ServedTown) -> None:
    with town.database.transaction() as book:
        book.close_account("wang", town.now)
    key = town.site.doorkeeper.give_pass(Opens.SET_UP, "", "service", timedelta(hours=1))
    assert "首次设置" in town.web.get(f"/setup/{key}").text
    weak = town.web.post(f"/setup/{key}", data={"name": "zhang", "password": "short"})
    assert (weak.status_code, "10 到 200" in weak.text) == (422, True)
    assert "小写字母" in town.web.post(f"/setup/{key}", data={"name": "张 工", "password": PASSWORD}).text
    assert "已经有人用了" in town.web.post(f"/setup/{key}", data={"name": "wang", "password": PASSWORD}).text
    made = town.web.post(f"/setup/{key}", data={"name": "zhang", "password": PASSWORD})
    assert (made.status_code, made.headers["location"]) == (303, "/login")
    assert signs_in(town, "zhang").headers["location"] == "/bench/zones"
    assert "已经用过或过期" in town.web.post(f"/setup/{key}", data={"name": "zhou", "password": PASSWORD}).text


def test_a_set_up_link_is_over_after_its_time(town: ServedTown) -> None:
    key = town.site.doorkeeper.give_pass(Opens.SET_UP, "", "service", timedelta(hours=1))
    town.now += timedelta(hours=1)
    assert "已经用过或过期" in town.web.post(f"/setup/{key}", data={"name": "zhang", "password": PASSWORD}).text


def test_looking_at_a_phone_s_pass_does_not_use_it_up(town: ServedTown) -> None:
    key = town.site.doorkeeper.give_pass(Opens.PHONE, NEAR, "li", QR_FOR)
    for _ in range(3):
        assert "在这部手机上登录" in town.web.get(f"/phone/enter/{key}").text
    entered = town.web.post(f"/phone/enter/{key}", headers={"User-Agent": ANDROID})
    assert (entered.status_code, entered.headers["location"]) == (303, "/phone")
    (session,) = town.database.accounts.sessions(town.now)
    assert (session.person, session.label) == (NEAR, "Chrome · Android")
    town.web.cookies.clear()
    again = town.web.post(f"/phone/enter/{key}")
    assert (again.status_code, "已经用过或过期" in again.text) == (401, True)


def test_a_cleaner_s_phone_opens_nothing_of_the_desk(town: ServedTown) -> None:
    town.web.post(f"/phone/enter/{town.site.doorkeeper.give_pass(Opens.PHONE, NEAR, 'li', QR_FOR)}")
    assert [town.web.get(path).status_code for path in ("/town/today", "/town/figures.csv", "/accounts", "/bench/rules")] == [403] * 4


def test_the_language_is_chosen_once_and_leads_back_to_our_own_page(town: ServedTown) -> None:
    answer = town.web.get("/language/en", headers={"Referer": f"{town.site.url}/login?to=/accounts"})
    assert (answer.headers["location"], cookie(answer, "weisu-language").value) == ("/login", "en")
    assert "Sign in" in town.web.get("/login").text
    assert town.web.get("/language/fr").headers.get("set-cookie") is None
    for foreign in ("https://evil.example//evil.example", "https://evil.example/\\x", "nonsense"):
        assert town.web.get("/language/zh", headers={"Referer": foreign}).headers["location"] == "/"


def test_the_ways_in_run_no_script_and_keep_nothing(town: ServedTown) -> None:
    for path in ("/login", "/setup/x", "/phone/enter/x"):
        answer = town.web.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
        assert not re.search(r"<script|\son\w+=", answer.text)


def test_exports_are_for_the_desk_and_noted(town: ServedTown) -> None:
    assert town.web.get("/town/figures.csv").status_code == 303
    signs_in(town)
    table = town.web.get("/town/figures.csv", params={"days": "30d", "by": "cleaner"})
    assert table.headers["content-type"].startswith("text/csv")
    assert 'attachment; filename="figures-' in table.headers["content-disposition"]
    assert "response" in table.text
    printed = town.web.get("/town/figures.html", params={"days": "chosen", "from": "2026-05-01", "to": "2026-05-04"})
    assert "运行指标" in printed.text
    assert "第一网格" in printed.text, "a manager's figures are those of the own grids"
    exported = town.database.accounts.log(town.now - timedelta(days=1), ["exported"])
    assert [(line.who, line.subject) for line in exported] == [
        ("li", "figures.html?days=chosen&from=2026-05-01&to=2026-05-04&by=grid"),
        ("li", "figures.csv?days=30d&by=cleaner"),
    ]


def test_who_signs_in_takes_one_thread_however_many_try(town: ServedTown, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most, lock = 0, 0, threading.Lock()
    sign_in = town.site.doorkeeper.sign_in

    def counted(*said: str) -> object:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        try:
            return sign_in(*said)
        finally:
            with lock:
                at_once -= 1

    monkeypatch.setattr(town.site.doorkeeper, "sign_in", counted)
    with ThreadPoolExecutor(4) as threads:
        assert {one.status_code for one in threads.map(lambda _: signs_in(town, "li", "wrong horse"), range(4))} == {401}
    assert most == 1


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("console.door.HEAD_WITHIN_S", b"GET /login HT"),
        ("console.entry.FORM_WITHIN_S", b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n" + FORM + b"\r\n\r\nname="),
    ],
)
def test_a_request_that_does_not_come_to_its_end_holds_no_place(
    town: ServedTown, monkeypatch: pytest.MonkeyPatch, setting: str, said: bytes
) -> None:
    monkeypatch.setattr(setting, 0.2)
    with socket.create_connection(town.socket.getsockname(), timeout=30) as connection:
        connection.sendall(said)
        heard = connection.recv(4096)
    assert heard.startswith(b"HTTP/1.1 408") if b"POST" in said else heard == b""


def test_nothing_larger_than_a_photograph_is_taken_in_anywhere(town: ServedTown) -> None:
    key = cookie(signs_in(town)).value
    head = f"POST /_nicegui/client/x/upload/1 HTTP/1.1\r\nHost: x\r\nCookie: {COOKIE}={key}\r\nContent-Length: 30000000\r\n\r\n"
    with socket.create_connection(town.socket.getsockname(), timeout=30) as connection:
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 413")
