"""A township's file is edited as text: only what changes is written anew."""

import difflib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from town.editing import Put, Remove, edited, zones_of
from town.yaml_rewriting import Uneditable
from town.yaml_tree import parse

ROOT = Path(__file__).parents[3]
SAMPLE = (ROOT / "camera_config.yaml").read_text(encoding="utf-8")
DEMO = (ROOT / "simulator/demo_config.yaml").read_text(encoding="utf-8")
STATION = {"id": "station", "name": "三号门桶站", "kind": "bin_station", "polygon": [[0.1, 0.2], [0.9, 0.2], [0.9, 0.9], [0.1, 0.9]]}

BLOCK = """\
cameras:
- id: gate  # the gate
  zones:
  # a zone in lines
  - id: lane
    name: 'west ''lane'''  # keeps its quotes
    kind: no_parking
    polygon:
    - [0.0, 0.6]  # at the wall
    - [0.4, 0.6]
    - [0.4, 1.0]
    # the last one
    - [0.0, 1.0]
    limit: 10m

  # about the next camera
- {id: empty, zones: []}
- id: none
"""
LANE = {
    "id": "lane",
    "name": "west 'lane'",
    "kind": "no_parking",
    "polygon": [[0.0, 0.6], [0.4, 0.6], [0.4, 1.0], [0.0, 1.0]],
    "limit": "10m",
}


