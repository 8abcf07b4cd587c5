"""The shipped scenes as a camera would give them: a little noise, a breath of movement, and the clock in the corner."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from town.sight import Image

Damage = Callable[[Image], Image]

SCENES = Path(str(files("simulator"))) / "scenes"
_LOCAL = ZoneInfo("Asia/Shanghai")
_SWAY_PX = 2
_NOISE_PX = 64
_NOISE_LEVEL = 3.0
_QUALITY = 85


class Album:
    """Gives JPEGs of scenes. The same scene, camera, instant and number give the same bytes. Safe to share between threads."""

    def __init__(self, folder: Path = SCENES) -> None:
        self._folder = folder
        self._loaded: dict[tuple[str, bool], Image] = {}
        self._lock = threading.Lock()

    def load(self, scenes: Iterable[tuple[str, bool]]) -> None:
        """Read scenes (name, mirrored) ahead, so that the first looks need not wait for them."""
        for scene, mirrored in scenes:
            self.jpeg(scene, mirrored, "", datetime.now(_LOCAL), 0)

    def jpeg(self, scene: str, mirrored: bool, title: str, at: datetime, number: int, damage: Damage | None = None) -> bytes:
        """The scene as the look with this `number` shows it, stamped with `title` (ASCII) and the town's local time.

        `damage` is what has become of the camera: it changes the picture, and not the stamp.
        """
        rng = np.random.default_rng([number, sum(title.encode())])
        picture = _disturbed(self._padded(scene, mirrored), rng)
        picture = damage(picture) if damage else picture
        return _encoded(_stamped(picture, f"{at.astimezone(_LOCAL):%Y-%m-%d %H:%M:%S}  {title}"))

    def black(self, title: str, at: datetime, number: int) -> bytes:
        """What a camera with a dead sensor gives: noise in the dark, and no clock."""
        rng = np.random.default_rng([number, sum(title.encode()), at.year])
        return _encoded(rng.integers(0, 9, (540, 960, 3), dtype=np.uint8))

    def _padded(self, scene: str, mirrored: bool) -> Image:
        with self._lock:
            if (scene, mirrored) not in self._loaded:
                self._loaded[scene, mirrored] = self._read(scene, mirrored)
            return self._loaded[scene, mirrored]

    def _read(self, scene: str, mirrored: bool) -> Image:
        picture = cv2.imread(str(self._folder / f"{scene}.jpg"))
        if picture is None:
            raise FileNotFoundError(f"no scene {scene} in {self._folder}")
        if mirrored:
            picture = cv2.flip(picture, 1)
        return cast(Image, cv2.copyMakeBorder(picture, _SWAY_PX, _SWAY_PX, _SWAY_PX, _SWAY_PX, cv2.BORDER_REFLECT))


def _disturbed(padded: Image, rng: np.random.Generator) -> Image:
    height, width = padded.shape[0] - 2 * _SWAY_PX, padded.shape[1] - 2 * _SWAY_PX
    y, x = (int(shift) for shift in rng.integers(_SWAY_PX - 1, _SWAY_PX + 2, 2))
    noise_y, noise_x = (int(shift) for shift in rng.integers(0, _NOISE_PX, 2))
    view = padded[y : y + height, x : x + width]
    noise = _noise(height + _NOISE_PX, width + _NOISE_PX)[noise_y : noise_y + height, noise_x : noise_x + width]
    return cast(Image, cv2.addWeighted(view, float(rng.uniform(0.97, 1.03)), noise, 1.0, -4 * _NOISE_LEVEL))


@lru_cache(maxsize=8)
def _noise(height: int, width: int) -> Image:
    """One sheet of noise about 4 levels, from which every look takes another part."""
    sheet = np.random.default_rng(1).normal(4 * _NOISE_LEVEL, _NOISE_LEVEL, (height, width, 3))
    return sheet.clip(0, 255).astype(np.uint8)


def _stamped(picture: Image, text: str) -> Image:
    for colour, thickness in (((20, 20, 20), 4), ((240, 240, 240), 1)):
        cv2.putText(picture, text, (16, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.7, colour, thickness, cv2.LINE_AA)
    return picture


def _encoded(picture: Image) -> bytes:
    encoded, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not encoded:
        raise ValueError("the picture cannot be encoded")
    return data.tobytes()
