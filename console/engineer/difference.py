"""The difference between two texts for a person: what comes, what goes, and a few lines around each."""

import difflib
from collections.abc import Iterator

from nicegui import ui

from console.frame import Look

AROUND = 2
_STYLES = {"+": ("come", "new_line"), "-": ("gone", "old_line"), "…": ("place", "")}


def changed_lines(before: str, after: str) -> Iterator[tuple[str, str]]:
    """(" ", "-", "+" or "…", line), with `AROUND` lines around each change. Pure."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=AROUND, lineterm="")
    for number, line in enumerate(lines):
        if number >= 2:  # before them stand the names of files
            yield ("…", "") if line.startswith("@@") else (line[0], line[1:])


def difference(look: Look, before: str, after: str) -> None:
    with ui.element("div").classes("diff mono").props('role="list"'):
        for sign, line in changed_lines(before, after):
            style, word = _STYLES.get(sign, ("same", ""))
            with ui.element("div").classes(f"diff-line {style}").props('role="listitem"'):
                ui.label(look.words("frame", word) if word else "").classes("diff-mark")
                ui.label(line or (sign if style == "place" else "")).classes("diff-text")
