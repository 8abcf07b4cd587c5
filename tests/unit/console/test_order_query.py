"""What the address of a list of orders asks for."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from console.manager.order_query import NotUnderstood, query_of
from town.work import ENDED, OrderState

SHANGHAI = ZoneInfo("Asia/Shanghai")
GRIDS = ("g1", "g2")


def test_an_address_without_a_question_asks_for_all_of_the_visitor_s_grids() -> None:
    sought = query_of({}).sought(GRIDS, SHANGHAI)
    assert sought.grids == ["g1", "g2"]
    assert not sought.states
    assert sought.since is None


def test_nobody_asks_beyond_their_own_grids() -> None:
    assert query_of({"grid": "g2,g9"}).sought(GRIDS, SHANGHAI).grids == ["g2"]
    assert query_of({"grid": "g9"}).sought(GRIDS, SHANGHAI).grids == []


def test_days_are_the_town_s_and_the_last_one_is_included() -> None:
    sought = query_of({"from": "2026-05-04", "to": "2026-05-04"}).sought(GRIDS, SHANGHAI)
    assert sought.since == datetime(2026, 5, 3, 16, tzinfo=UTC)
    assert sought.until == datetime(2026, 5, 4, 16, tzinfo=UTC)


def test_instants_are_taken_as_they_are_and_without_a_zone_as_the_town_s() -> None:
    sought = query_of({"from": "2026-05-04T02:00:00+00:00", "to": "2026-05-04T12:00"}).sought(GRIDS, SHANGHAI)
    assert sought.since == datetime(2026, 5, 4, 2, tzinfo=UTC)
    assert sought.until == datetime(2026, 5, 4, 4, tzinfo=UTC)


def test_states_may_be_several_and_groups_of_them() -> None:
    assert query_of({"state": "closed,offered"}).sought(GRIDS, SHANGHAI).states == [OrderState.CLOSED, OrderState.OFFERED]
    assert set(query_of({"state": "ended"}).sought(GRIDS, SHANGHAI).states) == ENDED
    assert set(query_of({"state": "live"}).sought(GRIDS, SHANGHAI).states) == set(OrderState) - ENDED


@pytest.mark.parametrize(
    "said",
    [
        {"state": "lost"},
        {"from": "yesterday"},
        {"to": "2026-13-01"},
        {"to": "9999-12-31"},
        {"from": "0001-01-01"},
        {"from": "9999-12-31T23:59:59-05:00"},
    ],
)
def test_what_means_nothing_is_named(said: dict[str, str]) -> None:
    with pytest.raises(NotUnderstood) as refused:
        query_of(said).sought(GRIDS, SHANGHAI)
    assert refused.value.said in said.values()


def test_an_address_keeps_what_was_asked_and_drops_what_nobody_knows() -> None:
    query = query_of({"camera": "gate", "to": "", "utm": "x", "page": "3"})
    assert query.page == 3
    assert query.address(4) == "/town/orders?camera=gate&page=4"
    assert query.address(state="live") == "/town/orders?camera=gate&state=live"
    assert query_of({"page": "-1"}).page == query_of({"page": "0"}).page == query_of({"page": "九"}).page == 1
