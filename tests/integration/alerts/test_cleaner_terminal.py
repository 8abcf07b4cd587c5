"""`weisu cleaner`, driven line by line through a pipe, with a real broker behind it."""

import io
import os
import threading
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from alerts.cleaner_terminal import run_cleaner_terminal
from tests.doubles.brokers import eventually
from tests.doubles.people import NEAR, SECOND, incident
from tests.doubles.town_office import TownOffice, clock, on_duty, step_until, town_office
from town.work import OrderState


class Terminal:
    """A person at a terminal: types lines, reads the screen."""

    def __init__(self, town: TownOffice, cleaner_id: str) -> None:
        self._screen = io.StringIO()
        console = Console(file=self._screen, width=200, color_system=None)
        read, write = os.pipe()
        self._lines = os.fdopen(read, encoding="utf-8")
        self._keys = os.fdopen(write, "w", encoding="utf-8")
        arguments = (town.client(cleaner_id), ZoneInfo("Asia/Shanghai"), self._lines, console, clock)
        self._thread = threading.Thread(target=run_cleaner_terminal, args=arguments, daemon=True)
        self._thread.start()

    def types(self, line: str) -> None:
        self._keys.write(line + "\n")
        self._keys.flush()

    def sees(self, *words: str) -> None:
        try:
            eventually(lambda: all(word in self.screen for word in words), f"{words} on the screen")
        except AssertionError as error:
            raise AssertionError(f"{error}:\n{self.screen}") from error

    @property
    def screen(self) -> str:
        return self._screen.getvalue()

    def leaves(self) -> None:
        """Close the pipe, which ends the program, and wait for it."""
        self._keys.close()
        self._thread.join()
        self._lines.close()

    @property
    def is_open(self) -> bool:
        return self._thread.is_alive()


@pytest.fixture
def town() -> Iterator[TownOffice]:
    with town_office() as town:
        yield town


@pytest.fixture
def terminal(town: TownOffice) -> Iterator[Terminal]:
    terminal = Terminal(town, NEAR)
    try:
        terminal.sees("已连接")
        yield terminal
    finally:
        terminal.leaves()


def test_an_order_is_offered_claimed_and_reported_in_words(town: TownOffice, terminal: Terminal) -> None:
    order = town.office.opens(incident(at=clock()))
    terminal.sees("1 待接单", "桶站满冒", "三号门桶站", "米", "前接单")
    terminal.types("接单 1")
    terminal.sees("★ 1 已接单")
    terminal.types("到场")
    terminal.sees("★ 1 已到场")
    terminal.types("完成 1")
    terminal.sees("已收到处置反馈")

    assert town.office.order(order.id).state is OrderState.VERIFYING


def test_a_link_to_what_was_seen_stands_in_one_line_below_its_order(town: TownOffice, terminal: Terminal) -> None:
    order = town.office.opens(incident(at=clock()))
    terminal.sees(f"    发现时照片 https://weisu.town.example/pictures/{order.id}/before?for=cleaner:near&until=")


def test_the_commands_can_be_typed_in_english(town: TownOffice, terminal: Terminal) -> None:
    order = town.office.opens(incident(at=clock()))
    terminal.sees("1 待接单")
    terminal.types("claim 1")
    terminal.sees("★ 1 已接单")
    terminal.types("cannot 1 needs a crane")
    terminal.sees("已退单")

    assert "needs a crane" in town.office.reasons(order.id)


def test_who_comes_second_is_told_kindly(town: TownOffice, terminal: Terminal) -> None:
    order = town.office.opens(incident(at=clock()))
    terminal.sees("1 待接单")
    other = town.client(SECOND)
    with on_duty(other):
        other.claim(order.id, clock())
        step_until(other, lambda: other.state.orders[order.id].yours, "the claim's success")

    terminal.sees("已被别的同事接走，谢谢你")


def test_a_false_alarm_needs_a_reason(town: TownOffice, terminal: Terminal) -> None:
    order = town.office.opens(incident(at=clock()))
    terminal.sees("1 待接单")
    terminal.types("接单 1")
    terminal.sees("★ 1 已接单")
    terminal.types("误报 1")
    terminal.sees("请写明原因")
    terminal.types("误报 1 桶是空的 [/bold]")
    terminal.sees("已报误报")

    assert town.office.order(order.id).state is OrderState.FALSE_ALARM


def test_an_order_is_handed_over_to_a_colleague(town: TownOffice, terminal: Terminal) -> None:
    order = town.office.opens(incident(at=clock()))
    terminal.sees("1 待接单")
    terminal.types("接单 1")
    terminal.sees("★ 1 已接单")
    terminal.types("转交")
    terminal.sees("请写明交给谁")
    terminal.types("转交 nobody")
    terminal.sees("没有这个同事")
    terminal.types("转交 1 second 要去接班")
    terminal.sees("已转交，不用去了")

    assert town.office.order(order.id).holder == SECOND
    assert "要去接班" in town.office.reasons(order.id)


def test_where_one_is_can_be_said(town: TownOffice, terminal: Terminal) -> None:
    for wrong in ("位置", "位置 here", "位置 91 0", "位置 nan 0", "位置 39.8"):
        terminal.types(wrong)
    terminal.types("位置 39.8 116.51")
    terminal.sees("已发送位置")
    assert terminal.screen.count("请写纬度和经度") == 5

    def kept() -> bool:
        with town.office.store.transaction() as book:
            return {last.position.lat for last in book.last_positions().values()} == {39.8}

    eventually(kept, "the position")


def test_who_declines_may_say_why(town: TownOffice, terminal: Terminal) -> None:
    order = town.office.opens(incident(at=clock()))
    terminal.sees("1 待接单")
    terminal.types("拒绝 1 在送孩子")
    terminal.sees("已记下")

    assert "在送孩子" in town.office.reasons(order.id)


def test_the_list_shows_what_is_live(town: TownOffice, terminal: Terminal) -> None:
    terminal.types("列表")
    terminal.sees("现在没有单")
    town.office.opens(incident(at=clock()))
    terminal.sees("1 待接单")
    terminal.types("list")

    terminal.sees("near 的单", "三号门 三号门桶站")


@pytest.mark.parametrize(
    ("typed", "shown"), [("飞", "不明白「飞」"), ("接单", "请写单号"), ("接单 9", "请写单号"), ("帮助", "接单 N"), ("[/]", "不明白")]
)
def test_a_slip_of_the_fingers_is_explained(terminal: Terminal, typed: str, shown: str) -> None:
    terminal.types(typed)

    terminal.sees(shown)


def test_losing_the_broker_and_finding_it_again_is_shown(town: TownOffice, terminal: Terminal) -> None:
    town.broker.kill()
    terminal.sees("连接断开")
    town.broker.restart()

    eventually(lambda: terminal._screen.getvalue().count("已连接") == 2, "the second greeting")


def test_quitting_says_goodbye(terminal: Terminal) -> None:
    terminal.types("退出")

    terminal.sees("再见")
    eventually(lambda: not terminal.is_open, "the end")
