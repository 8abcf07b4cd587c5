"""Orders, what happened to them, and to whom they were offered, as programs read them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from console.api.bounds import MOST, Page
from patrol.order_text import OrderFile
from storage.order_lists import Receipt
from town.rule_settings import Priority
from town.work import OrderEvent, OrderState, WorkOrder


class Record(BaseModel):
    """Read from a noun of the same fields."""

    model_config = ConfigDict(from_attributes=True)


class Place(Record):
    """In degrees, WGS-84."""

    lat: float
    lon: float


class Rectangle(Record):
    """Where in the picture, 0 to 1 from the upper left corner."""

    x1: float
    y1: float
    x2: float
    y2: float


class Order(Record):
    """What must be done, where, by when. The states and what leads from one to another: docs/orders.md."""

    id: str
    incident_id: str
    rule_id: str
    camera_id: str
    zone_id: str
    grid_id: str
    category: str = Field(description="The city's code; empty where the rule has none.")
    skill: str
    priority: Priority
    summary: str
    position: Place
    box: Rectangle
    state: OrderState
    opened_at: datetime
    due_at: datetime | None = Field(description="The deadline that bears on the state; null once ended.")
    claim_by: datetime
    done_by: datetime
    verify_by: datetime | None
    holder: str | None = Field(description="The cleaner who took it.")
    offered_to: list[str]
    rev: int = Field(description="Grows by one with every change.")
    attempt: int
    returns: int
    done_at: datetime | None
    ended_at: datetime | None
    deferred_until: datetime | None
    parent_id: str = Field(description="The order that it is merged into; empty where it is not.")
    recurs_of: str = Field(description="The order that was closed at the same place not long before; empty where none was.")


class OrderPage(Page[Order]):
    """Orders, newest first."""


class Event(Record):
    """One thing that happened to an order. Written once and never changed."""

    order_id: str
    rev: int
    happened_at: datetime
    action: str
    actor: str = Field(description="A cleaner's id, an account's name, or `service`.")
    from_state: OrderState | None
    to_state: OrderState
    reason: str
    detail: dict[str, Any] = Field(description="What the action needs to be understood: of an offer, for example, whom it chose and why.")


class Offer(Record):
    """The order was shown to one cleaner."""

    cleaner_id: str
    sent_at: datetime | None = Field(description="When the broker took it.")
    received_at: datetime | None = Field(description="When the cleaner's client acknowledged it.")


class UnitCall(Record):
    """A unit that was called by a whistle (吹哨)."""

    unit: str
    report_by: datetime
    mandatory: bool
    reported_at: datetime | None
    note: str


class OrderStory(Order):
    """An order with all that happened to it. Of very long stories the newest 500 events."""

    events: Annotated[list[Event], Field(max_length=MOST, description="Oldest first.")]
    offers: Annotated[list[Offer], Field(max_length=MOST, description="As far as they are still kept; oldest first.")]
    calls: Annotated[list[UnitCall], Field(max_length=MOST)]
    merged: Annotated[list[str], Field(max_length=MOST, description="The orders that were merged into it.")]


class OrderChange(BaseModel):
    """The data of a server-sent event: what happened, and the order as it stands now."""

    event: Event
    order: Order


def order_record(order: WorkOrder) -> Order:
    return Order.model_validate(order)


def story_record(file: OrderFile, offers: list[Receipt]) -> OrderStory:
    told = order_record(file.order).model_dump()
    events = [Event.model_validate(one) for one in file.events[-MOST:]]
    calls = [UnitCall.model_validate(one) for one in file.calls[:MOST]]
    sent = [Offer.model_validate(one) for one in offers[-MOST:]]
    return OrderStory(**told, events=events, offers=sent, calls=calls, merged=[one.id for one in file.merged[:MOST]])


def change_record(event: OrderEvent, order: WorkOrder) -> OrderChange:
    return OrderChange(event=Event.model_validate(event), order=order_record(order))
