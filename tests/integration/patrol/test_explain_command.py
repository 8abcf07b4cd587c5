"""`weisu explain` tells from stored data what was seen, what was waited for, and why there was an order or none."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alerts.desk import OrderDesk
from patrol.limiting import discard, hold_back
from rules.assess import assess, blind, sights_of
from rules.builtin import BUILT_IN
from rules.reasons import beyond_the_look
from service import main
from storage.database import Database
from town.geometry import Box
from town.looks import Look, LookOutcome, SeenBy
from town.reading import read_township
from town.sight import Observation, SeenObject

NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)
"""Nine in the morning in the town."""

TOWN = """\
town: {id: t, name: 镇}
grids: [{id: g1, name: 一, manager: m1}]
cleaners: [{id: c1, name: 老王, grid: g1, position: {lat: 39.8, lon: 116.5}, shifts: ["00:00-24:00"], skills: [bins, parking]}]
cameras:
  - id: gate-3
    name: 三号门
    grid: g1
    position: {lat: 39.8, lon: 116.5}
    source: {kind: recording, path: x}
    zones:
      - {id: station, name: 三号门桶站, kind: bin_station, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]}
      - {id: lane, name: 门前路, kind: no_parking, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]}
rules: [{id: exposed-garbage, enabled: false}]
"""
SPOT = Box(0.2, 0.4, 0.4, 0.6)


class Morning:
    """A morning at gate 3, looked at and judged as the patrol does, at minutes past nine."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "town.yaml"
        self.file.write_text(f"{TOWN}storage: {{url: 'sqlite:///{folder / 'weisu.db'}'}}\n", encoding="utf-8")
        self.town = read_township(self.file, {}, BUILT_IN)
        (self.camera,) = self.town.cameras
        self.database = Database.open(self.town.storage.url)

    def look(self, minute: float, overflowing: int = 0, cars: int = 0, unfit: str = "", failed: str = "") -> None:
        at = NINE + timedelta(minutes=minute)
        outcome = LookOutcome.FAILED if failed else LookOutcome.UNKNOWN if unfit else LookOutcome.DONE
        seen_by = SeenBy.NETWORK_CHANGED if outcome is LookOutcome.DONE else SeenBy.NOBODY
        look = Look(f"look-{minute}", "gate-3", at, at, at + timedelta(seconds=1), outcome, failed or unfit or "fit", seen_by=seen_by)
        bins = tuple(SeenObject("overflowing_bin" if number < overflowing else "bin", 0.9, SPOT) for number in range(4))
        metrics = {"bin_count": 4.0, "overflowing_count": float(overflowing)}
        lane = Observation("gate-3", "lane", "vehicles", at, {"vehicle_count": float(cars)}, (SeenObject("car", 0.9, SPOT),) * cars)
        observations = [Observation("gate-3", "station", "bins", at, metrics, bins), lane] if outcome is LookOutcome.DONE else []
        sights = blind(self.camera, ("bins", "vehicles"), at, unfit) if unfit else sights_of(observations)
        with self.database.transaction() as book:
            book.record_look(look)
            if failed:
                return
            assessed = assess(self.camera, self.town, book.memories("gate-3"), sights)
            book.save_memories("gate-3", assessed.memories)
            book.record_observations(observations)
            sifted = hold_back(book, self.town, assessed.changes, assessed.decisions, look.ended_at)
            book.record_decisions(beyond_the_look(sifted.decisions, look.why_unfit))
            OrderDesk(self.database, self.town).take_in(book, self.camera, sifted.changes, sifted.decisions, look.ended_at)

    def explained(self, *args: str) -> Result:
        return CliRunner().invoke(main, ["explain", *args, "--config", str(self.file)])

    def told(self, at: str, *args: str) -> list[str]:
        """The story, with the versions of the rules as their ids: settings that change would change them."""
        result = self.explained("gate-3", "--at", f"2026-03-02 {at}", *args)
        assert (result.exit_code, result.stderr) == (0, "")
        said = result.output
        for rule in self.town.rules:
            said = said.replace(rule.version, rule.id)
        return [line.strip() for line in said.splitlines()]


@pytest.fixture
def morning(tmp_path: Path) -> Iterator[Morning]:
    made = Morning(tmp_path)
    yield made
    made.database.close()


def test_a_wait_for_looks_is_told_in_chinese_first(morning: Morning) -> None:
    morning.look(0)
    morning.look(5, overflowing=1)
    assert morning.told("09:06", "--zone", "station") == [
        "三号门（gate-3）· 2026-03-02 09:06:00",
        "最近一次巡查 09:05:01：看清了（常规；画面有变化，重新判读）",
        "三号门桶站（station）",
        "看到：桶 4，满冒桶 1",
        "垃圾桶满冒（规则版本 bin-overflow）：可能有问题，还在等别的画面来确认，所以没有立案："
        "测得 1；达到 1 才算；10分钟内最近 3 次画面要有 2 次达到，已有 1 次。",
        "之后还没有巡查",
    ]


