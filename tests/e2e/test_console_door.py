"""Nobody comes in without being let in: in a real browser, on the real console."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.doubles.console_process import real_browser, running_console
from tests.doubles.people import MANAGER
from tests.doubles.town_file import TownFile


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> TownFile:
    town = TownFile(tmp_path_factory.mktemp("town"))
    for name, role, person in (("wang", "engineer", ""), ("li", "manager", MANAGER), ("audit", "auditor", "")):
        town.opens_account(name, role, person)
    return town


@pytest.fixture(scope="module")
def url(town: TownFile) -> Iterator[str]:
    with running_console(town.file) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with real_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=url)
    yield context.new_page()
    context.close()


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
    expect(page).to_have_url("/accounts", timeout=20000)
    expect(page.get_by_role("link", name="账号")).to_have_attribute("aria-current", "page")
