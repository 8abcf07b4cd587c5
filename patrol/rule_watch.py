"""Rules are taken from the file as it changes: all of them or none, with the reasons."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from patrol.patrol import Patrol
from patrol.planner import Planner
from patrol.publishing import changed_versions
from town.problems import ConfigError
from town.reading import read_township
from town.rule_settings import RuleSettings
from town.township import Township

log = logging.getLogger(__name__)

_Stamp = tuple[int, int] | None
_NEVER = (0, -1)


class RuleWatch:
    """Compares a file with the township that runs. Not for several threads at once."""

    def __init__(self, file: Path, running: Township, environ: Mapping[str, str], built_in: Mapping[str, Mapping[str, Any]]) -> None:
        self._file = file
        self._environ = environ
        self._built_in = built_in
        self._running = running
        self._stamp: _Stamp = self._stamped()
        self._refused = False

    def ask_anew(self) -> None:
        """Let the next `changed` read the file, written or not. Safe in a signal handler."""
        self._stamp = _NEVER

    async def hand_on(self, patrol: Patrol, planner: Planner) -> None:
        """Let looks be judged and planned by other rules, where the file has some."""
        under_new_rules = await asyncio.to_thread(self.changed)
        if under_new_rules is not None:
            await patrol.take_rules_of(under_new_rules)
            planner.take_rules_of(under_new_rules)

    def changed(self) -> Township | None:
        """The running township under other rules, where the file was written since the last call and has some. Cheap otherwise.

        A file that is wrong is refused, once and with all reasons: the rules stay.
        """
        stamp = self._stamped()
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        return self._reread()

    def _reread(self) -> Township | None:
        try:
            read = read_township(self._file, self._environ, self._built_in)
        except ConfigError as error:
            self._refused = True
            reasons = "\n".join(f"  {problem}" for problem in error.problems)
            log.error("%s is not taken: its rules are as they were, until all of this is right\n%s", self._file, reasons)  # noqa: TRY400
            return None
        was_refused, self._refused = self._refused, False
        before, self._running = self._running, self._running.with_rules_of(read)
        waiting = _other_changes(self._running, read)
        if waiting:
            log.warning("%s: only rules and permits are taken at once; at the next start: %s", self._file, ", ".join(waiting))
        if (before.rules, before.permits) == (read.rules, read.permits):
            if was_refused:
                log.info("%s is right again: its rules are those that run", self._file)
            return None
        log.info("%s is taken: %s", self._file, "; ".join(_told(before.rules, read.rules)) or "permits changed")
        return self._running

    def _stamped(self) -> _Stamp:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size


def _told(before: Iterable[RuleSettings], after: Iterable[RuleSettings]) -> Iterable[str]:
    return (f"{rule_id} {old or '(new)'} → {new or '(gone)'}" for rule_id, old, new in changed_versions(before, after))


def _other_changes(running: Township, read: Township) -> list[str]:
    return [name for name in type(read).model_fields if getattr(read, name) != getattr(running, name)]
