"""What can be wrong with a configuration file: where, what was found, and what is allowed. Never holds a secret."""

from collections.abc import Sequence
from dataclasses import dataclass

Step = str | int
Where = tuple[Step, ...]
"""A path into the file: keys and list positions."""


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in the file: its line (1 is the first), its path, what was found and what is allowed."""

    line: int
    path: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.path or 'the file'}: found {self.found}; allowed: {self.allowed}"


class CannotRun(Exception):
    """What the service needs cannot be had. The text says what, and the way out; never a secret."""


class ConfigError(Exception):
    """The file is wrong. `problems` holds all of it, in the order of lines. Never holds a secret."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def path_of(where: Where) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in where)
    return text.removeprefix(".")
