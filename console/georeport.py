"""Orders as Open311 GeoReport v2 tells them, and what may be asked: https://wiki.open311.org/GeoReport_v2/. Pure.

A city system learns what the problem is, where, since when, and how it stands; never who was sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from patrol.wording import wording
from town.township import Township
from town.work import ENDED, WorkOrder

LONGEST = timedelta(days=90)
MOST = 1000
LAST_PAGE = 100_000
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"

Record = dict[str, Any]


class BadRequest(ValueError):
    """What was asked cannot be answered; the text says why."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which requests are wanted: those of `order_ids`, or where these are empty, what the other fields say."""

    order_ids: tuple[str, ...]
    codes: tuple[str, ...]
    since: datetime
    until: datetime
    ended: bool | None
    at_most: int
    skip: int


def query_of(asked: Mapping[str, str], now: datetime) -> Query:
    """Read the standard's arguments, and `page` and `page_size`. An empty one counts as not given. Raises BadRequest."""
    since, until = _span(_instant(asked, "start_date"), _instant(asked, "end_date"), now)
    states = set(_listed(asked, "status"))
    if not states <= {"open", "closed"}:
        raise BadRequest("status: open or closed, or both with a comma between")
    size = _number(asked, "page_size", MOST, MOST)
    ids = _listed(asked, "service_request_id")
    if len(ids) > MOST:
        raise BadRequest(f"service_request_id: at most {MOST}")
    ended = None if len(states) != 1 else states == {"closed"}
    return Query(ids, _listed(asked, "service_code"), since, until, ended, size, (_number(asked, "page", 1, LAST_PAGE) - 1) * size)


def services(township: Township) -> list[Record]:
    """The kinds of requests: one a category, or a rule that has none."""
    rules: dict[str, list[Any]] = {}
    for rule in township.rules:
        rules.setdefault(rule.category or rule.id, []).append(rule)
    return [
        {
            "service_code": code,
            "service_name": "、".join(rule.name for rule in alike),
            "description": "",
            "metadata": False,
            "type": "realtime",
            "keywords": ", ".join(rule.id for rule in alike),
            "group": alike[0].skill,
        }
        for code, alike in rules.items()
    ]


def definition(township: Township, code: str) -> Record | None:
    """What a service asks for beyond the standard: nothing. None for a service that there is not."""
    known = any(service["service_code"] == code for service in services(township))
    return {"service_code": code, "attributes": []} if known else None


def requests(township: Township, orders: Sequence[WorkOrder], changed_at: Mapping[str, datetime]) -> list[Record]:
    names = {service["service_code"]: service["service_name"] for service in services(township)}
    return [_request(township, order, names, changed_at.get(order.id, order.opened_at)) for order in orders]


def discovery(url: str, changed_at: datetime) -> Record:
    changeset = changed_at.isoformat(timespec="seconds")
    endpoint = {
        "specification": SPECIFICATION,
        "url": url,
        "changeset": changeset,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    about = "Ask who runs this weisu for a token; read only."
    return {"changeset": changeset, "contact": about, "key_service": about, "endpoints": [endpoint]}


def _request(township: Township, order: WorkOrder, names: Mapping[str, str], changed_at: datetime) -> Record:
    code = order.category or order.rule_id
    zone = township.town.zone
    ended = order.state in ENDED
    return {
        "service_request_id": order.id,
        "status": "closed" if ended else "open",
        "status_notes": wording("zh").of("states", order.state),
        "service_name": names.get(code, code),
        "service_code": code,
        "description": order.summary,
        "agency_responsible": next((grid.name for grid in township.grids if grid.id == order.grid_id), None),
        "service_notice": None,
        "requested_datetime": _w3(order.opened_at.astimezone(zone)),
        "updated_datetime": _w3((order.ended_at if ended and order.ended_at else changed_at).astimezone(zone)),
        "expected_datetime": None if ended else _w3(order.done_by.astimezone(zone)),
        "address": "，".join(_places(township, order)),
        "address_id": None,
        "zipcode": None,
        "lat": order.position.lat,
        "long": order.position.lon,
        "media_url": None,
    }


def _places(township: Township, order: WorkOrder) -> Iterator[str]:
    """From the most specific to the most general."""
    camera = township.camera_by_id.get(order.camera_id)
    zone = township.zone_at(order.camera_id, order.zone_id)
    if zone and zone.name:
        yield zone.name
    if camera:
        yield camera.name
    yield from (grid.name for grid in township.grids if grid.id == order.grid_id)
    yield township.town.name


def _span(since: datetime | None, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    try:
        until = until or (min(now, since + LONGEST) if since else now)
        since = since or until - LONGEST
        if since > until:
            raise BadRequest("start_date is after end_date, or still to come")
        if until - since > LONGEST:
            raise BadRequest(f"start_date and end_date: at most {LONGEST.days} days apart")
    except OverflowError as error:
        raise BadRequest("start_date and end_date: a year that can be") from error
    return since, until


def _instant(asked: Mapping[str, str], name: str) -> datetime | None:
    # A plus sign that nobody escaped has become a blank.
    text = asked.get(name, "").strip().replace(" ", "+")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadRequest(f"{name}: an instant with its offset, such as 2026-05-04T00:00:00Z or 2026-05-04T08:00:00+08:00")


def _number(asked: Mapping[str, str], name: str, default: int, largest: int) -> int:
    text = asked.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= largest):
        raise BadRequest(f"{name}: a whole number from 1 to {largest}")
    return int(text)


def _listed(asked: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in asked.get(name, "").split(",") if part.strip()))


def _w3(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
