"""What a noun works out from its values goes no further than the values."""

import pickle

from tests.unit.rules.places import LANE, STATION, township
from town.township import Township


def test_another_process_is_given_the_values_alone() -> None:
    rules = [rule.model_copy(update={"when": "vehicle_count > 0"}) for rule in township(LANE, STATION).rules if rule.metric is None]
    town = township(LANE, STATION).with_rules(rules)
    assert town.rule_by_id["illegal-parking"].condition  # compiled, which no other process could read
    again = pickle.loads(pickle.dumps(town))
    assert isinstance(again, Township)
    assert again == town
    assert again.rule_by_id["illegal-parking"].condition
