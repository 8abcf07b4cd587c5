"""Zones while they are drawn: what is wrong with them, what the file is to say, and the way back."""

from dataclasses import replace
from typing import Any

import pytest

from console.engineer.camera_list import matching
from console.engineer.zone_draft import Drawing, changes, corners_of, drawing_of, fault_of_shape, faults, zones_that_will_do
from tests.doubles.people import GATE, township
from town.editing import Put, Remove, zones_of
from town.places import ZoneKind

SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
ITEMS: list[dict[str, Any]] = [
    {"id": "station", "name": "桶站", "kind": "bin_station", "polygon": SQUARE},
    {"id": "lane", "kind": "no_parking", "polygon": SQUARE, "limit": "10m"},
]


@pytest.fixture
def drawing() -> Drawing:
    return drawing_of(ITEMS)


def changed(drawing: Drawing, number: int, **fields: Any) -> Drawing:
    return drawing.with_zone(replace(drawing.zones[number], **fields))


def test_what_was_not_drawn_is_said_as_the_file_says_it(drawing: Drawing) -> None:
    assert [zone.item() for zone in drawing.zones] == ITEMS
    assert changes(drawing, GATE) == []
    assert not drawing.is_changed


def test_what_leaves_goes_before_what_comes_so_that_ids_are_free(drawing: Drawing) -> None:
    drawn = changed(drawing.without("z0"), 0, id="station")

    gone, put = changes(drawn, GATE)

    assert gone == Remove(zones_of(GATE), "station")
    assert put == Put(zones_of(GATE), ITEMS[1] | {"id": "station"}, "lane")


def test_each_step_can_be_undone_up_to_what_the_file_says(drawing: Drawing) -> None:
    drawn = changed(drawing.with_new().without("z1"), 0, name="东")

    assert drawn.undo().undo().undo().zones == drawing.zones
    assert not drawn.undo().undo().undo().can_undo
    assert drawing.undo() is drawing
    assert not drawing.with_zone(drawing.zones[0]).can_undo


def test_a_word_that_is_typed_is_one_step(drawing: Drawing) -> None:
    drawn = drawing
    for name in ("东", "东门", "东门口"):
        drawn = drawn.with_zone(replace(drawn.zones[0], name=name), "name")

    assert drawn.zones[0].name == "东门口"
    assert drawn.undo().zones == drawing.zones


def test_a_new_zone_has_a_free_id_and_a_key_of_its_own(drawing: Drawing) -> None:
    drawn = drawing.with_new().with_new(ZoneKind.BIKE_BAY)

    assert [zone.id for zone in drawn.zones] == ["station", "lane", "zone-1", "zone-2"]
    assert len({zone.key for zone in drawn.without("new-2").with_new().zones}) == 4
    assert faults(drawn) == {}
    assert [zone.kind for zone in zones_that_will_do(drawn)][-1] is ZoneKind.BIKE_BAY


def test_what_was_written_is_where_drawing_goes_on_from(drawing: Drawing) -> None:
    written = changed(drawing.with_new(), 2, name="新")
    items = [zone.item() for zone in written.zones]

    assert not written.written(items).is_changed
    assert changes(changed(written.written(items), 2, name="更新"), GATE) == [Put(zones_of(GATE), items[2] | {"name": "更新"}, "zone-1")]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"id": "桶站"}, "bad_id"),
        ({"id": ""}, "bad_id"),
        ({"id": "lane"}, "id_twice"),
        ({"corners": ((0.1, 0.1), (0.9, 0.1))}, "few"),
        ({"corners": ((0.1, 0.1), (1.2, 0.1), (0.5, 0.5))}, "outside"),
        ({"corners": ((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.8))}, "crossing"),
        ({"corners": ((0.1, 0.1), (0.5, 0.5), (0.9, 0.9))}, "flat"),
        ({"limit": "10"}, "bad_limit"),
        ({"capacity": "six"}, "bad_capacity"),
    ],
)
def test_what_is_wrong_is_said_at_once(drawing: Drawing, fields: dict[str, Any], fault: str) -> None:
    drawn = changed(drawing, 0, **fields)

    assert fault in faults(drawn)["z0"]
    assert "station" not in [zone.id for zone in zones_that_will_do(drawn)]


def test_a_limit_that_is_emptied_leaves_the_file_and_a_capacity_is_a_number(drawing: Drawing) -> None:
    drawn = changed(drawing, 1, limit="", capacity="6")

    assert drawn.zones[1].item() == {"id": "lane", "kind": "no_parking", "polygon": SQUARE, "capacity": 6}


def test_corners_from_a_browser_are_rounded_and_put_into_the_picture() -> None:
    assert corners_of([[0.12345, -0.01], [1.004, 0.5], [0.5, 0.9999]]) == ((0.123, 0.0), (1.0, 0.5), (0.5, 1.0))


@pytest.mark.parametrize("drawn", [None, 7, [[1]], [["x", 0]], [[float("nan"), 0]], [[9e9, 0]], [[0, 0]] * 201, {"a": 1}])
def test_what_is_no_polygon_is_not_taken(drawn: Any) -> None:
    assert corners_of(drawn) is None


def test_touching_sides_cross() -> None:
    assert fault_of_shape(((0.1, 0.1), (0.9, 0.1), (0.5, 0.1), (0.5, 0.9))) == "crossing"


def test_cameras_are_found_by_name_id_and_grid() -> None:
    cameras = township().cameras

    assert [one.id for one in matching(cameras, "三号")] == [GATE]
    assert [one.id for one in matching(cameras, " GA")] == [GATE]
    assert [one.id for one in matching(cameras, "g1")] == [GATE]
    assert matching(cameras, "东门") == []


def test_a_zone_without_a_name_is_called_by_its_id(drawing: Drawing) -> None:
    assert [zone.title for zone in drawing.zones] == ["桶站", "lane"]
