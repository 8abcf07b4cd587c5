"""Every word of the console is there in every language, and filled in by the same facts."""

import ast
from collections import Counter
from string import Formatter

import pytest
import yaml

from console.wording import LANGUAGES, WORDS, words_in

CONSOLE = WORDS.parent
TABLES = sorted({table for language in LANGUAGES for table in words_in(language).tables})


def facts_of(line: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(line) if name}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_same_words_in_all_languages_with_the_same_facts(table: str) -> None:
    chinese, *others = ({name: facts_of(str(line)) for name, line in words_in(one).tables[table].items()} for one in LANGUAGES)
    assert all(other == chinese for other in others)


def test_every_language_has_the_same_tables() -> None:
    assert [sorted(words_in(language).tables) for language in LANGUAGES] == [TABLES for _ in LANGUAGES]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_text_under_a_name_that_is_text(language: str) -> None:
    """YAML takes `no:` and `12:` for something else."""
    for file in (WORDS / language).glob("*.yaml"):
        lines = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert all(isinstance(name, str) and isinstance(line, str) for name, line in lines.items()), file


def test_everything_that_is_logged_has_words() -> None:
    calls = [node for file in CONSOLE.rglob("*.py") for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
    noted = [call.args[1] for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "note" and len(call.args) == 3]
    logged = [call.args[2] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "LogLine"]
    words = {one.value for one in [*noted, *logged] if isinstance(one, ast.Constant)}
    assert len(words) > 8
    assert {f"act_{word}" for word in words} <= words_in("zh").tables["accounts"].keys()


def test_what_several_pages_say_stands_once_in_the_shared_table() -> None:
    whole = {"today", "phone", "ages"}  # handed to a browser as they are, or of one function
    chinese, english = (words_in(language).tables for language in LANGUAGES)
    said = Counter((name, line, english[table][name]) for table in chinese.keys() - whole for name, line in chinese[table].items())
    assert [one for one, count in said.items() if count > 1] == []
