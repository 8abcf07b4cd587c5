"""What judging takes and gives: an observation or an honest unknown goes in; a new memory, changes and reasons come out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from town.sight import Observation
from town.value_object import value_object
from town.work import Incident


class ChangeKind(StrEnum):
    OPENED = "opened"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class IncidentChange:
    """An incident that opened or cleared, as it now stands. The reason stands in the incident."""

    kind: ChangeKind
    incident: Incident


class Verdict(StrEnum):
    """What a rule decided at a look, and why. One word an answer to "why was there no order?"."""

    NOTHING_SEEN = "nothing_seen"
    BELOW_THRESHOLD = "below_threshold"
    WAITING_FOR_LOOKS = "waiting_for_looks"
    WAITING_FOR_LIMIT = "waiting_for_limit"
    OPENED = "opened"
    STILL_FIRING = "still_firing"
    WAITING_TO_CLEAR = "waiting_to_clear"
    CLEARED = "cleared"
    OUTSIDE_HOURS = "outside_hours"
    PERMIT = "permit"
    SILENCED = "silenced"
    LEGAL_STOP = "legal_stop"
    CONDITION_UNMET = "condition_unmet"
    VIEW_UNKNOWN = "view_unknown"
    REPEATED_LOOK = "repeated_look"
    LIMITED = "limited"
    """It fires, but the limiter has paused the rule: no order."""


@value_object
class Decision:
    """One rule's answer about one zone (and one object, for stays) at one look."""

    rule_id: str
    camera_id: str
    zone_id: str
    decided_at: datetime
    verdict: Verdict
    object_id: str = ""
    incident_id: str = ""
    firing: bool | None = None
    """Whether the condition was seen to hold in this very look; None where the look could not tell."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    rule_version: str = ""
    """Which settings of the rule decided: `RuleSettings.version`."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A look that could not tell: failed, dark, blurred, frozen. Neither starts, ends nor resets anything."""

    seen_at: datetime
    reason: str


Sight = Observation | Unknown


class Remembered(Protocol):
    """What a rule remembers of a zone. A plain JSON value keeps it over a restart; a backtest hands it on as it is."""

    def as_json(self) -> dict[str, Any]: ...


@value_object
class Judgement:
    """The outcome of one rule for one zone at one look.

    `remembered` is what the rule must be handed next time, and `memory` the same as a plain JSON value, stored in the same
    transaction as the changes. `look_again_at` is the moment at which the rule could first know more than now. `suspects` says that
    the rule waits for the next look's own opinion: something is suspected, counts towards a limit, or is open.
    """

    remembered: Remembered
    changes: tuple[IncidentChange, ...]
    decisions: tuple[Decision, ...]
    look_again_at: datetime | None = None
    suspects: bool = False

    @property
    def memory(self) -> dict[str, Any]:
        return self.remembered.as_json()
