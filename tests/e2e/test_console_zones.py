"""An engineer draws zones on what a camera shows, and the township's file keeps all that was not drawn: in a real browser."""

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.doubles.camera_servers import scene
from tests.doubles.console_process import running_console
from tests.doubles.people import MANAGER
from tests.doubles.town_file import TownFile

SAMPLE = Path(__file__).parents[2] / "camera_config.yaml"
SNAPSHOT = '{kind: http_snapshot, url: "http://10.0.0.7/ISAPI/Streaming/channels/101/picture"}'
RTSP = '{kind: rtsp, url: "rtsp://10.0.0.8:554/Streaming/Channels/101"}'
STATION = "- {id: station, name: 三号门桶站, kind: bin_station, polygon: [[0.1, 0.2], [0.9, 0.2], [0.9, 0.9], [0.1, 0.9]]}"
SECRET = "hunter2-hunter2"
PATIENT_MS = 60_000


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> TownFile:
    folder = tmp_path_factory.mktemp("town")
    town = TownFile(folder)
    (folder / "seen").mkdir()
    cv2.imwrite(str(folder / "seen/2026-01-01_08_00_00.jpg"), scene(960, 540))
    text = SAMPLE.read_text(encoding="utf-8").replace(SNAPSHOT, "{kind: recording, path: seen}")
    # A camera with a login, on this machine itself, where no look may lead.
    text = text.replace(RTSP, '{kind: http_snapshot, url: "http://127.0.0.1/a.jpg", username: admin, password: "${CAM_PASSWORD}"}')
    town.file.write_text(text.replace("sqlite:///weisu.db", town.url), encoding="utf-8")
    os.environ["CAM_PASSWORD"] = SECRET
    try:
        for name, role, person in (("wang", "engineer", ""), ("zhao", "engineer", ""), ("li", "manager", MANAGER)):
            town.opens_account(name, role, person)
    finally:
        del os.environ["CAM_PASSWORD"]
    return town


@pytest.fixture(scope="module")
def url(town: TownFile) -> Iterator[str]:
    with running_console(town.file, {"CAM_PASSWORD": SECRET}) as url:
        yield url


def opens(page: Page, town: TownFile, name: str, path: str) -> None:
    page.goto(f"/login?to={path}")
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(town.passwords[name])
    page.get_by_role("button", name="登录").click()


def drags(page: Page, corner: int, to: tuple[float, float]) -> None:
    """Take a corner of the chosen zone to a place, in shares of the picture."""
    box = page.locator(".stage svg").bounding_box()
    grip = page.locator(f".corner[data-corner='{corner}'] .dot").bounding_box()
    assert box and grip
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + to[0] * box["width"], box["y"] + to[1] * box["height"], steps=4)
    page.mouse.up()


def test_an_engineer_moves_a_corner_sees_the_difference_and_saves(page: Page, town: TownFile) -> None:
    before = town.file.read_text(encoding="utf-8")
    opens(page, town, "wang", "/bench/zones")
    page.get_by_role("link", name="三号门").click(timeout=PATIENT_MS)
    expect(page.get_by_role("img", name="摄像头画面")).to_be_visible(timeout=PATIENT_MS)
    expect(page.get_by_text("现在会测得：桶").first).to_be_visible(timeout=PATIENT_MS)

    drags(page, 1, (0.2, 0.99))
    expect(page.locator(".zone-faults").get_by_text("边线相互交叉")).to_be_visible(timeout=PATIENT_MS)
    expect(page.get_by_role("button", name="看差异并保存")).to_be_disabled()
    page.get_by_role("button", name="撤销").click()
    drags(page, 1, (0.75, 0.3))
    page.locator(".corner[data-corner='0']").press("Shift+ArrowLeft")
    page.get_by_label("名称").fill("三号门两桶")
    page.get_by_role("button", name="看差异并保存").click()
    expect(page.locator(".diff-line.gone")).to_contain_text(STATION, timeout=PATIENT_MS)
    expect(page.locator(".diff-line.come")).to_contain_text("name: 三号门两桶", timeout=PATIENT_MS)
    assert town.file.read_text(encoding="utf-8") == before
    written = page.locator(".diff-line.come .diff-text").inner_text().strip()
    page.get_by_role("button", name="写入文件").click()
    expect(page.get_by_text("重新启动服务之后才会用上")).to_be_visible(timeout=PATIENT_MS)

    after = town.file.read_text(encoding="utf-8")
    assert after == before.replace(STATION, written)
    assert "polygon: [[0.08, 0.2], [0.75, 0.3]" in written
    assert [line.subject for line in town.store.accounts.log(town.store.accounts.all()[0].made_at, ["zones_saved"])] == ["gate-3"]


def test_a_camera_that_cannot_be_looked_at_says_why_and_shows_no_secret(page: Page, town: TownFile) -> None:
    opens(page, town, "wang", "/bench/zones/fire-lane-2")

    expect(page.get_by_text("取不到画面：地址不在允许的网段")).to_be_visible(timeout=PATIENT_MS)
    assert SECRET not in page.content()
    assert "CAM_PASSWORD" not in page.content()


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(page: Page, town: TownFile) -> None:
    opens(page, town, "wang", "/bench/zones/fire-lane-2")
    expect(page.get_by_text("取不到画面")).to_be_visible(timeout=PATIENT_MS)
    page.get_by_role("button", name="新区域").click()
    text = town.file.read_text(encoding="utf-8")
    other = text.replace("limit: 2m", "limit: 3m")
    town.file.write_text(other, encoding="utf-8")

    page.get_by_role("button", name="看差异并保存").click()

    expect(page.get_by_text("刚被别人改过")).to_be_visible(timeout=PATIENT_MS)
    assert town.file.read_text(encoding="utf-8") == other


def test_a_manager_is_refused_page_picture_and_action(page: Page, town: TownFile, url: str) -> None:
    opens(page, town, "li", "/bench/zones/gate-3")
    expect(page.get_by_text("not for your role")).to_be_visible(timeout=PATIENT_MS)

    cookies = {one["name"]: one["value"] for one in page.context.cookies() if "name" in one and "value" in one}
    with httpx.Client(base_url=url, cookies=cookies, trust_env=False, timeout=60) as web:
        assert web.get("/bench/zones").status_code == 403
        assert web.get("/bench/zones/picture/guessed").status_code == 403


def test_who_was_signed_out_meanwhile_saves_nothing(page: Page, town: TownFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAM_PASSWORD", SECRET)
    opens(page, town, "zhao", "/bench/zones/gate-3")
    expect(page.get_by_text("现在会测得：桶").first).to_be_visible(timeout=PATIENT_MS)
    drags(page, 2, (0.8, 0.8))
    expect(page.get_by_role("button", name="看差异并保存")).to_be_enabled(timeout=PATIENT_MS)
    page.on("dialog", lambda asked: asked.accept())  # whether to leave what is not saved
    before = town.file.read_text(encoding="utf-8")
    changed = town.weisu("console", "account", "password", "zhao", "--by", "test")
    assert changed.exit_code == 0, changed.output
    page.get_by_role("button", name="看差异并保存").click()

    expect(page.get_by_role("heading", name="登录")).to_be_visible(timeout=PATIENT_MS)
    assert town.file.read_text(encoding="utf-8") == before
