"""Which version of the network is promoted, by whom and why, and which was before it: one small file, replaced whole."""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from detectors.versions import SHIPPED, VersionError, Versions
from town.settings import ModelSettings

PROMOTE, ROLLBACK = "promote", "rollback"


@dataclass(frozen=True, slots=True)
class Promotion:
    """One change of the promoted version. Written once and never changed."""

    at: datetime
    action: str
    before: str
    after: str
    by: str
    why: str

    def as_json(self) -> dict[str, Any]:
        words = (("from", self.before), ("to", self.after), ("by", self.by), ("why", self.why))
        return {"at": self.at.isoformat(), "action": self.action, **dict(words)}


class Promotions:
    """The history in `promotions.jsonl`, a line a change, oldest first: its last line says what is promoted.

    Readers see it before a change or after it, never half. Writers wait for each other, in any number of processes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "promotions.jsonl"

    def history(self) -> tuple[Promotion, ...]:
        """Raises VersionError where the file is damaged."""
        try:
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as error:
            raise VersionError(f"{self._file} cannot be read ({error})") from error
        return tuple(self._read(number, line) for number, line in enumerate(text.splitlines(), start=1))

    def standing(self) -> list[str]:
        """The promoted version last, before it those that `rollback` would go back to. Raises VersionError."""
        return standing(self.history())

    def promoted(self) -> str:
        """Raises VersionError where the history is damaged."""
        return self.standing()[-1]

    def promote(self, name: str, by: str, why: str, now: datetime) -> Promotion | None:
        """Note that a version, checked by the caller, is the one to run. None where it already is."""
        with self._alone():
            before = self.promoted()
            return None if before == name else self._append(Promotion(now, PROMOTE, before, name, by, why))

    def rollback(self, expected: str, by: str, why: str, now: datetime) -> Promotion:
        """Go back to `expected`, which the caller found to be next below and checked. Raises VersionError where it no longer is."""
        with self._alone():
            *before, promoted = self.standing()
            if before[-1:] != [expected]:
                raise VersionError("somebody else has just changed what is promoted: look at `weisu model list` and try again")
            return self._append(Promotion(now, ROLLBACK, promoted, expected, by, why))

    def _append(self, promotion: Promotion) -> Promotion:
        lines = "".join(json.dumps(one.as_json(), ensure_ascii=False) + "\n" for one in (*self.history(), promotion))
        replace_text(self._file, lines)
        return promotion

    def _read(self, number: int, line: str) -> Promotion:
        try:
            said = json.loads(line)
            words = (str(said[key]) for key in ("action", "from", "to", "by", "why"))
            return Promotion(datetime.fromisoformat(said["at"]), *words)
        except (ValueError, LookupError, TypeError) as error:
            raise VersionError(f"line {number} of {self._file} is damaged: mend it, or take the line out") from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        # The lock goes with the process: a kill leaves none behind.
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def standing(history: Sequence[Promotion]) -> list[str]:
    """The promoted version last, and below it what it replaced: a promotion puts on top, a rollback takes off."""
    names = [SHIPPED]
    for one in history:
        if one.action == PROMOTE:
            names.append(one.after)
        elif len(names) > 1:
            names.pop()
    return names


def promoted_path(settings: ModelSettings) -> Path | None:
    """The model that a township runs: the file it names, else the version promoted in its folder. Raises VersionError."""
    if settings.path is not None:
        return settings.path
    return Versions(settings.folder).get(Promotions(settings.folder).promoted()).folder


def replace_text(file: Path, text: str) -> None:
    """Give a file a new text at one instant, safe on disk: whoever reads, even after a power cut, finds the old or the new one."""
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())
    part.replace(file)
