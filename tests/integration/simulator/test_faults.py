"""A bounded share of the fault bench: fixed seeds on both brokers, each run as `make faults` runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulator.faults.mosquitto import mosquitto_binary
from simulator.faults.plan import Broker

ROOT = Path(__file__).parents[3]
SEEDS = {Broker.EMBEDDED: range(1, 9), Broker.MOSQUITTO_5: range(9, 20), Broker.MOSQUITTO_3: range(20, 26)}
"""So every kind of fault comes first once."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("broker", Broker)
def test_no_order_is_lost_double_held_or_shown_wrongly_under_faults(broker: Broker, tmp_path: Path) -> None:
    if broker is not Broker.EMBEDDED and mosquitto_binary() is None:
        pytest.skip("Debian's package mosquitto is not installed")
    figures, said = faults(tmp_path, broker, SEEDS[broker])

    assert not figures["wrong"], said
    assert figures["runs"] == len(SEEDS[broker])
    assert figures["orders"] > figures["runs"]
    assert figures["deaths"]["kill_service"] or figures["deaths"]["kill_broker"]


def faults(folder: Path, broker: Broker, seeds: range) -> tuple[dict[str, Any], str]:
    """What `python -m simulator.faults` found, and said."""
    file, jobs = folder / "faults.json", max(2, os.cpu_count() or 1)
    options = ["--first", seeds.start, "--runs", len(seeds), "--jobs", 2 * jobs, "--broker", broker, "--json", file]
    command = [sys.executable, "-m", "simulator.faults", *map(str, options)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert file.exists(), ended.stderr
    return json.loads(file.read_text()), ended.stdout
