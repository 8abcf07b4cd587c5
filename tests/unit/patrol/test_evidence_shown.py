"""What a look's frame is evidence of, by what the look did to orders."""

import pytest

from alerts.lifecycle import Action
from patrol.evidence import shown_by
from tests.doubles.order_samples import event, order
from town.evidence import Purpose, When


@pytest.mark.parametrize(
    ("action", "purpose", "when"),
    [
        (Action.OPEN, Purpose.OPENED, When.BEFORE),
        (Action.RECUR, Purpose.OPENED, When.BEFORE),
        (Action.SELF_CLEAR, Purpose.CLEARED, When.AFTER),
        (Action.CLOSE, Purpose.CLEARED, When.AFTER),
        (Action.REDO, Purpose.NOT_CLEARED, When.AFTER),
    ],
)
def test_a_look_that_changes_an_order_shows_one_side_of_it(action: Action, purpose: Purpose, when: When) -> None:
    assert shown_by([event(order(), action)]).orders == (("order-1", purpose),)
    assert purpose.when is when


def test_a_look_that_changes_nothing_shows_nothing() -> None:
    assert not shown_by([event(order(), Action.COUNT_LOOK)])
