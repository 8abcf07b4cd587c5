from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite

from storage.columns import Instant, Json, Rectangle, Word
from town.geometry import Box
from town.work import OrderState

DIALECT = sqlite.dialect()
BEIJING = timezone(timedelta(hours=8))
NAIVE = datetime(2026, 5, 4, 0, 30, tzinfo=UTC).replace(tzinfo=None)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Instant().process_bind_param(NAIVE, DIALECT)


def test_an_instant_is_stored_in_utc_and_comes_back_aware() -> None:
    stored = Instant().process_bind_param(datetime(2026, 5, 4, 8, 30, tzinfo=BEIJING), DIALECT)
    assert stored == datetime(2026, 5, 4, 0, 30, tzinfo=UTC)
    assert Instant().process_result_value(NAIVE, DIALECT) == stored


def test_instants_sort_as_text_whether_or_not_they_have_microseconds() -> None:
    bind = Instant().dialect_impl(DIALECT).bind_processor(DIALECT)
    assert bind is not None
    instants = [datetime(2026, 5, 4, tzinfo=UTC) + timedelta(microseconds=step) for step in (0, 1, 999_999, 1_000_000)]
    texts = [bind(instant) for instant in instants]
    assert texts == sorted(texts)


def test_a_word_outside_the_enumeration_is_refused() -> None:
    with pytest.raises(ValueError, match="lost"):
        Word(OrderState).process_bind_param("lost", DIALECT)


def test_a_word_comes_back_as_its_member() -> None:
    assert Word(OrderState).process_result_value("on_site", DIALECT) is OrderState.ON_SITE


def test_json_is_compact_and_keeps_chinese_readable() -> None:
    assert Json().process_bind_param({"区": ["桶站", 1]}, DIALECT) == '{"区":["桶站",1]}'


def test_json_refuses_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="JSON"):
        Json().process_bind_param({"share": float("nan")}, DIALECT)


def test_a_box_comes_back_to_the_last_digit() -> None:
    box = Box(0.1, 1 / 3, 0.30000000000000004, 0.9)
    assert Rectangle().process_result_value(Rectangle().process_bind_param(box, DIALECT), DIALECT) == box


@pytest.mark.parametrize("column", [Instant(), Word(OrderState), Json(), Rectangle()])
def test_nothing_stays_nothing(column: Instant | Word | Json | Rectangle) -> None:
    assert column.process_bind_param(None, DIALECT) is None
    assert column.process_result_value(None, DIALECT) is None
