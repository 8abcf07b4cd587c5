"""Pairs are made so that all of them together fit best."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from rules.assignment import best_pairs
from tests.unit.rules.places import UNHURRIED


def test_pairs_that_do_not_compete_are_all_made() -> None:
    assert best_pairs({(0, 1): 0.4, (1, 0): 0.7}) == {0: 1, 1: 0}


def test_nothing_is_paired_without_a_score() -> None:
    assert best_pairs({}) == {}


def test_two_neighbours_do_not_swap_though_one_swap_scores_best_alone() -> None:
    assert best_pairs({(0, 0): 0.6, (1, 0): 0.65, (1, 1): 0.6}) == {0: 0, 1: 1}


@UNHURRIED
@given(st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.floats(0.3, 2.0), max_size=12))
def test_no_other_pairing_adds_up_to_more(scores: dict[tuple[int, int], float]) -> None:
    made = best_pairs(scores)
    assert len(set(made.values())) == len(made)
    assert all(pair in scores for pair in made.items())
    best = max(sum(scores.get((row, column), 0.0) for row, column in enumerate(order)) for order in permutations(range(5)))
    assert abs(sum(scores[pair] for pair in made.items()) - best) < 1e-9
