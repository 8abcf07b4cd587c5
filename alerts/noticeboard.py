"""What hangs out for managers, retained: each grid's board and each camera's status, rewritten only where they changed."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

from alerts.messages import MAX_BYTES, Board, BoardLine, CameraStatus, encode, message_id
from alerts.stores import OrderStore, Standing
from alerts.topics import Topics
from town.looks import Look, LookOutcome
from town.township import Township
from town.work import ENDED, Message, OrderState, WorkOrder

AT_MOST = 100_000
"""Live orders that are counted."""

_LINES = 30
_SUMMARY_LENGTH = 60
STATUS: dict[LookOutcome, Literal["fit", "unfit", "unreachable"]] = {
    LookOutcome.DONE: "fit",
    LookOutcome.UNKNOWN: "unfit",
    LookOutcome.FAILED: "unreachable",
}


class Noticeboard:
    """For one thread: it remembers in memory what it said last, and says all of it again when `sessions` has changed.

    A broker that lost its memory (the embedded one at every start) so has the boards back within one refresh.
    """

    def __init__(self, store: OrderStore, standing: Standing, township: Township, sessions: Callable[[], int]) -> None:
        self._store = store
        self._standing = standing
        self._township = township
        self._topics = Topics(township.town.id)
        self._sessions = sessions
        self._seen_sessions = 0
        self._said: dict[str, Any] = {}

    def refresh(self, now: datetime) -> int:
        """Put what changed since the last time into the outbox, in one transaction. Returns how many messages. Call every few seconds."""
        if (sessions := self._sessions()) != self._seen_sessions:
            self._seen_sessions = sessions
            self._said.clear()
        changed = [notice for notice in self._notices(now) if self._said.get(notice.topic) != notice.gist]
        if changed:
            with self._store.transaction() as book:
                book.send([_retained(notice.topic, notice.written(), now) for notice in changed])
        self._said.update({notice.topic: notice.gist for notice in changed})
        return len(changed)

    def _notices(self, now: datetime) -> Iterator["_Notice"]:
        live = self._standing.live_orders(AT_MOST)
        for grid in self._township.grids:
            board = board_of(grid.id, [order for order in live if order.grid_id == grid.id], now)
            yield _Notice(self._topics.grid_board(grid.id), (board.counts, board.overdue, board.more), partial(_same, board))
        for look in self._standing.camera_states():
            if look.camera_id in self._township.camera_by_id and look.outcome in STATUS:
                yield _Notice(self._topics.camera_status(look.camera_id), (look.outcome, look.reason), partial(status_of, look, now))


@dataclass(frozen=True, slots=True)
class _Notice:
    """What hangs at a topic: `gist` is what makes it another one, `written` writes it out."""

    topic: str
    gist: Any
    written: Callable[[], Board | CameraStatus]


def _same(board: Board) -> Board:
    return board


def board_of(grid_id: str, live: Sequence[WorkOrder], now: datetime) -> Board:
    """The board of a grid whose live orders these are, within the size that the contract allows."""
    counted = Counter(order.state for order in live)
    late = sorted((order.due_at, order.id, order) for order in live if order.due_at and order.due_at <= now)
    board = Board(
        msg_id=message_id(now, grid_id, "board"),
        grid_id=grid_id,
        issued_at=now,
        counts={state: counted[state] for state in OrderState if state not in ENDED},
        more=len(late),
    )
    room = MAX_BYTES - len(encode(board))
    lines: list[BoardLine] = []
    for _, _, order in late[:_LINES]:
        line = _line(order)
        room -= len(line.model_dump_json().encode()) + 1
        if room < 0:
            break
        lines.append(line)
    return board.model_copy(update={"overdue": tuple(lines), "more": len(late) - len(lines)})


def status_of(look: Look, now: datetime) -> CameraStatus:
    """What a look that was not skipped says of its camera."""
    return CameraStatus(
        msg_id=message_id(now, look.camera_id, "camera_status"),
        camera_id=look.camera_id,
        issued_at=now,
        status=STATUS[look.outcome],
        reason="" if look.outcome is LookOutcome.DONE else look.reason,
        seen_at=look.ended_at,
    )


def _line(order: WorkOrder) -> BoardLine:
    assert order.due_at
    return BoardLine(
        order_id=order.id,
        state=order.state,
        summary=order.summary[:_SUMMARY_LENGTH],
        due_at=order.due_at,
        attempt=order.attempt,
        holder=order.holder,
    )


def _retained(topic: str, said: Board | CameraStatus, now: datetime) -> Message:
    return Message(said.msg_id, topic, encode(said), now, retain=True, kind=said.type)
