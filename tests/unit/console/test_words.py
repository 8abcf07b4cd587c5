"""Every word of the console is there in every language, and filled in by the same facts."""

from string import Formatter

import pytest

from console.wording import LANGUAGES, words_in

TABLES = sorted({table for language in LANGUAGES for table in words_in(language).tables})


def facts_of(line: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(line) if name}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_same_words_in_all_languages_with_the_same_facts(table: str) -> None:
    chinese, *others = ({name: facts_of(str(line)) for name, line in words_in(one).tables[table].items()} for one in LANGUAGES)
    assert all(other == chinese for other in others)
"""Both languages say the same: every line is there in each, and fills in the same facts."""
import yaml
from console.wording import LANGUAGES, WORDS, words_in
from patrol.wording import fields_of
TABLES = sorted(words_in("zh").tables)
def test_every_language_has_the_same_tables() -> None:
    assert [sorted(file.name for file in (WORDS / language).glob("*.yaml")) for language in LANGUAGES] == [
        [f"{table}.yaml" for table in TABLES] for _ in LANGUAGES
    ]
def test_a_table_has_the_same_lines_in_every_language(table: str) -> None:
    zh, en = (words_in(language).tables[table] for language in LANGUAGES)
    assert sorted(zh) == sorted(en)
def test_a_line_fills_in_the_same_facts_in_every_language(table: str) -> None:
    zh, en = (words_in(language).tables[table] for language in LANGUAGES)
    assert {name: fields_of(line) for name, line in zh.items()} == {name: fields_of(line) for name, line in en.items()}
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_is_text_under_a_name_that_is_text(language: str) -> None:
    """YAML takes `no:` and `12:` for something else."""
    for file in (WORDS / language).glob("*.yaml"):
        lines = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert all(isinstance(name, str) and isinstance(line, str) for name, line in lines.items()), file
