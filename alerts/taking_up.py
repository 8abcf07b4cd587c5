"""Going on from a copy of the database: whatever is said from then on counts as newer than all that phones have seen."""

import logging
from datetime import datetime

from alerts.casework import Casework, transact
from alerts.lifecycle import Action
from alerts.picture_links import PictureLinks
from alerts.stores import OrderStore
from alerts.telling import Teller
from town.township import Township

logger = logging.getLogger(__name__)

AT_LEAST = 1_000
A_SECOND = 100
"""More changes of one order, or snapshots of one cleaner, than a second ever holds: so far revisions leap for each that is lost."""


def leap(copied_at: datetime, now: datetime) -> int:
    """By how much revisions are raised, so that none that was given out after the copy was made is as high."""
    return AT_LEAST + A_SECOND * max(0, int((now - copied_at).total_seconds()))


def take_up(store: OrderStore, township: Township, now: datetime, links: PictureLinks | None = None) -> datetime | None:
    """Where the store is a copy, go on from it, once: raise the revisions of live orders and snapshots, and write all snapshots anew.

    Returns when the copy was made; None where the store is none, or was gone on with before.
    """

    def work(case: Casework) -> datetime | None:
        copied_at = case.book.copied_at()
        if copied_at is not None:
            _raise(case, township, copied_at)
            case.finish()
            case.book.took_up(now)
            logger.info("going on from a copy of %s: phones are told anew what is live", copied_at.isoformat(timespec="seconds"))
        return copied_at

    return transact(store, Teller(township, links), now, work)


def _raise(case: Casework, township: Township, copied_at: datetime) -> None:
    by = leap(copied_at, case.now)
    case.book.raise_snapshot_revs(township.cleaner_by_id, by)
    for order in case.book.live_orders():
        case.must(order, Action.RESTORE, "restored_from_copy", {"rev": order.rev + by}, {"copied_at": copied_at.isoformat()})
    case.touch(township.cleaner_by_id)
