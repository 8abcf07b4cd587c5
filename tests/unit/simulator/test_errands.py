"""A simulated cleaner thinks, claims, walks, works and reports; and lets go when the order goes elsewhere."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from alerts.messages import LiveOrder
from simulator.errands import Deed, Mind, Nature, Phase, Word, live_on
from town.geometry import Position
from town.rule_settings import Priority
from town.work import OrderState

NOW = datetime(2026, 6, 1, 2, tzinfo=UTC)
HOME, GATE = Position(39.79, 116.50), Position(39.791, 116.50)
WILLING, UNWILLING, CARELESS = Nature(declines_score=0), Nature(declines_score=1), Nature(declines_score=0, careless_score=1)
MINUTE = timedelta(minutes=1)


def order(state: OrderState = OrderState.OFFERED, order_id: str = "order-1", attempt: int = 1, yours: bool = False) -> LiveOrder:
    return LiveOrder(
        order_id=order_id,
        rev=1,
        state=state,
        yours=yours,
        title="垃圾桶满冒",
        camera="北门",
        zone="北门桶站",
        grid="第一网格",
        position=GATE,
        priority=Priority.NORMAL,
        attempt=attempt,
        claim_by=NOW + MINUTE,
        done_by=NOW + 5 * MINUTE,
        distance_m=111,
    )


def lived(mind: Mind, nature: Nature, now: datetime, *orders: LiveOrder) -> tuple[Mind, Deed | None]:
    return live_on(mind, nature, {one.order_id: one for one in orders}, Random(1), now)


def word(deed: Deed | None) -> Word | None:
    return deed.word if deed else None


def test_an_offer_is_thought_over_before_it_is_claimed() -> None:
    mind, at_once = lived(Mind(HOME), WILLING, NOW, order())
    mind, later = lived(mind, WILLING, NOW + MINUTE, order())
    assert (word(at_once), word(later), mind.phase) == (None, Word.CLAIM, Phase.CLAIMING)


def test_an_unwilling_cleaner_declines_once() -> None:
    mind, _ = lived(Mind(HOME), UNWILLING, NOW, order())
    mind, declined = lived(mind, UNWILLING, NOW + MINUTE, order())
    mind, silent = lived(mind, UNWILLING, NOW + 2 * MINUTE, order())
    assert (word(declined), word(silent), mind.phase) == (Word.DECLINE, None, Phase.IDLE)


def test_a_claim_that_is_won_is_walked_to_and_one_that_is_lost_is_forgotten() -> None:
    claiming = Mind(HOME, Phase.CLAIMING, order())
    won, _ = lived(claiming, WILLING, NOW, order(OrderState.CLAIMED, yours=True))
    lost, _ = lived(claiming, WILLING, NOW)
    assert won.phase is Phase.WALKING
    assert won.until is not None
    assert won.until > NOW
    assert (lost.phase, lost.order) == (Phase.IDLE, None)


def test_who_claims_waits_for_the_answer_and_claims_nothing_else() -> None:
    claiming = Mind(HOME, Phase.CLAIMING, order())
    mind, deed = lived(claiming, WILLING, NOW + MINUTE, order(), order(order_id="order-2"))
    assert (mind, deed) == (claiming, None)


def test_work_is_begun_on_the_spot_and_reported_when_it_is_done() -> None:
    mine = order(OrderState.CLAIMED, yours=True)
    mind, arrived = lived(Mind(HOME, Phase.WALKING, mine, NOW), WILLING, NOW, mine)
    assert (word(arrived), mind.phase, mind.position) == (Word.ARRIVED, Phase.WORKING, GATE)
    mind, done = lived(mind, WILLING, NOW + MINUTE, mine)
    assert (done, mind.phase) == (Deed(Word.DONE, mine, puts_right=True), Phase.IDLE)
    assert lived(mind, WILLING, NOW + 2 * MINUTE, mine) == (mind, None)


def test_an_order_that_somebody_gave_them_is_walked_to() -> None:
    given = order(OrderState.CLAIMED, attempt=3, yours=True)
    mind, _ = lived(Mind(HOME, reported=("order-1", 2)), WILLING, NOW, given)
    mind, _ = lived(mind, WILLING, NOW, given)
    assert (mind.phase, mind.order) == (Phase.WALKING, given)


def test_a_careless_cleaner_reports_done_and_leaves_the_rubbish() -> None:
    mine = order(OrderState.ON_SITE, yours=True)
    _, done = lived(Mind(HOME, Phase.WORKING, mine, NOW), CARELESS, NOW, mine)
    assert done == Deed(Word.DONE, mine, puts_right=False)


def test_an_order_that_is_taken_away_on_the_way_is_let_go() -> None:
    walking = Mind(HOME, Phase.WALKING, order(OrderState.CLAIMED, yours=True), NOW + MINUTE)
    gone, _ = lived(walking, WILLING, NOW)
    offered_anew, _ = lived(walking, WILLING, NOW, order(attempt=2))
    assert gone.phase is Phase.IDLE
    assert offered_anew.phase is Phase.IDLE


def test_work_under_verification_is_not_claimed_again_but_a_second_attempt_is() -> None:
    verifying = replace(Mind(HOME), thinking={("order-1", 1): NOW})
    _, silent = lived(verifying, WILLING, NOW, order(OrderState.VERIFYING, yours=True))
    mind, _ = lived(Mind(HOME), WILLING, NOW, order(attempt=2))
    _, claimed = lived(mind, WILLING, NOW + MINUTE, order(attempt=2))
    assert (word(silent), word(claimed)) == (None, Word.CLAIM)
