"""The township's file in an engineer's hands: changed on paper, checked by the service's own reader, and then written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rules.builtin import BUILT_IN
from town.editing import Change, edited
from town.problems import ConfigError, Problem
from town.reading import fresh_variables, township_of
from town.township import Township
from town.writing import NotWritten, alone, swap
from town.yaml_tree import parse


@dataclass(frozen=True)
class Proposal:
    """A file before and after a change, and what would be wrong with it then. `township` is what it would say; None where it is wrong."""

    before: str
    after: str
    problems: tuple[Problem, ...]
    township: Township | None

    @property
    def is_change(self) -> bool:
        return self.before != self.after


def proposed(text: str, changes: Sequence[Change], file: Path, environ: Mapping[str, str]) -> Proposal:
    """What changes would make of the file's text, by the reader that the service uses. Raises Uneditable, ConfigError."""
    after = text
    for change in changes:
        after = edited(after, change)
    fresh = tuple(fresh_variables(parse(text).root, parse(after)))
    if fresh:
        return Proposal(text, after, fresh, None)
    try:
        township = township_of(after, environ, BUILT_IN, file.resolve().parent)
    except ConfigError as error:
        return Proposal(text, after, error.problems, None)
    return Proposal(text, after, (), township)


def write(file: Path, proposal: Proposal) -> None:
    """Put what is proposed in the file's place. Raises NotWritten. Blocks."""
    if proposal.township is None:
        raise NotWritten("failed", "the file would be wrong")
    with alone(file):
        swap(file, proposal.before, proposal.after)
