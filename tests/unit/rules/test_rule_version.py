"""A rule's version names its settings, however they were written; and all that it decides names the version."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from detectors.registry import OBSERVERS
from rules.builtin import BUILT_IN
from rules.metrics import COUNTED, SHARES
from tests.unit.rules.places import LANE, STATION, UNHURRIED, bins, car, minutes, play, rule, unknown, vehicles
from town.facts import METRICS
from town.rule_settings import RuleSettings


@UNHURRIED
@given(st.sampled_from(sorted(BUILT_IN)), st.randoms(use_true_random=False))
def test_the_order_of_keys_and_of_lists_that_are_sets_changes_no_version(rule_id: str, random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        items = list(value.items())
        random.shuffle(items)
        return {key: shuffled(child) for key, child in items}

    raw = {**BUILT_IN[rule_id], "zones": ["keep_clear", "bin_station", "fire_lane"], "active": [{"days": ["sun", "mon", "workdays"]}]}
    other = shuffled(raw) | {"zones": sorted(raw["zones"]), "active": [{"days": ["workdays", "sun", "mon"]}]}
    assert RuleSettings.model_validate(other).version == RuleSettings.model_validate(raw).version


def test_defaults_written_out_and_units_written_otherwise_change_no_version() -> None:
    written = rule("illegal-parking", limit="600s", enabled=True, at_least=1, when="  ")
    assert written.version == rule("illegal-parking").version


def test_a_rule_that_need_not_last_has_the_version_of_before_that_could_be_asked() -> None:
    sustain = BUILT_IN["bin-overflow"]["for"]
    assert "lasting" not in rule("bin-overflow").canonical["for"]
    assert rule("bin-overflow", **{"for": {**sustain, "lasting": "0s"}}).version == rule("bin-overflow").version
    lasting = rule("bin-overflow", **{"for": {**sustain, "lasting": "15m"}})
    assert lasting.version != rule("bin-overflow").version
    assert RuleSettings.model_validate(lasting.canonical) == lasting


def test_a_version_is_the_same_in_every_process() -> None:
    assert RuleSettings.model_validate(json.loads(json.dumps(BUILT_IN["bin-overflow"]))).version == rule("bin-overflow").version
    assert len(rule("bin-overflow").version) == 8


def test_any_other_setting_is_another_version() -> None:
    changes: list[dict[str, Any]] = [{"limit": "11m"}, {"when": "vehicle_count > 1"}, {"active": ["06:00-07:00"]}, {"enabled": False}]
    versions = {rule("illegal-parking", **change).version for change in [{}, *changes]}
    assert len(versions) == 5


def test_a_changed_copy_of_a_rule_is_another_version() -> None:
    parking = rule("illegal-parking")
    assert parking.version != parking.model_copy(update={"limit": minutes(5)}).version
    assert parking.model_copy().version == parking.version


def test_decisions_and_incidents_name_the_version_that_made_them() -> None:
    before, after = rule("bin-overflow"), rule("bin-overflow", clear_looks=1)
    looks = play(before, STATION, bins(0, 1), bins(1, 1), unknown(2))
    cleared = play(after, STATION, bins(10, 0), memory=looks[-1].memory)[0]
    assert {decision.rule_version for look in looks for decision in look.decisions} == {before.version}
    assert cleared.decisions[0].rule_version == after.version
    assert cleared.changes[0].incident.rule_version == before.version


def test_a_stay_that_began_under_one_version_goes_on_under_the_next() -> None:
    memory = play(rule("illegal-parking"), LANE, vehicles(0, car()))[-1].memory
    stricter = rule("illegal-parking", limit="5m")
    look = play(stricter, LANE, vehicles(6, car()), memory=memory)[0]
    assert (look.changes[0].incident.rule_version, look.changes[0].incident.certain_dwell_s) == (stricter.version, 360)


def test_what_expressions_may_name_is_what_detectors_measure_and_rules_count() -> None:
    assert {observer.kind: set(observer.metrics) for observer in OBSERVERS} == {kind: set(names) for kind, names in METRICS.items()}
    assert {name for names in METRICS.values() for name in names} == {*COUNTED, *SHARES}
