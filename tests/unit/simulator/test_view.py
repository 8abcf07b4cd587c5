"""The live board fits a terminal of 100 by 30, and a pipe gets plain lines."""

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from simulator.cleaners import Glimpse
from simulator.demo_township import fresh_environment, fresh_gate, read_demo
from simulator.errands import Phase
from simulator.moment import Moment
from simulator.story import Line
from simulator.view import Board, PlainLines, board, open_view, put_off_text
from storage.figures import Spread, Summary
from tests.doubles.people import NOW
from town.looks import Look, LookOutcome, SeenBy
from town.township import Township
from town.work import OrderState


def demo(folder: Path) -> Township:
    return read_demo(fresh_environment(folder, 8000, 1883, fresh_gate()))


def moment(township: Township) -> Moment:
    looks = {LookOutcome.DONE: 120, LookOutcome.UNKNOWN: 3, LookOutcome.FAILED: 30, LookOutcome.SKIPPED: 1}
    orders = dict.fromkeys(OrderState, 0) | {OrderState.OFFERED: 1, OrderState.CLOSED: 4}
    cameras = {camera.id: Look("look", camera.id, NOW, NOW, NOW, LookOutcome.DONE) for camera in township.cameras}
    cameras["garden"] = replace(cameras["garden"], outcome=LookOutcome.UNKNOWN, reason="black")
    lines = tuple(Line(NOW, "北门桶站", "垃圾桶满冒", f"第{number}件事", "an event", "red") for number in range(1, 60))
    return Moment(
        at=NOW,
        elapsed=timedelta(seconds=75),
        summary=Summary(
            looks, {SeenBy.REUSE: 40, SeenBy.NETWORK_CHANGED: 80}, 5, orders, 14, 14, Spread(5, 1.0, 2.0, 2.0), put_off={"backing_off": 7}
        ),
        live_orders=(),
        cameras=cameras,
        cleaners=tuple(Glimpse(c.id, c.name, bool(c.shifts), True, Phase.WALKING, "北门桶站", 2) for c in township.cleaners),
        lines=lines,
        new_lines=lines[-2:],
    )


def screen_of(township: Township, width: int = 100, height: int = 30) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, record=True, color_system=None)
    console.print(board(moment(township), township), height=height)
    return console.export_text().splitlines()


def pipe() -> Console:
    return Console(file=io.StringIO(), width=80, force_terminal=False)


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_screen_of_100_by_30_holds_every_camera_and_every_cleaner(tmp_path: Path) -> None:
    township = demo(tmp_path)
    shown = "\n".join(screen_of(township))
    assert all(camera.name.partition("（")[0] in shown for camera in township.cameras)
    assert all(cleaner.name in shown for cleaner in township.cleaners)


def test_the_board_says_what_is_wrong_with_a_camera_and_who_is_off(tmp_path: Path) -> None:
    shown = "\n".join(screen_of(demo(tmp_path)))
    assert "游园入口 画面全黑" in shown
    assert "轮休 off shift" in shown
    assert "120✓ 3? 30✗ 7↷" in shown
    assert "派单1 结案4" in shown


def test_what_was_put_off_is_told_with_its_reasons(tmp_path: Path) -> None:
    summary = moment(demo(tmp_path)).summary
    assert put_off_text(summary) == "推迟 put off 7 故障退避 7"


def test_the_newest_event_is_on_top_and_old_ones_fall_off(tmp_path: Path) -> None:
    shown = "\n".join(screen_of(demo(tmp_path)))
    assert shown.index("第59件事") < shown.index("第58件事")
    assert "第1件事" not in shown


def test_where_the_console_is_stands_above_all(tmp_path: Path) -> None:
    township, console = demo(tmp_path), Console(file=io.StringIO(), width=100, height=30)
    console.print(board(moment(township), township, ["控制台 console http://127.0.0.1:1", "c01 的手机 phone http://127.0.0.1:1/p"]))
    shown = written(console)
    assert "控制台 console http://127.0.0.1:1" in shown
    assert "c01 的手机 phone" in shown


def test_a_small_terminal_is_not_overrun(tmp_path: Path) -> None:
    assert len(screen_of(demo(tmp_path), 80, 24)) <= 24


def test_a_pipe_or_a_dumb_terminal_gets_plain_lines(tmp_path: Path) -> None:
    dumb = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "dumb"})
    able = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "xterm-256color"})
    kinds = [type(open_view(console, demo(tmp_path))) for console in (pipe(), dumb, able)]
    assert kinds == [PlainLines, PlainLines, Board]


def test_plain_lines_tell_new_events_at_once_and_figures_every_few_seconds(tmp_path: Path) -> None:
    township, console = demo(tmp_path), pipe()
    with PlainLines(console, township) as view:
        first = moment(township)
        for seconds in (0, 1, 2, 6):
            view.show(replace(first, at=NOW + timedelta(seconds=seconds), new_lines=first.new_lines if seconds == 1 else ()))
    lines = written(console).splitlines()
    assert [("第59件事" in line, "巡查" in line) for line in lines] == [(False, True), (False, False), (True, False), (False, True)]
    assert not any("\x1b" in line for line in lines)
