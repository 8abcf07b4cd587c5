"""What every memory of a rule starts with, so that an old or a damaged one is known for what it is."""

from typing import Any

VERSION = 1


def header(judges: str) -> dict[str, Any]:
    return {"v": VERSION, "judges": judges}


def why_unreadable(memory: Any, judges: str) -> str:
    """Why a memory cannot be that of such a rule, or nothing where it may be."""
    if not isinstance(memory, dict):
        return "started afresh: not a memory"
    if memory.get("v") != VERSION:
        return f"started afresh: version {memory.get('v')!r}, not {VERSION}"
    if memory.get("judges") != judges:
        return f"started afresh: a memory of {memory.get('judges')!r}, not {judges!r}"
    return ""
