"""The folder of kept pictures: whole files or none, readable by the service's user alone."""

import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path

PART = ".part"


class PictureFolder:
    """JPEG files by their path within the folder, a sub-folder a camera and in it one a day."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, camera_id: str, taken_at: datetime, name: str, jpeg: bytes) -> str:
        """Write a picture and return its path within the folder. Raises OSError.

        It is not forced to the disk, which would hold up looks: after a power cut a picture may be cut off, and is passed over then.
        """
        path = f"{camera_id}/{taken_at:%Y-%m-%d}/{name}.jpg"
        file = self.prepared(path)
        part = file.with_suffix(PART)
        part.write_bytes(jpeg)
        part.replace(file)
        return path

    def prepared(self, path: str) -> Path:
        """The file of a path, in folders that are there. Raises OSError."""
        # Whoever the network missed is in them.
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    def remove(self, paths: Iterable[str]) -> None:
        """Remove pictures, and the folders that are empty after it. Missing ones are no error."""
        for path in paths:
            file = self.root / path
            file.unlink(missing_ok=True)
            _remove_empty(file.parent, self.root)

    def lend(self, other: "PictureFolder") -> int:
        """Copy the pictures that `other` lacks, and return how many. One that is forgotten meanwhile is none. Raises OSError."""
        return sum(_copied(self.root / path, other, path) for path in sorted(self.paths() - other.paths()))

    def mirror(self, other: "PictureFolder", known: Collection[str]) -> int:
        """Let `other` hold these pictures, and no others but those `known`: of what should be here and is not, it may be the last copy.

        Returns how many were copied. Raises OSError.
        """
        copied = self.lend(other)
        other.remove(other.paths() - self.paths() - set(known))
        return copied

    def paths(self) -> set[str]:
        """The paths of all whole pictures."""
        return {file.relative_to(self.root).as_posix() for file in self.root.rglob("*.jpg")}

    def older_than(self, instant: datetime) -> Iterator[str]:
        """The paths of files last written before an instant, unfinished ones too."""
        for folder, _, names in os.walk(self.root):
            for name in names:
                file = Path(folder) / name
                if file.suffix in {".jpg", PART} and _written_before(file, instant):
                    yield file.relative_to(self.root).as_posix()


def _copied(picture: Path, other: PictureFolder, path: str) -> bool:
    file = other.prepared(path)
    part = file.with_suffix(PART)
    try:
        shutil.copy2(picture, part)
    except FileNotFoundError:
        return False
    part.replace(file)
    return True


def _written_before(file: Path, instant: datetime) -> bool:
    try:
        return file.stat().st_mtime < instant.timestamp()
    except FileNotFoundError:
        return False


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
