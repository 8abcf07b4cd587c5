"""What is kept for a person to judge: pictures of orders, and frames that two networks saw differently."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from town.sight import Detection
from town.work import WorkOrder


class When(StrEnum):
    """Which of an order's two sides a picture shows: before the work, or after it."""

    BEFORE = "before"
    AFTER = "after"


class Purpose(StrEnum):
    """Why an order has a picture: it shows the problem that opened it, that the problem was gone, or that the work did not end it.

    `REPORTED` is a cleaner's own photograph of the work. All others are frames of the order's camera.
    """

    OPENED = "opened"
    NOT_CLEARED = "not_cleared"
    CLEARED = "cleared"
    REPORTED = "reported"

    @property
    def when(self) -> When:
        return When.BEFORE if self is Purpose.OPENED else When.AFTER


@dataclass(frozen=True, slots=True)
class Picture:
    """One frame, kept as a JPEG at `path` (within the folder of pictures), with all that the network `version` saw in it.

    Its id is that of the look that took it. A cleaner's photograph has an id of its own, and nothing of what was seen in it.
    """

    id: str
    camera_id: str
    taken_at: datetime
    path: str
    size_bytes: int
    version: str
    detections: tuple[Detection, ...]


class PictureKind(StrEnum):
    """What a picture is kept for, the first that applies, which says for how long.

    `LIVE`: an order that has not ended, which it stays with. `JUDGED`: what a person judged, an order closed or called a false alarm or a
    disagreement: harvests learn from it. `HELD`: what a paused rule held back. `STRAY`: a file that no row knows.
    """

    LIVE = "live"
    JUDGED = "judged"
    ORDER = "order"
    DISAGREEMENT = "disagreement"
    HELD = "held"
    STRAY = "stray"


@dataclass(frozen=True, slots=True)
class PictureDay:
    """How many pictures of a kind were deleted on a day of the town, and what was left at its last check.

    `forgotten` since their time was over, `crowded_out` since the disk's share was full. `overdue` is how many were left although their
    time was over: 0, or deleting failed.
    """

    day: date
    kind: PictureKind
    forgotten: int
    crowded_out: int
    left: int
    overdue: int
    oldest_at: datetime | None
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class PictureView:
    """One showing of an order's picture: when, to whom (`cleaner:c01`), and from which network they came, not from which address."""

    viewed_at: datetime
    person: str
    order_id: str
    picture_id: str
    network: str


class WhyNone(StrEnum):
    """Why a picture that somebody would want was not kept: people or plates may have been left in it, or the disk did not take it."""

    NOT_BLURRED = "not_blurred"
    NOT_WRITTEN = "not_written"


@dataclass(frozen=True, slots=True)
class MissingPicture:
    """A look whose picture could not be kept, so that its orders go without."""

    look_id: str
    camera_id: str
    taken_at: datetime
    why: WhyNone
    detail: str
    order_ids: tuple[str, ...] = ()


class Reason(StrEnum):
    """How two networks differ about a zone: in a number that rules judge by, or about a thing that one is sure of and one does not see."""

    COUNT_DIFFERS = "count_differs"
    ONLY_PROMOTED_SEES = "only_promoted_sees"
    ONLY_CANDIDATE_SEES = "only_candidate_sees"


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which they differ. `what` is a metric with the two counts, or a label with the two confidences."""

    reason: Reason
    zone_id: str
    what: str
    promoted: float
    candidate: float


class Side(StrEnum):
    """Which network a person found right about a frame."""

    PROMOTED = "promoted"
    CANDIDATE = "candidate"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A frame that the promoted network (`picture.version`) and a candidate saw differently. `number` is 0 until it is stored."""

    picture: Picture
    candidate: str
    seen_by_candidate: tuple[Detection, ...]
    differences: tuple[Difference, ...]
    number: int = 0
    judged: Side | None = None
    judged_by: str = ""
    judged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of a candidate's time in the shadow: looks that both saw, those at which it failed, and how disagreements were judged."""

    looks: int = 0
    failed: int = 0
    disagreements: int = 0
    kept: int = 0
    promoted: int = 0
    candidate: int = 0
    neither: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture with the orders it belongs to and the disagreement about it, if there was one."""

    picture: Picture
    orders: tuple[tuple[Purpose, WorkOrder], ...]
    disagreement: Disagreement | None = None
