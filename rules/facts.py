"""What a rule's expressions are told of a look: its metrics, where and when it was, how long the thing has lasted."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from rules.case import Case
from rules.dwell import Dwell
from rules.metrics import measure
from town.expressions import Unanswered
from town.facts import METRICS
from town.sight import Observation
from town.value_object import value_object


@value_object
class Situation:
    """One look at what a rule judges. Facts are looked up only when an expression asks for them."""

    case: Case
    sight: Observation
    dwell: Dwell | None = None
    """How long a stay has lasted; an amount has none."""

    def fact(self, name: str) -> Any:
        """The value of a name of `town.facts`. Raises Unanswered for a metric that the observation does not hold."""
        if name in _CIRCUMSTANCES:
            return _CIRCUMSTANCES[name](self)
        seen = measure(name, self.sight, self.case.rule.min_confidence, self.case.permit_at)
        if seen is None:
            raise Unanswered(f"{name} was not measured")
        return int(seen.value) if METRICS[self.sight.kind][name] == "int" else seen.value

    @property
    def local(self) -> datetime:
        return self.case.now.astimezone(self.case.town.zone)


_CIRCUMSTANCES: Mapping[str, Callable[[Situation], Any]] = {
    "camera.id": lambda at: at.case.camera_id,
    "zone.id": lambda at: at.case.zone.id,
    "zone.kind": lambda at: at.case.zone.kind.value,
    "zone.name": lambda at: at.case.zone.name,
    "zone.capacity": lambda at: at.case.zone.capacity or 0,
    "local.time": lambda at: f"{at.local:%H:%M}",
    "local.hour": lambda at: at.local.hour,
    "local.minute": lambda at: at.local.minute,
    "local.weekday": lambda at: at.local.isoweekday(),
    "local.day": lambda at: at.local.day,
    "local.month": lambda at: at.local.month,
    "local.is_workday": lambda at: at.case.town.working_days.is_workday(at.local.date()),
    "local.is_holiday": lambda at: at.case.town.working_days.is_holiday(at.local.date()),
    "certain_dwell": lambda at: at.dwell.certain if at.dwell else timedelta(0),
    "possible_dwell": lambda at: at.dwell.possible if at.dwell else timedelta(0),
}
