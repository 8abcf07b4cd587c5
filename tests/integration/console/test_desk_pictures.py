"""A picture on a desk's page is shown to who may see the order, and that it was is noted."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from console.guard import COOKIE
from console.pictures import width_of
from storage.database import Database
from tests.doubles.people import MANAGER, NOW, after, incident, plain_township
from tests.doubles.served_town import ServedTown, served
from town.accounts import Kind, Role, Session, hash_of
from town.evidence import Purpose, When
from town.work import WorkOrder

OTHER = "manager-2"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ServedTown]:
    grids = [*plain_township()["grids"], {"id": "g2", "name": "第二网格", "manager": OTHER}]
    with served(tmp_path, grids=grids) as town:
        yield town


def comes_in(database: Database, role: Role, person: str) -> dict[str, str]:
    """The cookie of somebody who is signed in."""
    key = f"key-of-{role}-{person}"
    with database.transaction() as book:
        book.begin_session(Session(hash_of(key), Kind.BROWSER, role, f"account-{role}", person, "", NOW, after(hours=9)))
    return {"cookie": f"{COOKIE}={key}"}


def opened(town: ServedTown) -> WorkOrder:
    order = town.opens(incident())
    town.keeps(order, Purpose.OPENED)
    return order


def address(order: WorkOrder, when: str = When.BEFORE, wide: str = "320") -> str:
    return f"/town/pictures/{order.id}/{when}?wide={wide}"


def test_the_grids_own_manager_sees_it_as_small_as_asked_and_it_is_noted(town: ServedTown) -> None:
    order = opened(town)
    answer = town.web.get(address(order), headers=comes_in(town.database, Role.MANAGER, MANAGER))
    image = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert (answer.status_code, answer.headers["cache-control"], image.shape[1]) == (200, "no-store", 320)
    seen = town.database.evidence.picture_views(NOW)
    assert [(one.person, one.order_id, one.network) for one in seen] == [(f"manager:{MANAGER}", order.id, "127.0.0.0/24")]


def test_another_grids_manager_a_missing_order_and_a_missing_picture_are_one_and_the_same_404(town: ServedTown) -> None:
    order = opened(town)
    own, other = comes_in(town.database, Role.MANAGER, MANAGER), comes_in(town.database, Role.MANAGER, OTHER)
    answers = [
        town.web.get(address(order), headers=other),
        town.web.get("/town/pictures/none/before", headers=own),
        town.web.get(address(order, When.AFTER), headers=own),
        town.web.get(address(order, "between"), headers=own),
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
    assert town.database.evidence.picture_views(NOW) == []


def test_strangers_are_led_to_the_door_and_cleaners_refused(town: ServedTown) -> None:
    order = opened(town)
    assert town.web.get(address(order)).status_code == 303
    assert town.web.get(address(order), headers=comes_in(town.database, Role.CLEANER, "near")).status_code == 403


@pytest.mark.parametrize(
    ("asked", "wide"), [("", None), ("x", None), ("-5", None), ("²", None), ("9" * 5000, None), ("1", 80), ("99999", 1920)]
)
def test_a_width_is_kept_within_reason(asked: str, wide: int | None) -> None:
    assert width_of(asked) == wide


def test_a_page_of_the_desk_may_show_pictures_of_the_maps_tile_server_and_of_no_other(tmp_path: Path) -> None:
    tiles = "https://tiles.town.example/{z}/{x}/{y}.png"
    with served(tmp_path, {"map": {"tiles": tiles}}) as town:
        policy = town.web.get("/town/today").headers["content-security-policy"]
    assert "img-src 'self' data: blob: https://tiles.town.example;" in policy
