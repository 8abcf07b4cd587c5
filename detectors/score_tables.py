"""Score sheets as tables: for a terminal, and as Markdown for the model card."""

from collections.abc import Sequence

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from detectors.evaluation import LABELLED_BY_PEOPLE, Evaluation, Sheet


def tables(evaluation: Evaluation, markdown: bool = False) -> Group:
    """The labels over all pictures, then each part of them. With `markdown`, as the model card holds them."""
    style = box.MARKDOWN if markdown else box.HEAVY_HEAD
    overflow = evaluation.whole.picture_overflow
    summary = (
        f"Mean AP50 of the labels that people drew: {evaluation.whole.mean_ap50:.3f}. "
        f"Something overflows in the picture: precision {overflow.precision:.3f}, recall {overflow.recall:.3f}, F1 {overflow.f1:.3f}.\n"
    )
    return Group(
        _labels(evaluation, style),
        Text(f"\n{summary}Rows of the teacher say how far the network agrees with it, not how right both are.\n"),
        _parts(evaluation, style),
    )


def _labels(evaluation: Evaluation, style: box.Box) -> Table:
    at = f"at {evaluation.threshold:g}"
    table = _table(style, ("label", "labelled by"), ("objects", "AP50", f"precision {at}", f"recall {at}"))
    for score in evaluation.whole.labels:
        numbers = (score.ap50, score.at_threshold.precision, score.at_threshold.recall)
        table.add_row(score.label, "people" if score.by_people else "COCO teacher", str(score.objects), *map(_three, numbers))
    return table


def _parts(evaluation: Evaluation, style: box.Box) -> Table:
    """A row a part: AP50 and recall of each label that people drew, and whole pictures."""
    short = {"overflowing_bin": "overflowing"}
    names = [short.get(label, label) for label in LABELLED_BY_PEOPLE]
    numbers = ("pictures", *(f"AP50 {name}" for name in names), "mean", *(f"recall {name}" for name in names))
    table = _table(style, ("part",), (*numbers, "overflows: P", "R", "F1"))
    for part in (evaluation.whole, *evaluation.parts):
        table.add_row(*_row(part))
    return table


def _row(part: Sheet) -> Sequence[str]:
    scores = {score.label: score for score in part.labels}
    ap50 = [_three(scores[label].ap50) if label in scores else "" for label in LABELLED_BY_PEOPLE]
    recall = [_three(scores[label].at_threshold.recall) if label in scores else "" for label in LABELLED_BY_PEOPLE]
    overflow = part.picture_overflow
    overflows = "overflowing_bin" in scores and not part.of_objects
    whole = tuple(map(_three, (overflow.precision, overflow.recall, overflow.f1))) if overflows else ("", "", "")
    mean = _three(part.mean_ap50) if len(scores.keys() & set(LABELLED_BY_PEOPLE)) > 1 else ""
    return (part.name, str(part.pictures), *ap50, mean, *recall, *whole)


def _table(style: box.Box, words: Sequence[str], numbers: Sequence[str]) -> Table:
    table = Table(box=style)
    for heading in words:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def _three(number: float) -> str:
    return f"{number:.3f}"
