"""What tests of the console's pages share: the console on a module's `town`, a browser, and a page of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.doubles.console_process import real_browser, running_console
from tests.doubles.town_file import TownFile

SLOW_MS = 60_000


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
    """Of a desk, signed in to nothing."""
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(SLOW_MS)
    yield context.new_page()
    context.close()
