"""A notice: one fault that an engineer should know of, from its first look until it has healed."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from town.looks import Look, LookOutcome

TELL_AFTER = 3
"""Bad looks in a row, a routine interval apart at least in all, until a fault is told; and as many good ones until it has healed."""

_NOT_THE_CAMERAS = frozenset({"overloaded"})


class Trouble(StrEnum):
    NO_PICTURE = "no_picture"
    """The camera does not answer, or not with a picture."""
    UNFIT_VIEW = "unfit_view"
    """It gives pictures that tell nothing of the street."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is wrong with a camera, since when and until when. `reason` is that of its last bad look: timed_out, moved, covered, …

    A notice is only suspected until `told_at`: a fault that heals before leaves nothing. `bad_looks` and `good_looks` are those in a row.
    """

    camera_id: str
    trouble: Trouble
    reason: str
    since: datetime
    bad_looks: int = 1
    good_looks: int = 0
    told_at: datetime | None = None
    until: datetime | None = None


def trouble_of(look: Look) -> Trouble | None:
    """What a look says is wrong with its camera; None for a good look."""
    return {LookOutcome.FAILED: Trouble.NO_PICTURE, LookOutcome.UNKNOWN: Trouble.UNFIT_VIEW}.get(look.outcome)


def says_something(look: Look) -> bool:
    """Whether a look says anything of its camera: one that was skipped, or whose frame nobody had time for, does not."""
    return look.outcome is not LookOutcome.SKIPPED and look.reason not in _NOT_THE_CAMERAS


def follow(notice: Notice, look: Look, every: timedelta) -> Notice | None:
    """An open notice after one more look at its camera; None where it was only suspected and is over.

    A camera that gives no picture says nothing of its view; a picture of any kind heals the want of one.
    """
    trouble = trouble_of(look)
    if trouble is notice.trouble:
        return _worse(notice, look, every)
    if trouble is Trouble.NO_PICTURE:
        return notice
    if notice.told_at is None:
        return None
    good_looks = notice.good_looks + 1
    return replace(notice, bad_looks=0, good_looks=good_looks, until=look.ended_at if good_looks >= TELL_AFTER else None)


def _worse(notice: Notice, look: Look, every: timedelta) -> Notice:
    after = replace(notice, reason=look.reason, bad_looks=notice.bad_looks + 1, good_looks=0)
    lasting = after.bad_looks >= TELL_AFTER and look.ended_at - notice.since >= every
    return replace(after, told_at=look.ended_at) if lasting and notice.told_at is None else after
