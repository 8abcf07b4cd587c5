"""A manager and an order in a real browser, on the real console."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.doubles.console_process import real_browser, running_console
from tests.doubles.people import GATE, LANE, MANAGER, NEAR, PARKING, incident, plain_township
from tests.doubles.town_file import TownFile
from town.work import OrderState, WorkOrder

SLOW_MS = 60_000


@dataclass
class Served:
    """A town of two grids with its console; `browser` looks at it."""

    town: TownFile
    url: str
    browser: Browser

    def opens(self, number: int, stay: str = "") -> WorkOrder:
        return self.town.opens(incident(number, stay, datetime.now(UTC)))

    def page(self, name: str) -> Page:
        """A page of a browser of their own, for somebody who has signed in."""
        page = self.browser.new_context(base_url=self.url).new_page()
        page.set_default_timeout(SLOW_MS)
        page.goto("/login")
        page.get_by_label("用户名").fill(name)
        page.get_by_label("密码").fill(self.town.passwords[name])
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(lambda url: "/login" not in url)
        return page


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    town = two_grids(tmp_path_factory.mktemp("town"))
    for name, role, person in (("li", "manager", MANAGER), ("zhao", "manager", "manager-2"), ("audit", "auditor", "")):
        town.opens_account(name, role, person)
    with running_console(town.file) as url, real_browser() as browser:
        yield Served(town, url, browser)
    town.store.close()


def two_grids(folder: Path) -> TownFile:
    day = [{**one, "shifts": ["00:00-24:00"]} for one in plain_township()["cleaners"]]
    grids = [{"id": "g1", "name": "第一网格", "manager": MANAGER}, {"id": "g2", "name": "第二网格", "manager": "manager-2"}]
    return TownFile(folder, grids=grids, cleaners=day)


def test_a_manager_whistles_an_order_and_sees_it_in_the_story(served: Served) -> None:
    order = served.opens(1)
    page = served.page("li")
    page.goto(f"/town/orders/{order.id}")
    page.get_by_role("button", name="吹哨").click()
    dialog = page.get_by_role("dialog", name="吹哨")
    expect(dialog.get_by_label("单位", exact=True)).to_be_focused()
    page.keyboard.type("城管")
    dialog.get_by_label("原因").fill("大件家具")
    dialog.get_by_role("button", name="吹哨").click()
    expect(page.locator(".story")).to_contain_text("大件家具", timeout=SLOW_MS)
    expect(page.locator(".calls")).to_contain_text("城管")
    expect(page.get_by_role("button", name="单位报到")).to_be_visible(timeout=SLOW_MS)
    assert served.town.order(order.id).state is OrderState.WHISTLED
    with served.town.store.transaction() as book:
        assert book.events(order.id)[-1].actor == "li"


def test_what_is_refused_is_told_in_words_and_escape_leaves_all_as_it_is(served: Served) -> None:
    order = served.opens(2, "v1")
    page = served.page("li")
    page.goto(f"/town/orders/{order.id}")
    page.get_by_role("button", name="挂账").click()
    dialog = page.get_by_role("dialog", name="挂账")
    dialog.get_by_label("到什么时候").fill("2020-01-01T08:00")
    dialog.get_by_label("谁批准的").fill("孙主任")
    dialog.get_by_label("原因").fill("路面施工")
    dialog.get_by_role("button", name="挂账").click()
    expect(dialog.get_by_role("alert")).to_have_text("没有改动：挂账的日期已经过了", timeout=SLOW_MS)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden(timeout=SLOW_MS)
    assert served.town.order(order.id).state is OrderState.OFFERED


def test_a_page_that_stands_open_shows_what_a_cleaner_does(served: Served) -> None:
    order = served.opens(3, "v2")
    page = served.page("li")
    page.goto(f"/town/orders/{order.id}")
    expect(page.get_by_role("button", name="指定人")).to_be_visible(timeout=SLOW_MS)
    served.town.hears(NEAR, "claim", datetime.now(UTC), order_id=order.id)
    expect(page.locator(".order-line")).to_contain_text(f"保洁员{NEAR} 接单", timeout=SLOW_MS)
    expect(page.get_by_role("button", name="转交")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("button", name="指定人")).to_have_count(0)


def test_a_manager_closes_by_a_photo_of_their_own_and_only_its_name_and_hash_stay(served: Served) -> None:
    order, photo = served.opens(7, "v6"), b"a photo of a free lane"
    for said in ("claim", "arrived", "done"):
        served.town.hears(NEAR, said, datetime.now(UTC), order_id=order.id)
    page = served.page("li")
    page.goto(f"/town/orders/{order.id}")
    page.get_by_role("button", name="结案").click()
    dialog = page.get_by_role("dialog", name="结案")
    dialog.get_by_label("原因").fill("照片看清楚了")
    dialog.get_by_role("button", name="结案").click()
    expect(dialog.get_by_role("alert")).to_have_text("还没填：处置后的照片", timeout=SLOW_MS)
    with page.expect_file_chooser() as choosing:
        dialog.get_by_role("button", name="选照片").click()
    choosing.value.set_files({"name": "after.jpg", "mimeType": "image/jpeg", "buffer": photo})
    expect(dialog.get_by_text("已收到 after.jpg")).to_be_visible(timeout=SLOW_MS)
    dialog.get_by_role("button", name="结案").click()
    expect(page.locator(".story")).to_contain_text(f"after.jpg · SHA-256 {sha256(photo).hexdigest()}", timeout=SLOW_MS)
    assert served.town.order(order.id).state is OrderState.CLOSED


def test_a_place_is_silenced_from_an_order_there(served: Served) -> None:
    order = served.opens(8, "v7")
    page = served.page("li")
    page.goto(f"/town/orders/{order.id}")
    page.get_by_role("button", name="此处静默").click()
    dialog = page.get_by_role("dialog", name="此处静默")
    dialog.get_by_label("到什么时候").fill("2020-01-01T08:00")
    dialog.get_by_label("原因").fill("周末集市")
    dialog.get_by_role("button", name="此处静默").click()
    expect(dialog.get_by_role("alert")).to_have_text("时间已经过了", timeout=SLOW_MS)
    to_come = datetime.now(served.town.township.town.zone) + timedelta(days=1)
    dialog.get_by_label("到什么时候").fill(f"{to_come:%Y-%m-%dT%H:%M}")
    dialog.get_by_role("button", name="此处静默").click()
    expect(page.get_by_text("前静默（li：周末集市）")).to_be_visible(timeout=SLOW_MS)
    (silence,) = served.town.store.order_lists.silences(datetime.now(UTC))
    assert (silence.zones, silence.rules, silence.author) == (f"{GATE}/{LANE}", PARKING, "li")
    assert silence.ends_at == to_come.replace(second=0, microsecond=0)


def test_another_grid_s_order_is_no_order_and_an_auditor_may_look_but_not_act(served: Served) -> None:
    order = served.opens(4, "v3")
    stranger = served.page("zhao")
    stranger.goto(f"/town/orders/{order.id}")
    expect(stranger.get_by_text("没有这张工单")).to_be_visible()
    stranger.goto(f"/town/cameras/{GATE}")
    expect(stranger.get_by_text("没有这路摄像头")).to_be_visible()
    stranger.goto("/town/orders")
    expect(stranger.get_by_text("还没有工单")).to_be_visible()
    auditor = served.page("audit")
    auditor.goto(f"/town/orders/{order.id}")
    expect(auditor.get_by_role("heading", name="经过")).to_be_visible()
    expect(auditor.get_by_role("heading", name="处置")).to_have_count(0)
    expect(auditor.get_by_role("button")).to_have_count(0)


def test_a_camera_leads_to_its_orders_and_back(served: Served) -> None:
    served.opens(5, "v4")
    page = served.page("li")
    page.goto("/town/cameras")
    row = page.get_by_role("row").filter(has_text="三号门")
    expect(row).to_contain_text("从未看过")
    page.get_by_label("按名称、编号或区域查找").fill("没有这个")
    expect(page.get_by_text("没有这样的摄像头")).to_be_visible(timeout=SLOW_MS)
    page.get_by_label("按名称、编号或区域查找").fill("桶站")
    row.get_by_role("link", name="在办工单").click()
    page.wait_for_url("**/town/orders?*camera=gate*")
    page.get_by_role("link", name="机动车违停").first.click()
    page.get_by_role("link", name="三号门", exact=True).click()
    expect(page.get_by_role("heading", name="区域与规则")).to_be_visible()


def test_times_are_the_town_s(served: Served) -> None:
    at = datetime.now(UTC) - timedelta(days=1)
    order = served.town.opens(incident(6, "v5", at))
    page = served.page("li")
    page.goto(f"/town/orders/{order.id}")
    expect(page.locator(".story time").first).to_contain_text(f"{at.astimezone(served.town.township.town.zone):%m-%d %H:%M}")
