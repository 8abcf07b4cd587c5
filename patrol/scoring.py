"""How right a rule was: its incidents held against what a person confirmed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import TypeVar

from patrol.labels import Label
from storage.figures import Spread
from town.work import Incident

T = TypeVar("T")
Place = tuple[str, str, str]
"""A rule, a camera, a zone."""

_NO_END = datetime.max.replace(tzinfo=UTC)


class Standing(StrEnum):
    """What an incident is, by the labels."""

    TRUE = "true"
    AGAIN = "again"
    """It opened once more while the labelled problem lasted."""
    FALSE = "false"
    UNLABELLED = "unlabelled"
    """Nobody labelled anything of its rule: who can tell?"""


@dataclass(frozen=True, slots=True)
class Score:
    """How one rule did, or several together. Delays are from a problem's labelled beginning to its incident, in seconds."""

    labels: int = 0
    opened: int = 0
    false: int = 0
    again: int = 0
    delays_s: tuple[float, ...] = ()

    @property
    def found(self) -> int:
        return len(self.delays_s)

    @property
    def missed(self) -> int:
        return self.labels - self.found

    @property
    def precision(self) -> float | None:
        """The share of what opened that was true, 0 to 1; None where nothing is labelled or nothing opened."""
        return (self.opened - self.false) / self.opened if self.labels and self.opened else None

    @property
    def recall(self) -> float | None:
        """The share of the labels that were found, 0 to 1."""
        return self.found / self.labels if self.labels else None

    @property
    def delay(self) -> Spread | None:
        return Spread.of(self.delays_s)

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.labels + other.labels,
            self.opened + other.opened,
            self.false + other.false,
            self.again + other.again,
            self.delays_s + other.delays_s,
        )


@dataclass(frozen=True, slots=True)
class Report:
    """Every rule's score, what each incident is (by its id), and the labels that no incident met."""

    by_rule: Mapping[str, Score]
    standings: Mapping[str, Standing]
    missed: tuple[Label, ...]

    @property
    def total(self) -> Score:
        """All rules of which anything is labelled, together."""
        return sum((score for score in self.by_rule.values() if score.labels), Score())


def score(incidents: Iterable[Incident], labels: Iterable[Label], tolerance: timedelta) -> Report:
    """Hold incidents against labels, one to one within rule, camera and zone.

    An incident is true where it opened while a labelled problem lasted, or at most `tolerance` before or after.
    """
    opened, known = _by_place(incidents, _place_of_incident), _by_place(labels, _place_of_label)
    rules = {label.rule_id for found in known.values() for label in found}
    standings: dict[str, Standing] = {}
    scores: dict[str, Score] = {}
    missed: list[Label] = []
    for place in sorted(opened.keys() | known.keys()):
        here, labelled = opened.get(place, []), known.get(place, [])
        met, said = _matched(here, labelled, tolerance) if place[0] in rules else ({}, dict.fromkeys(_ids(here), Standing.UNLABELLED))
        standings |= said
        missed += [label for number, label in enumerate(labelled) if number not in met]
        delays = tuple((incident.opened_at - labelled[number].since).total_seconds() for number, incident in sorted(met.items()))
        words = list(said.values())
        counts = Score(len(labelled), len(here), words.count(Standing.FALSE), words.count(Standing.AGAIN), delays)
        scores[place[0]] = scores.get(place[0], Score()) + counts
    return Report(scores, standings, tuple(sorted(missed, key=lambda label: (label.since, _place_of_label(label)))))


def _place_of_incident(incident: Incident) -> Place:
    return incident.key.rule_id, incident.key.camera_id, incident.key.zone_id


def _place_of_label(label: Label) -> Place:
    return label.rule_id, label.camera_id, label.zone_id


def _by_place(things: Iterable[T], place: Callable[[T], Place]) -> dict[Place, list[T]]:
    return {key: list(found) for key, found in groupby(sorted(things, key=place), place)}


def _ids(incidents: Sequence[Incident]) -> list[str]:
    return [incident.id for incident in incidents]


def _matched(
    incidents: Sequence[Incident], labels: Sequence[Label], tolerance: timedelta
) -> tuple[dict[int, Incident], dict[str, Standing]]:
    """Which label each true incident met, and what every incident is. The label that ends first is met first: so most are met."""
    met: dict[int, Incident] = {}
    said: dict[str, Standing] = {}
    for incident in sorted(incidents, key=lambda one: (one.opened_at, one.id)):
        lasting = [number for number, label in enumerate(labels) if _lasts(label, incident.opened_at, tolerance)]
        free = [number for number in lasting if number not in met]
        if free:
            met[min(free, key=lambda number: (labels[number].until or _NO_END, labels[number].since))] = incident
        said[incident.id] = Standing.TRUE if free else Standing.AGAIN if lasting else Standing.FALSE
    return met, said


def _lasts(label: Label, at: datetime, tolerance: timedelta) -> bool:
    return label.since - tolerance <= at and (label.until is None or at <= label.until + tolerance)
