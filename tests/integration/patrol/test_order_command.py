"""`weisu order`: a manager reads and decides in Chinese, and every deed is kept with who and why."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from cameras.encoding import jpeg_of
from detectors.listing import read_picture
from storage.picture_folder import PictureFolder
from tests.doubles.people import NEAR, SECOND, incident, plain_township
from tests.doubles.town_file import TownFile
from town.evidence import MissingPicture, Picture, Purpose, WhyNone
from town.sight import Image
from town.work import OrderState, WorkOrder

ALL_DAY = ["00:00-24:00"]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[TownFile]:
    made = TownFile(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def order(town: TownFile) -> WorkOrder:
    """Opened now: commands go by the clock."""
    return town.opens(incident(at=datetime.now(UTC)))


def done(town: TownFile, *args: str) -> str:
    result = town.weisu("order", *args)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(town: TownFile, *args: str) -> str:
    result = town.weisu("order", *args)
    assert result.exit_code == 1, result.output
    return result.output


def last(town: TownFile, order: WorkOrder) -> tuple[str, str, str]:
    event = town.store.figures.events(order.id)[-1]
    return event.action, event.actor, event.reason


def test_live_orders_are_listed_and_an_order_is_found_by_the_end_of_its_id(town: TownFile, order: WorkOrder) -> None:
    listed = done(town, "list")
    assert order.id[-8:] in listed
    assert "桶站满冒 · 三号门 三号门桶站" in listed
    shown = done(town, "show", order.id[-8:])
    assert order.id in shown
    assert json.loads(done(town, "list", "--format", "json"))[0]["id"] == order.id


def test_an_order_that_is_not_there_is_refused_with_the_way_out(town: TownFile, order: WorkOrder) -> None:
    assert "weisu order list" in refused(town, "show", "nothing-like-it")
    assert "weisu order list" in refused(town, "cancel", order.id[-3:], "-r", "x")


def test_who_was_offered_an_order_is_shown_with_why_and_who_was_left_in_peace(tmp_path: Path) -> None:
    crew = [cleaner | {"shifts": ALL_DAY} for cleaner in plain_township()["cleaners"][:2]]
    town = TownFile(tmp_path, cleaners=crew, dispatch={"nearest": 1, "offers_an_hour": 1})
    first, second = (town.opens(incident(number, object_id=f"v{number}", at=datetime.now(UTC))) for number in (1, 2))
    assert f"保洁员{NEAR}：第1圈，离驻地约100米，手上0单，本班已接0单，近一小时派过0次" in done(town, "show", first.id)
    shown = done(town, "show", second.id, "--lang", "en")
    town.store.close()
    assert f"保洁员{SECOND}: ring 1, about 300 m from home, 0 in hand" in shown
    assert f"left in peace: 保洁员{NEAR}" in shown


def test_an_order_is_named_to_somebody_and_handed_over_to_another(town: TownFile, order: WorkOrder) -> None:
    done(town, "name", order.id, "--to", NEAR)
    done(town, "hand-over", order.id[-8:], "--to", SECOND, "-r", "有急事", "--by", "wang")
    assert (town.order(order.id).holder, last(town, order)) == (SECOND, ("hand_over", "wang", "有急事"))
    assert f"转交 · wang → 保洁员{SECOND} · 有急事" in done(town, "show", order.id)
    assert "已在其手上" in refused(town, "hand-over", order.id, "--to", SECOND)


def test_a_deed_is_kept_with_who_and_why(town: TownFile, order: WorkOrder) -> None:
    assert "误报" in done(town, "false-alarm", order.id[-8:], "--reason", "是绿化袋", "--by", "wang")
    assert town.order(order.id).state is OrderState.FALSE_ALARM
    assert last(town, order) == ("dismiss", "wang", "是绿化袋")
    assert "已经结束" in refused(town, "cancel", order.id, "-r", "x")
    assert "it has ended" in refused(town, "cancel", order.id, "-r", "x", "--lang", "en")


def test_a_deed_without_a_reason_is_not_taken(town: TownFile, order: WorkOrder) -> None:
    assert town.weisu("order", "cancel", order.id).exit_code == 2
    assert "请写明原因" in refused(town, "cancel", order.id, "-r", " ")
    assert town.order(order.id) == order


def test_deferring_and_resuming(town: TownFile, order: WorkOrder) -> None:
    day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    assert "挂账" in done(town, "defer", order.id, "--until", day, "--approver", "副镇长", "-r", "施工")
    until = town.order(order.id).deferred_until
    assert until
    assert until.astimezone(town.township.town.zone).isoformat() == f"{day}T00:00:00+08:00"
    assert "副镇长" in done(town, "show", order.id)
    done(town, "resume", order.id, "-r", "提前完工")
    assert town.order(order.id).state in {OrderState.OPEN, OrderState.OFFERED}
    assert "已经过了" in refused(town, "defer", order.id, "--until", "2026-01-01", "--approver", "副镇长", "-r", "施工")


def test_whistling_and_the_roll_call(town: TownFile, order: WorkOrder) -> None:
    done(town, "whistle", order.id, "--unit", "城管:2h", "--unit", "物业：1d", "--also", "街道办:30m", "-r", "要几家一起")
    done(town, "report-in", order.id, "--unit", "城管", "--note", "已清走", "--by", "li")
    shown = done(town, "show", order.id)
    assert "城管：" in shown
    assert "已报到 已清走" in shown
    assert "物业：未报到，限" in shown
    assert "街道办：未报到（不等）" in shown
    assert "没有叫过" in refused(town, "report-in", order.id, "--unit", "电力")
    assert "核查" in done(town, "report-in", order.id, "--unit", "物业")


@pytest.mark.parametrize("unit", ["城管", "城管:soon", ":2h", "城管:2"])
def test_a_unit_without_a_limit_is_refused(town: TownFile, order: WorkOrder, unit: str) -> None:
    result = town.weisu("order", "whistle", order.id, "--unit", unit, "-r", "x")
    assert (result.exit_code, "城管:2h" in result.output) == (2, True)


def test_a_unit_is_called_once(town: TownFile, order: WorkOrder) -> None:
    result = town.weisu("order", "whistle", order.id, "--unit", "城管:2h", "--also", "城管:1h", "-r", "x")
    assert (result.exit_code, town.order(order.id)) == (2, order)


def test_merging_stays_visible_at_both(town: TownFile, order: WorkOrder) -> None:
    car = town.opens(incident(2, object_id="v1", at=datetime.now(UTC)))
    done(town, "merge", car.id[-8:], "--into", order.id[-8:], "-r", "同一家店")
    assert order.id in done(town, "show", car.id)
    assert car.id in done(town, "show", order.id)
    assert car.id[-8:] not in done(town, "list")
    assert car.id[-8:] in done(town, "list", "--days", "1", "--state", "merged")
    assert json.loads(done(town, "show", order.id, "--format", "json"))["merged"] == [car.id]


def test_naming_giving_back_and_closing_with_a_photo(town: TownFile, order: WorkOrder, tmp_path: Path) -> None:
    done(town, "name", order.id, "--to", SECOND)
    assert town.order(order.id).holder == SECOND
    done(town, "return", order.id, "-r", "来不了")
    assert town.order(order.id).returns == 1
    assert "没有这个保洁员" in refused(town, "name", order.id, "--to", "stranger")
    done(town, "name", order.id, "--to", NEAR)
    town.hears(NEAR, "done", order_id=order.id, at=datetime.now(UTC))
    photo = tmp_path / "after.jpg"
    photo.write_bytes(b"a picture")
    done(town, "redo", order.id, "-r", "还没干净")
    done(town, "name", order.id, "--to", NEAR)
    town.hears(NEAR, "done", order_id=order.id, at=datetime.now(UTC))
    assert "结案" in done(town, "close", order.id, "--photo", str(photo), "-r", "现场看过", "--by", "wang")
    told = town.store.figures.events(order.id)[-1].detail
    assert told["photo"] == {"name": "after.jpg", "sha256": sha256(b"a picture").hexdigest()}
    assert town.weisu("audit").exit_code == 0


def test_what_happens_again_and_again_is_a_candidate_for_the_monthly_topic(town: TownFile) -> None:
    at = datetime.now(UTC) - timedelta(days=3)
    for number in range(3):
        what = incident(number, at=at + timedelta(hours=number))
        town.opens(what)
        town.clears(what, at + timedelta(hours=number, minutes=9))
    town.opens(incident(9, object_id="v1", at=at))
    told = done(town, "topics")
    assert "桶站满冒 · 三号门 三号门桶站：30 天内 3 单" in told
    assert "违停" not in told
    assert [len(orders) for orders in json.loads(done(town, "topics", "--format", "json"))] == [3]
    assert done(town, "topics", "--days", "1") == "没有反复发生的问题\n"


def test_there_is_nothing_to_list_at_first(town: TownFile) -> None:
    assert done(town, "list") == "没有工单\n"


def keeps(town: TownFile, order: WorkOrder, purpose: Purpose, image: Image) -> None:
    folder = PictureFolder(town.file.parent / "weisu-pictures")
    path = folder.write("gate", order.opened_at, f"look-{purpose}", jpeg_of(image))
    with town.store.transaction() as book:
        book.keep_picture(Picture(f"look-{purpose}", "gate", order.opened_at, path, 1, "v1", ()))
        book.show_order(f"look-{purpose}", order.id, purpose)


def test_an_orders_pictures_before_and_after_are_written_cut_to_the_zone(town: TownFile, order: WorkOrder, tmp_path: Path) -> None:
    for purpose in Purpose:
        keeps(town, order, purpose, np.full((360, 640, 3), 90, np.uint8))
    files = [Path(line) for line in done(town, "picture", order.id[-8:], "--out", str(tmp_path / "out")).splitlines()]
    assert all(f"-{purpose}-" in file.name for purpose, file in zip(sorted(Purpose, reverse=True), files, strict=True))
    images = [read_picture(file) for file in files]
    assert all(image is not None and image.shape[1] >= 640 for image in images)


def test_an_order_without_a_picture_says_why(town: TownFile, order: WorkOrder, tmp_path: Path) -> None:
    assert "its time is over" in refused(town, "picture", order.id, "--out", str(tmp_path / "out"))
    missing = MissingPicture("look-1", "gate", order.opened_at, WhyNone.NOT_BLURRED, "RuntimeError: out of memory", (order.id,))
    with town.store.transaction() as book:
        book.note_missing_picture(missing)
    assert "not_blurred (RuntimeError: out of memory)" in refused(town, "picture", order.id, "--out", str(tmp_path / "out"))
