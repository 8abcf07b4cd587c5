"""Real photographs over HTTP and a real clip over RTSP become orders in the right inboxes, through the whole service and Mosquitto."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import httpx
import pytest

from alerts.cleaner import CleanerClient
from storage.database import Database
from tests.doubles.brokers import eventually, mosquitto
from tests.doubles.camera_servers import CameraServer, RtspCamera, data_or_skip, skip_without_rtsp
from tests.doubles.service_process import ServiceProcess, opened
from tests.e2e.street import ACCESS, ENVIRON, FAR, NEAR, OFF_SHIFT, PASSWORDS, SECOND, TOPICS, UNSKILLED, inboxes, write_config
from town.looks import LookOutcome
from town.work import OrderState

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CLEAN, OVERFLOWING = "002292.jpg", "000473.jpg"
LIMIT_S = 6
INSET_PX = 420
LEFT_PX, TOP_PX = (1280 - INSET_PX) // 2, 720 - INSET_PX - 20
"""Where the station stands in the gate's view: what is around it stays, or the camera would have been moved."""
LEFT, TOP, RIGHT, BOTTOM = LEFT_PX / 1280, TOP_PX / 720, (LEFT_PX + INSET_PX) / 1280, (TOP_PX + INSET_PX) / 720
STATION = {"id": "station", "kind": "bin_station", "polygon": [[LEFT, TOP], [RIGHT, TOP], [RIGHT, BOTTOM], [LEFT, BOTTOM]]}
# Where the white car of the clip comes to stand at last, and where it only drives through.
KERB = {"id": "kerb", "kind": "no_parking", "polygon": [[0.55, 0.35], [1, 0.35], [1, 0.5], [0.55, 0.5]], "limit": f"{LIMIT_S}s"}
ROAD = {"id": "road", "kind": "no_parking", "polygon": [[0, 0.36], [0.5, 0.36], [0.5, 1], [0, 1]], "limit": f"{LIMIT_S}s"}
WHOLE = {"id": "whole", "kind": "no_parking", "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]], "limit": f"{LIMIT_S}s"}
ARRIVAL_S = (0, 3, 5, 9, 16, 20, 25, 28, 30)
PARKED_S = 32


def gate(photograph: Path) -> bytes:
    """A camera's picture of the gate: the photograph stands where the station is."""
    view = cv2.imread(str(min(data_or_skip("parking/empty-day").glob("*.jpg"))))
    station = cv2.resize(cv2.imread(str(photograph)), (INSET_PX, INSET_PX), interpolation=cv2.INTER_AREA)
    view[TOP_PX : TOP_PX + INSET_PX, LEFT_PX : LEFT_PX + INSET_PX] = station
    return cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def clock() -> datetime:
    return datetime.now(UTC)


def looks_done(database: Database, camera_id: str) -> int:
    looks = database.figures.looks_at(camera_id, clock() - timedelta(days=1), clock() + timedelta(days=1))
    return sum(look.outcome is LookOutcome.DONE for look in looks)


def await_looks(database: Database, camera_id: str, more: int) -> None:
    """Wait for looks that begin from now on: one that is under way may still show what was before."""
    wanted = looks_done(database, camera_id) + more + 1
    eventually(lambda: looks_done(database, camera_id) >= wanted, f"{more} looks at {camera_id}", 180)


def step_until_over(client: CleanerClient, order_id: str) -> None:
    def over() -> bool:
        client.step(clock(), 0.05)
        return order_id not in client.state.orders

    eventually(over, "the end of the order", 180)


def test_an_overflowing_station_reaches_the_nearest_on_shift_and_nobody_else_and_is_closed_by_its_camera(tmp_path: Path) -> None:
    photographs = data_or_skip("bins/val/images")
    with mosquitto(tmp_path, ACCESS, PASSWORDS) as broker, CameraServer() as server, inboxes(broker, NEAR) as listening:
        url = server.shows("/gate.jpg", gate(photographs / CLEAN))
        camera = {"id": "gate", "name": "三号门", "source": {"kind": "http_snapshot", "url": url}, "zones": [STATION]}
        bins_only = [{"id": "exposed-garbage", "enabled": False}, {"id": "bin-overflow", "keep_firing_for": "0s"}]
        config = write_config(tmp_path, broker.port, [camera], bins_only)
        near = CleanerClient.over_mqtt(broker.address(NEAR), TOPICS, NEAR)
        with ServiceProcess(config, ENVIRON):
            database = opened(tmp_path)
            near.start()
            await_looks(database, "gate", 4)
            assert database.figures.summary(clock() - timedelta(days=1)).incidents == 0

            server.shows("/gate.jpg", gate(photographs / OVERFLOWING))
            eventually(lambda: near.step(clock(), 0.05) or near.state.orders, "the offer", 180)
            (order,) = database.figures.live_orders()
            assert set(order.offered_to) == {NEAR, SECOND}
            eventually(lambda: listening.of(SECOND, "offer"), "the second offer")
            shown = str(near.state.orders[order.id].before_picture)
            eventually(lambda: httpx.get(shown, trust_env=False, timeout=60).status_code == 200, "the picture of it")

            near.claim(order.id, clock())
            eventually(lambda: near.step(clock(), 0.05) or near.state.orders[order.id].yours, "the claim")
            eventually(lambda: listening.of(SECOND, "claim_lost"), "the word to the loser")
            server.shows("/gate.jpg", gate(photographs / CLEAN))
            near.arrived(order.id, clock())
            near.done(order.id, clock())
            step_until_over(near, order.id)

            assert [said["type"] for said in listening.of(SECOND)] == ["offer", "claim_lost"]
            assert [listening.of(name) for name in (FAR, OFF_SHIFT, UNSKILLED)] == [[], [], []]
            summary = database.figures.summary(clock() - timedelta(days=1))
            assert (summary.incidents, summary.verified_closed) == (1, 1)
            assert {view.person for view in database.evidence.picture_views(clock() - timedelta(days=1))} == {f"cleaner:{NEAR}"}
            near.stop()
            database.close()


def test_the_car_that_parks_opens_one_order_after_its_limit_and_passing_cars_open_none(tmp_path: Path) -> None:
    skip_without_rtsp()
    parking, passing = data_or_skip("videos/roadside-parking.mp4"), data_or_skip("videos/passing-cars.mp4")
    with (
        mosquitto(tmp_path, ACCESS, PASSWORDS) as broker,
        RtspCamera(video=parking) as roadside,
        RtspCamera(video=passing, loop=True) as road,
        inboxes(broker) as listening,
    ):
        cameras = [
            {"id": "roadside", "name": "路边", "source": {"kind": "rtsp", "url": roadside.url}, "zones": [KERB, ROAD]},
            {"id": "passing", "name": "路口", "source": {"kind": "rtsp", "url": road.url}, "zones": [WHOLE]},
        ]
        roadside.pin(ARRIVAL_S[0])
        with ServiceProcess(write_config(tmp_path, broker.port, cameras), ENVIRON):
            database = opened(tmp_path)
            for moment_s in ARRIVAL_S:
                roadside.pin(moment_s)
                await_looks(database, "roadside", 1)
            assert database.figures.live_orders() == []

            roadside.pin(PARKED_S)
            eventually(database.figures.live_orders, "the order", 180)
            await_looks(database, "roadside", 5)
            await_looks(database, "passing", 5)

            (order,) = database.figures.live_orders()
            assert (order.rule_id, order.camera_id, order.zone_id, order.state) == (
                "illegal-parking",
                "roadside",
                "kerb",
                OrderState.OFFERED,
            )
            with database.transaction() as book:
                incident = book.incident(order.incident_id)
            assert incident
            assert incident.certain_dwell_s >= LIMIT_S
            assert database.figures.summary(clock() - timedelta(days=1)).incidents == 1
            eventually(lambda: listening.of(NEAR, "offer") and listening.of(SECOND, "offer"), "the offers")
            assert [listening.of(name) for name in (FAR, OFF_SHIFT, UNSKILLED)] == [[], [], []]
            database.close()
