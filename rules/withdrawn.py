"""What a rule had opened where it judges no longer: it was turned off, taken out of the file, or kept from that kind of zone."""

from collections.abc import Mapping
from datetime import datetime

from rules.case import cleared
from rules.judge import Memory, recall_any
from rules.judgement import IncidentChange, Remembered
from town.work import IncidentKey

MemoryKey = tuple[str, str]
REASON = "rule_withdrawn"


def withdraw(
    camera_id: str, memories: Mapping[MemoryKey, Memory], at: datetime
) -> tuple[dict[MemoryKey, Remembered], tuple[IncidentChange, ...]]:
    """Clear the incidents that these memories of withdrawn rules hold open, for no look will. Returns the memories that changed."""
    emptied: dict[MemoryKey, Remembered] = {}
    changes: list[IncidentChange] = []
    for (zone_id, rule_id), memory in memories.items():
        known = recall_any(memory, IncidentKey(rule_id, camera_id, zone_id))
        standing = [(incident, dwell) for incident, dwell in known.open_incidents if incident.opened_at < at] if known else []
        if known and standing:
            emptied[zone_id, rule_id] = type(known)()
            changes += [cleared(incident, at, dwell, REASON) for incident, dwell in standing]
    return emptied, tuple(changes)
