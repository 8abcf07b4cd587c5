"""Writes what was judged as a YOLO dataset, ready to train on: aside, and under its name only when it is whole."""

import json
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from detectors.dataset import label_lines
from detectors.labels import LABELS
from detectors.listing import read_picture
from patrol.lessons import TO_LABEL, TRAIN, VAL, Lesson, lesson_of
from town.evidence import Kept
from town.township import Township

REPORT = "harvest.jsonl"
UNREADABLE = "unreadable"


class HarvestError(Exception):
    """There is nothing to harvest, or no place for it. What stood there before stands there still."""


def harvest(kept: Iterable[Kept], township: Township, pictures: Path, out: Path) -> Counter[str]:
    """Write `out` anew from what was judged, and return how many pictures went where (train, val, to-label, unreadable).

    `out` gets `images/` and `labels/` with `train` and `val` in each, `dataset.yaml`, `to-label/` for pictures whose labels nobody
    knows, and a line a picture in `harvest.jsonl`. The same judgements give the same files. Raises HarvestError.
    """
    before = out.with_name(f".{out.name}.before")
    _make_way(out, before)
    aside = out.with_name(f".{out.name}.unfinished")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        counts = _write(kept, township, pictures, aside)
        if not any(counts[split] for split in (TRAIN, VAL, TO_LABEL)):
            raise HarvestError(
                "nothing has been judged yet: no order with a picture was closed or called a false alarm, no disagreement judged"
            )
        _describe(aside, out)
        if out.exists():
            out.rename(before)
        aside.rename(out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    shutil.rmtree(before, ignore_errors=True)
    return counts


def _make_way(out: Path, before: Path) -> None:
    """Bring back what a kill left between two renames, and refuse to replace what no harvest wrote."""
    if before.exists() and not out.exists():
        before.rename(out)
    if out.exists() and not (out / REPORT).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise HarvestError(f"{out} is there already and no harvest wrote it: name another place")
    out.parent.mkdir(parents=True, exist_ok=True)


def _write(kept: Iterable[Kept], township: Township, pictures: Path, aside: Path) -> Counter[str]:
    for split in (TRAIN, VAL):
        for kind in ("images", "labels"):
            (aside / kind / split).mkdir(parents=True)
    counts: Counter[str] = Counter()
    with (aside / REPORT).open("w", encoding="utf-8") as report:
        for one in kept:
            lesson = lesson_of(one, township)
            if lesson:
                where, line = _write_lesson(lesson, pictures / one.picture.path, aside)
                counts[where] += 1
                report.write(json.dumps(line, ensure_ascii=False) + "\n")
    return counts


def _write_lesson(lesson: Lesson, picture: Path, aside: Path) -> tuple[str, dict[str, Any]]:
    if read_picture(picture) is None:
        return UNREADABLE, {"picture": None, "split": UNREADABLE, **lesson.told}
    folder = Path(TO_LABEL) if lesson.split == TO_LABEL else Path("images") / lesson.split
    (aside / folder).mkdir(exist_ok=True)
    file = folder / f"{lesson.name}.jpg"
    shutil.copyfile(picture, aside / file)
    if lesson.split != TO_LABEL:
        (aside / "labels" / lesson.split / f"{lesson.name}.txt").write_text("".join(label_lines(lesson.boxes)))
    return lesson.split, {"picture": file.as_posix(), "split": lesson.split, **lesson.told}


def _describe(aside: Path, out: Path) -> None:
    """What ultralytics and `weisu model train --data` read first."""
    description = {"path": str(out.resolve()), "train": "images/train", "val": "images/val", "names": dict(enumerate(LABELS))}
    (aside / "dataset.yaml").write_text(yaml.safe_dump(description, sort_keys=False), encoding="utf-8")
