"""What was seen and decided, and what the rules remember, within one write transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, text, update

from rules.judgement import Decision
from rules.reasons import Run, follow
from storage.dialect import upsert
from storage.rows import look_row, observation_row, put_off_of, put_off_row, run_of, run_row
from storage.tables import GOES_ON, camera_states, decision_runs, looks, observations, put_off_looks, rule_memories, rule_versions
from town.looks import Look, LookOutcome, PutOff
from town.rule_settings import RuleSettings
from town.sight import Observation

MemoryKey = tuple[str, str]
"""Zone and rule: what a memory belongs to, within one camera."""

_GOING_ON = select(decision_runs).where(decision_runs.c.camera_id == bindparam("camera"), text(GOES_ON)).order_by(decision_runs.c.number)
_OF_NUMBER = decision_runs.c.number == bindparam("b_number")
_EXTEND = update(decision_runs).where(_OF_NUMBER).values({name: bindparam(name) for name in ("decided_at", "detail", "look_count")})
_END = update(decision_runs).where(_OF_NUMBER).values(goes_on=False)
_COUNTS = tuple(column.name for column in put_off_looks.columns if not column.primary_key)
_STATE = tuple(column.name for column in camera_states.columns if not column.primary_key)


class LookPages:
    """The part of the book that looks stand in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def memories(self, camera_id: str) -> dict[MemoryKey, dict[str, Any]]:
        """What each rule remembers of each zone of a camera."""
        rows = self._connection.execute(select(rule_memories).where(rule_memories.c.camera_id == camera_id)).mappings()
        return {(row["zone_id"], row["rule_id"]): row["memory"] for row in rows}

    def save_memories(self, camera_id: str, memories: Mapping[MemoryKey, Mapping[str, Any]]) -> None:
        """Replace the memories that are named; the others stay."""
        rows = [
            {"camera_id": camera_id, "zone_id": zone_id, "rule_id": rule_id, "memory": dict(memory)}
            for (zone_id, rule_id), memory in memories.items()
        ]
        if rows:
            self._connection.execute(upsert(self._connection, rule_memories, ("memory",)), rows)

    def note_rules(self, rules: Sequence[RuleSettings], now: datetime) -> None:
        """Keep the settings of every version of a rule that was ever in force, and since when it is, or last was."""
        noted = self._connection.execute(select(rule_versions.c.rule_id, rule_versions.c.version).order_by(rule_versions.c.since)).all()
        in_force = dict(tuple(row) for row in noted)
        rows = [
            {"rule_id": rule.id, "version": rule.version, "since": now, "settings": rule.canonical}
            for rule in rules
            if in_force.get(rule.id) != rule.version
        ]
        if rows:
            self._connection.execute(upsert(self._connection, rule_versions, ("since",)), rows)

    def record_look(self, look: Look) -> None:
        """Note a look. The camera's state becomes this one, unless it was skipped (which says nothing of the camera) or is older."""
        row = look_row(look)
        self._connection.execute(insert(looks), row)
        if look.outcome is not LookOutcome.SKIPPED:
            self._connection.execute(upsert(self._connection, camera_states, _STATE, newest_by="ended_at"), row)

    def note_put_off(self, counted: Sequence[PutOff]) -> None:
        """Add to what was put off before in the same hours."""
        hours = {one.hour for one in counted}
        rows = self._connection.execute(select(put_off_looks).where(put_off_looks.c.hour.in_(hours))).mappings()
        known = {(one.hour, one.camera_id, one.reason): one for one in map(put_off_of, rows)}
        for one in counted:
            key = (one.hour, one.camera_id, one.reason)
            known[key] = known[key] + one if key in known else one
            self._connection.execute(upsert(self._connection, put_off_looks, _COUNTS), put_off_row(known[key]))

    def record_observations(self, seen: Sequence[Observation]) -> None:
        if seen:
            self._connection.execute(insert(observations), [observation_row(observation) for observation in seen])

    def record_decisions(self, made: Sequence[Decision]) -> None:
        """Note what the rules decided at one look at one camera: runs go on, end, or begin."""
        if not made:
            return
        going_on = self._connection.execute(_GOING_ON, {"camera": made[0].camera_id}).mappings()
        runs = follow([run_of(row) for row in going_on], made)
        if runs.extended:
            self._connection.execute(_EXTEND, [{"b_number": run.number, **_changing(run)} for run in runs.extended])
        if runs.ended:
            self._connection.execute(_END, [{"b_number": run.number} for run in runs.ended])
        if runs.begun:
            self._connection.execute(insert(decision_runs), [run_row(run) for run in runs.begun])


def _changing(run: Run) -> dict[str, Any]:
    return {"decided_at": run.decision.decided_at, "detail": dict(run.decision.detail), "look_count": run.look_count}
