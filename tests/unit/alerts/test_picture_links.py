"""A link opens one picture to one person for a while, and nothing else opens anything."""

from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.messages import MAX_BYTES, Offer, Redo, Update, parse_downward, parse_snapshot
from alerts.picture_links import KEY_BYTES, PictureLink, PictureLinks, may_see
from alerts.snapshots import snapshot_message
from alerts.telling import Teller
from tests.doubles.order_samples import order
from tests.doubles.people import MANAGER, NEAR, NOW, OFF_SHIFT, SECOND, STRANGER, Office, after, incident, township
from town.evidence import When
from town.work import OrderState

BASE = "https://weisu.town.example/w"
LINKS = PictureLinks(BASE, b"k" * KEY_BYTES, timedelta(hours=2))
NEAR_BY = f"cleaner:{NEAR}"
ORDER = "019de1a5-29f0-7000-8000-000000000001"


def query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, strict_parsing=True))


def read(url: str, now: datetime = NOW, links: PictureLinks = LINKS) -> PictureLink | None:
    _, order_id, when = urlsplit(url).path.rsplit("/", 2)
    return links.read(order_id, when, query(url), now)


def test_a_link_says_what_it_opens_and_until_when() -> None:
    url = LINKS.url(ORDER, When.BEFORE, NEAR_BY, NOW)
    assert url.startswith(f"{BASE}/pictures/{ORDER}/before?for=cleaner:near&until=")
    assert read(url) == PictureLink(ORDER, When.BEFORE, NEAR_BY, after(hours=2))


def test_the_same_facts_make_the_same_link() -> None:
    assert LINKS.url(ORDER, When.BEFORE, NEAR_BY, NOW) == LINKS.url(ORDER, When.BEFORE, NEAR_BY, NOW)


def test_a_link_is_over_at_its_instant_and_not_before() -> None:
    url = LINKS.url(ORDER, When.BEFORE, NEAR_BY, NOW)
    assert read(url, after(hours=2) - timedelta(microseconds=1))
    assert read(url, after(hours=2)) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("for=cleaner:near", "for=cleaner:second"),
        ("for=cleaner:near", "for=manager:near"),
        ("until=1", "until=2"),
        ("/before?", "/after?"),
        (ORDER, ORDER[:-1] + "2"),
        ("sig=", "sig=A"),
        ("&sig=", "&gis="),
    ],
)
def test_whoever_changes_a_link_opens_nothing(old: str, new: str) -> None:
    url = LINKS.url(ORDER, When.BEFORE, NEAR_BY, NOW)
    assert old in url
    assert read(url.replace(old, new, 1)) is None


def test_another_key_opens_nothing() -> None:
    other = PictureLinks(BASE, b"o" * KEY_BYTES, timedelta(hours=2))
    assert read(LINKS.url(ORDER, When.BEFORE, NEAR_BY, NOW), links=other) is None


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        PictureLinks(BASE, b"short", timedelta(hours=2))


@given(st.text(), st.text(), st.dictionaries(st.sampled_from(["for", "until", "sig"]), st.text()))
def test_whatever_is_asked_is_answered_with_nothing(order_id: str, when: str, asked: dict[str, str]) -> None:
    assert LINKS.read(order_id, when, asked, NOW) is None


def test_an_order_is_shown_to_whom_it_is_offered_until_another_holds_it() -> None:
    town = township()
    offered = order(offered_to=(NEAR, SECOND))
    taken = order(offered_to=(NEAR, SECOND), state=OrderState.CLAIMED, holder=SECOND)
    assert [may_see(f"cleaner:{name}", offered, town) for name in (NEAR, SECOND, OFF_SHIFT, STRANGER)] == [True, True, False, False]
    assert [may_see(f"cleaner:{name}", taken, town) for name in (NEAR, SECOND)] == [False, True]


def test_an_order_is_shown_to_its_grid_s_manager_alone() -> None:
    town = township()
    assert may_see(f"manager:{MANAGER}", order(), town)
    assert not may_see(f"manager:{MANAGER}", order(grid_id="g9"), town)
    assert not may_see("manager:manager-2", order(), town)
    assert not may_see(f"cleaner:{MANAGER}", order(offered_to=(MANAGER,)), town)


def test_an_offer_shows_its_cleaner_what_was_seen() -> None:
    office = Office(links=LINKS)
    office.opens(incident())
    offers = [parse_downward(message.payload) for message in office.carry() if message.kind == "offer"]
    assert {type(offer) for offer in offers} == {Offer}
    for offer in offers:
        assert isinstance(offer, Offer)
        assert offer.after_picture is None
    first = offers[0]
    assert isinstance(first, Offer)
    assert first.before_picture == LINKS.url(first.order_id, When.BEFORE, NEAR_BY, NOW)


def test_work_that_failed_its_verification_is_offered_with_both_pictures() -> None:
    made = parse_downward(Teller(township(), LINKS).offer(order(offered_to=(NEAR,), attempt=2), NEAR, "nearest", NOW).payload)
    assert isinstance(made, Redo)
    assert made.before_picture and made.after_picture
    opened = read(made.after_picture)
    assert opened
    assert opened.when is When.AFTER


def test_whoever_closed_an_order_is_shown_what_the_camera_saw_then() -> None:
    closed = order(offered_to=(NEAR,), holder=NEAR, state=OrderState.CLOSED)
    made = parse_downward(Teller(township(), LINKS).update(closed, NEAR, "verified", NOW).payload)
    assert isinstance(made, Update)
    assert made.after_picture


def test_who_has_no_part_in_an_order_is_sent_no_link() -> None:
    made = parse_downward(Teller(township(), LINKS).update(order(offered_to=(NEAR,), holder=NEAR), SECOND, "off", NOW).payload)
    assert isinstance(made, Update)
    assert made.before_picture is None


def test_where_nothing_is_served_no_link_is_sent() -> None:
    assert b"picture" not in Teller(township()).offer(order(offered_to=(NEAR,)), NEAR, "nearest", NOW).payload


def test_a_snapshot_lists_as_many_orders_as_without_pictures_and_shows_what_fits() -> None:
    orders = [order(number, offered_to=(NEAR,)) for number in range(60)]
    plain = parse_snapshot(snapshot_message(Teller(township()), NEAR, orders, 7, NOW).payload)
    message = snapshot_message(Teller(township(), LINKS), NEAR, orders, 7, NOW)
    made = parse_snapshot(message.payload)
    assert len(message.payload) <= MAX_BYTES
    assert (len(made.orders), made.more) == (len(plain.orders), plain.more)
    few = parse_snapshot(snapshot_message(Teller(township(), LINKS), NEAR, orders[:3], 7, NOW).payload)
    assert all(line.before_picture for line in few.orders)


def test_the_longest_message_with_links_fits() -> None:
    town = township(town={"id": "y" * 40, "name": "镇"})
    links = PictureLinks("https://" + "w" * 190, b"k" * KEY_BYTES, timedelta(hours=2))
    worst = order(offered_to=(NEAR,), attempt=3, summary="满" * 500, id="0" * 64, grid_id="g" * 40)
    assert len(Teller(town, links).offer(worst, NEAR, "近" * 200, NOW).payload) <= MAX_BYTES
