"""Lays each state over its place and writes the shipped JPEGs: `python -m simulator.making.pack RENDERS simulator/scenes`."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from town.sight import Image

QUALITY = 88


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("renders", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--quality", type=int, default=QUALITY, help="of the JPEGs; the square, all fine paving, has 72")
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    for path in sorted(wanted.renders.glob("*.png")):
        picture = whole(path)
        if picture is not None:
            settings = [cv2.IMWRITE_JPEG_QUALITY, wanted.quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
            cv2.imwrite(str(wanted.out / f"{path.stem}.jpg"), picture, settings)


def whole(path: Path) -> Image | None:
    """The picture over that of its place; None while the place itself is not rendered."""
    picture = _read(path)
    if (picture[..., 3] == 255).all():
        return np.ascontiguousarray(picture[..., :3])
    for base in path.parent.glob(f"{path.stem.split('_')[0]}_*.png"):
        under = _read(base)
        if base != path and under.shape == picture.shape and (under[..., 3] == 255).all():
            return np.where(picture[..., 3:] > 127, picture[..., :3], under[..., :3])
    return None


def _read(path: Path) -> Image:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise ValueError(f"not a picture: {path}")
    return picture.astype(np.uint8)


if __name__ == "__main__":
    main()
