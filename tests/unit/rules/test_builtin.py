"""The built-in rules are right in themselves."""

from datetime import timedelta

import pytest

from rules.builtin import BUILT_IN
from rules.metrics import COUNTED, SHARES
from town.places import ZoneKind
from town.rule_settings import Priority, RuleSettings


@pytest.mark.parametrize("rule_id", BUILT_IN)
def test_every_built_in_rule_validates_under_its_own_id(rule_id: str) -> None:
    assert RuleSettings.model_validate(BUILT_IN[rule_id]).id == rule_id


@pytest.mark.parametrize("rule_id", BUILT_IN)
def test_every_metric_of_a_built_in_rule_can_be_counted(rule_id: str) -> None:
    metric = RuleSettings.model_validate(BUILT_IN[rule_id]).metric
    assert metric is None or metric in COUNTED or metric in SHARES


def test_every_kind_of_zone_has_a_rule() -> None:
    assert {kind for raw in BUILT_IN.values() for kind in RuleSettings.model_validate(raw).zones} == set(ZoneKind)


def test_a_fire_lane_has_a_short_limit_and_top_priority() -> None:
    rule = RuleSettings.model_validate(BUILT_IN["fire-lane"])
    assert (rule.limit, rule.priority, rule.judges_stays) == (timedelta(minutes=2), Priority.TOP, True)
