"""Hours of made-up trouble: each stay past its limit opens once, and nothing else does. `bench/incidents.py` does ten thousand."""

import pytest

from bench.incidents import simulated_day


@pytest.mark.parametrize("seed", [2, 3, 5, 7])
def test_every_stay_of_a_troubled_day_opens_once(seed: int) -> None:
    day = simulated_day(seed, hours=8)
    assert day.incidents > 10
    assert (day.duplicates, day.missed, day.for_nobody) == (0, 0, 0)


def test_the_same_seed_gives_the_same_day() -> None:
    assert simulated_day(11, hours=2) == simulated_day(11, hours=2)
