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
