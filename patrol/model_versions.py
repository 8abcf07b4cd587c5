"""What is known of the versions of a township's network: a row a version, its card, and what came of its time in the shadow."""

import re
from dataclasses import asdict
from typing import Any

from detectors.versions import MODEL_CARD, Version, VersionError
from patrol.model_place import Place


def version_row(place: Place, name: str) -> dict[str, Any]:
    """Its name, when it was added, its size, its role, its figures, and how it is damaged, if it is."""
    try:
        version = place.versions.get(name)
    except VersionError as error:
        return {"name": name, "added_at": None, "size_bytes": 0, "role": role_of(place, name), "figures": {}, "damage": str(error)}
    return {
        "name": name,
        "added_at": version.added_at.isoformat() if version.added_at else None,
        "size_bytes": version.size_bytes(),
        "role": role_of(place, name),
        "figures": figures_of(version),
        "damage": version.damage(),
    }


def role_of(place: Place, name: str) -> str:
    """`promoted`, `candidate (share of looks)`, or empty."""
    if name == place.promotions.promoted():
        return "promoted"
    shadowing = place.shadow.read()
    return f"candidate ({shadowing.share:g} of looks)" if shadowing and shadowing.candidate == name else ""


def tally_of(place: Place, name: str) -> dict[str, int]:
    """What came of a version's time in the shadow, where a township with a database was named."""
    if not place.has_database:
        return {}
    with place.database() as database:
        return asdict(database.evidence.tally(name))


def figures_of(version: Version) -> dict[str, float]:
    """The headline figures that the model's metadata holds under `figures`."""
    figures = version.metadata().get("figures")
    return {str(k): float(v) for k, v in figures.items() if isinstance(v, int | float)} if isinstance(figures, dict) else {}


def card_of(version: Version) -> str:
    """The text of its model card."""
    file = version.folder / MODEL_CARD
    card = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else f"This version has no {MODEL_CARD}."
    # What is printed comes from a file somebody gave us: no control characters reach the terminal.
    return re.sub(r"[^\S\n]|[\x00-\x08\x0b-\x1f\x7f]", " ", card)


def next_below(place: Place) -> str:
    """The version to which a rollback goes. Raises VersionError where there is none."""
    *before, promoted = place.promotions.standing()
    if not before:
        raise VersionError(f"no version was promoted before {promoted}: there is nothing to go back to")
    return before[-1]
