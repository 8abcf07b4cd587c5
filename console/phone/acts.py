"""What a phone asks for: an act on an order, under the event id that the phone gave it and gives it at every try."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter

from alerts.messages import EventId, Id, OrderAct, Words

LONGEST_BYTES = 4096
_ACTS: TypeAdapter[OrderAct] = TypeAdapter(OrderAct)


class PhoneAct(BaseModel):
    """`reason` is the cleaner's own words; `to` is the colleague of a `hand_over`; `at` is when it was tapped, by the phone's clock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_id: EventId
    order_id: Id
    act: Literal["claim", "decline", "arrived", "done", "cannot", "hand_over", "false_alarm"]
    at: AwareDatetime
    reason: Words = ""
    to: Id | None = None

    def as_said(self) -> OrderAct:
        """As it is said over MQTT. Raises ValidationError where a reason or a colleague is missing."""
        said = {"type": self.act, "event_id": self.event_id, "order_id": self.order_id, "issued_at": self.at, "reason": self.reason}
        return _ACTS.validate_python(said | ({"to": self.to} if self.to else {}))
