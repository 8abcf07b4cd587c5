"""`weisu cleaner ID`: a cleaner's client in a terminal, a line at a time, in Chinese first."""

import queue
import threading
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from alerts.cleaner import CleanerClient, News
from alerts.cleaner_state import Verdict
from alerts.messages import ClaimLost, LiveOrder, Pictured, Recall, Update
from alerts.phrases import REASONS
from town.geometry import Position
from town.rule_settings import Priority
from town.work import OrderState

_STEP_S = 0.2
_LAST_WORDS_STEPS = 25

_STATES = {
    OrderState.OFFERED: "待接单",
    OrderState.CLAIMED: "已接单",
    OrderState.ON_SITE: "已到场",
    OrderState.VERIFYING: "核查中",
}
_PRIORITIES = {Priority.NORMAL: "", Priority.HIGH: "[yellow]急[/] ", Priority.TOP: "[bold red]特急[/] "}
_HELP = """[bold]命令[/]（括号里是英文写法）
  接单 N   (claim N)         拒绝 N 原因   (decline N why，原因可不写)
  到场 N   (arrived N)       完成 N       (done N)
  不能 N 原因 (cannot N why)   误报 N 原因   (false N why)
  转交 N 工号 原因 (hand N id why，原因可不写)
  位置 纬度 经度 (here LAT LON)：告诉网格你在哪里，下班后不记
  列表     (list)            帮助 (help)  退出 (quit)
手上只有一单时，到场、完成、不能、误报、转交可以不写 N。"""
_VERBS = {
    **dict.fromkeys(("接单", "claim", "c"), "claim"),
    **dict.fromkeys(("拒绝", "decline"), "decline"),
    **dict.fromkeys(("到场", "arrived", "a"), "arrived"),
    **dict.fromkeys(("完成", "done", "d"), "done"),
    **dict.fromkeys(("不能", "cannot"), "cannot"),
    **dict.fromkeys(("误报", "false", "false_alarm"), "false_alarm"),
    **dict.fromkeys(("转交", "hand", "hand_over"), "hand_over"),
    **dict.fromkeys(("位置", "here"), "here"),
    **dict.fromkeys(("列表", "list", "l"), "list"),
    **dict.fromkeys(("帮助", "help", "h", "?", "？"), "help"),
    **dict.fromkeys(("退出", "quit", "exit", "q"), "quit"),
}
_NEEDS_REASON = {"cannot", "false_alarm"}
_TAKES_REASON = _NEEDS_REASON | {"decline", "done"}