def test_a_wait_for_the_limit_says_how_long_for_certain_and_when_it_can_be_proven(morning: Morning) -> None:
    for minute in (0, 5, 6 + 2 / 3, 12):
        morning.look(minute, cars=int(minute > 0))
    assert morning.told("09:08", "--zone", "lane", "--lang", "en")[3:] == [
        "seen: vehicles 1",
        "机动车违停 (rule version illegal-parking) · vehicle there since 09:05:00: no order yet: "
        "it has not lasted as long as the limit for certain: there for certain 1 min 40 s, at most 6 min 40 s; "
        "the limit is 10 min; it could be proven at 09:15:00.",
        "the same at 3 clear looks, from 09:05:00 to 09:12:00",
        "the next look, 09:12:01, saw clearly",
    ]


def test_an_order_is_told_with_its_story_and_what_came_before_leads_to_it(morning: Morning) -> None:
    for minute in (0, 5, 10, 15):
        morning.look(minute, cars=int(minute > 0))
    assert morning.told("09:12", "--zone", "lane")[-2] == "之后 09:15:00：这次巡查立了案。"
    lines = morning.told("09:15:30", "--zone", "lane")
    assert (
        lines[4]
        == "机动车违停（规则版本 illegal-parking） · 09:05:00 起的车：这次巡查立了案：已确定持续 10分钟，至多 15分钟；限时 10分钟。"
    )
    assert lines[5].startswith("工单 ")
    assert lines[5].endswith("：已派，待接")
    assert lines[6:8] == ["09:15:01 立案", "09:15:01 派单：老王"]


def test_an_unfit_look_changes_nothing_and_the_clear_one_before_counts(morning: Morning) -> None:
    morning.look(0)
    morning.look(5, overflowing=1)
    morning.look(8, unfit="black")
    lines = morning.told("09:09", "--lang", "en")
    assert lines[1:4] == [
        "the last look, 09:08:01, could not see clearly: the picture was black (routine)",
        "a look that could not see begins nothing and ends nothing",
        "the rules go by the last clear look, of 09:05:01:",
    ]


def test_a_moment_without_any_look_before_says_when_the_first_was(morning: Morning) -> None:
    morning.look(5, failed="timed_out")
    assert morning.told("08:00")[1:] == [
        "在这之前没有巡查记录",
        "在这之前没有一次看清的画面，所以没有一条规则作过判断",
        "之后的巡查 09:05:01：没有拿到画面，超时",
    ]


def test_the_story_of_long_ago_is_the_same_but_for_what_was_seen(morning: Morning) -> None:
    for minute in (0, 5, 10):
        morning.look(minute, overflowing=int(minute == 5))
    before = morning.told("09:06", "--zone", "station")
    morning.database.forget_before(NINE + timedelta(days=40))
    after = morning.told("09:06", "--zone", "station")
    assert after[3] == "看到什么已不再保存"
    assert [*after[:3], *after[4:]] == [*before[:3], *before[4:]]


def test_an_order_that_the_limiter_holds_is_told(morning: Morning) -> None:
    morning.file.write_text(morning.file.read_text(encoding="utf-8") + "limiter: {orders: 1, within: 1h}\n", encoding="utf-8")
    morning.town = read_township(morning.file, {}, BUILT_IN)
    for minute in (0, 5, 10, 15):
        morning.look(minute, cars=int(minute > 0))
    morning.look(20, cars=0)
    morning.look(21, cars=0)
    for minute in (25, 30, 36):
        morning.look(minute, cars=1)
    lines = morning.told("09:37", "--zone", "lane", "--lang", "en")
    assert "the limiter has paused this rule" in lines[4]
    assert "the limit is 1 orders within 1 h" in lines[4]
    assert lines[5:7] == ["the order it held waits for an engineer to release or discard it", "there is no order"]
    discard(morning.database, "illegal-parking", "wang", NINE)
    assert "discarded" in morning.told("09:37", "--zone", "lane", "--lang", "en")[5]


def test_programs_get_json(morning: Morning) -> None:
    for minute in (0, 5, 6 + 2 / 3):
        morning.look(minute, cars=int(minute > 0))
    told = json.loads("\n".join(morning.told("09:07", "--zone", "lane", "--format", "json")))
    (zone,) = told["zones"]
    (decision,) = zone["decisions"]
    assert (zone["zone"], zone["seen"]) == ("lane", {"vehicle_count": 1.0})
    assert (decision["rule"], decision["verdict"], decision["looks"]) == ("illegal-parking", "waiting_for_limit", 2)
    assert decision["provable_at"] == "2026-03-02T01:15:00+00:00"
    assert told["next_look"] is None


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["gate-4"], "there is no camera gate-4: gate-3? One of gate-3"),
        (["gate-3", "--zone", "lan"], "gate-3 has no zone lan: lane? One of station, lane"),
        (["gate-3", "--at", "noon"], "noon is no moment"),
    ],
)
def test_what_does_not_exist_is_told_with_what_does(morning: Morning, args: list[str], told: str) -> None:
    result = morning.explained(*args)
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_town_that_never_ran_has_nothing_to_explain(morning: Morning) -> None:
    morning.file.write_text(TOWN + "storage: {url: 'sqlite:///never.db'}\n", encoding="utf-8")
    assert "has this township's service run?" in morning.explained("gate-3").stderr
