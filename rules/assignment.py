"""Who is who: the pairs of old and new things whose scores add up to the most."""

import math
from collections.abc import Mapping

Pair = tuple[int, int]


def best_pairs(scores: Mapping[Pair, float]) -> dict[int, int]:
    """Each row's column, so that the sum of the scores (all above 0) is the highest; pairs without a score are never made.

    Where no row and no column stands in two pairs, which is nearly always, every pair is made and nothing is searched.
    """
    if len(scores) <= 1:
        return dict(scores.keys())
    rows, columns = {row for row, _ in scores}, {column for _, column in scores}
    if len(rows) == len(columns) == len(scores):
        return dict(scores.keys())
    return _hungarian(scores, sorted(rows), sorted(columns))


def _hungarian(scores: Mapping[Pair, float], rows: list[int], columns: list[int]) -> dict[int, int]:
    """Kuhn and Munkres in the shortest-path form, O(rows² × columns).

    Every row has a column of its own to fall back on at no gain, so that nobody is forced into a pair that has no score.
    """
    width = len(columns) + len(rows)
    cost = [[-scores.get((row, column), 0.0) for column in columns] + [0.0] * len(rows) for row in rows]
    row_price, column_price = [0.0] * len(rows), [0.0] * (width + 1)
    taken_by = [-1] * (width + 1)
    for row in range(len(rows)):
        _augment(row, cost, row_price, column_price, taken_by)
    pairs = ((rows[row], columns[column]) for column, row in enumerate(taken_by[: len(columns)]) if row >= 0)
    return {row: column for row, column in sorted(pairs) if (row, column) in scores}


def _augment(row: int, cost: list[list[float]], row_price: list[float], column_price: list[float], taken_by: list[int]) -> None:
    """Give `row` a column by the cheapest chain of moves. The last column is a start that belongs to no pair."""
    width = len(taken_by) - 1
    slack, came_from, done = [math.inf] * width, [width] * width, [False] * (width + 1)
    column = width
    taken_by[column] = row
    while taken_by[column] >= 0:
        done[column] = True
        here = taken_by[column]
        for other in range(width):
            gap = cost[here][other] - row_price[here] - column_price[other]
            if not done[other] and gap < slack[other]:
                slack[other], came_from[other] = gap, column
        following = min((other for other in range(width) if not done[other]), key=slack.__getitem__)
        step = slack[following]
        for other in range(width + 1):
            if done[other]:
                row_price[taken_by[other]] += step
                column_price[other] -= step
            elif other < width:
                slack[other] -= step
        column = following
    while column != width:
        taken_by[column] = taken_by[came_from[column]]
        column = came_from[column]
    taken_by[width] = -1
