"""A signed link shows one picture to one person for a while; whatever else is asked is one and the same 404."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import cv2
import httpx
import numpy as np
import pytest

from alerts.messages import Offer, Redo, parse_downward
from tests.doubles.people import MANAGER, NEAR, NOW, SECOND, after, incident
from tests.doubles.served_town import ServedTown, served
from town.evidence import Purpose, When
from town.work import WorkOrder


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ServedTown]:
    with served(tmp_path) as town:
        yield town


def link(town: ServedTown, order: WorkOrder, when: When = When.BEFORE, person: str = f"cleaner:{NEAR}") -> str:
    assert town.site.links
    return town.site.links.url(order.id, when, person, NOW)


def nothing(town: ServedTown) -> tuple[int, bytes, dict[str, str]]:
    """What is answered where there never was anything."""
    return told(town.web.get("/never/was"))


def told(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    return answer.status_code, answer.content, {name: value for name, value in answer.headers.items() if name != "date"}


def opened(town: ServedTown) -> WorkOrder:
    order = town.opens(incident())
    town.keeps(order, Purpose.OPENED)
    return order


def test_the_link_of_an_offer_shows_what_was_seen_cut_and_outlined_and_tells_no_browser_to_keep_it(town: ServedTown) -> None:
    opened(town)
    offers = [parse_downward(message.payload) for message in town.carry() if message.kind == "offer"]
    assert isinstance(offers[0], Offer)
    answer = town.web.get(str(offers[0].before_picture))
    image = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert image is not None
    assert ((image[..., 2] > 180) & (image[..., 1] < 90)).any()
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in answer.headers


def test_every_view_is_noted_with_the_network_alone(town: ServedTown) -> None:
    order = opened(town)
    town.now = after(minutes=5)
    for person in (f"cleaner:{NEAR}", f"manager:{MANAGER}"):
        assert town.web.get(link(town, order, person=person)).status_code == 200
    seen = town.database.evidence.picture_views(NOW)
    assert [(one.person, one.order_id, one.picture_id, one.viewed_at, one.network) for one in seen] == [
        (person, order.id, "look-opened-020000", after(minutes=5), "127.0.0.0/24") for person in (f"cleaner:{NEAR}", f"manager:{MANAGER}")
    ]


def test_work_that_failed_is_shown_before_and_after(town: ServedTown) -> None:
    what = incident()
    order = opened(town)
    town.hears(NEAR, "claim", order_id=order.id)
    town.hears(NEAR, "done", order_id=order.id, at=after(minutes=10))
    for minute in (11, 12, 13):
        town.sees(what, firing=True, at=after(minutes=minute))
    town.keeps(order, Purpose.NOT_CLEARED, after(minutes=13), shade=30)
    redone = [parse_downward(message.payload) for message in town.carry(after(minutes=13)) if b'"type":"redo"' in message.payload]
    assert isinstance(redone[0], Redo)
    town.now = after(minutes=14)
    before, behind = (town.web.get(str(link)) for link in (redone[0].before_picture, redone[0].after_picture))
    assert (before.status_code, behind.status_code) == (200, 200)
    assert before.content != behind.content


def test_the_newest_picture_of_a_side_is_shown(town: ServedTown) -> None:
    order = opened(town)
    newer = town.keeps(order, Purpose.OPENED, after(minutes=3), shade=200)
    town.web.get(link(town, order))
    assert [one.picture_id for one in town.database.evidence.picture_views(NOW)] == [newer]


def test_a_link_is_over_in_time(town: ServedTown) -> None:
    order = opened(town)
    town.now = NOW + timedelta(hours=2)
    assert told(town.web.get(link(town, order))) == nothing(town)


def test_a_link_is_over_once_the_order_is_another_s(town: ServedTown) -> None:
    order = opened(town)
    town.hears(SECOND, "claim", order_id=order.id)
    assert told(town.web.get(link(town, order))) == nothing(town)
    assert town.web.get(link(town, order, person=f"cleaner:{SECOND}")).status_code == 200


def test_what_there_is_and_what_there_is_not_look_alike(town: ServedTown) -> None:
    """A wrong signature, an order that does not exist, a picture that was not kept, somebody else's order: nobody can tell which."""
    order, stranger = opened(town), "cleaner:far"
    assert town.site.links
    unknown = town.site.links.url("019de1a5-29f0-7000-8000-000000000001", When.BEFORE, f"cleaner:{NEAR}", NOW)
    asked = [
        link(town, order).replace("sig=", "sig=A"),
        link(town, order).replace(f"for=cleaner:{NEAR}", f"for=cleaner:{SECOND}"),
        f"/pictures/{order.id}/before",
        f"/pictures/{order.id}/before?for=cleaner:{NEAR}&until=99999999999&sig=",
        link(town, order, When.AFTER),
        link(town, order, person=stranger),
        unknown,
    ]
    assert [told(town.web.get(url)) for url in asked] == [nothing(town)] * len(asked)
    assert town.database.evidence.picture_views(NOW) == []


def test_a_picture_whose_file_is_gone_is_not_found_and_no_view_of_it_is_noted(town: ServedTown) -> None:
    order = opened(town)
    for file in town.folder.root.rglob("*.jpg"):
        file.unlink()
    assert told(town.web.get(link(town, order))) == nothing(town)
    assert town.database.evidence.picture_views(NOW) == []


@pytest.mark.parametrize(
    "order_id", ["..", "../..", "..%2f..%2fweisu.db", "%2e%2e/%2e%2e/etc/passwd", "%00", "x" * 5000, quote("单号"), "'; DROP"]
)
def test_whatever_stands_for_an_order_is_not_found(town: ServedTown, order_id: str) -> None:
    assert told(town.web.get(f"/pictures/{order_id}/before?for=cleaner:{NEAR}&until=99999999999&sig=x")) == nothing(town)


def test_a_link_cannot_be_written_to(town: ServedTown) -> None:
    assert town.web.post(link(town, opened(town))).status_code == 405


def test_a_head_without_end_is_cut_off_and_holds_up_nobody(town: ServedTown) -> None:
    host, port = town.site.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"GET /pictures/?" + b"a" * 200_000)
        assert b"400" in connection.recv(1000)
    assert town.web.get("/never/was").status_code == 404


def test_who_says_nothing_is_not_held(town: ServedTown) -> None:
    host, port = town.site.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        assert connection.recv(1) == b"", "the server hangs up"


def test_forwarded_addresses_are_believed_of_named_proxies_alone(tmp_path: Path) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.77"}
    for name, console, network in (("a", {}, "127.0.0.0/24"), ("b", {"trust_proxies": ["127.0.0.0/8"]}, "203.0.113.0/24")):
        (tmp_path / name).mkdir()
        with served(tmp_path / name, console) as town:
            town.web.get(link(town, opened(town)), headers=forwarded)
            assert [one.network for one in town.database.evidence.picture_views(NOW)] == [network]


def test_where_no_picture_is_kept_no_link_is_made(tmp_path: Path) -> None:
    with served(tmp_path, storage={"pictures_mb": 0}) as town:
        assert town.site.links is None
        assert town.web.get("/pictures/x/before").status_code == 404


def test_without_tokens_there_is_no_open311(town: ServedTown) -> None:
    assert told(town.web.get("/open311/v2/services.json")) == nothing(town)
