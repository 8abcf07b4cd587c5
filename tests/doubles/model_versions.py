"""Versions of weisu's network in miniature: each always sees the same things, whatever it is shown."""

from collections.abc import Mapping
from pathlib import Path

from detectors.labels import LABELS
from tests.doubles.tiny_network import write_tiny_network

SIDE_PX = 416


def tiny_model(folder: Path, seen: Mapping[str, float], labels: tuple[str, ...] = LABELS) -> Path:
    """A model's folder, as `weisu model export` writes it, that sees `seen`, label and confidence, in the middle of every picture."""
    folder.mkdir(parents=True)
    middle, size = SIDE_PX / 2, SIDE_PX / 4
    confidences = [[seen[label] if name == label else 0.0 for name in labels] for label in seen]
    write_tiny_network(folder, [[middle, middle, size, size, *row] for row in confidences], labels, taken=(1, 3, SIDE_PX, SIDE_PX))
    (folder / "MODEL_CARD.md").write_text("# A tiny network\n\nIt sees what it always sees.\n", encoding="utf-8")
    with (folder / "metadata.yaml").open("a", encoding="utf-8") as metadata:
        metadata.write("figures: {mean_ap50: 0.91}\nrecipe: {epochs: 3}\n")
    return folder
