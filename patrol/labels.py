"""Incidents that a person confirmed, as a CSV or YAML file: what a backtest's incidents are held against."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from town.problems import ConfigError, Problem
from town.township import Township
from town.validation import choices, shown
from town.yaml_tree import parse

NEEDED = ("camera", "zone", "from", "to")
COLUMNS = (*NEEDED, "rule")
SPREADSHEET_FORMS = ("%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S")
"""What a spreadsheet makes of 2026-05-04 10:00 when it saves the file."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Label:
    """One problem that was there, from its beginning to its end, as a person knows it. `to` is None where it never ended."""

    rule_id: str
    camera_id: str
    zone_id: str
    since: datetime
    until: datetime | None


def read_labels(file: Path, township: Township) -> tuple[Label, ...]:
    """The labels of a file: `camera`, `zone`, `from` and `to` (empty where it went on), and `rule` where several rules judge the zone.

    Times without a zone of their own are the town's. Raises ConfigError with every mistake and its line.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(1, "", f"{file} unreadable ({error})", "a CSV or YAML file in UTF-8")]) from error
    rows = _yaml_rows(text) if file.suffix.lower() in {".yaml", ".yml"} else _csv_rows(text)
    problems: list[Problem] = []
    labels = []
    for line, row in rows:
        try:
            labels.append(_label(row, township))
        except _Wrong as wrong:
            problems.append(Problem(line, wrong.column, wrong.found, wrong.allowed))
    if problems:
        raise ConfigError(problems)
    return tuple(labels)


class _Wrong(Exception):
    def __init__(self, column: str, found: str, allowed: str) -> None:
        super().__init__(found)
        self.column, self.found, self.allowed = column, found, allowed


def _csv_rows(text: str) -> Iterator[tuple[int, Row]]:
    reader = csv.reader(io.StringIO(text))
    header = [name.strip().lower() for name in next(reader, [])]
    _check_columns(header)
    line = reader.line_num + 1
    for cells in reader:
        if len(cells) > len(header):
            raise ConfigError([Problem(line, "", f"{len(cells)} cells under {len(header)} columns", "a cell a column")])
        if any(cell.strip() for cell in cells):
            yield line, {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
        line = reader.line_num + 1


def _check_columns(header: Sequence[str]) -> None:
    problems = [Problem(1, name, "no such column", f"the columns {', '.join(NEEDED)}, and rule") for name in NEEDED if name not in header]
    problems += [Problem(1, "", f"the column {name or '(no name)'}", choices(name, COLUMNS)) for name in header if name not in COLUMNS]
    if problems:
        raise ConfigError(problems)


def _yaml_rows(text: str) -> Iterator[tuple[int, Row]]:
    tree = parse(text)
    if not isinstance(tree.root, list):
        raise ConfigError([Problem(1, "", shown(tree.root), "a list of labels, each with camera, zone, from and to")])
    if tree.problems:
        raise ConfigError(tree.problems)
    for number, row in enumerate(tree.root):
        line = tree.line((number,))
        if not isinstance(row, dict):
            raise ConfigError([Problem(line, f"[{number}]", shown(row), "camera, zone, from and to as keys")])
        strays = [key for key in row if key not in COLUMNS]
        if strays:
            raise ConfigError([Problem(tree.line((number, key)), key, f"the unknown key {key}", choices(key, COLUMNS)) for key in strays])
        yield line, row


def _label(row: Row, township: Township) -> Label:
    camera_id, zone_id = str(row.get("camera") or ""), str(row.get("zone") or "")
    camera = township.camera_by_id.get(camera_id)
    if camera is None:
        raise _Wrong("camera", f"the camera {camera_id or '(none)'}", choices(camera_id, list(township.camera_by_id)))
    zone = next((zone for zone in camera.zones if zone.id == zone_id), None)
    if zone is None:
        raise _Wrong("zone", f"the zone {zone_id or '(none)'}", choices(zone_id, [zone.id for zone in camera.zones]))
    rule_id = _rule(str(row.get("rule") or ""), [rule.id for rule in township.rules_for(zone)])
    since = _instant("from", row.get("from"), township)
    until = _instant("to", row["to"], township) if row.get("to") else None
    if until is not None and until < since:
        raise _Wrong("to", f"an end ({row['to']}) before its beginning ({row['from']})", "a later time, or nothing where it never ended")
    return Label(rule_id, camera_id, zone_id, since, until)


def _rule(named: str, judging: Sequence[str]) -> str:
    if not named and len(judging) == 1:
        return judging[0]
    if named not in judging:
        found = f"the rule {named}, which does not judge this zone" if named else f"a zone that {len(judging)} rules judge"
        raise _Wrong("rule", found, f"name one in the column rule: {choices(named, judging)}")
    return named


def _instant(column: str, given: Any, township: Township) -> datetime:
    at = given if isinstance(given, datetime) else _parsed(str(given or ""))
    if at is None:
        raise _Wrong(column, f"the time {given or '(none)'}", "a time such as 2026-05-04 10:00, in the town's time zone")
    return (at if at.tzinfo else at.replace(tzinfo=township.town.zone)).astimezone(UTC)


def _parsed(text: str) -> datetime | None:
    """A time in ISO's form or a spreadsheet's; None for anything else, a bare date too: its hour would be a guess."""
    if ":" not in text:
        return None
    for form in (None, *SPREADSHEET_FORMS):
        try:
            return datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007  the caller adds the zone
        except ValueError:
            continue
    return None
