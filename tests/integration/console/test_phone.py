"""A cleaner's phone over HTTP: the page for anybody, everything else for the cleaner whose phone it is."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from console.guard import COOKIE
from console.phone.shell import APP
from tests.doubles.brokers import embedded, eventually, mosquitto, running
from tests.doubles.people import NEAR, NOW, SECOND, THIRD, after, incident, plain_township
from tests.doubles.served_town import ServedTown, served
from tests.doubles.town_office import ACCESS, PASSWORDS, TOPICS, TownOffice, clock, step_until, town_office
from town.accounts import Kind, Role, Session, hash_of
from town.evidence import Purpose
from town.settings import ExternalBroker
from town.work import WorkOrder

KEY = "a-key-of-a-phone-"


def cleaners() -> list[dict[str, Any]]:
    return [one | {"password": PASSWORDS[one["id"]]} for one in plain_township()["cleaners"]]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ServedTown]:
    with served(tmp_path) as town:
        for person, role in ((NEAR, Role.CLEANER), (SECOND, Role.CLEANER), ("manager-1", Role.MANAGER)):
            lets_in(town, person, role)
        yield town


def lets_in(town: ServedTown, person: str, role: Role = Role.CLEANER, now: datetime = NOW) -> None:
    kind = Kind.PHONE if role is Role.CLEANER else Kind.BROWSER
    with town.database.transaction() as book:
        book.begin_session(Session(hash_of(KEY + person), kind, role, "", person, "", now, now + timedelta(days=1)))


def asks(town: ServedTown, method: str, path: str, who: str = NEAR, **more: Any) -> httpx.Response:
    cookies = {"cookie": f"{COOKIE}={KEY}{who}"} if who else {}
    return town.web.request(method, path, headers=cookies, **more)


def held(town: ServedTown, holder: str = NEAR) -> WorkOrder:
    order = town.opens(incident())
    town.hears(holder, "claim", order_id=order.id)
    return town.order(order.id)


def photograph(shade: int = 120) -> bytes:
    return cv2.imencode(".jpg", np.full((480, 640, 3), shade, np.uint8))[1].tobytes()


def test_the_page_is_everybodys_and_holds_no_data(town: ServedTown) -> None:
    page = town.web.get("/phone")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    files = [*(file.name for file in APP.iterdir()), "words-zh.json", "words-en.json"]
    answers = {name: town.web.get(f"/phone/app/{name}") for name in files}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert answers["worker.js"].headers["service-worker-allowed"] == "/phone"
    assert answers["worker.js"].text.startswith("const VERSION = ")
    assert town.web.get("/phone/app/nothing.js").status_code == 404
    assert town.web.get("/phone/app/..%2froutes.py").status_code == 404


def test_a_file_that_a_phone_has_is_not_sent_again_and_all_of_them_are_small(town: ServedTown) -> None:
    first = town.web.get("/phone/app/phone.js")
    again = town.web.get("/phone/app/phone.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    packed = sum(int(town.web.get(f"/phone/app/{file.name}").headers["content-length"]) for file in APP.iterdir())
    assert packed < 60_000


@pytest.mark.parametrize(("who", "status"), [("", 401), ("nobody", 401), ("manager-1", 403)])
def test_strangers_and_managers_are_refused_everything_else(town: ServedTown, who: str, status: int) -> None:
    order = held(town)
    asked = [
        ("GET", "/phone/api/state"),
        ("GET", "/phone/api/events"),
        ("POST", "/phone/api/acts"),
        ("GET", f"/phone/api/pictures/{order.id}/before"),
        ("POST", f"/phone/api/photos/{order.id}?event_id=event-1234"),
        ("GET", f"/phone/api/colleagues/{order.id}"),
        ("GET", f"/phone/api/why/{order.id}"),
    ]
    assert {asks(town, method, path, who).status_code for method, path in asked} == {status}


def test_a_picture_is_for_whom_the_order_is_small_and_its_view_is_noted(town: ServedTown) -> None:
    order = held(town)
    town.keeps(order, Purpose.OPENED)
    small, full = (asks(town, "GET", f"/phone/api/pictures/{order.id}/before{size}") for size in ("", "?size=full"))
    assert (small.status_code, small.headers["content-type"], small.headers["cache-control"]) == (200, "image/jpeg", "no-store")
    assert len(small.content) < min(60_000, len(full.content))
    assert asks(town, "GET", f"/phone/api/pictures/{order.id}/before", SECOND).status_code == 404
    assert asks(town, "GET", f"/phone/api/pictures/{order.id}/beside").status_code == 404
    assert {view.person for view in town.database.evidence.picture_views(NOW)} == {f"cleaner:{NEAR}"}


def test_a_photograph_becomes_the_orders_after_picture_once(town: ServedTown) -> None:
    order = held(town)
    for _ in range(2):
        answer = asks(town, "POST", f"/phone/api/photos/{order.id}?event_id=event-1234", content=photograph())
        assert (answer.status_code, answer.json()) == (200, {"kept": True, "why": ""})
    ((purpose, picture),) = town.database.evidence.pictures_of(order.id)
    assert (purpose, picture.id) == (Purpose.REPORTED, "phone-event-1234")
    assert (town.folder.root / picture.path).exists()
    assert asks(town, "GET", f"/phone/api/pictures/{order.id}/after").status_code == 200


def test_a_photograph_of_somebody_elses_order_or_of_nothing_is_refused(town: ServedTown) -> None:
    order = held(town)
    path = f"/phone/api/photos/{order.id}?event_id=event-1234"
    assert asks(town, "POST", path, SECOND, content=photograph()).status_code == 404
    assert asks(town, "POST", path, content=b"no picture").json() == {"kept": False, "why": "not_a_picture"}
    assert asks(town, "POST", path, content=bytes(8_000_001)).status_code == 413
    assert asks(town, "POST", f"/phone/api/photos/{order.id}", content=photograph()).json()["why"] == "bad_event_id"
    assert not town.folder.root.exists()


def test_a_photograph_that_waited_for_a_line_comes_up_to_a_day_after_the_end(town: ServedTown) -> None:
    order = held(town)
    town.hears(NEAR, "false_alarm", order_id=order.id, reason="现场是干净的")
    path = f"/phone/api/photos/{order.id}?event_id=event-"
    town.now = after(hours=23)
    assert asks(town, "POST", f"{path}1234", content=photograph()).status_code == 200
    town.now = after(hours=25)
    with town.database.transaction() as book:
        book.begin_session(Session(hash_of("later"), Kind.PHONE, Role.CLEANER, "", NEAR, "", town.now, town.now + timedelta(days=1)))
    assert town.web.post(f"{path}5678", headers={"cookie": f"{COOKIE}=later"}, content=photograph()).status_code == 404


def test_only_the_holder_hears_who_can_take_over_the_nearest_first(town: ServedTown) -> None:
    order = held(town)
    able = asks(town, "GET", f"/phone/api/colleagues/{order.id}").json()
    assert [one["id"] for one in able] == [SECOND, THIRD, "far", "farthest"]
    assert asks(town, "GET", f"/phone/api/colleagues/{order.id}", SECOND).status_code == 404


def test_whoever_was_offered_an_order_hears_why_and_nobody_else(town: ServedTown) -> None:
    order = town.opens(incident())
    assert asks(town, "GET", f"/phone/api/why/{order.id}").json()["why"].startswith("第1圈，离驻地100米，手上0单")
    lets_in(town, "far")
    assert asks(town, "GET", f"/phone/api/why/{order.id}", "far").json() == {"why": ""}


def test_a_cleaner_without_a_password_is_told_so(town: ServedTown) -> None:
    state = asks(town, "GET", "/phone/api/state").json()
    assert (state["broker"], state["fresh"], state["me"]) == ("no_password", False, {"id": NEAR, "name": "保洁员near"})
    with town.web.stream("GET", "/phone/api/events", headers={"cookie": f"{COOKIE}={KEY}{NEAR}"}) as stream:
        assert next(states(stream.iter_lines()))["broker"] == "no_password"
    said = {"event_id": "event-1234", "order_id": "o-1", "act": "claim", "at": NOW.isoformat()}
    assert asks(town, "POST", "/phone/api/acts", json=said).json() == {"why": "no_password"}


def test_acts_are_held_to_the_contract_and_to_a_size(town: ServedTown) -> None:
    wrong = {"event_id": "event-1234", "order_id": "o-1", "act": "steal", "at": NOW.isoformat()}
    answer = asks(town, "POST", "/phone/api/acts", json=wrong)
    assert (answer.status_code, answer.json()["why"]) == (422, "bad_act")
    assert "steal" not in answer.text
    assert asks(town, "POST", "/phone/api/acts", content=b"x" * 5000).status_code == 413


@contextmanager
def connected(folder: Path, office: TownOffice) -> Iterator[ServedTown]:
    """A console at the office's broker, which near's phone may use."""
    address = office.broker.address("service")
    broker = ExternalBroker(host=address.host, port=address.port, protocol=address.protocol)
    with served(folder, broker=broker, clock=clock, cleaners=cleaners()) as town:
        lets_in(town, NEAR)
        yield town


def beside_each_other(folder: Path, office: TownOffice) -> None:
    with (
        connected(folder, office) as town,
        town.web.stream("GET", "/phone/api/events", headers={"cookie": f"{COOKIE}={KEY}{NEAR}"}) as stream,
    ):
        lines = stream.iter_lines()
        terminal = office.client(NEAR)
        terminal.start()
        step_until(terminal, lambda: terminal.state.snapshot_rev > 0, "the terminal's snapshot")
        order = office.office.opens(incident(at=clock()))
        state = next(said for said in states(lines) if said["orders"])
        assert state["orders"][0]["order_id"] == order.id
        step_until(terminal, lambda: order.id in terminal.state.orders, "the offer in the terminal")

        said = {"event_id": "event-1234", "order_id": order.id, "act": "claim", "at": clock().isoformat()}
        assert asks(town, "POST", "/phone/api/acts", json=said).status_code == 202
        assert next(said for said in states(lines) if "event-1234" in said["answered"])["orders"][0]["yours"]
        step_until(terminal, lambda: terminal.state.orders[order.id].yours, "the claim in the terminal")
        terminal.arrived(order.id, clock())
        step_until(terminal, lambda: not terminal.unanswered_count, "the arrival")
        assert next(said for said in states(lines) if said["orders"][0]["state"] == "on_site")
        assert (terminal.link.connected, terminal.link.session_count) == (True, 1)
        terminal.stop()


def states(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.startswith("data: ") and "orders" in line:
            yield json.loads(line.removeprefix("data: "))


def test_the_phone_and_the_terminal_of_a_cleaner_work_beside_each_other_at_the_embedded_broker(tmp_path: Path) -> None:
    with embedded(ACCESS, PASSWORDS) as broker, town_office(broker) as office:
        beside_each_other(tmp_path, office)


def test_the_phone_and_the_terminal_of_a_cleaner_work_beside_each_other_at_mosquitto(tmp_path: Path) -> None:
    with mosquitto(tmp_path, ACCESS, PASSWORDS) as broker, town_office(broker) as office:
        beside_each_other(tmp_path, office)


def test_a_stream_ends_with_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.phone.routes.event_stream.__defaults__", (0.05,))
    with town_office() as office, connected(tmp_path, office) as town:
        with town.web.stream("GET", "/phone/api/events", headers={"cookie": f"{COOKIE}={KEY}{NEAR}"}) as stream:
            lines = stream.iter_lines()
            next(line for line in lines if line == "event: beat")
            town.site.doorkeeper.shut_out_phones(NEAR, "test")
            assert list(lines)[-1] == ""
        assert asks(town, "GET", "/phone/api/state").status_code == 401


def test_a_session_is_ended_politely_with_the_console(tmp_path: Path) -> None:
    with town_office() as office, running(office.broker.link("service", "watcher"), TOPICS.presence(NEAR)) as watcher:
        with connected(tmp_path, office) as town:
            eventually(lambda: asks(town, "GET", "/phone/api/state").json()["broker"] == "up", "the line")
            assert json.loads(watcher.incoming.get(timeout=60).payload)["online"]
        assert not json.loads(watcher.incoming.get(timeout=60).payload)["online"]
