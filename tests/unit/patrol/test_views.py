"""What cameras usually show, over a restart, a redrawn zone and a person's word; and zones that move along."""

from datetime import timedelta
from pathlib import Path

import pytest

from cameras.view import EMPTY_VIEW, TRUSTED_FROM, View
from patrol.look import LookMemory, examine
from patrol.views import Views
from simulator.damage import noisy, shifted
from storage.database import Database
from tests.doubles.camera_servers import scene
from tests.doubles.street_views import Lookouts
from tests.unit.patrol.test_look import CountingEye
from tests.unit.rules.places import NINE, township
from town.geometry import Shift
from town.places import Zone, ZoneKind
from town.sight import Frame
from town.township import Township


def town(left: float = 0.2) -> Township:
    corners = [[left, 0.2], [0.6, 0.2], [0.6, 0.6], [left, 0.6]]
    return township(Zone.model_validate({"id": "lane", "kind": ZoneKind.NO_PARKING, "polygon": corners}))


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database.open(f"sqlite:///{tmp_path / 'weisu.db'}")


def learnt() -> View:
    camera = Lookouts()
    camera.reasons(noisy(scene(640, 360), 2, seed) for seed in range(TRUSTED_FROM))
    return camera.view


def test_a_view_survives_a_restart(database: Database) -> None:
    views, view = Views(town(), database), learnt()
    views.learn("gate-3", EMPTY_VIEW, view)
    views.refresh()
    assert Views(town(), database).of("gate-3").references.keys() == view.references.keys()
    database.close()


def test_redrawn_zones_accept_the_view(database: Database) -> None:
    views = Views(town(), database)
    views.learn("gate-3", EMPTY_VIEW, learnt())
    views.refresh()
    assert Views(town(left=0.3), database).of("gate-3") is EMPTY_VIEW
    database.close()


def test_an_accepted_view_is_learnt_anew_by_the_running_service_and_after_it(database: Database) -> None:
    views, view = Views(town(), database), learnt()
    views.learn("gate-3", EMPTY_VIEW, view)
    views.refresh()
    with database.transaction() as book:
        book.accept_view("gate-3", NINE)
    views.refresh()
    assert views.of("gate-3") is EMPTY_VIEW
    views.learn("gate-3", view, learnt())  # a look that was under way
    assert views.of("gate-3") is EMPTY_VIEW
    views.learn("gate-3", EMPTY_VIEW, view)
    views.refresh()
    assert Views(town(), database).of("gate-3").references
    database.close()


def test_zones_move_along_with_a_view_that_moved_a_little() -> None:
    camera, eye = town().cameras[0], SeeingZones()
    image = noisy(shifted(scene(640, 360), 0.04, 0.02), 2)
    seen = examine(Frame("gate-3", NINE, image), camera, LookMemory(view=learnt()), eye, timedelta(minutes=10))
    assert seen.fit
    assert seen.reason.startswith("shifted +0.0")
    (before,), (after,) = (zone.polygon.corners[:1] for zone in (camera.zones[0], eye.zones[0]))
    nearest = min(eye.zones[0].polygon.corners, key=lambda corner: abs(corner[0] - before[0]) + abs(corner[1] - before[1]))
    assert not Shift(nearest[0] - before[0], nearest[1] - before[1]).differs(Shift(0.04, 0.02), 0.006)
    assert after


def test_a_zone_that_has_left_the_picture_is_not_judged() -> None:
    corner = Zone.model_validate({"id": "lane", "kind": ZoneKind.NO_PARKING, "polygon": [[0.0, 0.2], [0.08, 0.2], [0.08, 0.6], [0.0, 0.6]]})
    image = noisy(shifted(scene(640, 360), -0.05, 0.0), 2)
    memory = LookMemory(view=learnt())
    seen = examine(Frame("gate-3", NINE, image), township(corner).cameras[0], memory, CountingEye(), timedelta(minutes=10))
    assert (seen.fit, seen.reason) == (False, "moved")


class SeeingZones(CountingEye):
    """Sees nothing, and keeps the zones it was shown."""

    zones: tuple[Zone, ...] = ()

    def see(self, frame: Frame, zones):  # type: ignore[no-untyped-def]
        self.zones = tuple(zones)
        return super().see(frame, zones)
