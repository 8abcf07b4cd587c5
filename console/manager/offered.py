"""Which of a manager's deeds an order allows in the state in which it is, by the one table of what may happen."""

from collections.abc import Callable, Mapping, Sequence

from alerts.lifecycle import TABLE, Action, Who, redo_of, return_of
from alerts.roll_call import Call
from town.work import WorkOrder

ACTIONS: Mapping[str, Callable[[WorkOrder], Action]] = {
    "name": lambda _: Action.NAME_OWNER,
    "hand_over": lambda _: Action.HAND_OVER,
    "return": return_of,
    "close": lambda _: Action.CONFIRM,
    "redo": redo_of,
    "report_in": lambda _: Action.REPORT_IN,
    "whistle": lambda _: Action.WHISTLE,
    "defer": lambda _: Action.DEFER,
    "resume": lambda _: Action.RESUME,
    "merge": lambda _: Action.MERGE,
    "false_alarm": lambda _: Action.DISMISS,
    "cancel": lambda _: Action.CANCEL,
}
"""The deeds of `console.deeds`, and what each is to an order."""

DANGEROUS = frozenset({"false_alarm", "cancel"})
"""What ends an order that nobody has done."""


def offered(order: WorkOrder, calls: Sequence[Call] = ()) -> list[str]:
    """The deeds that a manager may be offered; a unit can report in only while one that was called has not."""
    allowed = [name for name, action in ACTIONS.items() if _allows(order, action(order))]
    return [name for name in allowed if name != "report_in" or any(call.reported_at is None for call in calls)]


def _allows(order: WorkOrder, action: Action) -> bool:
    move = TABLE[action]
    return Who.MANAGER in move.who and order.state in move.sources
