"""What is kept of looks and of what the rules decided at them: read only, for whoever asks why."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from rules.judgement import Decision
from rules.reasons import LONGEST_RUN, Run
from storage.engines import Engines
from storage.reason_days import day_of
from storage.rows import look_of, looks_of_days, order_of, run_of, runs_of_days
from storage.tables import decision_runs, looks, observations, orders, reason_days
from town.looks import Look, LookOutcome
from town.work import WorkOrder


class Reasons:
    """Reads what is committed; each call sees one moment."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def last_look(self, camera_id: str, until: datetime, clear_only: bool = False) -> Look | None:
        """The last look that had ended at an instant; with `clear_only`, the last one by which rules could judge."""
        newest = select(looks).where(looks.c.camera_id == camera_id, looks.c.ended_at <= until).order_by(looks.c.ended_at.desc())
        newest = newest.where(looks.c.outcome == LookOutcome.DONE) if clear_only else newest
        days = _days_of(camera_id).where(reason_days.c.day <= day_of(until)).order_by(reason_days.c.day.desc())
        found = [look for look in self._some(newest, days) if look.ended_at <= until]
        found = [look for look in found if look.outcome is LookOutcome.DONE] if clear_only else found
        return max(found, key=lambda look: look.ended_at, default=None)

    def next_look(self, camera_id: str, since: datetime) -> Look | None:
        """The first look that ended after an instant."""
        oldest = select(looks).where(looks.c.camera_id == camera_id, looks.c.ended_at > since).order_by(looks.c.ended_at)
        days = _days_of(camera_id).where(reason_days.c.day >= day_of(since)).order_by(reason_days.c.day)
        found = [look for look in self._some(oldest, days) if look.ended_at > since]
        return min(found, key=lambda look: look.ended_at, default=None)

    def _some(self, fresh: Select[Any], days: Select[Any]) -> list[Look]:
        """The first row of looks, and the looks of the first two packed days: one page may lie wholly on the wrong side."""
        with self._engines.reading() as connection:
            row = connection.execute(fresh.limit(1)).mappings().first()
            packed = looks_of_days(connection.execute(days.limit(2)).mappings())
        return [*packed, *([look_of(row)] if row else [])]

    def runs_on(self, camera_id: str, since: datetime, until: datetime) -> list[Run]:
        """Runs of decisions about a camera that touch a span of time, both ends included; in the order in which they began."""
        of_camera = (decision_runs.c.camera_id == camera_id, decision_runs.c.began_at.between(since - LONGEST_RUN, until))
        kept = select(decision_runs).where(*of_camera, decision_runs.c.decided_at >= since)
        first_day = day_of(since - LONGEST_RUN)
        days = _days_of(camera_id).where(reason_days.c.day.between(first_day, day_of(until)))
        with self._engines.reading() as connection:
            packed = runs_of_days(connection.execute(days.order_by(reason_days.c.day)).mappings())
            rows = connection.execute(kept.order_by(decision_runs.c.began_at, decision_runs.c.number)).mappings()
            runs = [*packed, *(run_of(row) for row in rows)]
        return [run for run in runs if run.began_at <= until and run.decision.decided_at >= since]

    def seen_at(self, camera_id: str, since: datetime, until: datetime) -> list[tuple[str, str, dict[str, Any]]]:
        """Zone, kind and metrics of what was observed in a span of time, both ends included."""
        chosen = select(observations.c.zone_id, observations.c.kind, observations.c.metrics).where(
            observations.c.camera_id == camera_id, observations.c.seen_at.between(since, until)
        )
        with self._engines.reading() as connection:
            return [(zone, kind, metrics) for zone, kind, metrics in connection.execute(chosen.order_by(observations.c.number))]

    def orders_about(self, decision: Decision, at: datetime) -> list[WorkOrder]:
        """Orders that a decision is about, oldest first: those of its incident, and of its zone and rule those that lived at an instant."""
        of_incident = orders.c.incident_id == decision.incident_id
        of_zone = (
            (orders.c.camera_id == decision.camera_id) & (orders.c.zone_id == decision.zone_id) & (orders.c.rule_id == decision.rule_id)
        )
        lived = (orders.c.opened_at <= at) & (orders.c.ended_at.is_(None) | (orders.c.ended_at > at))
        chosen = [of_incident] if decision.object_id else [of_incident, of_zone & lived]
        with self._engines.reading() as connection:
            rows = [row for one in chosen for row in connection.execute(select(orders).where(one)).mappings()]
        found = {row["id"]: order_of(row) for row in rows}
        return sorted(found.values(), key=lambda order: (order.opened_at, order.id))


def _days_of(camera_id: str) -> Select[Any]:
    return select(reason_days).where(reason_days.c.camera_id == camera_id)
