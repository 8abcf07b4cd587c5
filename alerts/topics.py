"""The MQTT topics of one town: every segment is a checked id, so no topic can hold a wildcard or a stranger's text."""

import re
from dataclasses import dataclass

_SEGMENT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class BadTopic(ValueError):
    """A topic, or a segment of one, that the contract does not know."""


def segment(value: str) -> str:
    """The id itself, if it may stand in a topic: lower-case letters, digits, single hyphens, at most 40. Raises BadTopic."""
    if len(value) > 40 or not _SEGMENT.fullmatch(value):
        raise BadTopic(f"not a topic segment: {value[:60]!r}")
    return value


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics below `weisu/v1/{town}`. Raises BadTopic for an id that cannot stand in one."""

    town_id: str

    def __post_init__(self) -> None:
        segment(self.town_id)

    @property
    def root(self) -> str:
        return f"weisu/v1/{self.town_id}"

    def inbox(self, cleaner_id: str) -> str:
        """Service to cleaner: offers, answers, recalls."""
        return self._cleaner(cleaner_id, "inbox")

    def snapshot(self, cleaner_id: str) -> str:
        """Service to cleaner, retained: all that is live for them."""
        return self._cleaner(cleaner_id, "snapshot")

    def up(self, cleaner_id: str) -> str:
        """Cleaner to service: everything they say."""
        return self._cleaner(cleaner_id, "up")

    def presence(self, cleaner_id: str) -> str:
        """Cleaner, or the broker as their will, retained: online or offline."""
        return self._cleaner(cleaner_id, "presence")

    def position(self, cleaner_id: str) -> str:
        """Cleaner to service: where they are."""
        return self._cleaner(cleaner_id, "position")

    def grid_orders(self, grid_id: str) -> str:
        """Service to managers: every order event of a grid."""
        return f"{self.root}/grids/{segment(grid_id)}/orders"

    def grid_board(self, grid_id: str) -> str:
        """Service to managers, retained: counts and what is overdue."""
        return f"{self.root}/grids/{segment(grid_id)}/board"

    def camera_status(self, camera_id: str) -> str:
        """Service to managers and engineers, retained: fit, unfit with a reason, unreachable."""
        return f"{self.root}/cameras/{segment(camera_id)}/status"

    @property
    def service_status(self) -> str:
        """The service's birth and will, retained."""
        return f"{self.root}/service/status"

    @property
    def dead_letter(self) -> str:
        """What failed schema, size or permission."""
        return f"{self.root}/service/dead-letter"

    @property
    def every_up(self) -> str:
        """The filter for what all cleaners say."""
        return f"{self.root}/cleaners/+/up"

    @property
    def every_position(self) -> str:
        return f"{self.root}/cleaners/+/position"

    @property
    def every_presence(self) -> str:
        return f"{self.root}/cleaners/+/presence"

    def speaker(self, topic: str) -> str:
        """The cleaner whose upward topic (or presence, or position) this is: the broker's ACL vouches for it. Raises BadTopic."""
        head, _, rest = topic.partition(f"{self.root}/cleaners/")
        cleaner_id, _, leaf = rest.partition("/")
        if head or leaf not in {"up", "presence", "position"}:
            raise BadTopic(f"not an upward topic of {self.town_id}: {topic[:120]!r}")
        return segment(cleaner_id)

    def _cleaner(self, cleaner_id: str, leaf: str) -> str:
        return f"{self.root}/cleaners/{segment(cleaner_id)}/{leaf}"
