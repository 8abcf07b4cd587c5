"""The demo in a terminal: a live board of 100 by 30 characters, or plain lines where the output is a pipe or a dumb terminal."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from simulator.cleaners import Glimpse
from simulator.errands import Phase
from simulator.moment import Moment
from simulator.story import STATE_NAMES, Line, rule_name, zone_name
from storage.figures import Summary
from town.looks import Look, LookOutcome
from town.township import Township
from town.work import OrderState, WorkOrder

PLAIN_EVERY = timedelta(seconds=5)
STALE_AFTER = timedelta(seconds=45)
_PHASES = {
    Phase.IDLE: ("待命", "waiting"),
    Phase.CLAIMING: ("抢单", "claims"),
    Phase.WALKING: ("赶往", "walks to"),
    Phase.WORKING: ("处置", "cleans"),
}
_REASONS = {
    "timed_out": "超时无应答",
    "undecodable": "画面残缺",
    "black": "画面全黑",
    "covered": "镜头被遮",
    "moved": "镜头移位",
    "unreachable": "连不上",
}

_PUT_OFF = {"over_budget": "超预算", "backing_off": "故障退避", "behind": "来不及", "still_looking": "还在看", "superseded": "被新画面替代"}


class View(Protocol):
    """Shows moments between `with` and its end."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...

    def show(self, moment: Moment) -> None: ...


def open_view(console: Console, township: Township, doors: Sequence[str] = ()) -> View:
    """The board where the console can redraw itself, else plain lines. `doors` are lines about where to go, for the board."""
    return Board(console, township, doors) if console.is_terminal and not console.is_dumb_terminal else PlainLines(console, township)