def touched(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and those that came."""
    lines = list(difflib.unified_diff(before.splitlines(True), after.splitlines(True), n=0))[2:]
    return [line[1:].strip() for line in lines if line[0] == "-"], [line[1:].strip() for line in lines if line[0] == "+"]


@pytest.mark.parametrize("text", [SAMPLE, DEMO], ids=["sample", "demo"])
def test_what_does_not_change_comes_out_byte_for_byte(text: str) -> None:
    plain = parse(text).root
    for camera in plain["cameras"]:
        for zone in camera["zones"]:
            assert edited(text, Put(zones_of(camera["id"]), zone)) == text


def test_a_moved_corner_changes_the_line_of_its_polygon_alone() -> None:
    after = edited(SAMPLE, Put(zones_of("gate-3"), STATION | {"polygon": [[0.1, 0.2], [0.85, 0.25], [0.9, 0.9], [0.1, 0.9]]}))

    gone, come = touched(SAMPLE, after)
    assert gone == ["- {id: station, name: 三号门桶站, kind: bin_station, polygon: [[0.1, 0.2], [0.9, 0.2], [0.9, 0.9], [0.1, 0.9]]}"]
    assert come == ["- {id: station, name: 三号门桶站, kind: bin_station, polygon: [[0.1, 0.2], [0.85, 0.25], [0.9, 0.9], [0.1, 0.9]]}"]


@pytest.mark.parametrize(
    ("changed", "gone", "come"),
    [
        ({"polygon": [[0.0, 0.6], [0.4, 0.5], [0.4, 1.0], [0.0, 1.0]]}, ["- [0.4, 0.6]"], ["- [0.4, 0.5]"]),
        ({"polygon": [[0.0, 0.6], [0.4, 0.6], [0.4, 1.0], [0.2, 1], [0.0, 1.0]]}, [], ["- [0.2, 1]"]),
        ({"polygon": [[0.0, 0.6], [0.4, 1.0], [0.0, 1.0]]}, ["- [0.4, 0.6]"], []),
        ({"limit": "5m"}, ["limit: 10m"], ["limit: 5m"]),
        ({"name": "it's"}, ["name: 'west ''lane'''  # keeps its quotes"], ["name: 'it''s'  # keeps its quotes"]),
        ({"capacity": 3}, [], ["capacity: 3"]),
    ],
)
def test_lines_of_a_zone_in_lines_change_one_by_one(changed: dict[str, Any], gone: list[str], come: list[str]) -> None:
    assert touched(BLOCK, edited(BLOCK, Put(zones_of("gate"), LANE | changed))) == (gone, come)


FLOW = """\
cameras:
  - id: gate
    zones: [
      {id: a, # the first
       limit: 1m},  # after
      {
        id: b,  # its id
        limit: 2m,  # its limit
        name: x
      },
    ]
"""


def test_comments_within_braces_stay() -> None:
    shorter = edited(FLOW, Put(zones_of("gate"), {"id": "b", "limit": "3m", "kind": "no_parking"}))

    assert parse(shorter).root["cameras"][0]["zones"][1] == {"id": "b", "limit": "3m", "kind": "no_parking"}
    assert [shorter.count(said) for said in ("# its id", "# its limit", "# the first", "# after")] == [1, 1, 1, 1]
    assert parse(edited(shorter, Remove(zones_of("gate"), "b"))).root["cameras"][0]["zones"] == [{"id": "a", "limit": "1m"}]


def test_a_key_that_goes_takes_its_line_along() -> None:
    without = {key: value for key, value in LANE.items() if key != "limit"}

    assert touched(BLOCK, edited(BLOCK, Put(zones_of("gate"), without))) == (["limit: 10m"], [])


def test_a_new_zone_comes_after_the_last_before_the_comments_of_what_follows() -> None:
    after = edited(BLOCK, Put(zones_of("gate"), LANE | {"id": "two", "polygon": [[0, 0], [1, 0], [1, 1]]}))

    assert after.index("- id: two") < after.index("# about the next camera")
    assert after.index("- id: two") > after.index("limit: 10m")
    assert touched(BLOCK, after)[0] == []


@pytest.mark.parametrize("camera", ["empty", "none"])
def test_a_camera_without_zones_gets_its_first(camera: str) -> None:
    after = edited(BLOCK, Put(zones_of(camera), STATION))

    assert parse(edited(after, Remove(zones_of(camera), "station"))).root["cameras"][2 if camera == "none" else 1]["zones"] == []


def test_the_last_zone_leaves_an_empty_list_and_all_comments_around_it() -> None:
    after = edited(BLOCK, Remove(zones_of("gate"), "lane"))

    assert "zones: []\n" in after
    assert "# a zone in lines" in after
    assert "# about the next camera" in after


def test_a_zone_gets_another_id_where_it_stands() -> None:
    after = edited(SAMPLE, Put(zones_of("gate-3"), STATION | {"id": "bins"}, was="station"))

    assert len(touched(SAMPLE, after)[1]) == 1
    assert [zone["id"] for zone in parse(after).root["cameras"][0]["zones"]] == ["bins", "lane"]


def test_secrets_stay_names_of_variables() -> None:
    after = edited(DEMO, Put(zones_of("building-7"), STATION))

    assert after.count("${WEISU_DEMO_CAMERA_PASSWORD}") == DEMO.count("${WEISU_DEMO_CAMERA_PASSWORD}")


@pytest.mark.parametrize("text", [SAMPLE.replace("\n", "\r\n"), "\ufeff" + SAMPLE], ids=["crlf", "byte order mark"])
def test_line_ends_and_a_byte_order_mark_stay(text: str) -> None:
    after = edited(text, Put(zones_of("gate-3"), {**STATION, "id": "new"}))

    assert [line for line in after.splitlines(True) if line not in text.splitlines(True)] == [
        "      - {id: new, name: 三号门桶站, kind: bin_station, polygon: [[0.1, 0.2], [0.9, 0.2], [0.9, 0.9], [0.1, 0.9]]}"
        + ("\r\n" if "\r\n" in text else "\n")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "cameras:\n- {id: a, zones: &z [{id: x, limit: 1m}]}\n- {id: b, zones: *z}\n",
        "base: &c {zones: [{id: x}]}\ncameras:\n- {id: b, <<: *c}\n",
    ],
    ids=["alias", "merge"],
)
def test_what_stands_for_two_places_is_left_alone(text: str) -> None:
    with pytest.raises(Uneditable):
        edited(text, Put(zones_of("b"), {"id": "x", "limit": "2m"}))


def test_a_camera_or_zone_that_is_gone_is_said() -> None:
    with pytest.raises(Uneditable, match="no gate-9"):
        edited(SAMPLE, Put(zones_of("gate-9"), STATION))
    with pytest.raises(Uneditable, match="no bins"):
        edited(SAMPLE, Put(zones_of("gate-3"), STATION, was="bins"))
    with pytest.raises(Uneditable, match="no bins"):
        edited(SAMPLE, Remove(zones_of("gate-3"), "bins"))


words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff"), max_size=12
) | st.sampled_from(["yes", "null", "1", "06:00", "a: b", "- x", "${NAME}", "# no", "it's", '"', "2026-05-04", "=", "<<", "~", "10m"])
numbers = st.floats(0, 1) | st.integers(0, 1)
polygons = st.lists(st.tuples(numbers, numbers).map(list), min_size=1, max_size=6)
zones = st.fixed_dictionaries(
    {"id": st.sampled_from("abc"), "polygon": polygons},
    optional={"name": words, "limit": words, "capacity": st.none() | st.integers() | st.booleans()},
)
lists_of_zones = st.lists(zones, max_size=3, unique_by=lambda zone: str(zone["id"]))


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, _data: object) -> bool:
        return True


class _Indented(_Dumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


styles = st.fixed_dictionaries(
    {
        "default_flow_style": st.sampled_from([True, False, None]),
        "width": st.sampled_from([40, 10_000]),
        "indent": st.sampled_from([2, 4]),
        "default_style": st.sampled_from([None, "'", '"']),
        "Dumper": st.sampled_from([_Dumper, _Indented]),
        "line_break": st.sampled_from(["\n", "\r\n"]),
        "allow_unicode": st.booleans(),
        "sort_keys": st.booleans(),
    }
)


@given(lists_of_zones, zones, styles, st.sampled_from(["", "a", "b", "z"]))
@settings(max_examples=100, deadline=None)
def test_in_any_style_a_file_says_the_change_and_nothing_else(
    before: list[dict[str, Any]], zone: dict[str, Any], style: Any, gone: str
) -> None:
    cameras = [{"id": "first", "zones": [{"id": "a"}]}, {"id": "gate", "zones": before}, {"id": "last", "name": "末"}]
    text = yaml.dump({"cameras": cameras, "rules": [{"id": "r"}]}, **style)

    after = edited(text, Put(zones_of("gate"), zone))  # raises where what is read back is not what was meant

    known = {one["id"]: one for one in before} | {zone["id"]: zone}
    assert [one["id"] for one in parse(after).root["cameras"][1]["zones"]] == list(known)
    if gone in known:
        assert gone not in [one["id"] for one in parse(edited(after, Remove(zones_of("gate"), gone))).root["cameras"][1]["zones"]]
