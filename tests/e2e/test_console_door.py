"""Nobody comes in without being let in: in a real browser, on the real console."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.doubles.people import GATE, MANAGER, NEAR, incident
from tests.doubles.town_file import TownFile

SLOW_MS = 60_000


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> TownFile:
    town = TownFile(tmp_path_factory.mktemp("town"))
    for name, role, person in (("wang", "engineer", ""), ("li", "manager", MANAGER), ("audit", "auditor", "")):
        town.opens_account(name, role, person)
    town.opens(incident(at=datetime.now(UTC)))
    return town


def signs_in(page: Page, town: TownFile, name: str) -> None:
    page.goto("/login")
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(town.passwords[name])
    page.get_by_role("button", name="登录").click()


def test_who_is_not_signed_in_is_led_to_the_login_and_then_on(page: Page, town: TownFile) -> None:
    page.goto("/accounts")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    page.get_by_label("用户名").fill("wang")
    page.get_by_label("密码").fill(town.passwords["wang"])
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url("/accounts", timeout=60_000)
    expect(page.get_by_role("link", name="账号")).to_have_attribute("aria-current", "page")


def test_a_cleaner_who_types_a_manager_s_address_is_refused_page_action_and_picture(page: Page, town: TownFile) -> None:
    order = town.order_of(incident())
    entrance = town.weisu("console", "phone", NEAR, "--by", "test")
    assert entrance.exit_code == 0, entrance.output
    page.goto(urlsplit(entrance.output.split()[-1]).path)  # the file names another port than the test's
    page.get_by_role("button").click()
    page.wait_for_url("**/phone", timeout=SLOW_MS)
    ways = ("/town/today", f"/town/orders/{order.id}", f"/town/pictures/{order.id}/before", "/bench/zones", "/accounts", "/api/v1/orders")
    assert {page.request.get(way).status for way in ways} == {403}
    decided = page.request.post(f"/api/v1/orders/{order.id}/deeds", data={"action": "cancel", "reason": "none of mine"})
    assert decided.status == 403
    assert town.order(order.id) == order


TOWN_PAGES = ("/town/today", "/town/orders", "/town/orders/{order}", "/town/cameras", f"/town/cameras/{GATE}")


@pytest.mark.parametrize("path", ["/login", *TOWN_PAGES, "/bench/zones", "/bench/rules", "/bench/why", "/bench/model"])
def test_a_page_is_accessible(page: Page, town: TownFile, path: str) -> None:
    if path != "/login":
        signs_in(page, town, "wang")
        page.wait_for_url("**/bench/zones", timeout=SLOW_MS)
    page.goto(path.format(order=town.order_of(incident()).id))
    expect(page.get_by_role("heading", level=1).first).to_be_visible(timeout=SLOW_MS)
    page.wait_for_load_state("networkidle")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("path", ["/town/orders", "/town/cameras", "/me"])
def test_a_page_that_is_open_ends_with_its_session(page: Page, town: TownFile, path: str) -> None:
    signs_in(page, town, "li")
    page.wait_for_url("**/town/today")
    page.goto(path)
    expect(page.get_by_role("link", name="退出")).to_be_visible(timeout=20000)
    now = datetime.now(UTC)
    with town.store.transaction() as book:
        for session in town.store.accounts.sessions(now):
            book.end_session(session.key_hash, now)
    expect(page).to_have_url("/login", timeout=40000)
