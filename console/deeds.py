"""What a manager may do to an order from the console, as a page's form or a program says it."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from alerts.manager_desk import ManagerDesk
from alerts.roll_call import Call
from console.instants import Moment
from console.site import Site
from console.visitors import Visitor
from town.accounts import Role
from town.silence import Silence
from town.work import WorkOrder

LONGEST = 200
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST)]

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class NotTheirs(Exception):
    """No such order, or one of a grid that is not theirs: nobody learns which."""


class _Deed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Said


class Return(_Deed):
    action: Literal["return"] = "return"


class NameOwner(_Deed):
    action: Literal["name"] = "name"
    to: Name
    """A cleaner."""


class HandOver(_Deed):
    action: Literal["hand_over"] = "hand_over"
    to: Name


class Defer(_Deed):
    action: Literal["defer"] = "defer"
    until: Moment
    approver: Name


class Resume(_Deed):
    action: Literal["resume"] = "resume"


class Merge(_Deed):
    action: Literal["merge"] = "merge"
    into: Name
    """The order that stands for both."""


class Unit(BaseModel):
    """A unit that is called, and how long it has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: Name
    within_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 31)]
    mandatory: bool = True


class Whistle(_Deed):
    action: Literal["whistle"] = "whistle"
    units: Annotated[tuple[Unit, ...], Field(min_length=1, max_length=20)]

    @field_validator("units")
    @classmethod
    def _called_once(cls, units: tuple[Unit, ...]) -> tuple[Unit, ...]:
        if len({one.unit for one in units}) < len(units):
            raise ValueError("a unit is called twice: name each once")
        return units


class ReportIn(_Deed):
    """A unit has done its part; `reason` is what it did."""

    action: Literal["report_in"] = "report_in"
    unit: Name


class Close(_Deed):
    """`photo` and `photo_sha256` name the after-photo."""

    action: Literal["close"] = "close"
    photo: Name
    photo_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Redo(_Deed):
    action: Literal["redo"] = "redo"


class FalseAlarm(_Deed):
    action: Literal["false_alarm"] = "false_alarm"


class Cancel(_Deed):
    action: Literal["cancel"] = "cancel"


Deed = Annotated[
    Return | NameOwner | HandOver | Defer | Resume | Merge | Whistle | ReportIn | Close | Redo | FalseAlarm | Cancel,
    Field(discriminator="action"),
]


def order_of(site: Site, visitor: Visitor, order_id: str) -> WorkOrder:
    """An order that is theirs to see. Raises NotTheirs, StorageError. Blocks."""
    order = site.database.order_lists.order(order_id)
    if order is None or not visitor.sees_grid(order.grid_id, site.township()):
        raise NotTheirs(order_id)
    return order


def carry_out(site: Site, visitor: Visitor, order_id: str, deed: Deed) -> WorkOrder:
    """Do it, as the manager who asks; the order as it then stands. Raises NotTheirs, NotDone, StorageError. Blocks."""
    order = order_of(site, visitor, order_id)
    if visitor.role is not Role.MANAGER:
        raise NotTheirs(order_id)
    if isinstance(deed, Merge):
        order_of(site, visitor, deed.into)
    desk = ManagerDesk(site.database, site.township(), site.links)
    return _done(desk, order.id, deed, visitor.name, site.clock())


def silence_place(site: Site, visitor: Visitor, order_id: str, until: datetime, reason: str) -> int:
    """Let the rule of an order rest at its place until an instant. Returns the silence's number. Raises NotTheirs, ValueError. Blocks."""
    order, now = order_of(site, visitor, order_id), site.clock()
    if visitor.role is not Role.MANAGER:
        raise NotTheirs(order_id)
    if until <= now or not reason.strip():
        raise ValueError("a silence needs an end that is to come, and a reason")
    with site.database.transaction() as book:
        return book.silence(Silence(visitor.name, reason.strip(), now, until, f"{order.camera_id}/{order.zone_id}", order.rule_id))


def _done(desk: ManagerDesk, order_id: str, deed: Deed, by: str, now: datetime) -> WorkOrder:  # noqa: PLR0911  a table
    match deed:
        case Return():
            return desk.give_back(order_id, by, deed.reason, now)
        case NameOwner():
            return desk.name_owner(order_id, deed.to, by, deed.reason, now)
        case HandOver():
            return desk.hand_over(order_id, deed.to, by, deed.reason, now)
        case Defer():
            return desk.defer(order_id, deed.until, deed.approver, by, deed.reason, now)
        case Resume():
            return desk.resume(order_id, by, deed.reason, now)
        case Merge():
            return desk.merge(order_id, deed.into, by, deed.reason, now)
        case Whistle():
            calls = [Call(one.unit, now + timedelta(minutes=one.within_minutes), one.mandatory) for one in deed.units]
            return desk.whistle(order_id, calls, by, deed.reason, now)
        case ReportIn():
            return desk.report_in(order_id, deed.unit, by, deed.reason, now)
        case Close():
            return desk.confirm(order_id, {"name": deed.photo, "sha256": deed.photo_sha256}, by, deed.reason, now)
        case Redo():
            return desk.redo(order_id, by, deed.reason, now)
        case FalseAlarm():
            return desk.dismiss(order_id, by, deed.reason, now)
        case Cancel():
            return desk.cancel(order_id, by, deed.reason, now)
