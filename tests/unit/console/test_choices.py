"""What a manager chooses from in a dialog."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from console.manager.choices import PHOTO_NAME, kept_photos, orders_near, people, photo_from, photo_of
from console.visitors import Visitor
from tests.doubles.people import FAR, FARTHEST, MANAGER, NEAR, OFF_SHIFT, SECOND, THIRD, UNSKILLED, after, incident
from tests.doubles.served_town import ServedTown
from town.accounts import Kind, Role
from town.evidence import Purpose

LI = Visitor(Role.MANAGER, "li", MANAGER, Kind.BROWSER, "")
ZHAO = Visitor(Role.MANAGER, "zhao", "manager-2", Kind.BROWSER, "")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ServedTown]:
    town = ServedTown(tmp_path, {"listen": "127.0.0.1:0"})
    yield town
    town.close()


def test_who_can_do_it_now_comes_first_the_nearest_of_them_before_others(town: ServedTown) -> None:
    order = town.opens(incident())
    assert [one.id for one in people(town.site, order)] == [NEAR, SECOND, THIRD, FAR, FARTHEST, UNSKILLED, OFF_SHIFT]


def test_each_is_shown_with_duty_skill_distance_and_load_and_the_holder_not_at_all(town: ServedTown) -> None:
    first, second = town.opens(incident(1)), town.opens(incident(2, "v1"))
    town.hears(NEAR, "claim", after(minutes=1), order_id=first.id)
    known = {one.id: one for one in people(town.site, second)}
    assert (known[NEAR].load, known[NEAR].is_on_shift, known[UNSKILLED].is_skilled) == (1, True, False)
    assert known[NEAR].distance_m == pytest.approx(100, abs=1)
    assert not known[OFF_SHIFT].is_on_shift
    assert NEAR not in {one.id for one in people(town.site, town.order(first.id))}


def test_orders_nearby_are_the_other_live_ones_of_the_manager_s_grids(town: ServedTown) -> None:
    first, second = town.opens(incident(1)), town.opens(incident(2, "v1"))
    assert [(one.id, distance_m) for one, distance_m in orders_near(town.site, LI, first)] == [(second.id, 0.0)]
    assert orders_near(town.site, ZHAO, first) == []
    town.clears(incident(2, "v1"), after(minutes=1))
    assert orders_near(town.site, LI, first) == []


def test_a_kept_photo_is_recorded_by_its_name_and_hash(town: ServedTown) -> None:
    order = town.opens(incident())
    town.keeps(order, Purpose.OPENED)
    town.keeps(order, Purpose.CLEARED, after(minutes=9))
    ((purpose, kept),) = kept_photos(town.site, order)
    photo = photo_of(town.site, kept)
    content = (town.database.pictures_beside() / kept.path).read_bytes()
    assert (purpose, photo.name, photo.sha256) == (Purpose.CLEARED, Path(kept.path).name, sha256(content).hexdigest())
    (town.database.pictures_beside() / kept.path).unlink()
    with pytest.raises(OSError, match="No such file"):
        photo_of(town.site, kept)


@pytest.mark.parametrize(
    ("said", "kept"), [(r"C:\photos\after.jpg", "after.jpg"), ("../../x.jpg", "x.jpg"), ("a/", "photo"), ("", "photo")]
)
def test_a_photo_is_named_without_its_folders(said: str, kept: str) -> None:
    assert photo_from(said, b"").name == kept


def test_of_a_long_name_the_end_is_kept() -> None:
    assert photo_from(f"{'x' * 100}.jpg", b"").name == "x" * (PHOTO_NAME - 4) + ".jpg"
