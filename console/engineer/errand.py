"""One errand, run as `python -m console.engineer.errand`: what is asked stands on standard input, what is told goes to standard output."""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from console.engineer.trial import tried
from detectors.detector import ModelError
from detectors.versions import Versions
from patrol.harvest import HarvestError
from patrol.harvest import harvest as write_harvest
from patrol.stored import opened
from rules.builtin import BUILT_IN
from storage.errors import StorageError
from town.problems import ConfigError
from town.reading import read_township

NICE = 15

Told = Iterator[Mapping[str, Any]]


def backtest(file: str, rules: str, since: str, until: str, cameras: list[str]) -> Told:
    """What other rules would have opened; see `console.engineer.trial`."""
    yield from tried(Path(file), rules, datetime.fromisoformat(since), datetime.fromisoformat(until), cameras)


def admit(folder: str, name: str) -> Told:
    """Check a version's files, and that its network runs."""
    Versions(Path(folder)).get(name).load(threads=1)
    yield {"admitted": name}


def harvest(file: str, out: str) -> Told:
    """Write what was judged as a dataset; see `patrol.harvest`."""
    township = read_township(Path(file), os.environ, BUILT_IN)
    with opened(township.storage.url) as database:
        pictures = township.storage.pictures or database.pictures_beside()
        yield {"counts": write_harvest(database.evidence.kept(), township, pictures, Path(out))}


ERRANDS: dict[str, Callable[..., Told]] = {"backtest": backtest, "admit": admit, "harvest": harvest}


def main() -> None:
    os.nice(NICE)
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_console, daemon=True).start()
    try:
        for told in ERRANDS[asked.pop("errand")](**asked):
            _say(told)
    except (ConfigError, ModelError, StorageError, HarvestError, OSError) as error:
        _say({"failed": str(error)})


def _say(told: Mapping[str, Any]) -> None:
    print(json.dumps(told, ensure_ascii=False), flush=True)


def _end_with_the_console() -> None:
    while os.read(0, 4096):  # below Python's own buffer, whose lock a thread must not hold when the process ends
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
