"""A text of a few bytes takes neither the process nor its memory: whoever may draft rules sends one."""

import pytest

from town.problems import ConfigError
from town.yaml_tree import DEEPEST, parse


def repeated(how: str) -> str:
    lines = "".join(f"a{n}: &a{n} {how.format(items=', '.join([f'*a{n - 1}'] * 10))}\n" for n in range(1, 9))
    return f"a0: &a0 {{id: x}}\n{lines}"


@pytest.mark.parametrize(
    "text",
    ["[" * 200_000, "- " * 5_000 + "x", repeated("[{items}]"), repeated("{{<<: [{items}]}}")],
    ids=["flow", "block", "aliases", "merges"],
)
def test_what_grows_without_end_is_refused_unbuilt(text: str) -> None:
    with pytest.raises(ConfigError, match="without end"):
        parse(text)


def test_what_repeats_itself_within_reason_is_read() -> None:
    shared = "hours: &hours [6, 14]\ncleaners:\n" + "  - {hours: *hours}\n" * 1000
    assert parse(shared).root["cleaners"][999] == {"hours": [6, 14]}
    assert parse("[" * (DEEPEST - 1) + "]" * (DEEPEST - 1)).root
