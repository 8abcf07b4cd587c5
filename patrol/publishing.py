"""Rules are published: their part of the township's file is written anew, and who did it, why, and what stood there before is kept.

The file is what runs: a service takes it within seconds. The notes stand beside it, a line a publication.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from detectors.promotions import replace_text
from town.problems import ConfigError
from town.reading import township_of
from town.rule_settings import RuleSettings
from town.rules_section import section_of, township_under, with_section
from town.writing import NotWritten, alone, swap, text_now

PUBLISH, ROLLBACK = "publish", "rollback"

Change = tuple[str, str | None, str | None]
"""A rule, its version before and its version after; None where there was or is none."""


class PublishingError(Exception):
    """Nothing was published, and the text says why: `contested`, `unchanged`, `no_reason`, or what the disk said."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication. `before` and `after` are the texts of `rules:` with their comments, empty for none. Written once, never changed."""

    at: datetime
    action: str
    by: str
    why: str
    changes: tuple[Change, ...]
    before: str
    after: str

    def as_json(self) -> dict[str, Any]:
        told = {"at": self.at.isoformat(), "action": self.action, "by": self.by, "why": self.why}
        return {**told, "changes": [list(one) for one in self.changes], "before": self.before, "after": self.after}


class Publications:
    """The rules in a township's file, and the notes in `NAME.rules.jsonl` beside it. Writers wait for each other; readers for nobody."""

    def __init__(self, file: Path, environ: Mapping[str, str], built_in: Mapping[str, Mapping[str, Any]]) -> None:
        self._file = file.resolve()
        self._notes = self._file.with_name(f"{self._file.stem}.rules.jsonl")
        self._environ = environ
        self._built_in = built_in

    def rules(self) -> str:
        """The text of the rules that stand in the file now, its lines ending in a line feed. Raises PublishingError."""
        return _plain(section_of(self.file_text()).text)

    def file_text(self) -> str:
        """As it stands, its line ends too. Raises PublishingError."""
        try:
            return text_now(self._file)
        except ConfigError as error:
            raise PublishingError(str(error)) from error

    def history(self) -> list[Publication]:
        """Newest first. Raises PublishingError where the notes are damaged."""
        try:
            lines = self._notes.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise PublishingError(f"{self._notes} cannot be read ({error})") from error
        return [self._read(number, line) for number, line in enumerate(lines, start=1)][::-1]

    def publish(self, rules: str, over: str, by: str, why: str, now: datetime, action: str = PUBLISH) -> Publication:
        """Write other rules into the file, if those that stand there are `over`, which the author began from.

        Raises ConfigError where the file would be wrong, PublishingError where it is refused otherwise; the file is then as it was.
        """
        if not why.strip():
            raise PublishingError("no_reason")
        with self._alone():
            text = self.file_text()
            before = _plain(section_of(text).text)
            if before != _plain(over):
                raise PublishingError("contested")
            written = with_section(text, rules)
            if written == text:
                raise PublishingError("unchanged")
            township = township_under(text, rules, self._environ, self._built_in, self._file.parent)
            changes = tuple(changed_versions(self._standing(text), township.rules))
            done = Publication(now, action, by, why.strip(), changes, before, _plain(section_of(written).text))
            self._write(text, written, done)
        return done

    def _write(self, before: str, after: str, done: Publication) -> None:
        swap(self._file, before, after)
        try:
            known = self._notes.read_text(encoding="utf-8") if self._notes.exists() else ""
            replace_text(self._notes, known + json.dumps(done.as_json(), ensure_ascii=False) + "\n")
        except OSError as error:
            raise PublishingError(str(error)) from error

    def _standing(self, text: str) -> tuple[RuleSettings, ...]:
        """The rules of the file as it is; none where it is wrong, which publishing may put right."""
        try:
            return township_of(text, self._environ, self._built_in, self._file.parent).rules
        except ConfigError:
            return ()

    def _read(self, number: int, line: str) -> Publication:
        try:
            said = json.loads(line)
            action, by, why, rules_before, rules_after = (str(said[key]) for key in ("action", "by", "why", "before", "after"))
            changes = tuple((str(one), before, after) for one, before, after in said["changes"])
            return Publication(datetime.fromisoformat(said["at"]), action, by, why, changes, rules_before, rules_after)
        except (ValueError, LookupError, TypeError) as error:
            raise PublishingError(f"line {number} of {self._notes} is damaged: mend it, or take the line out") from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            with alone(self._file):
                yield
        except NotWritten as error:
            raise PublishingError("contested" if error.reason == "changed" else str(error)) from error


def _plain(rules: str) -> str:
    return rules.replace("\r\n", "\n")


def changed_versions(before: Iterable[RuleSettings], after: Iterable[RuleSettings]) -> Iterator[Change]:
    """The rules that are other ones, are new, or are gone."""
    old, new = ({rule.id: rule.version for rule in rules} for rules in (before, after))
    for rule_id in {**old, **new}:
        if old.get(rule_id) != new.get(rule_id):
            yield rule_id, old.get(rule_id), new.get(rule_id)
