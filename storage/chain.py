"""The chain of order events: each event's hash covers what it says and the hash of the event before it, of whichever order."""

from datetime import UTC
from hashlib import sha256

from storage.columns import dump
from town.work import OrderEvent

START = ""
"""What the first event follows."""


def link(previous: str, event: OrderEvent) -> str:
    """The hash of an event that follows one of hash `previous`: SHA-256 of the JSON of all that the event says."""
    at = event.happened_at.astimezone(UTC).isoformat(timespec="microseconds")
    said = [event.order_id, event.rev, at, event.action, event.actor, event.from_state, event.to_state, event.reason, dict(event.detail)]
    return sha256(dump([previous, *said]).encode()).hexdigest()
