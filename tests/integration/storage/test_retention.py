import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import storage.retention
from alerts.notifications import Saying, healed, said
from rules.judgement import Verdict
from storage.database import Database
from storage.retention import Forgotten
from tests.doubles.look_samples import decision, look, observation, put_off
from tests.doubles.notification_samples import notification
from tests.doubles.order_samples import NOW, after, event, incident, message, order
from town.recipients import Matter
from town.work import OrderState, WorkOrder

LATER = after(days=31)


def live_through(database: Database, *cameras: str) -> None:
    with database.transaction() as book:
        for camera_id in cameras:
            book.record_look(look(id=f"look-{camera_id}", camera_id=camera_id))
            book.record_observations([observation(camera_id=camera_id)])
            book.record_decisions([decision(camera_id=camera_id)])


def keep(database: Database, kept: WorkOrder) -> None:
    with database.transaction() as book:
        book.save_incident(incident())
        book.add(kept, event(kept))
        book.send([message(1, order_id=kept.id)])
        book.remember_answer("event-1", "c01", NOW, [])
    database.outbox.mark_sent(["message-1"], NOW)


def test_what_is_old_is_forgotten(database: Database) -> None:
    live_through(database, "gate-1", "gate-2")
    keep(database, order(state=OrderState.CLOSED))
    assert database.forget_before(LATER) == Forgotten(looks=2, runs=2, observations=2, messages=1, answers=1)
    assert database.reasons.seen_at("gate-1", NOW, LATER) == []


def test_what_people_were_told_is_forgotten_once_it_is_over(database: Database) -> None:
    told = said(notification(), Saying.FAULT, NOW)
    letters = notification(4, matter=Matter.DEAD_LETTERS, told_at=NOW, due_at=None)
    with database.transaction() as book:
        for one in (healed(notification(1), NOW), told, notification(3, fault="waits"), letters):
            book.begin_notification(replace(one, fault=one.fault + str(one.number), number=0))
    assert database.forget_before(LATER) == Forgotten(notifications=2)
    assert [one.number for one in database.notifications.recent(NOW - timedelta(days=1))] == [3, 2]


def test_reasons_outlive_what_was_seen_and_go_in_their_time(path: Path, database: Database) -> None:
    live_through(database, "gate-1")
    database.forget_before(LATER)
    (kept,), (run,) = database.figures.looks_at("gate-1", NOW, LATER), database.reasons.runs_on("gate-1", NOW, LATER)
    assert (kept, run.decision) == (look(id="", camera_id="gate-1"), decision())
    assert database.reasons.last_look("gate-1", LATER) == kept
    assert database.reasons.next_look("gate-1", NOW - timedelta(days=9)) == kept
    assert database.forget_reasons_before(NOW) == 0
    assert database.forget_reasons_before(after(days=1)) == 1
    assert database.figures.looks_at("gate-1", NOW, LATER) == database.reasons.runs_on("gate-1", NOW, LATER) == []


def test_a_day_that_is_packed_in_parts_keeps_them_all(path: Path, database: Database) -> None:
    for number in range(3):
        with database.transaction() as book:
            book.record_look(look(number, ended_at=after(minutes=number)))
            book.record_decisions([decision(decided_at=after(minutes=number), verdict=list(Verdict)[number])])
        database.forget_before(LATER)
    assert [one.ended_at for one in database.figures.looks_at("gate-1", NOW, LATER)] == [after(minutes=number) for number in range(3)]
    assert [run.decision.verdict for run in database.reasons.runs_on("gate-1", NOW, LATER)] == list(Verdict)[:3]


def test_what_is_young_stays(database: Database) -> None:
    live_through(database, "gate-1")
    keep(database, order(state=OrderState.CLOSED))
    assert database.forget_before(NOW) == Forgotten()


def test_what_belongs_to_a_live_order_stays(database: Database) -> None:
    live_through(database, "gate-1", "gate-2")
    keep(database, order(1, state=OrderState.VERIFYING))
    assert database.forget_before(LATER) == Forgotten(looks=2, runs=2, observations=1, answers=1)
    assert len(database.reasons.seen_at("gate-1", NOW, LATER)) == 1
    assert database.forget_reasons_before(LATER) == 1
    assert len(database.reasons.runs_on("gate-1", NOW, LATER)) == 1


def test_orders_and_their_events_are_never_forgotten(database: Database) -> None:
    keep(database, order(state=OrderState.CLOSED))
    database.forget_before(LATER)
    with database.transaction() as book:
        assert book.order("order-1") is not None
        assert len(book.events("order-1")) == 1


def test_a_message_that_still_waits_is_not_forgotten(database: Database) -> None:
    with database.transaction() as book:
        book.send([message(order_id="")])
    assert database.forget_before(LATER).messages == 0
    assert database.outbox.waiting_count() == 1


def test_a_camera_is_still_known_by_its_last_look(database: Database) -> None:
    live_through(database, "gate-1")
    database.forget_before(LATER)
    assert [state.camera_id for state in database.figures.camera_states()] == ["gate-1"]


def test_many_rows_are_forgotten_in_short_transactions(path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage.retention, "BATCH", 3)
    with database.transaction() as book:
        for number in range(10):
            book.record_look(look(number))
    assert database.forget_before(LATER).looks == 10
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM looks").fetchall() == [(0,)]


def test_put_off_looks_of_one_hour_are_all_forgotten_however_many(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage.retention, "BATCH", 3)
    with database.transaction() as book:
        book.note_put_off([put_off(camera_id=f"gate-{number}", hour=put_off().hour + timedelta(hours=number // 4)) for number in range(10)])
    assert database.forget_before(LATER).put_off == 10