def run_cleaner_terminal(
    client: CleanerClient,
    zone: tzinfo,
    lines: TextIO,
    console: Console,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Run until 退出, the end of `lines`, or Ctrl-C; the client is started and stopped here. `zone` is for the times shown."""
    terminal = CleanerTerminal(client, zone, console)
    commands = _read_aside(lines)
    client.start()
    console.print(f"[bold]未诉先办[/] · {escape(client.cleaner_id)} · 正在连接…（输入「帮助」看命令）")
    try:
        while terminal.turn(_next(commands), clock()):
            pass
        _last_words(client, clock)
    except KeyboardInterrupt:
        console.print()
    finally:
        client.stop()
        console.print("再见，辛苦了。")


class CleanerTerminal:
    """Shows what changes and carries out what is typed. Orders get small numbers that never change while it runs."""

    def __init__(self, client: CleanerClient, zone: tzinfo, console: Console) -> None:
        self._client = client
        self._zone = zone
        self._console = console
        self._numbers: dict[str, int] = {}
        self._shown: dict[str, LiveOrder] = {}
        self._online = False

    def turn(self, command: str | None, now: datetime) -> bool:
        """Hear, show, and obey one command (None: nothing was typed). False where it was the last."""
        news = self._client.step(now, 0.0 if command else _STEP_S)
        self._show_connection()
        self._show_changes(news)
        return self._obey(command, now) if command is not None else True

    def _show_connection(self) -> None:
        if self._client.link.connected != self._online:
            self._online = not self._online
            self._console.print("[green]● 已连接[/]" if self._online else "[yellow]○ 连接断开，正在重连；你说的话会在恢复后送到[/]")

    def _show_changes(self, news: list[News]) -> None:
        reasons = {one.message.order_id: _reason(one) for one in news if _reason(one)}
        live = dict(self._client.state.orders)
        for order_id, line in live.items():
            before = self._shown.get(order_id)
            if before is None or (before.state, before.attempt) != (line.state, line.attempt):
                self._show_line(line)
        for order_id in self._shown.keys() - live.keys() - reasons.keys():
            reasons[order_id] = "已不在你的列表里"
        for order_id, reason in reasons.items():
            if order_id in self._numbers:
                self._console.print(f"  [cyan]{self._numbers[order_id]}[/] {reason}")
            else:
                self._console.print(f"  {reason}")
        for closing in (one.message for one in news if isinstance(one.message, Update) and one.message.state is OrderState.CLOSED):
            self._show_pictures(closing)
        self._shown = live

    def _show_line(self, line: LiveOrder) -> None:
        number = self._numbers.setdefault(line.order_id, len(self._numbers) + 1)
        again = "再派件 " if line.attempt > 1 and line.state is OrderState.OFFERED else ""
        mark = "[bold green]★[/]" if line.yours else "[bold]▲[/]"
        self._console.print(
            f"{mark} [bold cyan]{number}[/] {_STATES.get(line.state, line.state)} {_PRIORITIES[line.priority]}{again}"
            f"{escape(line.title)} · {escape(line.camera)} {escape(line.zone)} · 约 {line.distance_m} 米 · {self._by_when(line)}"
        )
        self._show_pictures(line)

    def _show_pictures(self, pictured: Pictured) -> None:
        """Links in one piece: a terminal opens what it can read as one."""
        for words, link in (("发现时照片", pictured.before_picture), ("处置后照片", pictured.after_picture)):
            if link:
                self._console.print(f"    {words} {link}", soft_wrap=True, markup=False, highlight=False)

    def _by_when(self, line: LiveOrder) -> str:
        if line.yours:
            return f"{self._time(line.done_by)} 前完成"
        return f"{self._time(line.claim_by)} 前接单"

    def _time(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime("%H:%M")

    def _obey(self, command: str, now: datetime) -> bool:
        word, *rest = command.split(maxsplit=1)
        verb = _VERBS.get(word.lower())
        match verb:
            case "quit":
                return False
            case "list":
                self._show_list()
            case "here":
                self._say_where(rest[0] if rest else "", now)
            case "help":
                self._console.print(_HELP)
            case None:
                self._console.print(f"不明白「{escape(word)}」，输入「帮助」看命令。")
            case _:
                self._act(verb, rest[0] if rest else "", now)
        return True

    def _act(self, verb: str, rest: str, now: datetime) -> None:
        first, *after = rest.split(maxsplit=1)[:2] or [""]
        order_id, reason = (self._order_of(first), " ".join(after)) if first.isdigit() else (self._only_mine(), rest)
        if order_id is None:
            self._console.print("请写单号，例如「接单 1」；输入「列表」看单号。")
        elif verb in _NEEDS_REASON and not reason:
            self._console.print("请写明原因，例如「不能 1 需要吊车」。")
        elif verb == "hand_over" and not reason:
            self._console.print("请写明交给谁，例如「转交 1 c02」。")
        else:
            self._tell(verb, order_id, reason, now)

    def _tell(self, verb: str, order_id: str, reason: str, now: datetime) -> None:
        say = getattr(self._client, verb)
        try:
            say(order_id, now, *(reason.split(maxsplit=1) if verb == "hand_over" else [reason] if verb in _TAKES_REASON else []))
        except ValueError:
            self._console.print("这样写不行：原因写一行，200 字以内；工号只有字母、数字和连字符。")
            return
        self._console.print(f"  [cyan]{self._numbers[order_id]}[/] 已发送，等待确认…" if self._online else "  未连接，恢复后发送")

    def _say_where(self, place: str, now: datetime) -> None:
        try:
            lat, lon = map(float, place.split())
            said = self._client.stand_at(Position(lat, lon), now)
        except ValueError:
            self._console.print("请写纬度和经度，例如「位置 39.791 116.502」。")
            return
        self._console.print("  已发送位置" if said else "  未连接，位置没有送出")

    def _order_of(self, number: str) -> str | None:
        return next((order_id for order_id, given in self._numbers.items() if given == int(number)), None)

    def _only_mine(self) -> str | None:
        mine = [order_id for order_id, line in self._client.state.orders.items() if line.yours]
        return mine[0] if len(mine) == 1 and mine[0] in self._numbers else None

    def _show_list(self) -> None:
        table = Table("单号", "状态", "事项", "地点", "距离", "时限", title=f"{self._client.cleaner_id} 的单")
        for line in self._client.state.orders.values():
            number = str(self._numbers.get(line.order_id, ""))
            state = f"{_PRIORITIES[line.priority]}{_STATES.get(line.state, line.state)}"
            place = escape(f"{line.camera} {line.zone}")
            table.add_row(number, state, escape(line.title), place, f"{line.distance_m} 米", self._by_when(line))
        self._console.print(table if table.row_count else "现在没有单。")


def _reason(news: News) -> str:
    """What to say of a message beside the change that it made, if anything."""
    message = news.message
    if news.verdict in {Verdict.TAKEN, Verdict.ANSWER_ONLY} and isinstance(message, ClaimLost | Recall | Update):
        return REASONS.get(message.reason, escape(message.reason))
    return ""


def _last_words(client: CleanerClient, clock: Callable[[], datetime]) -> None:
    """What was typed last should still be said, and answered, before leaving."""
    for _ in range(_LAST_WORDS_STEPS):
        if not client.unanswered_count or not client.link.connected:
            return
        client.step(clock(), _STEP_S)


def _read_aside(lines: TextIO) -> "queue.Queue[str]":
    """The lines, read by a thread of their own: a terminal, a pipe or a file. The end of input quits."""
    commands: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in lines:
            if line.strip():
                commands.put(line.strip())
        commands.put("quit")

    threading.Thread(target=read, name="commands", daemon=True).start()
    return commands


def _next(commands: "queue.Queue[str]") -> str | None:
    try:
        return commands.get_nowait()
    except queue.Empty:
        return None
