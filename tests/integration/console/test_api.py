"""The REST API does what the pages do, for those who may, and says why where it does not."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from console.api.access import roles_named
from console.api.app import bare_app, operations
from console.api.bounds import LONGEST_BODY
from console.guard import COOKIE
from storage.errors import Busy
from tests.doubles.api_callers import OTHER_MANAGER, ROOT, Caller, token
from tests.doubles.look_samples import look
from tests.doubles.people import BINS, GATE, LANE, MANAGER, NEAR, NOW, SECOND, STATION, after, incident, plain_township
from tests.doubles.served_town import ServedTown, served
from town.accounts import Role
from town.evidence import Purpose
from town.looks import LookOutcome
from town.silence import Silence
from town.work import IncidentKey, WorkOrder

OTHER_CAMERA = "park"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ServedTown]:
    """With a second grid, whose manager is another and whose camera is another."""
    plain = plain_township()
    cameras = [*plain["cameras"], {**plain["cameras"][0], "id": OTHER_CAMERA, "name": "公园", "grid": "g2"}]
    grids = [*plain["grids"], {"id": "g2", "name": "第二网格", "manager": OTHER_MANAGER}]
    with served(tmp_path, grids=grids, cameras=cameras, model={"folder": str(tmp_path / "models")}) as town:
        yield town


@pytest.fixture
def manager(town: ServedTown) -> Caller:
    return Caller(town, Role.MANAGER)


def reason(answer: httpx.Response) -> tuple[int, str]:
    """The status and the reason of a problem, told as the contract has it."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    return answer.status_code, problem["reason"]


