"""Everything that can be decided, seen or done has words, in every language."""

from enum import StrEnum

import pytest

from alerts.grouping import Why
from alerts.lifecycle import Action
from patrol.manager_figures import Measure, Share, Stretch
from patrol.report_records import UNKNOWN
from patrol.reporting import By
from patrol.wording import LANGUAGES, Wording, fields_of, wording
from rules.judgement import Verdict
from rules.limiter import Fate
from storage.audit import Breach
from town.looks import Cadence, LookOutcome, SeenBy
from town.recipients import Matter
from town.work import OrderState

ENUMERATIONS: dict[str, type[StrEnum]] = {
    "verdicts": Verdict,
    "fates": Fate,
    "outcomes": LookOutcome,
    "cadences": Cadence,
    "seen_by": SeenBy,
    "states": OrderState,
    "events": Action,
    "audit": Breach,
    "matters": Matter,
    "notices": Matter,
    "notice_states": Why,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ENUMERATIONS)
def test_every_word_of_the_programme_has_words(language: str, kind: str) -> None:
    assert {word.value for word in ENUMERATIONS[kind]} <= wording(language).table[kind].keys()


def test_the_languages_say_the_same_things() -> None:
    chinese, english = (wording(language).table for language in LANGUAGES)
    assert {kind: sorted(words) for kind, words in chinese.items()} == {kind: sorted(words) for kind, words in english.items()}
    for kind in ("look", "clauses", "durations", "audit", "orders", "silences", "report", "notices"):
        assert {name: fields_of(words) for name, words in chinese[kind].items()} == {
            name: fields_of(words) for name, words in english[kind].items()
        }
    assert {name: words["tells"] for name, words in chinese["verdicts"].items()} == {
        name: words["tells"] for name, words in english["verdicts"].items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_has_words_and_its_meaning(language: str) -> None:
    words = wording(language).table["report"].keys()
    assert {*Share, *Measure, *Stretch, *UNKNOWN, *(f"by_{by}" for by in By)} <= words
    assert {f"{figure}_means" for figure in (*Measure, *UNKNOWN)} <= words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_tells_clauses_that_exist(language: str) -> None:
    table = wording(language).table
    assert {clause for words in table["verdicts"].values() for clause in words["tells"]} <= table["clauses"].keys()


def test_a_clause_whose_number_is_not_known_is_left_out() -> None:
    facts = {"value": "1", "looks": "1", "needs_looks": "2", "of": "3", "within": "10 min"}
    says = "no order yet: something is suspected, and more looks must confirm it"
    looks = "1 of the 2 looks that it takes, among the last 3 within 10 min"
    assert wording("en").sentence(Verdict.WAITING_FOR_LOOKS, facts) == f"{says}: measured 1; {looks}."
    assert wording("en").sentence(Verdict.WAITING_FOR_LOOKS, {}) == f"{says}."


def test_a_verdict_without_words_stands_for_itself() -> None:
    nothing = Wording({**wording("en").table, "verdicts": {}})
    assert nothing.sentence(Verdict.OPENED, {}) == "opened."


@pytest.mark.parametrize(
    ("span_s", "chinese", "english"),
    [(0, "0秒", "0 s"), (400.9, "6分钟40秒", "6 min 40 s"), (3600, "1小时", "1 h"), (90060, "1天1小时1分钟", "1 d 1 h 1 min")],
)
def test_spans_are_said_in_their_units_and_never_rounded_up(span_s: float, chinese: str, english: str) -> None:
    assert (wording("zh").duration(span_s), wording("en").duration(span_s)) == (chinese, english)
