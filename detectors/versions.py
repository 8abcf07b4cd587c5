"""A folder of versions of the network, one sub-folder each with checksums and card; the one that ships with weisu is always among them."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from detectors.admission import admit
from detectors.detector import Detector, ModelError
from detectors.loading import shipped_model

SHIPPED = "shipped"
MANIFEST = "manifest.json"
MODEL_CARD = "MODEL_CARD.md"
KEPT_FILES = frozenset({".xml", ".bin", ".yaml", ".onnx", ".md"})
"""The kinds of file that a version consists of; whatever else lies in a folder that is added stays behind."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_UNFINISHED = ".adding-"
_LONGEST_ADDING_S = 3600


class VersionError(ModelError):
    """A version cannot be added, found, checked or promoted; the text says why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version: its files and their SHA-256 when it was added. `added_at` is None for the shipped one."""

    name: str
    folder: Path
    checksums: Mapping[str, str]
    added_at: datetime | None = None
    added_from: str = ""

    def damage(self) -> str:
        """How its files differ from those that were added; empty where they do not."""
        try:
            now = checksums(self.folder)
        except OSError as error:
            return f"unreadable ({error})"
        gone = [f"{name} is gone" for name in self.checksums if name not in now]
        new = [f"{name} was not there" for name in now if name not in self.checksums]
        changed = [f"{name} has another SHA-256" for name, digest in self.checksums.items() if now.get(name, digest) != digest]
        return ", ".join((*gone, *new, *changed))

    def load(self, threads: int = 0) -> Detector:
        """Its detector, once files and network have been checked. Raises ModelError with the reason."""
        damage = self.damage()
        if damage:
            raise VersionError(f"version {self.name} is not what was added: {damage}. Add it again under another name")
        return admit(self.folder, threads)

    def metadata(self) -> dict[str, Any]:
        """What the model says of itself; empty where it says nothing that can be read."""
        try:
            said = yaml.safe_load((self.folder / "metadata.yaml").read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            return {}
        return said if isinstance(said, dict) else {}

    def size_bytes(self) -> int:
        return sum(file.stat().st_size for file in _files(self.folder))


class Versions:
    """The versions in a folder, which need not exist. A version that was not added to its end is not among them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """The shipped one first, then the others in order of their names, damaged ones too."""
        if not self.folder.is_dir():
            return [SHIPPED]
        return [SHIPPED, *sorted(path.name for path in self.folder.iterdir() if path.is_dir() and _SLUG.fullmatch(path.name))]

    def get(self, name: str) -> Version:
        """Raises VersionError where there is none of this name, or its manifest cannot be read."""
        if name == SHIPPED:
            return Version(SHIPPED, shipped_model(), checksums(shipped_model()))
        if not _SLUG.fullmatch(name) or not (self.folder / name).is_dir():
            raise VersionError(f"there is no version {name} in {self.folder}: there are {', '.join(self.names())}")
        return _read(name, self.folder / name)

    def stamp(self, name: str) -> tuple[tuple[str, int, int], ...]:
        """Something that changes when a file of the version does, and costs nothing to ask; empty where there is none."""
        folder = shipped_model() if name == SHIPPED else self.folder / name
        try:
            stats = [(file.name, file.stat()) for file in sorted(folder.iterdir())]
        except OSError:
            return ()
        return tuple((file, stat.st_mtime_ns, stat.st_size) for file, stat in stats)

    def add(self, source: Path, name: str, now: datetime) -> Version:
        """Copy a model's folder in under a name of its own, all or nothing. Raises ModelError where the name or the model is refused."""
        self._check_free(name)
        if not source.is_dir():
            raise VersionError(f"{source} is no folder: give one that `weisu model export` wrote")
        try:
            return self._add(source, name, now)
        except OSError as error:
            raise VersionError(f"{source} could not be copied to {self.folder} ({error})") from error

    def _add(self, source: Path, name: str, now: datetime) -> Version:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sweep(now)
        # Made aside and renamed when whole: a kill leaves a folder that no name can have.
        with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=self.folder) as aside:
            copied = Path(aside) / name
            copied.mkdir()
            for file in _files(source):
                shutil.copyfile(file, copied / file.name)
            admit(copied)
            version = Version(name, self.folder / name, checksums(copied), now, str(source.resolve()))
            (copied / MANIFEST).write_text(json.dumps(_manifest(version), ensure_ascii=False, indent=2), encoding="utf-8")
            self._check_free(name)
            copied.rename(version.folder)
        return version

    def _sweep(self, now: datetime) -> None:
        """Remove what killed additions left behind; one under way is younger."""
        for left in self.folder.glob(f"{_UNFINISHED}*"):
            if now.timestamp() - left.stat().st_mtime > _LONGEST_ADDING_S:
                shutil.rmtree(left, ignore_errors=True)

    def _check_free(self, name: str) -> None:
        if not _SLUG.fullmatch(name) or len(name) > 40:
            raise VersionError(f"{name!r} cannot name a version: use up to 40 lower-case letters, digits and single hyphens")
        if name in self.names():
            raise VersionError(f"there is a version {name} already: a version never changes, give another name")


def checksums(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of a version, by name."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in _files(folder)}


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.iterdir()) if file.is_file() and file.suffix in KEPT_FILES)


def _manifest(version: Version) -> dict[str, Any]:
    added_at = version.added_at.isoformat() if version.added_at else None
    return {"name": version.name, "added_at": added_at, "added_from": version.added_from, "sha256": dict(version.checksums)}


def _read(name: str, folder: Path) -> Version:
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        digests = {str(file): str(digest) for file, digest in said["sha256"].items()}
        return Version(name, folder, digests, datetime.fromisoformat(said["added_at"]), str(said["added_from"]))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise VersionError(f"version {name} has no readable {MANIFEST} ({error}): add it again under another name") from error
