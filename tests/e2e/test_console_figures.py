"""Figures, people and accounts in a real browser, on the real console."""

import csv
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.doubles.people import MANAGER, NEAR, incident
from tests.doubles.town_file import TownFile
from town.accounts import Kind

SLOW_MS = 60_000
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> TownFile:
    """Three orders of a moment ago: one done, one a false alarm, one that waits."""
    town = TownFile(tmp_path_factory.mktemp("town"), cleaners=[_all_day()])
    for name, role, person in (("wang", "engineer", ""), ("li", "manager", MANAGER), ("audit", "auditor", "")):
        town.opens_account(name, role, person)
    at = NOW - timedelta(seconds=30)
    done = town.opens(incident(at=at))
    town.hears(NEAR, "claim", order_id=done.id, at=at + timedelta(seconds=2))
    town.hears(NEAR, "done", order_id=done.id, at=at + timedelta(seconds=5))
    town.clears(incident(at=at), at=at + timedelta(seconds=9))
    alarm = town.opens(incident(2, object_id="v1", at=at))
    town.hears(NEAR, "claim", order_id=alarm.id, at=at + timedelta(seconds=12))
    town.hears(NEAR, "false_alarm", order_id=alarm.id, at=at + timedelta(seconds=13), reason="是送货车")
    town.opens(incident(3, object_id="v2", at=at + timedelta(seconds=20)))
    return town


def _all_day() -> dict[str, object]:
    position = {"lat": 39.79, "lon": 116.5}
    return {"id": NEAR, "name": "王秀兰", "grid": "g1", "position": position, "shifts": ["00:00-00:00"], "skills": ["bins", "parking"]}


def signs_in(page: Page, name: str, password: str, to: str) -> None:
    page.goto(f"/login?to={to}")
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(to, timeout=SLOW_MS)


