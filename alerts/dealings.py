"""What falls to a cleaner: each offer of an order, and each order that becomes theirs. Fairness and the cap count these. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from town.work import WorkOrder

KEPT_FOR = timedelta(days=1)
"""So long what fell to a cleaner is kept: longer than any shift."""


class Dealing(StrEnum):
    OFFERED = "offered"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Tally:
    """What fell to one cleaner lately: `offers` within the last hour, `taken` orders within a shift's time."""

    offers: int = 0
    taken: int = 0


def dealt(before: WorkOrder, after: WorkOrder) -> Iterator[tuple[str, Dealing]]:
    """Whom a change of an order newly offers it to, and who newly has it."""
    for cleaner_id in after.offered_to:
        if cleaner_id not in before.offered_to:
            yield cleaner_id, Dealing.OFFERED
    if after.holder and after.holder != before.holder:
        yield after.holder, Dealing.TAKEN
