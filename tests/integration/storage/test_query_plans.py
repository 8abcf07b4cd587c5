"""No hot statement walks through a table that grows."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from alerts.access import Access
from alerts.dealings import Dealing
from alerts.manager_desk import ManagerDesk
from alerts.noticeboard import Noticeboard
from alerts.relay import Relay
from alerts.whereabouts import LastPosition
from rules.builtin import BUILT_IN
from rules.judgement import Verdict
from rules.limiter import Fate, HeldOpening, Pause, PauseEnd
from storage.database import Database
from storage.order_search import Sought
from tests.doubles import order_samples as samples
from tests.doubles.evidence_samples import disagreement, picture
from tests.doubles.look_samples import decision, look, observation, put_off
from tests.doubles.memory_link import MemoryBroker
from tests.doubles.notification_samples import notification
from tests.doubles.order_samples import NOW, after, incident, message, moved, order
from tests.doubles.people import MANAGER, NEAR, SECOND, Office
from tests.doubles.people import after as office_at
from tests.doubles.people import incident as incident_of
from town.evidence import MissingPicture, PictureView, Purpose, Side, WhyNone
from town.rule_settings import RuleSettings
from town.silence import Silence
from town.work import OrderState

GROWING = {
    "picture_views",
    "looks",
    "observations",
    "decision_runs",
    "reason_days",
    "incidents",
    "orders",
    "order_events",
    "outbox",
    "answers",
    "order_cleaners",
    "dealings",
    "earlier",
}
GROWING |= {
    "silences",
    "pictures",
    "order_pictures",
    "disagreements",
    "version_changes",
    "held_openings",
    "put_off_looks",
    "missing_pictures",
    "picture_days",
    "notifications",
}
SHORT = {
    "orders_in_hand",
    "notifications_waiting",
    "outbox_waiting",
    "outbox_waiting_by_topic",
    "outbox_given_up",
    "decision_runs_going_on",
}
"""Indexes that hold the few rows that wait or were given up: to walk through one of these is cheap."""


@contextmanager
def noted() -> Iterator[dict[str, Any]]:
    """Every statement that is executed, with its last parameters."""
    statements: dict[str, Any] = {}

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, _context: object, many: bool) -> None:
        statements[statement] = parameters[0] if many else parameters

    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)


def use_everything(database: Database) -> None:
    with database.transaction() as book:
        book.memories("gate-1")
        book.save_memories("gate-1", {("station", "bin-overflow"): {}})
        book.record_look(look())
        book.note_put_off([put_off()])
        book.record_observations([observation()])
        book.record_decisions([decision()])
        book.record_decisions([decision(decided_at=after(minutes=1))])
        book.record_decisions([decision(decided_at=after(minutes=2), verdict=Verdict.OPENED)])
        book.save_incident(incident())
        book.incident("incident-1")
        book.open_incident(incident().key)
        book.add(order(), samples.event(order()))
        before, after_, changing = moved(order(), offered_to=("c03",))
        book.change(before, after_, changing)
        book.order("order-1")
        book.order_of("incident-1")
        book.live_orders()
        book.live_orders(camera_id="gate-1")
        book.live_orders(cleaner_id="c03")
        book.merged_into("order-1")
        book.closed_before(order(), NOW)
        book.closed_before(order(category=""), NOW)
        book.loads()
        book.overdue(NOW)
        book.count_dealings(Dealing.OFFERED, ("c01", "c02"), NOW)
        book.keep_position("c01", LastPosition(order().position, NOW))
        book.last_positions()
        book.forget_positions(NOW)
        book.events("order-1")
        book.send([message()])
        book.answered("event-1")
        book.remember_answer("event-1", "c01", NOW, [])
        book.next_snapshot_rev("c01")
        book.next_snapshot_rev("c01")
        book.raise_snapshot_revs(["c01"], 1000)
        book.mark_as_copy(NOW)
        book.copied_at()
        book.took_up(NOW)
        book.mark_received("message-1", "c01", NOW)
        book.unreceived(NOW)
        book.note_version("", "shipped", NOW)
        book.note_rules([RuleSettings.model_validate(BUILT_IN["bin-overflow"])], NOW)
        book.keep_picture(picture())
        book.note_missing_picture(MissingPicture("look-2", "gate-1", NOW, WhyNone.NOT_BLURRED, "", ("order-1",)))
        book.show_order("look-1", "order-1", Purpose.OPENED)
        book.note_picture_view(PictureView(NOW, "cleaner:c01", "order-1", "look-1", "192.0.2.0/24"))
        book.record_disagreement(disagreement())
        book.count_shadow_look("v2", failed=False, disagreed=True)
        book.unjudged_count("v2")
        book.judge(1, Side.CANDIDATE, "wang", NOW)
        book.silences(NOW)
        book.end_silence(book.silence(Silence("wang", "拍摄", NOW, after(hours=1))), "wang", NOW)
        held = HeldOpening(incident(9), book.pause(Pause("bin-overflow", NOW, 20, timedelta(minutes=10))), NOW)
        book.hold(held)
        book.standing_pauses()
        book.last_pause_end("bin-overflow")
        book.opened_since("bin-overflow", NOW)
        book.followed("gate-9")
        book.held(held.pause, 50)
        book.show_held("incident-9", "look-1")
        book.has_picture("look-1")
        book.settle(held.incident, Fate.RELEASED)
        book.discard_held(held.pause)
        book.end_pause(held.pause, PauseEnd.RELEASED, "wang", NOW)
        book.begin_notification(notification())
        book.unhealed_notifications("order/order-1")
        book.change_notification(book.notifications([1])[0])
    database.waiting_notifications(NOW)
    database.notifications.recent(NOW)
    database.evidence.pictures_of("order-1")
    database.evidence.missing_pictures(NOW)
    database.evidence.picture_days(NOW.date())
    database.evidence.picture_views(NOW)
    database.evidence.picture_views(NOW, "order-1")
    database.forget_picture_views_before(NOW)
    database.pauses.recent()
    database.pauses.openings(held.pause)
    database.pauses.opening("incident-9")
    database.pauses.picture_path("look-1")
    database.outbox.claim(NOW, after(seconds=30), 100)
    database.outbox.mark_sent(["message-1"], NOW)
    database.outbox.mark_failed("message-1", "connection lost", NOW)
    database.outbox.send_again(["message-1"], NOW)
    database.outbox.waiting_count()
    database.figures.summary(NOW)
    database.figures.put_off("gate-1", NOW, after(hours=1))
    database.figures.orders_by_camera(NOW)
    database.figures.camera_states()
    database.figures.live_orders()
    database.figures.recent_events()
    database.figures.events("order-1")
    database.order_lists.order("order-1")
    database.order_lists.silences(NOW)
    database.order_lists.incident("incident-1")
    database.order_lists.receipts("order-1")
    database.order_lists.at_work()
    database.order_search.found(Sought(["g1"], cameras=["gate-1"]), 50)
    database.order_search.found(Sought(["g1"], since=NOW, until=after(days=1)), 50)
    database.order_search.count(Sought(["g1"], cameras=["gate-1"]))
    database.figures.outcomes_by_camera(NOW, after(hours=1))
    database.figures.dropped_by_camera(NOW)
    database.evidence.newest_of_camera("gate-1")
    database.order_lists.merged_into("order-1")
    database.order_lists.repeated(NOW, 3)
    database.order_lists.opened_between(NOW, after(days=1), (), None, 1000)
    database.order_lists.opened_between(NOW, after(days=1), ("0102",), False, 1000, 50)
    database.order_lists.of_ids(["order-1"])
    database.order_search.found(Sought(["g1"]), 100, after=(NOW, "order-1"))
    database.order_search.found(Sought(["g1"], since=NOW, until=after(days=1)), 100)
    database.order_search.found(Sought(["g1"], [OrderState.OPEN], ["gate-1"]), 100)
    database.order_lists.receipts("order-1")
    database.order_lists.events_after(1, 100)
    database.order_lists.last_changes(["order-1"])
    database.cohorts.orders(NOW, after(days=1))
    database.cohorts.cases(NOW, after(days=1))
    database.cohorts.looks(NOW, after(days=1))
    database.cohorts.looks_by_camera(NOW, after(days=1))
    database.cohorts.looks_known_from(after(days=1))
    database.people.loads()
    database.people.heard_at(NOW)
    database.people.dealt(["c01", "c02"], NOW)
    database.figures.given_up()
    database.figures.looks_at("gate-1", NOW, after(hours=1))
    database.rule_history.versions("bin-overflow")
    list(database.past.looks("gate-1", NOW, after(hours=1)))
    database.past.pictures("gate-1", NOW, after(hours=1))
    database.reasons.last_look("gate-1", NOW)
    database.reasons.last_look("gate-1", NOW, clear_only=True)
    database.reasons.next_look("gate-1", NOW)
    database.reasons.orders_about(decision(), NOW)
    database.reasons.orders_about(decision(object_id="car-1"), NOW)
    database.reasons.runs_on("gate-1", NOW, after(hours=1))
    database.reasons.seen_at("gate-1", NOW, after(hours=1))
    database.forget_before(after(days=2))
    database.forget_reasons_before(NOW)


def live_a_day(database: Database) -> None:
    """What the order half runs: desk, sweeps, boards, relay and a manager, each statement as these ask it."""
    office = Office(store=database)
    solved, given_back = office.opens(incident_of(1)), office.opens(incident_of(2, object_id="car-2"))
    office.hears(NEAR, "hello", boot_id="phone-1")
    link = MemoryBroker(Access("weisu/v1/yizhuang", "service", frozenset())).link("service")
    link.start()
    Relay(database.outbox, link).step(office_at(seconds=1))
    Noticeboard(database, database.figures, office.township, lambda: 1).refresh(office_at(seconds=1))
    office.desk.sweep(office_at(minutes=1))
    office.hears(NEAR, "claim", office_at(minutes=2), order_id=solved.id)
    office.hears(SECOND, "claim", office_at(minutes=2), order_id=solved.id)
    office.hears(NEAR, "done", office_at(minutes=3), order_id=solved.id)
    office.sees(incident_of(1), firing=False, at=office_at(minutes=4))
    office.clears(incident_of(1), office_at(minutes=5))
    office.hears(SECOND, "claim", office_at(minutes=5), order_id=given_back.id)
    office.hears(SECOND, "cannot", office_at(minutes=6), order_id=given_back.id, reason="锁车了")
    ManagerDesk(database, office.township).dismiss(given_back.id, MANAGER, "有许可", office_at(minutes=7))
    office.desk.sweep(office_at(hours=2))


def walks(path: Path, statement: str, parameters: Any) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        plan = [step for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    scans = [match for step in plan if (match := re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step))]
    return [scan.string for scan in scans if scan[1] in GROWING and scan[2] not in SHORT]


def asked_and_walking(path: Path, statements: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    asked = {text: given for text, given in statements.items() if re.match("SELECT|UPDATE|DELETE|INSERT", text)}
    return asked, {text: found for text, given in asked.items() if (found := walks(path, text, given))}


def test_no_statement_of_a_day_at_the_desk_walks_through_a_table_that_grows(path: Path, database: Database) -> None:
    with noted() as statements:
        live_a_day(database)
    asked, walking = asked_and_walking(path, statements)
    assert len(asked) > 25
    assert walking == {}


def test_no_statement_walks_through_a_table_that_grows(path: Path, database: Database) -> None:
    with noted() as statements:
        use_everything(database)
    asked, walking = asked_and_walking(path, statements)
    newest_first = {text for text in walking if text.endswith("ORDER BY order_events.number DESC\n LIMIT ? OFFSET ?")}
    assert len(asked) > 35
    assert {text: found for text, found in walking.items() if text not in newest_first} == {}


def test_the_check_sees_a_walk(path: Path, database: Database) -> None:
    assert walks(path, "SELECT * FROM outbox WHERE topic = 'x'", ()) == ["SCAN outbox"]
    assert walks(path, "SELECT * FROM orders WHERE state = ?", (OrderState.OPEN.value,)) == []
