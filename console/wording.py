"""The words of pages in one language: the tables under `words/zh` and `words/en`, a file a room of the console."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from starlette.requests import HTTPConnection

WORDS = Path(__file__).parent / "words"
LANGUAGES = ("zh", "en")
SHARED = "frame"
COOKIE = "weisu-language"


@dataclass(frozen=True)
class Words:
    """The tables of one language, by file: `words("order", "story")`; with facts the line is filled in. Raises KeyError for none.

    What several pages say stands once, in the table `frame`, which is asked where a table has no such line.
    """

    language: str
    tables: Mapping[str, Mapping[str, str]]

    def __call__(self, table: str, name: str, /, **facts: object) -> str:
        said = self.tables[table].get(name) or self.tables[SHARED][name]
        return said.format(**facts) if facts else said


@cache
def words_in(language: str) -> Words:
    """The words of one of `LANGUAGES`; a YAML file is a table of lines by name."""
    files = sorted((WORDS / language).glob("*.yaml"))
    return Words(language, {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files})


def language_of(connection: HTTPConnection) -> str:
    """What the visitor chose; Chinese where nothing was."""
    chosen = connection.cookies.get(COOKIE, LANGUAGES[0])
    return chosen if chosen in LANGUAGES else LANGUAGES[0]