def several(town: ServedTown, count: int) -> list[WorkOrder]:
    """Orders of cars, the oldest first; every second at the same moment as the one before."""
    return [town.opens(incident(number, f"car-{number}", after(minutes=number // 2))) for number in range(count)]


# Who may ask


def test_every_operation_names_its_roles_once_and_the_contract_tells_them() -> None:
    app = bare_app()
    assert all(len(roles_named(route)) == 1 for route in operations(app))
    assert all(Role.CLEANER not in roles for route in operations(app) for roles in roles_named(route))


def test_every_operation_is_for_its_roles_alone_and_for_nobody_without_a_session_or_token(town: ServedTown) -> None:
    callers = {role: Caller(town, role) for role in Role}
    for route in operations(bare_app()):
        if route.path == "/events":
            continue  # it answers whom it lets in without end
        path = route.path.format(order_id="none", when="before", number=1, camera_id="none", rule_id="none")
        (method,) = route.methods or ()
        assert reason(town.web.request(method, f"{ROOT}{path}")) == (401, "not_signed_in"), path
        assert reason(town.web.request(method, f"{ROOT}{path}", headers={"Authorization": "Bearer made-up"})) == (401, "not_signed_in")
        for role, caller in callers.items():
            answer = caller.asks(method, path, json={"action": "cancel", "reason": "试"} if method == "POST" else None)
            refused = answer.status_code == 403
            assert refused == (role not in roles_named(route)[0]), (role, path, answer.text)
            assert not refused or reason(answer) == (403, "not_your_role")


def test_the_stream_of_events_is_for_the_desk_alone(town: ServedTown) -> None:
    assert reason(town.web.get(f"{ROOT}/events")) == (401, "not_signed_in")
    assert reason(Caller(town, Role.CLEANER).get("/events")) == (403, "not_your_role")


def test_the_stream_of_events_ends_in_order_when_the_console_does(tmp_path: Path) -> None:
    with httpx.Client(trust_env=False, timeout=60) as web, ExitStack() as stack:
        with served(tmp_path) as town:
            bearer = {"Authorization": f"Bearer {token(town, Role.MANAGER)}"}
            stream = stack.enter_context(web.stream("GET", f"{town.web.base_url}{ROOT}/events".replace("//api", "/api"), headers=bearer))
            lines = stream.iter_lines()
            assert next(lines) == "retry: 2000"
        assert not any(lines)  # read to its end: one that was cut off raises


def test_a_session_s_cookie_lets_in_too_but_not_from_another_site_s_page(town: ServedTown) -> None:
    town.web.cookies.set(COOKIE, token(town, Role.MANAGER))
    assert town.web.get(f"{ROOT}/me").json()["name"] == "manager"
    foreign = town.web.request("DELETE", f"{ROOT}/silences/1", headers={"Origin": "https://elsewhere.example"})
    assert reason(foreign) == (403, "foreign_page")


def test_me_is_who_the_token_acts_for(town: ServedTown, manager: Caller) -> None:
    assert manager.get("/me").json() == {"role": "manager", "name": "manager", "person": MANAGER, "kind": "token", "grids": ["g1"]}
    assert Caller(town, Role.AUDITOR).get("/me").json()["grids"] == ["g1", "g2"]


def test_a_token_that_was_ended_opens_nothing(town: ServedTown, manager: Caller) -> None:
    (session,) = town.database.accounts.sessions(NOW)
    town.site.doorkeeper.end_session(session.key_hash, "test")
    assert reason(manager.get("/me")) == (401, "not_signed_in")


# Orders


def test_an_order_is_told_with_its_events_and_its_offers(town: ServedTown, manager: Caller) -> None:
    order = town.opens(incident())
    told = manager.get(f"/orders/{order.id}").json()
    assert (told["state"], told["summary"], told["opened_at"]) == ("offered", order.summary, "2026-05-04T02:00:00Z")
    assert [event["action"] for event in told["events"]] == ["open", "offer"]
    assert NEAR in [offer["cleaner_id"] for offer in told["offers"]]
    assert told["offers"][0]["received_at"] is None


def test_an_order_of_another_grid_is_not_found_and_not_listed(town: ServedTown, manager: Caller) -> None:
    order = town.opens(incident())
    other = Caller(town, Role.MANAGER, OTHER_MANAGER)
    asked = [other.get(f"/orders/{order.id}"), other.does(order.id, "cancel")]
    assert {reason(answer) for answer in asked} == {(404, "no_such_order")}
    town.keeps(order, Purpose.OPENED)
    assert reason(other.get(f"/orders/{order.id}/pictures/before")) == (404, "no_such_picture")
    assert town.database.evidence.picture_views(NOW) == []
    assert other.get("/orders").json() == other.get("/orders", grid="g1").json() == {"items": [], "next": None}
    assert reason(manager.get("/orders/none")) == (404, "no_such_order")


def test_pages_of_orders_hold_each_once_while_new_ones_are_opened(town: ServedTown, manager: Caller) -> None:
    known = [order.id for order in several(town, 7)]
    read: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = manager.get("/orders", limit=2, **({"cursor": cursor} if cursor else {})).json()
        read += [order["id"] for order in page["items"]]
        cursor = page["next"]
        town.opens(incident(50 + len(read), f"new-{len(read)}", after(minutes=30 + len(read))))
    assert sorted(read) == sorted(known)
    opened_at = [town.order(one).opened_at for one in read]
    assert opened_at == sorted(opened_at, reverse=True)


def test_orders_are_chosen_by_what_they_are(town: ServedTown, manager: Caller) -> None:
    bins, car = town.opens(incident()), town.opens(incident(2, "car", after(minutes=5)))
    town.hears(NEAR, "claim", order_id=bins.id)

    def ids(**query: object) -> list[str]:
        return [order["id"] for order in manager.get("/orders", **query).json()["items"]]

    assert ids() == [car.id, bins.id]
    assert ids(state="claimed") == ids(rule=BINS) == ids(category=BINS) == ids(cleaner=NEAR, state=["claimed", "closed"]) == [bins.id]
    assert ids(cleaner=SECOND) == []
    assert ids(opened_from="2026-05-04T02:05:00Z") == [car.id]
    assert ids(opened_until="2026-05-04T10:05:00+08:00") == [bins.id]
    assert ids(camera=OTHER_CAMERA) == ids(category="0102") == []


BEFORE_ALL_TIME = "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzA4OjAwIiwieSJd"
"""An instant of the year 1 that is none in UTC."""


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "bnVsbA", "WyJ4IiwieSJd", "WyIyMDI2LTA1LTA0IiwieSJd", "é", "W1tbW1tb" * 40, BEFORE_ALL_TIME]
)
def test_a_cursor_that_was_not_given_here_is_refused(manager: Caller, cursor: str) -> None:
    assert reason(manager.get("/orders", cursor=cursor)) == (422, "bad_cursor")


# Deeds


def test_a_manager_decides_and_who_and_why_is_recorded(town: ServedTown, manager: Caller) -> None:
    order = town.opens(incident())
    answer = manager.does(order.id, "name", to=SECOND)
    assert (answer.status_code, answer.json()["state"], answer.json()["holder"]) == (200, "claimed", SECOND)
    event = manager.get(f"/orders/{order.id}").json()["events"][-1]
    assert (event["actor"], event["reason"], event["action"]) == ("manager", "看过现场", "name_owner")


def test_each_deed_is_carried_out(town: ServedTown, manager: Caller) -> None:
    one, two, three, four = several(town, 4)
    unit = {"unit": "城管", "within_minutes": 120}
    deeds: list[tuple[WorkOrder, str, dict[str, Any], str]] = [
        (one, "name", {"to": NEAR}, "claimed"),
        (one, "hand_over", {"to": SECOND}, "claimed"),
        (one, "return", {}, "offered"),
        (one, "defer", {"until": "2026-05-05T02:00:00Z", "approver": "李"}, "deferred"),
        (one, "resume", {}, "offered"),
        (one, "whistle", {"units": [unit]}, "whistled"),
        (one, "report_in", {"unit": "城管"}, "verifying"),
        (one, "redo", {}, "offered"),
        (two, "merge", {"into": one.id}, "merged"),
        (three, "false_alarm", {}, "false_alarm"),
        (four, "cancel", {}, "cancelled"),
    ]
    for order, action, fields, state in deeds:
        answer = manager.does(order.id, action, **fields)
        assert (answer.status_code, answer.json().get("state")) == (200, state), (action, answer.text)


def test_what_cannot_be_done_is_a_conflict_with_the_refusal_s_word(town: ServedTown, manager: Caller) -> None:
    order = town.opens(incident())
    assert reason(manager.does(order.id, "resume")) == (409, "wrong_state")
    assert reason(manager.does(order.id, "name", to="nobody")) == (409, "unknown_cleaner")
    assert reason(manager.does(order.id, "defer", until="2026-05-04T01:00:00Z", approver="李")) == (409, "past_date")
    assert town.order(order.id).rev == order.rev


@pytest.mark.parametrize(
    "said",
    [
        {"action": "cancel"},
        {"action": "cancel", "reason": "   "},
        {"action": "cancel", "reason": "x" * 201},
        {"action": "cancel", "reason": "x", "more": 1},
        {"action": "vanish", "reason": "x"},
        {"reason": "x"},
        {"action": "defer", "reason": "x", "approver": "x", "until": "0001-01-01T00:00:00+14:00"},
        {"action": "defer", "reason": "x", "approver": "x", "until": "9999-12-31T23:59:59-14:00"},
        {"action": "defer", "reason": "x", "approver": "x", "until": "2026-05-05T02:00:00"},
        {"action": "defer", "reason": "x", "approver": "x", "until": 1e300},
        {"action": "whistle", "reason": "x", "units": [{"unit": "x", "within_minutes": 10**30}]},
        {"action": "whistle", "reason": "x", "units": [{"unit": "x", "within_minutes": 5}, {"unit": "x", "within_minutes": 9}]},
        {"action": "cancel", "reason": "\ud800"},
        [],
        None,
    ],
)
def test_what_is_no_deed_is_told_with_its_place(town: ServedTown, manager: Caller, said: Any) -> None:
    order = town.opens(incident())
    body = json.dumps(said).encode()
    answer = manager.asks("POST", f"/orders/{order.id}/deeds", content=body)
    assert reason(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["where"].startswith("body")


def test_a_body_that_is_too_large_or_no_text_is_refused(town: ServedTown, manager: Caller) -> None:
    path = f"/orders/{town.opens(incident()).id}/deeds"
    large = b'{"action": "cancel", "reason": "' + b"x" * LONGEST_BODY + b'"}'
    assert reason(manager.asks("POST", path, content=large)) == (413, "too_large")
    assert reason(manager.asks("POST", path, content=iter([large[:40_000], large[40_000:]]))) == (413, "too_large")
    for body in (b"\xff\xfe\xfd", b"[" * 60_000, b"", b"{"):
        assert manager.asks("POST", path, content=body).status_code in {400, 422}


def test_a_picture_is_shown_and_its_view_is_noted(town: ServedTown, manager: Caller) -> None:
    order = town.opens(incident())
    assert reason(manager.get(f"/orders/{order.id}/pictures/before")) == (404, "no_such_picture")
    kept = town.keeps(order, Purpose.OPENED)
    answer = manager.get(f"/orders/{order.id}/pictures/before")
    assert (answer.status_code, answer.headers["content-type"], answer.content[:2]) == (200, "image/jpeg", b"\xff\xd8")
    views = [(view.person, view.order_id, view.picture_id, view.network) for view in town.database.evidence.picture_views(NOW)]
    assert views == [(f"manager:{MANAGER}", order.id, kept, "127.0.0.0/24")]
    small = manager.get(f"/orders/{order.id}/pictures/before", wide=80)
    assert len(small.content) < len(answer.content)
    assert reason(manager.get(f"/orders/{order.id}/pictures/during")) == (422, "invalid")


@pytest.mark.parametrize(("read", "by"), [("found", "order_search"), ("session", "accounts")])
def test_a_database_that_does_not_answer_is_told_with_a_time_to_try_again(
    town: ServedTown, manager: Caller, monkeypatch: pytest.MonkeyPatch, read: str, by: str
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise Busy("another writer")

    monkeypatch.setattr(getattr(town.database, by), read, busy)
    answer = manager.get("/orders")
    assert (reason(answer), answer.headers["retry-after"]) == ((503, "no_database"), "2")


# Events


def changes(answer: httpx.Response, count: int) -> list[tuple[int, dict[str, Any]]]:
    """The next so many events of a stream, each with its id."""
    found: list[tuple[int, dict[str, Any]]] = []
    number = 0
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            number = int(value)
        elif name == "data":
            found.append((number, json.loads(value)))
            if len(found) == count:
                break
    return found


def following(town: ServedTown, caller: Caller, last: int | None = None) -> Any:
    resumed = {} if last is None else {"Last-Event-ID": str(last)}
    return town.web.stream("GET", f"{ROOT}/events", headers={**caller.headers, **resumed})


def test_events_come_as_they_happen_and_go_on_where_a_listener_left(town: ServedTown, manager: Caller) -> None:
    first = town.opens(incident())
    with following(town, manager) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        town.hears(NEAR, "claim", order_id=first.id)
        ((number, claimed),) = changes(stream, 1)
    assert (claimed["event"]["action"], claimed["order"]["id"], claimed["order"]["state"]) == ("claim", first.id, "claimed")
    manager.does(first.id, "return")
    second = town.opens(incident(2, "car"))
    with following(town, manager, number) as stream:
        missed = changes(stream, 4)
    assert [(change["event"]["order_id"], change["event"]["action"]) for _, change in missed] == [
        (first.id, "cannot"),
        (first.id, "offer"),
        (second.id, "open"),
        (second.id, "offer"),
    ]
    assert [one for one, _ in missed] == [number + 1, number + 2, number + 3, number + 4]


def test_events_of_other_grids_are_left_out(town: ServedTown) -> None:
    town.opens(incident())
    town.camera = town.township.camera_by_id[OTHER_CAMERA]
    elsewhere = town.opens(replace(incident(2), key=IncidentKey(BINS, OTHER_CAMERA, STATION)))
    with following(town, Caller(town, Role.MANAGER, OTHER_MANAGER), 0) as stream:
        ((_, change),) = changes(stream, 1)
    assert change["event"]["order_id"] == elsewhere.id


def test_a_stream_ends_when_its_listener_is_shut_out(town: ServedTown, manager: Caller) -> None:
    with following(town, manager, 0) as stream:
        (session,) = town.database.accounts.sessions(NOW)
        town.site.doorkeeper.end_session(session.key_hash, "test")
        town.opens(incident())
        assert not any(line.startswith("data") for line in stream.iter_lines())


@pytest.mark.parametrize("last", ["x", "-1", "9" * 30])
def test_an_event_that_there_cannot_be_is_refused(town: ServedTown, manager: Caller, last: str) -> None:
    headers = {**manager.headers, "Last-Event-ID": last}
    assert reason(town.web.get(f"{ROOT}/events", headers=headers)) == (422, "invalid")


# Silences


def test_a_manager_silences_a_place_and_ends_it(town: ServedTown, manager: Caller) -> None:
    said = {"camera_id": GATE, "zone_id": LANE, "rule_id": "illegal-parking", "until": "2026-05-04T06:00:00Z", "reason": "庙会"}
    made = manager.post("/silences", said)
    assert (made.status_code, made.json()["author"], made.json()["zones"]) == (201, "manager", f"{GATE}/{LANE}")
    assert manager.get("/silences").json()["items"] == [made.json()]
    number = made.json()["number"]
    assert manager.asks("DELETE", f"/silences/{number}").status_code == 204
    assert manager.get("/silences").json()["items"] == []
    assert manager.get("/silences", ended=True).json()["items"][0]["ended_by"] == "manager"
    assert reason(manager.asks("DELETE", f"/silences/{number}")) == (404, "no_such_silence")


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"camera_id": OTHER_CAMERA}, (404, "no_such_camera")),
        ({"camera_id": "*"}, (404, "no_such_camera")),
        ({"zone_id": "*"}, (422, "unknown_zone")),
        ({"rule_id": "*"}, (422, "unknown_rule")),
        ({"until": "2026-05-04T02:00:00Z"}, (422, "past_date")),
        ({"until": "2026-05-05"}, (422, "invalid")),
        ({"reason": ""}, (422, "invalid")),
    ],
)
def test_a_silence_that_covers_nothing_of_theirs_is_not_made(
    town: ServedTown, manager: Caller, changed: dict[str, Any], refused: tuple[int, str]
) -> None:
    said = {"camera_id": GATE, "until": "2026-05-04T06:00:00Z", "reason": "庙会", **changed}
    assert reason(manager.post("/silences", said)) == refused
    assert town.database.order_lists.silences(NOW) == []


