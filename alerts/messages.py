"""What is said over MQTT: typed payloads downward and upward, JSON of at most 4 KiB, all meaning in the payload."""

import unicodedata
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Discriminator, Field, TypeAdapter, ValidationError

from town.places import Place
from town.rule_settings import Priority
from town.work import OrderState

MAX_BYTES = 4096

Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,64}$")]
EventId = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{8,64}$")]


def _printable(text: str) -> str:
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in text):
        raise ValueError("control characters are not allowed")
    return text


_NO_CONTROLS = {"pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$"}

Words = Annotated[str, Field(max_length=200, json_schema_extra=_NO_CONTROLS), AfterValidator(_printable)]
"""What a person writes: one line, no control characters."""


Link = Annotated[str, Field(max_length=500, pattern=r"^https?://[!-~]+$")]


class BadMessage(ValueError):
    """A payload outside the contract. `reason`: too_large, not_json, unknown_type, bad_version or bad_schema."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(f"{reason}: {text}" if text else reason)
        self.reason = reason


def message_id(at: datetime, *parts: str | int) -> str:
    """A uuid7 for an instant whose other bits come from `parts`: the same facts give the same id, so a replay is harmless."""
    digest = int.from_bytes(blake2b("\x1f".join(map(str, parts)).encode(), digest_size=10).digest(), "big")
    bits = (int(at.timestamp() * 1000) & (1 << 48) - 1) << 80 | digest
    bits = bits & ~(0xF << 76) | 7 << 76
    return str(UUID(int=bits & ~(0x3 << 62) | 0x2 << 62))


def _always_said(schema: dict[str, Any]) -> None:
    """`v` and `type` have defaults in the code and are always on the wire."""
    always = [name for name in ("v", "type") if name in schema.get("properties", {})]
    schema["required"] = [*always, *(name for name in schema.get("required", []) if name not in always)]


class Payload(BaseModel):
    """Keys a reader does not know are passed over, so that either side may be newer."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True, json_schema_extra=_always_said)

    v: Literal[1] = 1


class Down(Payload):
    """To a cleaner's inbox. A client answers `received` to each, and drops what has expired or has a `rev` not above the last seen.

    What answers an upward event names it in `answers`, and is shown whatever its `rev`.
    """

    msg_id: Id
    order_id: Id
    rev: int
    issued_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    answers: EventId | None = None


class Pictured(BaseModel):
    """Links to an order's pictures, for this cleaner alone and for a while. Behind one there may be none: an answer of 404 says no more."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)

    before_picture: Link | None = None
    after_picture: Link | None = None


class Work(Pictured):
    """What must be done, where, by when, in the words of the cleaner. Never a plate, a phone number or a secret."""

    title: str
    camera: str
    zone: str
    grid: str
    position: Place
    priority: Priority
    attempt: int
    claim_by: AwareDatetime
    done_by: AwareDatetime
    distance_m: int


class Offer(Down, Work):
    """派单: shown to several cleaners; the first to claim has it. `why` says why this cleaner."""

    type: Literal["offer"] = "offer"
    why: str = ""


class Redo(Down, Work):
    """再派件: an offer of work that was done and failed its verification, with both pictures. Claimed like any offer."""

    type: Literal["redo"] = "redo"
    why: str = ""


class ClaimWon(Down, Work):
    type: Literal["claim_won"] = "claim_won"


class ClaimLost(Down):
    type: Literal["claim_lost"] = "claim_lost"
    reason: str


class Update(Down, Pictured):
    """The state of an order that this cleaner holds, or why something they said was refused."""

    type: Literal["update"] = "update"
    state: OrderState | None = None
    reason: str = ""


class Recall(Down):
    """The order is no longer this cleaner's to claim or do."""

    type: Literal["recall"] = "recall"
    reason: str


class LiveOrder(Work):
    """A line of the snapshot."""

    order_id: Id
    rev: int
    state: OrderState
    yours: bool


class Snapshot(Payload):
    """All that is live for one cleaner, most urgent first; `more` counts what did not fit. A higher `snapshot_rev` replaces a lower."""

    type: Literal["snapshot"] = "snapshot"
    msg_id: Id
    snapshot_rev: int
    issued_at: AwareDatetime
    orders: tuple[LiveOrder, ...] = ()
    more: int = 0


class OrderNews(Payload):
    """To a grid's managers: one order event. `attention` asks for a person's eyes (nobody to send, overdue, third attempt)."""

    type: Literal["order_news"] = "order_news"
    msg_id: Id
    order_id: Id
    rev: int
    issued_at: AwareDatetime
    action: str
    actor: str
    from_state: OrderState | None = None
    to_state: OrderState
    reason: str = ""
    summary: str = ""
    attempt: int = 1
    attention: bool = False


