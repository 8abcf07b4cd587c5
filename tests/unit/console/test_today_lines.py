"""Which order comes first on the page of today, and what its line tells."""

from console.manager.today_lines import Lines, in_turn
from console.wording import words_in
from patrol.wording import wording
from tests.doubles.order_samples import after, order
from tests.doubles.people import NEAR, township
from town.datum import Datum, gcj02_of
from town.rule_settings import Priority
from town.work import OrderState


def lines(grid_names: bool = False, datum: Datum = Datum.WGS84) -> Lines:
    return Lines(township(), words_in("zh"), wording("zh"), grid_names, datum)


def test_the_longest_overdue_comes_first_and_what_has_no_deadline_last() -> None:
    orders = [
        order(1, claim_by=after(minutes=5)),
        order(2, state=OrderState.VERIFYING, verify_by=None),
        order(3, state=OrderState.CLAIMED, done_by=after(minutes=-30)),
        order(4, claim_by=after(minutes=-2)),
    ]
    assert [one.id for one in in_turn(orders)] == ["order-3", "order-4", "order-1", "order-2"]


def test_of_one_deadline_the_higher_priority_comes_first_and_then_the_older() -> None:
    orders = [
        order(1, priority=Priority.NORMAL, opened_at=after(minutes=-9)),
        order(2, priority=Priority.NORMAL, opened_at=after(minutes=-10)),
        order(3, priority=Priority.TOP),
    ]
    assert [one.id for one in in_turn(orders)] == ["order-3", "order-2", "order-1"]


def test_a_line_tells_what_where_and_who_in_words() -> None:
    summary = "桶站满冒 · 三号门 三号门桶站"
    asked = lines(grid_names=True).line(order(summary=summary, attempt=2), {"order-1"})
    assert asked == {
        "id": "order-1",
        "what": "桶站满冒",
        "where": "第一网格 · 三号门 三号门桶站",
        "state": "已派，待接",
        "who": "已问 2 人",
        "again": "第 2 次办理",
        "picture": True,
    }
    held = lines().line(order(summary=summary, state=OrderState.ON_SITE, holder=NEAR), ())
    assert (held["where"], held["who"], held["again"], held["picture"]) == ("三号门 三号门桶站", f"保洁员{NEAR}", "", False)
    gone = lines().line(order(state=OrderState.ON_SITE, holder="gone"), ())
    assert (gone["what"], gone["where"], gone["who"]) == ("三号门桶站满冒", "gate-1", "gone")


def test_a_pin_lies_where_the_map_has_the_place() -> None:
    here = order()
    moved = gcj02_of(here.position)
    assert lines().pin(here)["at"] == [39.791, 116.502]
    assert lines(datum=Datum.GCJ02).pin(here)["at"] == [round(moved.lat, 6), round(moved.lon, 6)]