def test_a_silence_that_holds_in_other_grids_is_seen_and_not_ended_by_one_manager(town: ServedTown, manager: Caller) -> None:
    with town.database.transaction() as book:
        everywhere = book.silence(Silence("镇里", "国庆", NOW, after(days=1)))
        elsewhere = book.silence(Silence("镇里", "施工", NOW, after(days=1), f"{OTHER_CAMERA}/*"))
    assert [one["number"] for one in manager.get("/silences").json()["items"]] == [everywhere]
    assert [one["number"] for one in Caller(town, Role.AUDITOR).get("/silences").json()["items"]] == [everywhere, elsewhere]
    assert reason(manager.asks("DELETE", f"/silences/{everywhere}")) == (403, "not_yours_alone")
    assert reason(manager.asks("DELETE", f"/silences/{elsewhere}")) == (404, "no_such_silence")


# What is there


def test_a_camera_says_what_it_is_good_for_and_what_was_done_today(town: ServedTown, manager: Caller) -> None:
    order = town.opens(incident())
    with town.database.transaction() as book:
        for number, outcome in enumerate((LookOutcome.DONE, LookOutcome.UNKNOWN)):
            at = NOW - timedelta(minutes=10 - number)
            book.record_look(look(id=f"l{number}", camera_id=GATE, ended_at=at, outcome=outcome, reason="covered" if number else "fit"))
    told = manager.get(f"/cameras/{GATE}").json()
    assert (told["status"], told["last_look"]["reason"], told["orders"], told["live_orders"]) == ("unfit", "covered", [order.id], 1)
    assert told["looks_today"] == {"since": "2026-05-03T16:00:00Z", "planned": 2, "done": 1}
    listed = manager.get("/cameras").json()["items"]
    assert [(one["id"], one["status"]) for one in listed] == [(GATE, "unfit")]
    assert reason(manager.get(f"/cameras/{OTHER_CAMERA}")) == (404, "no_such_camera")


