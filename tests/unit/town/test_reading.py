"""Every mistake that a person can make in camera_config.yaml is found, placed and explained."""

from datetime import timedelta
from pathlib import Path

import pytest

from rules.builtin import BUILT_IN
from town.problems import ConfigError
from town.reading import read_township, township_of

CONFIGS = Path(__file__).parents[2] / "configs"

MISTAKES = {
    "unknown_key": (4, "cameras[0].evry", "unknown key evry", "every? One of"),
    "duration_without_unit": (4, "cameras[0].every", "30", "such as 30s"),
    "unknown_grid": (4, "cameras[0].grid", "grid g7", "g1"),
    "camera_twice": (5, "cameras[1].id", "id a again (first on line 4)", "an id of its own"),
    "key_twice": (5, "", "key town twice", "each key once"),
    "password_in_file": (4, "cameras[0].source.password", "a secret written out", "${CAM_PASSWORD}"),
    "password_in_url": (4, "cameras[0].source.url", "an address with a user name or password", "go into their own keys"),
    "unset_variable": (4, "cameras[0].source.url", "${CAM_HOST}, which is not set", "set CAM_HOST"),
    "file_url": (4, "cameras[0].source.url", "file://10.0.0.1/", "http://host/path"),
    "unknown_source": (4, "cameras[0].source", "keys kind, url", "'http_snapshot', 'rtsp', 'recording'"),
    "crossing_polygon": (4, "cameras[0].zones[0].polygon", "[1, 1]", "cross each other"),
    "corner_outside": (4, "cameras[0].zones[0].polygon", "[2, 1]", "from 0 to 1"),
    "unknown_zone_kind": (4, "cameras[0].zones[0].kind", "fire_line", "'fire_lane'"),
    "shift_not_a_time": (5, "cleaners[0].shifts[0]", "6-14", "06:00-14:00"),
    "more_looks_than_of": (5, "rules[0].for", "keys looks, of", "cannot be more than of (3)"),
    "unknown_rule_without_its_parts": (5, "rules[0].zones", "nothing", "zones is needed"),
    "limit_of_no_order": (5, "limiter.orders", "0", "greater than or equal to 1"),
    "limit_within_no_time": (5, "limiter.within", "0s", "a span of time, such as 10m"),
    "limit_of_unknown_rule": (5, "limiter.rules.bin-overflows", "rule bin-overflows, which is not defined", "bin-overflow?"),
    "offers_for_nobody": (5, "dispatch.offers_an_hour", "0", "greater than or equal to 1"),
    "day_that_is_none": (2, "town.name", "a date or number that there is not", "text in quotes"),
    "not_yaml": (1, "", "not YAML", "valid YAML"),
    "empty": (1, "", "nothing", "town, grids"),
    "a_list": (1, "", "[1]", "town, grids"),
    "unknown_timezone": (1, "town.timezone", "Mars/Base", "Asia/Shanghai"),
    "broker_key_twice_meant": (5, "mqtt.prot", "unknown key prot", "port? One of broker, host, port"),
    "condition_over_nothing_known": (
        5,
        "rules[0].when",
        "overflowing_shar > 0.5",
        "overflowing_shar at character 1 is not: overflowing_share?",
    ),
    "condition_of_mixed_numbers": (5, "rules[0].when", "overflowing_count > 0.5", "write the number with a point"),
    "dwell_of_an_amount": (5, "rules[0].when", "certain_dwell >", "certain_dwell at character 1 is not"),
    "condition_that_is_no_question": (5, "rules[0].when", "overflowing_count + 1", "gives true or false; this gives INT"),
    "metric_nobody_measures": (5, "rules[0].metric", "overflow_count", "overflowing_count? One of bin_count"),
    "for_of_a_stay": (5, "rules[0].for", "for in a rule about stays", "only with a metric"),
    "limit_of_an_amount": (5, "rules[0].limit", "limit in a rule about amounts", "only without a metric"),
    "almost_built_in": (5, "rules[0].id", "ilegal-parking, which is not built in", "illegal-parking? One of"),
    "for_of_a_span": (5, "rules[0].for", "'15m'", "{key: value}, of lasting, looks, of, within"),
    "condition_with_one_equals_sign": (5, "rules[0].when", "local.hour = 19", "equal is =="),
    "condition_in_words": (5, "rules[0].when", "local.hour > 7 and", "and is &&"),
    "unknown_day": (5, "rules[0].active[0].days[0]", "workday", "'workdays'"),
    "legal_stop_of_bins": (5, "rules[0]", "keys id, legal_stop", "which have no metric"),
    "permit_of_unknown_zone": (5, "permits[0].zone", "a/square, which is not defined", "none is defined"),
    "permit_without_camera": (5, "permits[0].zone", "'square'", "such as gate-3/lane"),
    "permit_that_ends_first": (5, "permits[0]", "keys id, reason", "cannot be after until (2026-10-01)"),
    "permit_of_unknown_rule": (5, "permits[0].rules[0]", "illegal-parkin, which", "illegal-parking? One of"),
    "budget_of_nothing": (5, "looks.budget", "0", "greater than 0"),
    "rtsp_for_nothing": (5, "looks.rtsp_cost", "0.5", "greater than or equal to 1"),
    "picture_kind_unknown": (
        5,
        "storage.keep_pictures_for.everything",
        "unknown key everything",
        "disagreement, held, judged, order",
    ),
    "console_without_port": (5, "console.listen", "'127.0.0.1'", "such as 127.0.0.1:8080"),
    "tiles_without_number": (5, "console.map.tiles", "map.png", "{z}, {x} and {y}"),
    "tiles_without_server": (5, "console.map.tiles", "/tiles/", "such as https://tiles.town.example"),
    "area_of_two_corners": (2, "grids[0].area", "[{", "at least 3, whose sides do not cross"),
    "open311_token_written_out": (5, "console.open311_tokens.city", "'my-token'", "weisu console token"),
    "address_written_out": (5, "notices.recipients[0].urls[0]", "an address written out", "such as WECOM_URL"),
    "address_unset": (5, "notices.recipients[0].urls[0]", "WECOM_URL, which is not set", "set WECOM_URL"),
    "recipient_of_unknown_grid": (5, "notices.recipients[0].grids[0]", "grid g7", "g1"),
    "recipient_without_address": (5, "notices.recipients[0]", "keys id, role", "url_files"),
    "recipient_of_another_role": (5, "notices.recipients[0]", "keys id, role", "a manager hears of nobody_to_send, overdue"),
    "recipient_twice": (5, "notices.recipients[1].id", "id wang again", "an id of its own"),
    "topic_in_id": (4, "cameras[0].id", "a/#", "lower-case letters"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_path_and_what_is_allowed(name: str) -> None:
    line, path, found, allowed = MISTAKES[name]
    with pytest.raises(ConfigError) as caught:
        read_township(CONFIGS / f"{name}.yaml", {}, BUILT_IN)
    problem = next(p for p in caught.value.problems if p.path == path and found in p.found)
    assert problem.line in {line, line + 1}
    assert found in problem.found
    assert allowed in problem.allowed


def test_every_bad_file_has_its_mistake_told() -> None:
    assert {file.stem for file in CONFIGS.glob("*.yaml")} == {*MISTAKES, "good"}


def test_all_mistakes_are_told_at_once() -> None:
    text = (CONFIGS / "unknown_key.yaml").read_text() + "mqtt: {broker: embedded, prot: 1}\nrules: [{id: mine}]\n"
    with pytest.raises(ConfigError) as caught:
        township_of(text, {}, BUILT_IN, Path())
    paths = {problem.path for problem in caught.value.problems}
    assert {"cameras[0].evry", "mqtt.prot", "rules[0].zones"} <= paths


@pytest.mark.parametrize("name", ["password_in_file", "password_in_url", "address_written_out"])
def test_a_secret_is_never_printed(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_township(CONFIGS / f"{name}.yaml", {}, BUILT_IN)
    assert "hunter2" not in str(caught.value)


def test_a_secret_comes_from_the_environment_and_is_hidden() -> None:
    text = (CONFIGS / "password_in_file.yaml").read_text().replace("hunter2", '"${CAM_PASSWORD}"')
    township = township_of(text, {"CAM_PASSWORD": "hunter2"}, BUILT_IN, Path())
    source = township.cameras[0].source
    assert source.kind == "http_snapshot"
    assert source.password is not None
    assert source.password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(township)


@pytest.mark.parametrize("written", ["WECOM_URL", '"${WECOM_URL}"'])
def test_an_address_is_named_and_never_held(written: str) -> None:
    text = (CONFIGS / "address_unset.yaml").read_text().replace("WECOM_URL", written)
    township = township_of(text, {"WECOM_URL": "wecombot://hunter2-hunter2"}, BUILT_IN, Path())
    assert township.notices.recipients[0].channels == ("WECOM_URL",)
    assert "hunter2" not in repr(township)


def test_an_address_given_as_a_file_is_not_shown_either() -> None:
    text = (CONFIGS / "address_unset.yaml").read_text().replace("urls: [WECOM_URL]", 'url_files: "wecombot://hunter2-hunter2"')
    with pytest.raises(ConfigError) as caught:
        township_of(text, {}, BUILT_IN, Path())
    assert "hunter2" not in str(caught.value)


def test_a_rule_of_the_file_changes_only_what_it_names() -> None:
    text = (CONFIGS / "good.yaml").read_text() + "rules: [{id: bin-overflow, for: {looks: 3}}]\n"
    township = township_of(text, {}, BUILT_IN, Path())
    rule = township.rule_by_id["bin-overflow"]
    assert rule.sustain.looks == 3
    assert rule.name == BUILT_IN["bin-overflow"]["name"]
    assert set(township.rule_by_id) == set(BUILT_IN)


def test_left_out_parts_have_their_defaults() -> None:
    township = read_township(CONFIGS / "good.yaml", {}, BUILT_IN)
    assert township.town.timezone == "Asia/Shanghai"
    assert township.cameras[0].every == timedelta(minutes=1)
    assert [rule.id for rule in township.rules] == list(BUILT_IN)
    assert township.looks.allow_loopback is False


def test_a_recording_counts_from_the_folder_of_the_file(tmp_path: Path) -> None:
    text = (CONFIGS / "good.yaml").read_text().replace('kind: http_snapshot, url: "http://10.0.0.1/"', "kind: recording, path: frames")
    (tmp_path / "town.yaml").write_text(text)
    source = read_township(tmp_path / "town.yaml", {}, BUILT_IN).cameras[0].source
    assert source.kind == "recording"
    assert source.path == tmp_path / "frames"


def test_a_missing_file_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unreadable"):
        read_township(tmp_path / "none.yaml", {}, BUILT_IN)


def test_the_shipped_township_is_right() -> None:
    township = read_township(CONFIGS.parents[1] / "camera_config.yaml", {}, BUILT_IN)
    assert township.town.id == "yizhuang"
