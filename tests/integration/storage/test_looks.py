import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from rules.builtin import BUILT_IN
from rules.judgement import Verdict
from storage.database import Database
from storage.errors import Contradiction
from tests.doubles.look_samples import decision, look, observation, put_off
from tests.doubles.order_samples import NOW, after, incident
from town.looks import Cadence, LookOutcome, PutOffReason, SeenBy
from town.rule_settings import RuleSettings


def test_memories_come_back_by_zone_and_rule(database: Database) -> None:
    with database.transaction() as book:
        book.save_memories("gate-1", {("station", "bin-overflow"): {"looks": [1, None, "桶"]}, ("lane", "fire-lane"): {}})
        book.save_memories("gate-2", {("station", "bin-overflow"): {"looks": []}})
    with database.transaction() as book:
        assert book.memories("gate-1") == {("station", "bin-overflow"): {"looks": [1, None, "桶"]}, ("lane", "fire-lane"): {}}
        assert book.memories("gate-3") == {}


def test_saving_memories_replaces_those_named_only(database: Database) -> None:
    with database.transaction() as book:
        book.save_memories("gate-1", {("station", "a"): {"n": 1}, ("station", "b"): {"n": 1}})
        book.save_memories("gate-1", {("station", "a"): {"n": 2}})
        book.save_memories("gate-1", {})
        assert book.memories("gate-1") == {("station", "a"): {"n": 2}, ("station", "b"): {"n": 1}}


def test_a_look_comes_back_as_it_was_recorded(database: Database) -> None:
    failed = look(
        1, outcome=LookOutcome.FAILED, reason="timed_out", cadence=Cadence.WATCH, ended_at=after(seconds=10), seen_by=SeenBy.REUSE
    )
    with database.transaction() as book:
        book.record_look(failed)
    assert database.figures.looks_at("gate-1", NOW, after(minutes=1)) == [failed]
    assert database.figures.looks_at("gate-1", NOW, after(seconds=10)) == []
    assert database.figures.looks_at("gate-2", NOW, after(minutes=1)) == []


def test_a_look_is_recorded_once(database: Database) -> None:
    with pytest.raises(Contradiction), database.transaction() as book:
        book.record_look(look())
        book.record_look(look())
    assert database.figures.looks_at("gate-1", NOW, after(minutes=1)) == []


def test_a_camera_stands_as_its_last_look_that_was_not_skipped(database: Database) -> None:
    fresh = look(2, outcome=LookOutcome.UNKNOWN, reason="dark", ended_at=after(seconds=60))
    with database.transaction() as book:
        book.record_look(look(1))
        book.record_look(fresh)
        book.record_look(look(3, outcome=LookOutcome.SKIPPED, reason="still_looking", ended_at=after(seconds=90)))
        book.record_look(look(4, ended_at=after(seconds=30)))
        book.record_look(look(5, camera_id="alley-1", outcome=LookOutcome.FAILED, reason="unreachable"))
    assert [(state.camera_id, state.outcome, state.reason) for state in database.figures.camera_states()] == [
        ("alley-1", "failed", "unreachable"),
        ("gate-1", "unknown", "dark"),
    ]


def decided(database: Database) -> list[tuple[str, int]]:
    return [(run.decision.verdict, run.look_count) for run in database.reasons.runs_on("gate-1", NOW, after(days=2))]


def test_decisions_come_back_as_they_were_made(database: Database) -> None:
    made = [decision(), decision(verdict=Verdict.VIEW_UNKNOWN, firing=None, object_id="car-1", incident_id="incident-1", detail={})]
    with database.transaction() as book:
        book.record_decisions(made)
        book.record_decisions([decision(camera_id="gate-2")])
        book.record_decisions([])
    assert [run.decision for run in database.reasons.runs_on("gate-1", NOW, NOW)] == made


def test_the_same_answer_again_is_one_row_with_the_last_detail(database: Database) -> None:
    for number in range(3):
        with database.transaction() as book:
            told = decision(decided_at=after(minutes=number), verdict=Verdict.BELOW_THRESHOLD, detail={"value": float(number)})
            book.record_decisions([told])
    (run,) = database.reasons.runs_on("gate-1", after(minutes=1), after(minutes=1))
    assert (run.began_at, run.look_count, run.decision) == (NOW, 3, told)


def test_an_answer_that_comes_back_later_is_a_run_of_its_own(database: Database) -> None:
    for number, verdict in enumerate((Verdict.NOTHING_SEEN, Verdict.OPENED, Verdict.NOTHING_SEEN, Verdict.NOTHING_SEEN)):
        with database.transaction() as book:
            book.record_decisions([decision(decided_at=after(minutes=number), verdict=verdict)])
    assert decided(database) == [("nothing_seen", 1), ("opened", 1), ("nothing_seen", 2)]


def test_an_observation_is_stored_compactly(path: Path, database: Database) -> None:
    with database.transaction() as book:
        book.record_observations([observation()])
        book.record_observations([])
    with closing(sqlite3.connect(path)) as connection:
        stored = connection.execute("SELECT kind, seen_at, metrics, objects FROM observations").fetchall()
    assert stored == [
        (
            "bins",
            "2026-05-04 01:30:00.000000",
            '{"bin_count":4.0,"overflowing_count":1.0}',
            '[["overflowing_bin",0.877,[0.1,0.2,0.3,0.4],"bG9vaw=="]]',
        )
    ]


def test_decisions_and_incidents_keep_the_version_of_their_rule(database: Database) -> None:
    with database.transaction() as book:
        book.record_decisions([decision(rule_version="2facd60c")])
        book.save_incident(incident(rule_version="2facd60c"))
        kept = book.incident("incident-1")
    assert database.reasons.runs_on("gate-1", NOW, after(minutes=1))[0].decision.rule_version == "2facd60c"
    assert kept
    assert kept.rule_version == "2facd60c"


def test_a_version_of_a_rule_is_kept_with_its_settings_from_when_it_last_came_into_force(database: Database) -> None:
    raw = BUILT_IN["fire-lane"]
    old, new = RuleSettings.model_validate(raw), RuleSettings.model_validate({**raw, "limit": "3m"})
    with database.transaction() as book:
        for minute, rule in enumerate((old, new, old, old)):
            book.note_rules([rule], after(minutes=minute))
    kept = database.rule_history.versions("fire-lane")
    assert [(one.version, one.since) for one in kept] == [(old.version, after(minutes=2)), (new.version, after(minutes=1))]
    assert RuleSettings.model_validate(dict(kept[1].settings)) == new


def test_what_was_put_off_adds_up_within_its_hour(database: Database) -> None:
    hour = put_off().hour
    with database.transaction() as book:
        book.note_put_off([put_off(), put_off(reason=PutOffReason.BACKING_OFF, late=0)])
    with database.transaction() as book:
        book.note_put_off([put_off(late=1, longest_wait_s=30), put_off(hour=hour + timedelta(hours=1)), put_off(camera_id="gate-2")])
    kept = database.figures.put_off("gate-1", hour, hour + timedelta(hours=1))
    assert {one.reason: (one.late, one.dropped, one.longest_wait_s) for one in kept} == {
        "over_budget": (3, 6, 90),
        "backing_off": (0, 3, 90),
    }
    assert len(database.figures.put_off("gate-1", hour, hour + timedelta(hours=2))) == 3