def test_lists_come_in_pages(town: ServedTown) -> None:
    engineer = Caller(town, Role.ENGINEER)
    first = engineer.get("/cameras", limit=1).json()
    second = engineer.get("/cameras", limit=1, cursor=first["next"]).json()
    assert ([one["id"] for one in first["items"] + second["items"]], second["next"]) == ([GATE, OTHER_CAMERA], None)
    zones = engineer.get(f"/cameras/{GATE}/zones").json()["items"]
    assert [(zone["id"], zone["kind"], zone["rules"]) for zone in zones] == [
        (LANE, "no_parking", ["illegal-parking"]),
        (STATION, "bin_station", [BINS]),
    ]


def test_people_are_those_of_the_grid_with_what_they_have_in_hand(town: ServedTown, manager: Caller) -> None:
    town.hears(NEAR, "claim", order_id=town.opens(incident()).id)
    people = {one["id"]: one for one in manager.get("/people").json()["items"]}
    assert (people[NEAR]["on_shift"], people[NEAR]["load"], people[NEAR]["shifts"]) == (True, 1, ["06:00-14:00"])
    assert people["off-shift"]["on_shift"] is False
    assert Caller(town, Role.MANAGER, OTHER_MANAGER).get("/people").json()["items"] == []


def test_figures_are_those_of_the_report_and_a_manager_s_are_of_their_grids(town: ServedTown, manager: Caller) -> None:
    town.hears(NEAR, "claim", order_id=town.opens(incident()).id)
    town.now = after(hours=1)
    told = manager.get("/figures", from_="2026-05-04T00:00:00Z", by="grid").json()
    assert (told["from"], told["to"], told["whole"]["orders"]) == ("2026-05-04T00:00:00Z", "2026-05-04T03:00:00Z", 1)
    assert [(group["key"], group["orders"]) for group in told["groups"]] == [("g1", 1)]
    assert told["unknown"]["satisfaction"] == "no complaints recorded"
    assert Caller(town, Role.MANAGER, OTHER_MANAGER).get("/figures").json()["whole"]["orders"] == 0
    assert Caller(town, Role.AUDITOR).get("/figures").json()["whole"]["orders"] == 1


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"from_": "2026-05-05T00:00:00Z"}, "empty_span"),
        ({"from_": "2020-01-01T00:00:00Z"}, "long_span"),
        ({"to": "0001-01-01T00:00:00+01:00"}, "invalid"),
        ({"from_": "9999-12-31T23:59:59-01:00"}, "invalid"),
        ({"to": "2000-01-01T00:00:00Z"}, "empty_span"),
        ({"from_": "1"}, "invalid"),
        ({"by": "moon"}, "invalid"),
        ({"limit": 501}, "invalid"),
    ],
)
def test_a_span_without_anything_or_with_too_much_is_refused(manager: Caller, asked: dict[str, Any], refused: str) -> None:
    assert reason(manager.get("/figures", **asked)) == (422, refused)


