"""The words of explanations in one language: a table file under `words/`, and the few ways in which its words are put together."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from rules.judgement import Verdict

WORDS = Path(__file__).parent / "words"
LANGUAGES = ("zh", "en")
_UNITS_S = {"d": 86400, "h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True)
class Wording:
    """The table of one language."""

    table: Mapping[str, Mapping[str, Any]]

    def of(self, kind: str, word: str) -> str:
        """The words for a word of the programme, such as ("reasons", "black"); a word that has none stands for itself."""
        return str(self.table[kind].get(word, word))

    def line(self, name: str, **facts: Any) -> str:
        """A line of the story, filled in."""
        return str(self.table["look"][name]).format(**facts)

    def told(self, kind: str, name: str, /, **facts: Any) -> str:
        """A line of another table, filled in."""
        return str(self.table[kind][name]).format(**facts)

    def sentence(self, verdict: Verdict, facts: Mapping[str, str]) -> str:
        """What a rule decided, and of the numbers behind it those that are known."""
        words = self.table["verdicts"].get(verdict.value, {"says": verdict.value, "tells": []})
        clauses = [self.table["clauses"][name] for name in words["tells"]]
        told = [clause.format(**facts) for clause in clauses if fields_of(clause) <= facts.keys()]
        between = self.table["between"]
        opening = between["opening"] if told else ""
        return f"{words['says']}{opening}{between['clauses'].join(told)}{between['after_sentence']}"

    def duration(self, span_s: float) -> str:
        """For example 6分钟40秒; parts of a second are left out, so that nothing is said to have lasted longer than it did."""
        parts: list[str] = []
        rest = int(span_s)
        for unit, unit_s in _UNITS_S.items():
            count, rest = divmod(rest, unit_s)
            if count or (unit == "s" and not parts):
                parts.append(str(self.table["durations"][unit]).format(n=count))
        return str(self.table["durations"]["between"]).join(parts)

    def metrics(self, measured: Mapping[str, float]) -> str:
        between = self.table["between"]
        return str(between["metrics"]).join(f"{self.of('metrics', name)}{between['metric']}{value:g}" for name, value in measured.items())


@cache
def wording(language: str) -> Wording:
    """The words of one of `LANGUAGES`."""
    return Wording(yaml.safe_load((WORDS / f"{language}.yaml").read_text(encoding="utf-8")))


def fields_of(clause: str) -> set[str]:
    """The names that a clause fills in."""
    return {name for _, name, _, _ in Formatter().parse(clause) if name}
