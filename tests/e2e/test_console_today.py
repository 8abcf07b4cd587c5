"""A manager watches an order appear by itself, and sees none of another grid's: in a real browser, on the real console."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from storage.picture_folder import PictureFolder
from tests.doubles.console_process import real_browser, running_console
from tests.doubles.evidence_samples import picture
from tests.doubles.people import BINS, GATE, MANAGER, STATION, incident, plain_township
from tests.doubles.town_file import TownFile
from town.evidence import Purpose
from town.work import IncidentKey, WorkOrder

YARD, PATIENT_MS = "yard", 20_000


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> TownFile:
    plain = plain_township()
    corners = [{"lat": 39.78, "lon": 116.49}, {"lat": 39.78, "lon": 116.51}, {"lat": 39.80, "lon": 116.51}, {"lat": 39.80, "lon": 116.49}]
    grids = [plain["grids"][0] | {"area": corners}, {"id": "g2", "name": "第二网格", "manager": "manager-2"}]
    cameras = [*plain["cameras"], plain["cameras"][0] | {"id": YARD, "name": "后院", "grid": "g2"}]
    town = TownFile(tmp_path_factory.mktemp("town"), grids=grids, cameras=cameras)
    town.opens_account("li", "manager", MANAGER)
    return town


@pytest.fixture(scope="module")
def page(town: TownFile) -> Iterator[Page]:
    with running_console(town.file) as url, real_browser() as browser:
        yield signed_in(browser, url, town)


def signed_in(browser: Browser, url: str, town: TownFile) -> Page:
    page = browser.new_context(base_url=url).new_page()
    page.goto("/login")
    page.get_by_label("用户名").fill("li")
    page.get_by_label("密码").fill(town.passwords["li"])
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_text("现在没有在办的工单")).to_be_visible(timeout=PATIENT_MS)
    return page


def opens(town: TownFile, camera_id: str, number: int) -> WorkOrder:
    """An order of this moment, with its picture."""
    now = datetime.now(UTC)
    town.camera = town.township.camera_by_id[camera_id]
    order = town.opens(replace(incident(number, at=now), key=IncidentKey(BINS, camera_id, STATION, f"o{number}")))
    jpeg = cv2.imencode(".jpg", np.full((360, 640, 3), 90, np.uint8))[1].tobytes()
    path = PictureFolder(town.store.pictures_beside()).write(camera_id, now, f"look-{number}", jpeg)
    with town.store.transaction() as book:
        book.keep_picture(picture(number, camera_id=camera_id, taken_at=now, path=path))
        book.show_order(f"look-{number}", order.id, Purpose.OPENED)
    return order


def test_an_order_of_their_own_grid_appears_by_itself_with_its_picture_and_another_grids_does_not(page: Page, town: TownFile) -> None:
    opens(town, YARD, 1)
    order = opens(town, GATE, 2)
    rows = page.get_by_role("list").get_by_role("link")
    expect(rows).to_have_count(1, timeout=PATIENT_MS)
    expect(rows).to_contain_text("桶站满冒")
    expect(rows).to_contain_text("三号门桶站")
    expect(rows).to_have_attribute("href", f"/town/orders/{order.id}")
    expect(page.locator("[aria-live=polite]")).to_have_text("新工单：桶站满冒，三号门 三号门桶站")
    expect(page.locator(".order-pin")).to_have_count(1)
    page.wait_for_function("document.querySelector('.order img')?.naturalWidth === 320", timeout=PATIENT_MS)
    assert {view.person for view in town.store.evidence.picture_views(order.opened_at, order.id)} == {f"manager:{MANAGER}"}


def test_a_picture_of_another_grids_order_is_not_there_for_them(page: Page, town: TownFile) -> None:
    order = opens(town, YARD, 3)
    assert page.request.get(f"/town/pictures/{order.id}/before").status == 404
    assert town.store.evidence.picture_views(order.opened_at, order.id) == []


def test_a_lost_line_is_told_and_what_was_seen_last_stays(page: Page, town: TownFile) -> None:
    page.goto("/town/today")
    rows = page.get_by_role("list").get_by_role("link")
    expect(rows).not_to_have_count(0, timeout=PATIENT_MS)
    page.evaluate("window.socket.io.engine.close(); window.socket.io.reconnection(false)")
    expect(page.get_by_role("alert")).to_contain_text("连接断了", timeout=PATIENT_MS)
    expect(rows).not_to_have_count(0)


def test_a_wall_shows_no_navigation(page: Page, town: TownFile) -> None:
    page.goto("/town/today?wall=1")
    expect(page.get_by_role("heading", name="今天")).to_be_visible(timeout=PATIENT_MS)
    expect(page.get_by_role("navigation")).to_be_hidden()