class PlainLines:
    """Every event as it comes, and the figures every few seconds."""

    def __init__(self, console: Console, township: Township) -> None:
        self._console = console
        self._township = township
        self._figures_at: datetime | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing is held."""

    def show(self, moment: Moment) -> None:
        for line in moment.new_lines:
            self._print(line.plain(self._township.town.zone))
        if self._figures_at is None or moment.at - self._figures_at >= PLAIN_EVERY:
            self._figures_at = moment.at
            self._print(f"{_clock(moment, self._township)} {_figures_text(moment)}")

    def _print(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, highlight=False, markup=False)


class Board:
    """Redraws the whole screen at each moment, and leaves the terminal as it was."""

    def __init__(self, console: Console, township: Township, doors: Sequence[str] = ()) -> None:
        self._township = township
        self._doors = doors
        self._live = Live(console=console, screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, moment: Moment) -> None:
        self._live.update(board(moment, self._township, self._doors), refresh=True)


def board(moment: Moment, township: Township, doors: Sequence[str] = ()) -> Layout:
    """The whole screen: figures above, cameras and cleaners in the middle, the story below."""
    whole = Layout()
    whole.split_column(
        Layout(_head(moment, township, doors), size=3 + len(doors)), Layout(name="middle", size=13), Layout(_story(moment, township))
    )
    whole["middle"].split_row(Layout(_cameras(moment, township), ratio=10), Layout(_people(moment, township), ratio=11))
    return whole


def _head(moment: Moment, township: Township, doors: Sequence[str]) -> Panel:
    title = f"[bold]未诉先办 weisu[/] · {township.town.name} · {_clock(moment, township)} · 已运行 {_span(moment.elapsed)} · Ctrl-C 结束"
    figures = Text(_figures_text(moment), justify="center")
    return Panel(Group(figures, *(Text(door, no_wrap=True) for door in doors)), title=title, border_style="cyan")


def _figures_text(moment: Moment) -> str:
    summary = moment.summary
    looks = summary.looks
    rate = summary.looks_planned / max(1.0, moment.elapsed.total_seconds())
    orders = " ".join(f"{STATE_NAMES[state]}{count}" for state, count in summary.orders.items() if count) or "无"
    done, unknown, failed = (looks[outcome] for outcome in (LookOutcome.DONE, LookOutcome.UNKNOWN, LookOutcome.FAILED))
    put_off = sum(summary.put_off.values())
    paused = f" │ 限流暂停 paused {'、'.join(summary.paused_rules)}" if summary.paused_rules else ""
    seen = f"巡查 looks {done}✓ {unknown}? {failed}✗ {put_off}↷ {rate:.1f}/s"
    return f"{seen} │ 事件 incidents {summary.incidents} │ 工单 orders {orders}{paused}"


def put_off_text(summary: Summary) -> str:
    """How many looks were put off, and why."""
    reasons = " ".join(f"{_PUT_OFF.get(reason, reason)} {count}" for reason, count in sorted(summary.put_off.items()))
    return f"推迟 put off {sum(summary.put_off.values())}" + (f" {reasons}" if reasons else "")


def _cameras(moment: Moment, township: Township) -> Panel:
    busy = {order.camera_id: order.state for order in moment.live_orders}
    cells = [_camera(camera.name, moment.cameras.get(camera.id), busy.get(camera.id), moment.at) for camera in township.cameras]
    half = (len(cells) + 1) // 2
    table = Table.grid(padding=(0, 1), expand=True)
    for _ in range(2):
        table.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
    for left, right in zip_longest(cells[:half], cells[half:], fillvalue=Text()):
        table.add_row(left, right)
    return Panel(table, title="镜头 cameras", border_style="blue")


def _camera(name: str, look: Look | None, order: OrderState | None, now: datetime) -> Text:
    name = name.partition("（")[0]
    if look is None or now - look.ended_at > STALE_AFTER:
        return Text(f"· {name}", style="dim")
    if look.outcome is not LookOutcome.DONE:
        return Text(f"✗ {name} {_REASONS.get(look.reason, look.reason)}", style="magenta")
    if order is None:
        return Text(f"✓ {name}", style="green")
    return Text(f"! {name} {STATE_NAMES[order]}", style="cyan" if order is OrderState.VERIFYING else "bold red")


def _people(moment: Moment, township: Township) -> Panel:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
    table.add_column(no_wrap=True, justify="right")
    for cleaner in moment.cleaners:
        table.add_row(cleaner.name, _doing(cleaner), f"完成{cleaner.finished_count}", style="" if cleaner.on_shift else "dim")
    waiting = [order for order in moment.live_orders if order.state in {OrderState.OPEN, OrderState.OFFERED}]
    rows: list[Table | Text] = [table, *(_waiting_line(order, township) for order in waiting[:3])]
    return Panel(Group(*rows), title="保洁员 cleaners", border_style="yellow")


def _waiting_line(order: WorkOrder, township: Township) -> Text:
    return Text(f"待接 {zone_name(order, township)} {rule_name(order, township)} → {len(order.offered_to)}人", style="red")


def _doing(cleaner: Glimpse) -> Text:
    if not cleaner.on_shift:
        return Text("轮休 off shift")
    if not cleaner.connected:
        return Text("离线 offline", style="magenta")
    chinese, english = _PHASES[cleaner.phase]
    if cleaner.phase is Phase.IDLE:
        return Text(f"{chinese} {english}", style="green")
    return Text(f"{chinese} {cleaner.place} {english}", style="yellow")


def _story(moment: Moment, township: Township) -> Panel:
    table = Table.grid(padding=(0, 1), expand=True)
    for ratio in (None, None, 1):
        table.add_column(no_wrap=True, ratio=ratio, overflow="ellipsis")
    for line in _newest_first(moment.lines):
        clock = f"{line.at.astimezone(township.town.zone):%H:%M:%S}"
        table.add_row(
            Text(clock, style="dim"), f"{line.place} {line.problem}".strip(), Text(f"{line.text} {line.english}", style=line.style)
        )
    return Panel(table, title="动态 story（最新在上 newest first）", border_style="green")


def _newest_first(lines: Iterable[Line]) -> list[Line]:
    return list(lines)[-40:][::-1]


def _clock(moment: Moment, township: Township) -> str:
    return f"{moment.at.astimezone(township.town.zone):%H:%M:%S}"


def _span(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    return f"{minutes}:{seconds:02}"
