"""Which version runs in the promoted one's shadow, and at which share of looks."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from detectors.promotions import replace_text
from detectors.versions import VersionError


@dataclass(frozen=True, slots=True)
class Shadowing:
    """A candidate, the share of looks (above 0, up to 1) that it sees too, and since when that is wanted."""

    candidate: str
    share: float
    wanted_at: datetime


class ShadowFile:
    """`shadow.json` beside the versions: there while a candidate is to run."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "shadow.json"

    def read(self) -> Shadowing | None:
        """None where no candidate is to run. Raises VersionError where the file is damaged."""
        try:
            said = json.loads(self._file.read_text(encoding="utf-8"))
            return Shadowing(str(said["candidate"]), float(said["share"]), datetime.fromisoformat(said["wanted_at"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise VersionError(f"{self._file} is damaged: run `weisu model shadow --off`") from error

    def write(self, shadowing: Shadowing) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        said = {"candidate": shadowing.candidate, "share": shadowing.share, "wanted_at": shadowing.wanted_at.isoformat()}
        replace_text(self._file, json.dumps(said))

    def remove(self) -> None:
        self._file.unlink(missing_ok=True)


def is_chosen(camera_id: str, taken_at: datetime, share: float) -> bool:
    """Whether a candidate sees this frame too: the same answer for the same frame, and in the long run the given share of frames."""
    digest = blake2b(f"{camera_id} {taken_at.isoformat()}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64