class BoardLine(BaseModel):
    """An order whose deadline for its state has passed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    order_id: Id
    state: OrderState
    summary: str
    due_at: AwareDatetime
    attempt: int
    holder: str | None = None


class Board(Payload):
    """A grid at a glance: how many orders live in each state, and the longest overdue; `more` counts those that did not fit."""

    type: Literal["board"] = "board"
    msg_id: Id
    grid_id: Id
    issued_at: AwareDatetime
    counts: dict[OrderState, int]
    overdue: tuple[BoardLine, ...] = ()
    more: int = 0


class CameraStatus(Payload):
    """What a camera is good for now, as its last look that was not skipped found it at `seen_at`."""

    type: Literal["camera_status"] = "camera_status"
    msg_id: Id
    camera_id: Id
    issued_at: AwareDatetime
    status: Literal["fit", "unfit", "unreachable"]
    reason: str = ""
    seen_at: AwareDatetime


class DeadLetter(Payload):
    """What came up and could not be taken: who, why, and the beginning of it."""

    type: Literal["dead_letter"] = "dead_letter"
    msg_id: Id
    cleaner_id: str
    issued_at: AwareDatetime
    reason: str
    excerpt: str = ""


class ServiceStatus(Payload):
    """The service's birth, and as its will, its end."""

    type: Literal["service_status"] = "service_status"
    online: bool
    version: str = ""
    since: AwareDatetime | None = None


class Presence(Payload):
    """A cleaner's client is online or, as its will says, gone. A will with another `boot_id` than the latest is old."""

    type: Literal["presence"] = "presence"
    online: bool
    boot_id: Id


class PositionReport(Payload):
    """Where a cleaner is: said on shift only, by whoever wants to, and kept until the next one. Neither answered nor repeated."""

    type: Literal["position"] = "position"
    position: Place
    issued_at: AwareDatetime


class Up(Payload):
    """From a cleaner. A repeated `event_id` gets the stored answer again. `issued_at` is the phone's clock: shown, never trusted."""

    event_id: EventId
    issued_at: AwareDatetime


class Hello(Up):
    type: Literal["hello"] = "hello"
    boot_id: Id


class Received(Up):
    type: Literal["received"] = "received"
    msg_id: Id


class Claim(Up):
    type: Literal["claim"] = "claim"
    order_id: Id


class Decline(Up):
    type: Literal["decline"] = "decline"
    order_id: Id
    reason: Words = ""


class Arrived(Up):
    type: Literal["arrived"] = "arrived"
    order_id: Id


class Done(Up):
    type: Literal["done"] = "done"
    order_id: Id
    reason: Words = ""


class Cannot(Up):
    type: Literal["cannot"] = "cannot"
    order_id: Id
    reason: Annotated[Words, Field(min_length=1)]


class HandOver(Up):
    """The holder gives the order to a colleague who is on shift and has the skill, and who may give it back like any other."""

    type: Literal["hand_over"] = "hand_over"
    order_id: Id
    to: Id
    reason: Words = ""


class FalseAlarm(Up):
    type: Literal["false_alarm"] = "false_alarm"
    order_id: Id
    reason: Annotated[Words, Field(min_length=1)]


OrderAct = Claim | Decline | Arrived | Done | Cannot | HandOver | FalseAlarm
Upward = Hello | Received | OrderAct
Downward = Offer | Redo | ClaimWon | ClaimLost | Update | Recall

_UP: TypeAdapter[Upward] = TypeAdapter(Annotated[Upward, Discriminator("type")])
_DOWN: TypeAdapter[Downward] = TypeAdapter(Annotated[Downward, Discriminator("type")])
_REASONS = {"json_invalid": "not_json", "union_tag_invalid": "unknown_type", "union_tag_not_found": "unknown_type"}
_P = TypeVar("_P")


def encode(payload: Payload) -> bytes:
    """The payload as UTF-8 JSON. Raises BadMessage(too_large)."""
    return _checked(payload.model_dump_json(exclude_none=True).encode())


def parse_upward(payload: bytes) -> Upward:
    """What a cleaner said. Raises BadMessage."""
    return _parse(_UP, payload)


def parse_downward(payload: bytes) -> Downward:
    """What came to a cleaner's inbox. Raises BadMessage."""
    return _parse(_DOWN, payload)


def parse_position(payload: bytes) -> PositionReport:
    """Where a cleaner says they are. Raises BadMessage."""
    return _parse(TypeAdapter(PositionReport), payload)


def parse_snapshot(payload: bytes) -> Snapshot:
    """The retained list of a cleaner. Raises BadMessage."""
    return _parse(TypeAdapter(Snapshot), payload)


def _parse(adapter: TypeAdapter[_P], payload: bytes) -> _P:
    try:
        return adapter.validate_json(_checked(payload))
    except ValidationError as wrong:
        raise _explained(wrong.errors(include_url=False, include_input=False)[0]) from wrong


def _explained(first: Any) -> BadMessage:
    path = ".".join(map(str, first["loc"]))
    reason = "bad_version" if first["loc"][-1:] == ("v",) else _REASONS.get(first["type"], "bad_schema")
    return BadMessage(reason, f"{path} {first['msg']}".strip())


def _checked(payload: bytes) -> bytes:
    if len(payload) > MAX_BYTES:
        raise BadMessage("too_large", f"{len(payload)} bytes, the contract allows {MAX_BYTES}")
    return payload
