"""Two rule files over the same looks: what the other one gains, loses and moves."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from patrol.replay import in_order
from town.work import Incident, IncidentKey

_NO_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Move:
    """One problem that both rule files open an incident for, at different times."""

    before: Incident
    after: Incident


@dataclass(frozen=True, slots=True)
class Comparison:
    """What opens under the other rules only, under these only, under both at different times, and how many at the same."""

    gained: tuple[Incident, ...]
    lost: tuple[Incident, ...]
    moved: tuple[Move, ...]
    same_count: int

    @property
    def changed(self) -> tuple[Incident, ...]:
        return (*self.gained, *self.lost, *(move.after for move in self.moved))


def compare(before: Sequence[Incident], after: Sequence[Incident]) -> Comparison:
    """Pair the incidents of one rule in one zone: stays by their vehicle, amounts by lasting at one time, the earliest first."""
    ids = {incident.id for incident in before} & {incident.id for incident in after}
    left: dict[IncidentKey, list[Incident]] = defaultdict(list)
    for incident in in_order(one for one in before if one.id not in ids):
        left[incident.key].append(incident)
    gained, moved = [], []
    for incident in in_order(one for one in after if one.id not in ids):
        alike = left[incident.key]
        twin = next((one for one in alike if incident.key.object_id or _last_at_one_time(one, incident)), None)
        if twin is None:
            gained.append(incident)
        else:
            alike.remove(twin)
            moved.append(Move(twin, incident))
    lost = in_order(incident for alike in left.values() for incident in alike)
    return Comparison(tuple(gained), lost, tuple(moved), len(ids))


def _last_at_one_time(one: Incident, other: Incident) -> bool:
    earlier, later = sorted((one, other), key=lambda incident: incident.opened_at)
    return later.opened_at < (earlier.closed_at or _NO_END)