def test_why_is_told_of_a_camera_that_is_theirs(town: ServedTown, manager: Caller) -> None:
    with town.database.transaction() as book:
        book.record_look(look(id="l1", camera_id=GATE, ended_at=NOW))
    told = manager.get("/explain", camera=GATE, at="2026-05-04T02:01:00Z").json()
    assert (told["camera"], told["look"]["outcome"], [zone["zone"] for zone in told["zones"]]) == (GATE, "done", [STATION, LANE])
    assert reason(manager.get("/explain", camera=GATE, zone="moon")) == (422, "unknown_zone")
    assert reason(manager.get("/explain", camera=OTHER_CAMERA)) == (404, "no_such_camera")


def test_rules_and_their_versions_are_told(town: ServedTown, manager: Caller) -> None:
    listed = manager.get("/rules").json()["items"]
    assert [(rule["id"], rule["version"]) for rule in listed] == [(rule.id, rule.version) for rule in sorted_rules(town)]
    with town.database.transaction() as book:
        book.note_rules(town.township.rules, NOW)
    versions = manager.get(f"/rules/{BINS}/versions").json()["items"]
    assert [(one["version"], one["since"]) for one in versions] == [(town.township.rule_by_id[BINS].version, "2026-05-04T02:00:00Z")]
    assert reason(manager.get("/rules/moon/versions")) == (404, "no_such_rule")


