"""The one door to CEL: the conditions that an engineer writes, checked when they are read and evaluated at a look."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from cel_expr_python import cel

from town.facts import Type, facts_of
from town.validation import choices

Result = Literal["bool", "number"]

_TYPES: Mapping[Type, Any] = {
    "bool": cel.Type.BOOL,
    "int": cel.Type.INT,
    "double": cel.Type.DOUBLE,
    "string": cel.Type.STRING,
    "duration": cel.Type.DURATION,
}
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_FAULT = re.compile(r"<input>:(\d+):(\d+): (.*)")
_UNKNOWN = re.compile(r"undeclared reference to '([^']+)'")
_HINTS = (
    (
        re.compile(r"applied to '\((?:int, double|double, int)\)'"),
        "; write the number with a point (2.0), or turn the count into double(…)",
    ),
    (re.compile(r"token recognition error at: '= *'"), "; equal is =="),
    (re.compile(r"input '(?:and|or|not)'"), "; and is &&, or is ||, not is !"),
)


class Unanswered(Exception):
    """An expression has no value for what a look showed: a division by zero, or a fact that was not measured."""


@dataclass(frozen=True, eq=False)
class Expression:
    """An expression that was found right. `reads` are the facts that it may ask for."""

    source: str
    reads: tuple[str, ...]
    _compiled: Any

    def value(self, fact: Callable[[str], Any]) -> Any:
        """The expression's value, given a way to look up each fact. Raises Unanswered."""
        return _answer(self, tuple(map(fact, self.reads)))


@lru_cache(maxsize=4096)
def _answer(asked: Expression, facts: tuple[Any, ...]) -> Any:
    """The same facts have the same answer: most zones tell the same at most looks."""
    answer = asked._compiled.eval(data=dict(zip(asked.reads, facts, strict=True)))
    if answer.type() == cel.Type.ERROR:
        raise Unanswered(str(answer.value()))
    return answer.value()


@cache
def expression(source: str, observes: str, stays: bool, result: Result) -> Expression:
    """Compile an expression of a rule about stays, or amounts, of one kind of observation.

    Raises ValueError that says what is wrong with it, and where.
    """
    facts = facts_of(observes, stays)
    try:
        compiled = _environment(observes, stays).compile(source)
    except RuntimeError as error:
        raise ValueError(_explained(str(error), sorted(facts))) from None
    wanted = (cel.Type.BOOL,) if result == "bool" else (cel.Type.INT, cel.Type.DOUBLE)
    if compiled.return_type() not in wanted:
        name = "true or false" if result == "bool" else "a number"
        raise ValueError(f"an expression of CEL that gives {name}; this gives {compiled.return_type().name()}")
    named = set(_NAME.findall(source))
    return Expression(source, tuple(fact for fact in facts if any(f"{one}.".startswith(f"{fact}.") for one in named)), compiled)


@cache
def _environment(observes: str, stays: bool) -> Any:
    return cel.NewEnv(variables={name: _TYPES[kind] for name, kind in facts_of(observes, stays).items()})


def _explained(error: str, facts: Sequence[str]) -> str:
    fault = _FAULT.search(error)
    if not fault:
        return f"an expression of CEL; {error}"
    line, column, what = fault.groups()
    where = f"at character {column}" if line == "1" else f"in line {line} at character {column}"
    unknown = _UNKNOWN.search(what)
    if unknown:
        return f"an expression of CEL over what is known; {unknown[1]} {where} is not: {choices(unknown[1], facts)}"
    return f"an expression of CEL; {where}: {what}{next((hint for sign, hint in _HINTS if sign.search(what)), '')}"
