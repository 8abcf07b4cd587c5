"""The way to managers and engineers, in our words: one letter to one address."""

from dataclasses import dataclass
from typing import Protocol

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Letter:
    """What a recipient reads."""

    title: str
    body: str


class NotDelivered(Exception):
    """The letter was not taken, or it is not known whether it was. Neither the reason nor its text tells anything of the address.

    `reason`: bad_address (nothing can be sent to what is written there), refused (perhaps with the status of HTTP), unreachable,
    timed_out or broken.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Post(Protocol):
    def send(self, address: SecretStr, letter: Letter) -> None:
        """Hand a letter over, within a deadline. Raises NotDelivered."""
        ...