def sorted_rules(town: ServedTown) -> list[Any]:
    return sorted(town.township.rules, key=lambda rule: rule.id)


def test_versions_of_the_network_are_told_to_engineers(town: ServedTown) -> None:
    (shipped,) = Caller(town, Role.ENGINEER).get("/model").json()["items"]
    assert (shipped["name"], shipped["role"], shipped["damage"], shipped["added_at"]) == ("shipped", "promoted", "", None)


# The contract


def test_the_contract_is_served_to_who_may_ask_and_no_page_loads_anything_for_it(town: ServedTown, manager: Caller) -> None:
    assert manager.get("/openapi.json").json()["servers"] == [{"url": ROOT}]
    for path in ("/docs", "/redoc", "/none"):
        assert reason(manager.get(path)) == (404, "no_such_path")
    answer = manager.asks("PUT", "/silences")
    assert (reason(answer), answer.headers["allow"]) == ((405, "no_such_method"), "GET, POST")
    assert reason(manager.get("/orders/a%0Ab")) == (404, "no_such_order")


def test_instants_are_utc(town: ServedTown, manager: Caller) -> None:
    order = town.opens(incident())
    opened_at = manager.get(f"/orders/{order.id}").json()["opened_at"]
    assert datetime.fromisoformat(opened_at) == order.opened_at
    assert opened_at.endswith("Z")
