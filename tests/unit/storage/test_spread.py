from hypothesis import given
from hypothesis import strategies as st

from storage.figures import Spread


def test_no_case_has_no_spread() -> None:
    assert Spread.of([]) is None


def test_one_case_is_every_figure() -> None:
    assert Spread.of([3.0]) == Spread(count=1, p50=3.0, p95=3.0, p99=3.0)


def test_figures_are_nearest_ranks() -> None:
    assert Spread.of([float(n) for n in range(100, 0, -1)]) == Spread(count=100, p50=50.0, p95=95.0, p99=99.0)


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_each_figure_occurred_and_enough_cases_lie_within_it(seconds: list[float]) -> None:
    spread = Spread.of(seconds)
    assert spread is not None
    assert {spread.p50, spread.p95, spread.p99} <= set(seconds)
    assert sum(value <= spread.p50 for value in seconds) * 2 >= len(seconds)
    assert sum(value <= spread.p95 for value in seconds) * 20 >= len(seconds) * 19
    assert sum(value <= spread.p99 for value in seconds) * 100 >= len(seconds) * 99
