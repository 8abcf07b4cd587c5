"""A camera's looks of a day, and its runs of decisions, in a small page each: what becomes of their rows once they are old."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from math import ceil, floor
from typing import Any

from rules.judgement import Decision, Verdict
from rules.reasons import Run
from town.looks import Cadence, Look, LookOutcome, SeenBy

VERSION = 1
_SECOND = timedelta(seconds=1)
_DECISION = tuple(field.name for field in fields(Decision) if field.name not in {"camera_id", "decided_at", "detail"})


def day_of(at: datetime) -> date:
    """The UTC day in whose page a look that ended then stands."""
    return at.astimezone(UTC).date()


def pack_looks(day: date, looks: Sequence[Look]) -> bytes:
    """The page of looks of one camera that ended on one UTC day, about 2 bytes a look. Instants lose their parts of a second."""
    looks = sorted(looks, key=lambda look: (look.ended_at, look.started_at))
    midnight, words = _midnight(day), list(dict.fromkeys(map(_words, looks)))
    ended, started, planned = (
        [rounded((at - midnight) / _SECOND) for at in instants]
        for rounded, instants in (
            (ceil, [look.ended_at for look in looks]),
            (floor, [look.started_at for look in looks]),
            (floor, [look.planned_at for look in looks]),
        )
    )
    page = {
        "v": VERSION,
        "words": words,
        "ended": _differences(ended, [0, *ended]),
        "took": _differences(ended, started),
        "late": _differences(started, planned),
        "word": [words.index(_words(look)) for look in looks],
    }
    return _compressed(page)


def unpack_looks(camera_id: str, day: date, page: bytes) -> list[Look]:
    """The looks of a page, oldest first, to the second and without ids: a look starts no later than it did, and ends no earlier."""
    raw = _plain(page)
    ended_at, looks = _midnight(day), []
    for step, took, late, word in zip(raw["ended"], raw["took"], raw["late"], raw["word"], strict=True):
        outcome, reason, cadence, seen_by = raw["words"][word]
        ended_at += step * _SECOND
        started_at = ended_at - took * _SECOND
        told = (LookOutcome(outcome), reason, Cadence(cadence), SeenBy(seen_by))
        looks.append(Look("", camera_id, started_at - late * _SECOND, started_at, ended_at, *told))
    return looks


def pack_runs(day: date, runs: Sequence[Run]) -> bytes:
    """The page of runs of one camera that began on one UTC day, in their order. Instants lose their parts of a second."""
    midnight = _midnight(day)
    rows = [
        [
            floor((run.began_at - midnight) / _SECOND),
            ceil((run.decision.decided_at - midnight) / _SECOND),
            run.look_count,
            dict(run.decision.detail),
            *(getattr(run.decision, name) for name in _DECISION),
        ]
        for run in runs
    ]
    return _compressed({"v": VERSION, "fields": _DECISION, "runs": rows})


def unpack_runs(camera_id: str, day: date, page: bytes) -> list[Run]:
    """The runs of a page, in their order: a run begins no later than it did, and ends no earlier."""
    raw, midnight, runs = _plain(page), _midnight(day), []
    for began_s, decided_s, look_count, detail, *told in raw["runs"]:
        plain = {name: value for name, value in zip(raw["fields"], told, strict=True) if name in _DECISION}
        at = {"camera_id": camera_id, "decided_at": midnight + decided_s * _SECOND}
        decision = Decision(**{**plain, **at, "verdict": Verdict(plain["verdict"])}, detail=detail)
        runs.append(Run(decision, midnight + began_s * _SECOND, look_count))
    return runs


def _compressed(page: Any) -> bytes:
    return zlib.compress(json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode(), 9)


def _plain(page: bytes) -> Any:
    return json.loads(zlib.decompress(page))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _differences(numbers: Sequence[int], less: Sequence[int]) -> list[int]:
    return [number - other for number, other in zip(numbers, less, strict=False)]


def _words(look: Look) -> tuple[str, str, str, str]:
    return (look.outcome.value, look.reason, look.cadence.value, look.seen_by.value)
