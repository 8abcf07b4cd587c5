"""An engineer writes a rule wrongly and rightly, tries it on what was seen, publishes it and goes back; a manager is refused."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from cameras.encoding import jpeg_of
from rules.builtin import BUILT_IN
from storage.picture_folder import PictureFolder
from tests.doubles.evidence_samples import picture
from tests.doubles.people import GATE, MANAGER, STATION
from tests.doubles.stored_looks import record_bins
from tests.doubles.town_file import TownFile
from town.evidence import Difference, Disagreement, Reason, Side
from town.reading import read_township

PATIENCE_MS = 60_000
EDITOR = "规则文本"
EVENT = "42"
"""How a message of socket.io begins; others keep the line open."""
ONE_FULL, TWO_FULL, BAG, TIDY = [(1, 0)] * 6, [(2, 0)] * 6, [(0, 1)] * 6, [(0, 0)] * 6
WRONG = "rules:\n  - id: bin-overflow\n    at_leest: 2\n"
RIGHT = """rules:
  # single bins can wait
  - {id: bin-overflow, at_least: 2}
  - {id: bags, name: 地上有袋, zones: [bin_station], observes: bins, metric: garbage_count, skill: bins}
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> TownFile:
    town = TownFile(tmp_path_factory.mktemp("town"))
    record_bins(town.store, datetime.now(UTC) - timedelta(hours=2), [*TIDY, *ONE_FULL, *TIDY, *TWO_FULL, *TIDY, *BAG, *TIDY])
    town.opens_account("wang", "engineer")
    town.opens_account("li", "manager", MANAGER)
    return town


def goes_to(page: Page, town: TownFile, name: str, path: str) -> None:
    """Sign in on the way to a page."""
    page.goto(path)
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(town.passwords[name])
    page.get_by_role("button", name="登录").click()


def writes(page: Page, text: str) -> None:
    """Over all that the editor holds, with the keys that a person presses.

    `fill` marks the text behind the editor's back, and what the editor loads just then takes that mark away.
    """
    page.get_by_role("textbox", name=EDITOR).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def test_a_rule_is_written_tried_published_and_rolled_back(page: Page, town: TownFile) -> None:
    before = text_of(town.file)
    goes_to(page, town, "wang", "/bench/rules")
    check = page.get_by_test_id("check")
    expect(check).to_contain_text("检查通过", timeout=PATIENCE_MS)

    writes(page, WRONG)
    expect(check.get_by_role("button", name="第 3 行")).to_be_visible(timeout=PATIENCE_MS)
    expect(check).to_contain_text("at_leest")
    expect(page.get_by_role("button", name="发布…")).to_be_disabled()

    writes(page, RIGHT)
    expect(check).to_contain_text("检查通过", timeout=PATIENCE_MS)
    page.get_by_role("button", name="开始回测").click()
    expect(page.get_by_role("heading", name="多出 · 1")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="少了 · 1")).to_be_visible()
    expect(page.get_by_text("地上有袋").last).to_be_visible()

    page.get_by_role("button", name="发布…").click()
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.get_by_role("alert").get_by_text("请写明原因")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_label("原因").fill("夜里单桶可以等到早上")
    page.get_by_role("button", name="发布", exact=True).click()
    page.get_by_role("tab", name="发布记录").click()
    expect(page.get_by_text("由 wang 发布：夜里单桶可以等到早上").last).to_be_visible(timeout=PATIENCE_MS)
    published = read_township(town.file, {}, BUILT_IN)
    assert published.rule_by_id["bin-overflow"].at_least == 2
    assert "# single bins can wait" in text_of(town.file)

    page.get_by_role("button", name="回到第一次发布之前…").click()
    page.get_by_label("原因").fill("少了该派的")
    page.get_by_role("button", name="回退", exact=True).click()
    expect(page.get_by_text("由 wang 发布：少了该派的").last).to_be_visible(timeout=PATIENCE_MS)
    assert text_of(town.file) == before
    told = town.weisu("rules", "history").output
    assert told.index("rollback  wang: 少了该派的") < told.index("publish  wang: 夜里单桶可以等到早上")
    noted = [line.action for line in town.store.accounts.log(datetime.min.replace(tzinfo=UTC), ["rules_publish", "rules_rollback"])]
    assert noted == ["rules_rollback", "rules_publish"]


