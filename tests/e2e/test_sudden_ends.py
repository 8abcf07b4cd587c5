"""The service and the broker are killed in the middle of an order: nothing is lost, nothing is doubled."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.cleaner import CleanerClient
from tests.doubles.brokers import eventually, mosquitto
from tests.doubles.camera_servers import CameraServer
from tests.doubles.service_process import ServiceProcess, opened
from tests.e2e.street import ACCESS, ENVIRON, NEAR, PASSWORDS, SECOND, TOPICS, inboxes, write_config
from town.work import OrderState

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SCENES = Path(__file__).parents[2] / "simulator" / "scenes"
CLEAN, OVERFLOWING = (SCENES / f"north-gate-day_{state}.jpg" for state in ("clean", "overflow"))
STATION = {"id": "station", "kind": "bin_station", "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]]}
BINS_ONLY = [{"id": "exposed-garbage", "enabled": False}, {"id": "bin-overflow", "keep_firing_for": "0s"}]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def clock() -> datetime:
    return datetime.now(UTC)


def test_an_order_lives_through_the_death_of_service_and_broker_at_every_step(tmp_path: Path) -> None:
    with mosquitto(tmp_path, ACCESS, PASSWORDS) as broker, CameraServer() as server, inboxes(broker, NEAR) as listening:
        url = server.shows("/gate.jpg", OVERFLOWING.read_bytes())
        gate = {"id": "gate", "name": "北门", "source": {"kind": "http_snapshot", "url": url}, "zones": [STATION]}
        config = write_config(tmp_path, broker.port, [gate], BINS_ONLY)
        near = CleanerClient.over_mqtt(broker.address(NEAR), TOPICS, NEAR)
        near.start()
        with ServiceProcess(config, ENVIRON) as service:
            database = opened(tmp_path)

            def turn(state: OrderState) -> bool:
                near.step(clock(), 0.05)
                return any(order.state is state for order in near.state.orders.values())

            # Suspected once: the service dies before the second look.
            eventually(database.figures.camera_states, "a look", 180)
            service.kill()
            service.start()
            eventually(lambda: turn(OrderState.OFFERED), "the offer", 180)
            (order,) = database.figures.live_orders()

            # Offered: the broker dies, and the claim is said while it is away.
            broker.kill()
            near.claim(order.id, clock())
            broker.restart()
            eventually(lambda: turn(OrderState.CLAIMED), "the claim", 180)

            # Claimed: the service dies, and the report is said while it is away.
            service.kill()
            server.shows("/gate.jpg", CLEAN.read_bytes())
            near.done(order.id, clock())
            near.step(clock(), 0.5)
            service.start()
            eventually(lambda: turn(OrderState.VERIFYING) or not near.state.orders, "the report", 180)

            # Verifying: both die.
            broker.kill()
            service.kill()
            broker.restart()
            service.start()
            eventually(lambda: near.step(clock(), 0.05) or not near.state.orders, "the end of the order", 180)

            summary = database.figures.summary(LONG_AGO)
            assert (summary.incidents, summary.verified_closed, sum(summary.orders.values())) == (1, 1, 1)
            actions = [event.action for event in database.figures.events(order.id)]
            assert (actions.count("claim"), actions.count("done"), actions.count("close")) == (1, 1, 1)
            eventually(lambda: database.outbox.waiting_count() == 0, "the outbox to empty", 180)
            ids = [said["msg_id"] for said in listening.of(SECOND, "offer")]
            assert len(set(ids)) == 1
            near.stop()
            database.close()