def test_a_manager_reads_figures_follows_a_number_and_takes_the_table_away(page: Page, town: TownFile, tmp_path: Path) -> None:
    signs_in(page, "li", town.passwords["li"], "/town/figures")
    cards = page.locator(".cards")
    expect(cards).to_contain_text("响应率", timeout=SLOW_MS)
    expect(page.get_by_role("region", name="各网格 · 比率")).to_contain_text("第一网格")
    page.get_by_role("button", name="近 30 天").click()
    expect(page).to_have_url("/town/figures?days=30d&by=grid", timeout=SLOW_MS)
    expect(cards.get_by_role("link", name="3", exact=True)).to_be_visible(timeout=SLOW_MS)
    link = page.get_by_role("region", name="工单去向").get_by_role("link", name="1", exact=True)
    days = r"from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d"
    expect(link).to_have_attribute("href", re.compile(rf"^/town/orders\?{days}&state=false_alarm$"))
    with page.expect_download() as downloading:
        page.get_by_role("link", name="导出 CSV").click()
    downloading.value.save_as(tmp_path / "figures.csv")
    rows = list(csv.DictReader((tmp_path / "figures.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert {row["group"]: row["value"] for row in rows if row["figure"] == "orders"} == {"": "3", "g1": "3"}


def test_figures_are_grouped_as_the_address_says_and_the_printed_page_is_the_same(page: Page, town: TownFile) -> None:
    signs_in(page, "audit", town.passwords["audit"], "/town/figures")
    page.goto("/town/figures?days=7d&by=cleaner")
    expect(page.get_by_role("region", name="各保洁员 · 比率")).to_contain_text("王秀兰", timeout=SLOW_MS)
    expect(page.get_by_role("img", name="各保洁员 · 比率")).to_be_visible()
    printed = page.get_by_role("link", name="打印页").get_attribute("href")
    assert printed
    page.goto(printed)
    expect(page.get_by_role("heading", name="各保洁员 · 比率")).to_be_visible()


def test_a_manager_shows_a_cleaner_a_code_that_lets_the_phone_in_and_shuts_it_out(page: Page, url: str, town: TownFile) -> None:
    signs_in(page, "li", town.passwords["li"], "/town/people")
    expect(page.get_by_role("region", name="保洁员")).to_contain_text("在岗", timeout=SLOW_MS)
    page.get_by_role("button", name="手机登录 王秀兰").click()
    page.get_by_role("button", name="给二维码").click(timeout=SLOW_MS)
    code = page.get_by_role("img", name="登录二维码，王秀兰")
    expect(code).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("timer")).to_contain_text("有效")
    address = scanned(code.screenshot())
    assert address.startswith(f"{url}/phone/enter/")
    assert httpx.post(address, headers={"User-Agent": "Android Chrome"}, trust_env=False, timeout=60).headers["location"] == "/phone"
    page.get_by_role("button", name="关闭").click()
    page.get_by_role("button", name="手机登录 王秀兰").click()
    expect(page.get_by_role("dialog")).to_contain_text("Chrome · Android", timeout=SLOW_MS)
    page.get_by_role("button", name="退出全部手机").click()
    page.get_by_role("button", name="确定退出").click(timeout=SLOW_MS)
    expect(page.get_by_role("dialog")).to_contain_text("还没有手机登录", timeout=SLOW_MS)
    assert not [one for one in town.store.accounts.sessions(datetime.now(UTC)) if one.kind is Kind.PHONE]


def scanned(png: bytes) -> str:
    """What a phone's camera reads."""
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    return cv2.QRCodeDetector().detectAndDecode(picture)[0]


def test_an_engineer_makes_a_manager_s_account_and_that_manager_signs_in(page: Page, browser: Browser, url: str, town: TownFile) -> None:
    signs_in(page, "wang", town.passwords["wang"], "/accounts")
    page.get_by_role("button", name="建账号").first.click(timeout=SLOW_MS)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("用户名").fill("zhao")
    dialog.get_by_label("网格长").last.click()
    page.get_by_role("option", name="第一网格").click(timeout=SLOW_MS)
    dialog.get_by_role("button", name="建账号").click()
    shown = page.get_by_label("zhao 的密码")
    expect(shown).to_be_visible(timeout=SLOW_MS)
    password = shown.input_value()
    page.get_by_role("button", name="完成").click()
    expect(page.get_by_role("region", name="账号")).to_contain_text("zhao", timeout=SLOW_MS)
    other = browser.new_context(base_url=url)
    signs_in(other.new_page(), "zhao", password, "/town/people")
    other.close()


def test_the_last_engineer_is_told_why_their_account_stays(page: Page, town: TownFile) -> None:
    signs_in(page, "wang", town.passwords["wang"], "/accounts")
    page.get_by_role("button", name="关闭账号 wang").click(timeout=SLOW_MS)
    page.get_by_role("dialog").get_by_role("button", name="关闭账号").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("最后一位工程师", timeout=SLOW_MS)


def test_a_manager_is_refused_the_accounts_and_the_log(page: Page, town: TownFile) -> None:
    signs_in(page, "li", town.passwords["li"], "/town/people")
    for path in ("/accounts", "/audit"):
        answer = page.goto(path)
        assert answer
        assert answer.status == 403
    expect(page.get_by_role("link", name="账号")).to_have_count(0)


def test_an_auditor_reads_the_log_and_changes_their_own_password(page: Page, town: TownFile) -> None:
    signs_in(page, "audit", town.passwords["audit"], "/audit")
    expect(page.get_by_role("region", name="控制台日志")).to_contain_text("建账号", timeout=SLOW_MS)
    page.goto("/me")
    page.get_by_label("原密码").fill("not the password")
    page.get_by_label("新密码（至少 10 个字）").fill("another battery")
    page.get_by_label("再写一次新密码").fill("another battery")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert").filter(has_text="原密码不对")).to_be_visible(timeout=SLOW_MS)
    page.get_by_label("原密码").fill(town.passwords["audit"])
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("密码改好了")).to_be_visible(timeout=SLOW_MS)
    town.passwords["audit"] = "another battery"


@pytest.mark.parametrize(
    ("path", "ready"),
    [("/town/figures", "工单去向"), ("/town/people", "保洁员"), ("/accounts", "账号"), ("/audit", "控制台日志"), ("/me", "我的登录")],
)
def test_pages_are_accessible(page: Page, town: TownFile, path: str, ready: str) -> None:
    signs_in(page, "wang", town.passwords["wang"], path)
    expect(page.get_by_role("heading", name=ready).first).to_be_visible(timeout=SLOW_MS)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
