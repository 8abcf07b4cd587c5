"""What hangs out for managers: boards and cameras' statuses, rewritten where they changed and not otherwise."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from alerts.messages import MAX_BYTES, encode
from alerts.noticeboard import Noticeboard, board_of
from alerts.topics import Topics
from tests.doubles.order_samples import order
from tests.doubles.people import GATE, NOW, Office, after, content, incident
from town.looks import Look, LookOutcome
from town.work import ENDED, Message, OrderState, WorkOrder

TOPICS = Topics("yizhuang")


class Hall:
    """A noticeboard over an office's store, with cameras that look as told and a broker that comes and goes."""

    def __init__(self) -> None:
        self.office = Office()
        self.looks: list[Look] = []
        self.sessions = 1
        self.board = Noticeboard(self.office.store, self, self.office.township, lambda: self.sessions)

    def live_orders(self, at_most: int) -> Sequence[WorkOrder]:
        return self.office.live()[:at_most]

    def camera_states(self) -> Sequence[Look]:
        return self.looks

    def sees(self, outcome: LookOutcome, reason: str = "", at: datetime = NOW) -> None:
        self.looks = [Look("look", GATE, at, at, at, outcome, reason)]

    def posted(self, at: datetime = NOW) -> dict[str, dict[str, Any]]:
        """What a refresh sends, by topic."""
        self.office.carry(at)
        self.board.refresh(at)
        messages: list[Message] = self.office.carry(at)
        assert all(message.retain for message in messages)
        return {message.topic: content(message) for message in messages}


def test_a_board_counts_the_live_orders_of_its_grid_by_state() -> None:
    hall = Hall()
    hall.office.opens(incident(1))
    hall.office.opens(incident(2, "car-1"))
    board = hall.posted()[TOPICS.grid_board("g1")]

    assert board["counts"] == {state: 2 if state is OrderState.OFFERED else 0 for state in OrderState if state not in ENDED}
    assert board["overdue"] == []


def test_what_is_overdue_stands_on_the_board_with_its_deadline() -> None:
    hall = Hall()
    opened = hall.office.opens(incident(1))
    late = hall.posted(opened.claim_by)[TOPICS.grid_board("g1")]["overdue"]

    assert [(line["order_id"], line["state"]) for line in late] == [(opened.id, "offered")]
    assert datetime.fromisoformat(late[0]["due_at"]) == opened.claim_by


def test_what_has_not_changed_is_not_written_again() -> None:
    hall = Hall()
    hall.sees(LookOutcome.DONE)
    first = hall.posted()
    hall.sees(LookOutcome.DONE, at=after(seconds=30))

    assert set(first) == {TOPICS.grid_board("g1"), TOPICS.camera_status(GATE)}
    assert hall.posted(after(seconds=30)) == {}


def test_a_camera_is_fit_unfit_with_a_reason_or_unreachable() -> None:
    hall = Hall()
    said = []
    for second, (outcome, reason) in enumerate([("done", "fit"), ("unknown", "black"), ("failed", "timeout")]):
        hall.sees(LookOutcome(outcome), reason, after(seconds=second))
        status = hall.posted(after(seconds=second))[TOPICS.camera_status(GATE)]
        said.append((status["status"], status["reason"]))

    assert said == [("fit", ""), ("unfit", "black"), ("unreachable", "timeout")]


def test_a_camera_that_the_township_no_longer_has_is_not_told_of() -> None:
    hall = Hall()
    hall.looks = [Look("look", "gone", NOW, NOW, NOW, LookOutcome.DONE)]

    assert TOPICS.camera_status("gone") not in hall.posted()


def test_a_new_session_with_the_broker_gets_everything_again() -> None:
    hall = Hall()
    hall.sees(LookOutcome.DONE)
    first = hall.posted()
    hall.sessions = 2

    assert set(hall.posted(after(seconds=5))) == set(first)


def test_boards_do_not_pile_up_while_the_broker_is_away() -> None:
    hall = Hall()
    for number in range(1, 6):
        hall.office.opens(incident(number, f"car-{number}"), after(seconds=number))
        hall.board.refresh(after(seconds=number))

    boards = [message for message in hall.office.carry(after(minutes=1)) if message.kind == "board"]
    assert [content(message)["counts"]["offered"] for message in boards] == [5]


def test_a_long_list_of_overdue_orders_is_cut_to_the_size_that_the_contract_allows() -> None:
    late = [order(number, state=OrderState.OPEN, claim_by=NOW - timedelta(minutes=number), summary="桶" * 200) for number in range(200)]
    board = board_of("g1", late, NOW)

    assert len(encode(board)) <= MAX_BYTES
    assert board.overdue
    assert len(board.overdue) + board.more == 200
    assert board.overdue[0].order_id == "order-199"
