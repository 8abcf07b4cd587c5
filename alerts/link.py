"""The one seam to an MQTT broker: what a link promises, and the ways in which it can fail."""

import queue
from dataclasses import dataclass
from typing import Protocol


class LinkError(Exception):
    """Publishing failed. `retryable` says whether trying the same message again can help.

    LinkError
    ├── NotConnected   yes   there is no session with the broker now
    ├── NoAnswer       yes   the broker's acknowledgement did not come in time
    ├── Refused        by its reason code: a right that is lacking or a topic that is wrong stays so; a full quota does not
    └── TooLarge       no    more bytes than the broker or the contract takes
    """

    retryable = False


class NotConnected(LinkError):
    retryable = True


class NoAnswer(LinkError):
    retryable = True


class TooLarge(LinkError):
    pass


class Refused(LinkError):
    """The broker's reason code was 0x80 or above."""

    PERMANENT = frozenset({0x82, 0x85, 0x86, 0x87, 0x90, 0x95, 0x99, 0x9A, 0x9B})
    """Protocol error, bad client id, bad password, not authorised, bad topic, too large, bad payload, no retain, no such QoS."""

    def __init__(self, code: int, text: str = "") -> None:
        super().__init__(f"the broker refused with code 0x{code:02x} {text}".rstrip())
        self.code = code
        self.retryable = code not in self.PERMANENT


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message that the broker delivered. `retained`: it is the topic's last word from before the subscription."""

    topic: str
    payload: bytes
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """What a link says of itself, retained at QoS 1: its birth at every connection, its will when it is gone."""

    topic: str
    payload: bytes


class Link(Protocol):
    """A session with a broker that comes back by itself. Safe to use from several threads."""

    incoming: "queue.Queue[Incoming]"
    """What subscriptions bring, in order; the owner takes it out. Never blocks the network."""

    @property
    def connected(self) -> bool:
        """Whether there is a session with the broker right now."""
        ...

    @property
    def session_count(self) -> int:
        """How often a session has begun: a change tells an owner that something may have been missed in between."""
        ...

    def start(self) -> None:
        """Begin to connect, and keep trying until `stop`. Returns at once."""
        ...

    def stop(self) -> None:
        """End the session politely. Safe to repeat."""
        ...

    def subscribe(self, topic_filter: str) -> None:
        """Want messages of a filter, now and after every reconnection. May be called before `start`."""
        ...

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        expires_in_s: int | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        """Return once the broker has taken the message (QoS 1: its good acknowledgement). Raises LinkError.

        After an error nothing of the message is left queued in the link: a retry is the caller's, and never a duplicate by the link.
        """
        ...
