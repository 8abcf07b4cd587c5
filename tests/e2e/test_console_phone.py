"""Cleaners work through their phones: in a real browser the size of a phone, on the real console, over a real broker."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.doubles.brokers import eventually
from tests.doubles.console_process import running_console
from tests.doubles.people import NEAR, SECOND, incident
from tests.doubles.phone_town import ENVIRON, PhoneTown, clock, phone_town
from town.evidence import Purpose
from town.work import OrderState, WorkOrder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SOON_MS = 60_000


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneTown]:
    with phone_town(tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture(scope="module")
def url(town: PhoneTown) -> Iterator[str]:
    with running_console(town.file, ENVIRON, town.broker_told) as url:
        yield url


@contextmanager
def phone(browser: Browser, url: str) -> Iterator[tuple[BrowserContext, Page]]:
    context = browser.new_context(
        base_url=url, viewport={"width": 360, "height": 780}, device_scale_factor=2, is_mobile=True, has_touch=True
    )
    context.set_default_timeout(SOON_MS)
    try:
        yield context, context.new_page()
    finally:
        context.close()


def signs_in(page: Page, town: PhoneTown, cleaner_id: str) -> None:
    page.goto(town.pass_of(cleaner_id))
    page.get_by_role("button", name="在这部手机上登录").tap()
    expect(page).to_have_url("/phone", timeout=SOON_MS)
    expect(page.locator("#line")).to_have_text("已连上", timeout=SOON_MS)


def opens(town: PhoneTown, number: int) -> WorkOrder:
    """An order of a car in the lane: each stands somewhere else."""
    return town.opens(incident(number, f"car-{number}", clock()))


def card(page: Page, order: WorkOrder) -> Locator:
    return page.locator(f'[data-key="{order.id}"]')


def jpeg() -> bytes:
    noise = np.random.default_rng(1).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    return cv2.imencode(".jpg", cv2.resize(noise, (2000, 1500)))[1].tobytes()


def in_state(town: PhoneTown, order: WorkOrder, state: OrderState) -> None:
    eventually(lambda: town.order(order.id).state is state, f"{state} of {order.id}")


def test_a_cleaner_claims_and_finishes_with_a_photograph_while_another_loses_the_claim_kindly(
    browser: Browser, url: str, town: PhoneTown, tmp_path: Path
) -> None:
    with phone(browser, url) as (_, near), phone(browser, url) as (_, second):
        signs_in(near, town, NEAR)
        signs_in(second, town, SECOND)
        order = opens(town, 1)
        for page in (near, second):
            expect(page.get_by_role("button", name="接单")).to_be_visible(timeout=SOON_MS)
            expect(page.get_by_text("三号门 · 门前路").first).to_be_visible()

        assert Axe().run(near).violations_count == 0
        near.get_by_role("button", name="接单").tap()
        expect(second.get_by_text("已被别的同事接走，谢谢你")).to_be_visible(timeout=SOON_MS)
        expect(second.get_by_text("现在没有单")).to_be_visible()

        expect(near.get_by_role("link", name="高德导航")).to_have_attribute(
            "href",
            "https://uri.amap.com/marker?position=116.5,39.79&name=%E4%B8%89%E5%8F%B7%E9%97%A8%20%E9%97%A8%E5%89%8D%E8%B7%AF"
            "&coordinate=wgs84&src=weisu&callnative=1",
        )
        near.get_by_role("button", name="我到了").tap()
        in_state(town, order, OrderState.ON_SITE)
        near.get_by_role("button", name="做完了").tap()
        photograph = tmp_path / "after.jpg"
        photograph.write_bytes(jpeg())
        near.locator("input[type=file]").set_input_files(photograph)
        expect(near.get_by_role("button", name="交活，发照片")).to_be_visible(timeout=SOON_MS)
        assert Axe().run(near).violations_count == 0
        near.get_by_role("button", name="交活，发照片").tap()
        expect(near.get_by_text("已交活，等摄像头核查")).to_be_visible(timeout=SOON_MS)
        in_state(town, order, OrderState.VERIFYING)
        eventually(lambda: [purpose for purpose, _ in town.store.evidence.pictures_of(order.id)] == [Purpose.REPORTED], "the photograph")


def test_what_is_tapped_without_a_line_outlives_the_page_and_is_said_once_when_the_line_is_back(
    browser: Browser, url: str, town: PhoneTown
) -> None:
    with phone(browser, url) as (context, page):
        signs_in(page, town, NEAR)
        order = opens(town, 2)
        mine = card(page, order)
        mine.get_by_role("button", name="接单").tap()
        in_state(town, order, OrderState.CLAIMED)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        expect(mine.get_by_role("button", name="我到了")).to_be_visible(timeout=SOON_MS)
        context.set_offline(True)
        expect(page.locator("#notice")).to_contain_text("没有信号", timeout=SOON_MS)
        mine.get_by_role("button", name="我到了").tap()
        expect(mine.get_by_text("「我到了」已记下，有信号就发出去")).to_be_visible(timeout=SOON_MS)
        page.reload()
        expect(page.locator("#notice")).to_contain_text("没有信号", timeout=SOON_MS)
        expect(mine.get_by_text("「我到了」已记下，有信号就发出去")).to_be_visible()
        assert town.order(order.id).state is OrderState.CLAIMED

        context.set_offline(False)
        in_state(town, order, OrderState.ON_SITE)
        expect(mine.get_by_text("已到场")).to_be_visible(timeout=SOON_MS)
        expect(mine.get_by_text("已记下")).to_have_count(0)
        assert town.actions(order.id).count("arrived") == 1
        assert page.evaluate("waiting.acts.length") == 0


def test_a_phone_that_is_shut_out_shows_nothing_any_more_and_asks_for_a_new_code(browser: Browser, url: str, town: PhoneTown) -> None:
    with phone(browser, url) as (_, page):
        signs_in(page, town, SECOND)
        order = opens(town, 3)
        expect(card(page, order)).to_be_visible(timeout=SOON_MS)
        town.weisu("console", "phone", SECOND, "--revoke", "--by", "test")
        page.get_by_role("button", name="接单").first.tap()
        expect(page.get_by_text("请重新扫码登录")).to_be_visible(timeout=SOON_MS)
        expect(card(page, order)).to_be_hidden()
        page.reload()
        expect(page.get_by_text("请重新扫码登录")).to_be_visible(timeout=SOON_MS)
        assert town.order(order.id).holder is None


def test_the_page_speaks_english_to_who_wants_it(browser: Browser, url: str, town: PhoneTown) -> None:
    with phone(browser, url) as (_, page):
        signs_in(page, town, SECOND)
        page.get_by_role("button", name="English").tap()
        expect(page.locator("#line")).to_have_text("Connected", timeout=SOON_MS)
        page.reload()
        expect(page.locator("#line")).to_have_text("Connected", timeout=SOON_MS)
        assert page.evaluate("document.documentElement.lang") == "en"
