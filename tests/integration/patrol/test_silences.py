"""Silences are said, listed and ended by command; while one holds, the rules it covers open nothing where it says so."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rules.assess import assess, sights_of
from rules.judgement import Verdict
from tests.doubles.people import BINS, GATE, STATION
from tests.doubles.town_file import TownFile
from town.sight import Observation


@pytest.fixture
def town(tmp_path: Path) -> Iterator[TownFile]:
    made = TownFile(tmp_path)
    yield made
    made.store.close()


def said(town: TownFile, *args: str) -> str:
    result = town.weisu("silence", *args)
    assert result.exit_code == 0, result.output
    return result.stdout


def look(town: TownFile, at: datetime) -> str:
    """What the overflow rule says at a look at which it overflows."""
    seen = Observation(GATE, STATION, "bins", at, {"overflowing_count": 1}, ())
    with town.store.transaction() as book:
        assessment = assess(town.camera, town.township, book.memories(GATE), sights_of([seen]), book.silences(at))
        book.save_memories(GATE, assessment.memories)
        book.record_decisions(assessment.decisions)
    return next(one.verdict.value for one in assessment.decisions if one.rule_id == BINS)


def test_while_it_holds_nothing_is_opened_and_afterwards_it_is(town: TownFile) -> None:
    now = datetime.now(UTC)
    said(town, "add", "--zone", "gate/*", "--rule", "bin-*", "--for", "1h", "--reason", "拍摄", "--by", "wang")
    minutes = [timedelta(minutes=n) for n in (1, 2, 3, 61, 62, 63)]
    verdicts = [look(town, now + span) for span in minutes]
    assert verdicts[:3] == [Verdict.SILENCED] * 3
    assert Verdict.OPENED in verdicts[3:]


def test_other_places_and_rules_go_on(town: TownFile) -> None:
    now = datetime.now(UTC)
    said(town, "add", "--zone", "gate/lane", "--for", "1h", "--reason", "拍摄")
    said(town, "add", "--rule", "illegal-parking", "--for", "1h", "--reason", "拍摄")
    assert Verdict.SILENCED not in [look(town, now + timedelta(minutes=n)) for n in (1, 2)]


def test_the_explanation_names_the_silence_and_its_reason(town: TownFile) -> None:
    said(town, "add", "--for", "1h", "--reason", "拍摄", "--by", "wang")
    at = datetime.now(UTC)
    look(town, at)
    with town.store.transaction() as book:
        assert [one.author for one in book.silences(at)] == ["wang"]
    (run,) = [one for one in town.store.reasons.runs_on(GATE, at, at) if one.decision.rule_id == BINS]
    assert (run.decision.verdict, run.decision.detail["silence"], run.decision.detail["silence_reason"]) == (Verdict.SILENCED, 1, "拍摄")


def test_they_are_listed_and_ended_and_then_hold_no_more(town: TownFile) -> None:
    assert said(town, "list") == "没有静默\n"
    assert "静默 1：gate/* · *" in said(town, "add", "--zone", "gate/*", "--for", "2h", "--reason", "拍摄", "--by", "wang")
    assert "（wang：拍摄） · 生效中" in said(town, "list")
    said(town, "end", "1", "--by", "li")
    assert said(town, "list") == "没有静默\n"
    assert "li 于" in said(town, "list", "--all")
    assert json.loads(said(town, "list", "--all", "--format", "json"))[0]["holds"] is False
    assert look(town, datetime.now(UTC)) != Verdict.SILENCED


def test_one_that_is_not_there_or_has_ended_cannot_be_ended(town: TownFile) -> None:
    result = town.weisu("silence", "end", "7")
    assert (result.exit_code, "没有生效中的静默 7" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("args", "way_out"),
    [
        (["--reason", "拍摄"], "--for 2h"),
        (["--reason", "拍摄", "--for", "1h", "--until", "2026-05-04"], "--for 2h"),
        (["--reason", "拍摄", "--until", "2020-05-04"], "in the future"),
        (["--for", "1h", "--reason", " "], "请写明原因"),
        (["--for", "1h", "--reason", "拍摄", "--zone", "gate-9/*"], "gate/station"),
        (["--for", "1h", "--reason", "拍摄", "--rule", "bins"], "bin-overflow"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_way_out(town: TownFile, args: list[str], way_out: str) -> None:
    result = town.weisu("silence", "add", *args)
    assert (result.exit_code, way_out in result.output) == (2, True)
    assert said(town, "list") == "没有静默\n"