def test_what_is_typed_while_a_check_is_on_its_way_stays(page: Page, town: TownFile) -> None:
    """The answer to a check tells of the text as it was when the check began; the editor holds more by then."""
    on_its_way: list[tuple[WebSocketRoute, str | bytes]] = []
    is_slow = False

    def between(line: WebSocketRoute) -> None:
        def said(message: str | bytes) -> None:
            if is_slow and str(message).startswith(EVENT):
                on_its_way.append((line, message))
            else:
                line.send(message)

        line.connect_to_server().on_message(said)

    def arrives() -> None:
        while on_its_way:
            line, message = on_its_way.pop(0)
            line.send(message)

    page.route_web_socket(re.compile("/socket.io/"), between)
    goes_to(page, town, "wang", "/bench/rules")
    editor, check = page.get_by_role("textbox", name=EDITOR), page.get_by_test_id("check")
    expect(editor).to_be_visible(timeout=PATIENCE_MS)  # it is named over the line, which is open by then
    is_slow = True
    writes(page, WRONG)
    while not any("rules[0].at_leest" in str(message) for _, message in on_its_way):
        page.wait_for_timeout(50)
    page.keyboard.insert_text("# more")
    arrives()
    expect(check.get_by_role("button", name="第 3 行")).to_be_visible(timeout=PATIENCE_MS)
    expect(editor).to_contain_text("# more", timeout=5_000)

    arrives()
    is_slow = False
    expect(page.get_by_role("listitem").get_by_text("# more")).to_be_visible(timeout=PATIENCE_MS)


def test_a_link_leads_to_the_hours_of_a_camera_and_why(page: Page, town: TownFile) -> None:
    at = (datetime.now(UTC) - timedelta(hours=2) + timedelta(minutes=10)).isoformat().replace("+00:00", "Z")
    goes_to(page, town, "wang", "/bench/why")
    expect(page.get_by_role("heading", name="为什么")).to_be_visible(timeout=PATIENCE_MS)
    page.goto(f"/bench/why?camera={GATE}&at={at}")
    expect(page.locator(".strip .look-done").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("三号门桶站（station）")).to_be_visible()
    expect(page.get_by_text("看到：桶 4，满冒桶 1", exact=False)).to_be_visible()


def test_the_network_s_card_and_versions_are_shown(page: Page, town: TownFile) -> None:
    goes_to(page, town, "wang", "/bench/model")
    expect(page.get_by_role("heading", name="模型卡 · shipped")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("随 weisu 自带")).to_be_visible()
    expect(page.get_by_text("还没有判过的照片")).to_be_visible(timeout=PATIENCE_MS)


def test_disagreements_are_judged_with_two_keys_and_the_last_word_is_taken_back(page: Page, town: TownFile) -> None:
    keep_disagreements(town, 3)
    goes_to(page, town, "wang", "/bench/model")
    left = page.get_by_text("还有 3 个要判")
    expect(left).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.press("1")
    expect(page.get_by_text("还有 2 个要判")).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("还有 1 个要判")).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.press("Backspace")
    expect(page.get_by_text("还有 2 个要判")).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.press("0")
    expect(page.get_by_text("还有 1 个要判")).to_be_visible(timeout=PATIENCE_MS)
    judged = [one.judged for one in town.store.evidence.disagreements(unjudged_only=False)]
    assert judged == [Side.PROMOTED, Side.NEITHER, None]


def keep_disagreements(town: TownFile, count: int) -> None:
    """Pictures of the gate on which a candidate misses a full bin."""
    folder = PictureFolder(town.store.pictures_beside())
    differs = Difference(Reason.ONLY_PROMOTED_SEES, STATION, "overflowing_bin", 0.8, 0.0)
    for number in range(count):
        taken_at = datetime.now(UTC) - timedelta(minutes=count - number)
        path = folder.write(GATE, taken_at, f"seen-{number}", jpeg_of(np.full((360, 640, 3), 90, np.uint8)))
        kept = picture(number, camera_id=GATE, taken_at=taken_at, path=path)
        with town.store.transaction() as book:
            book.keep_picture(kept)
            book.record_disagreement(Disagreement(kept, "v2", (), (differs,)))


@pytest.mark.parametrize("path", ["/bench/rules", "/bench/why", "/bench/model", "/bench/harvest.zip", "/bench/pictures/look"])
def test_a_manager_is_refused(page: Page, town: TownFile, path: str) -> None:
    goes_to(page, town, "li", "/town/today")
    page.wait_for_url(lambda url: "/login" not in url)
    answer = page.request.get(path)
    assert answer.status == 403
