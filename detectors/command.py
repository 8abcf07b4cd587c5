"""`weisu detect` and `weisu model`: what the network sees, and how it is made."""

import json
import sys
from collections.abc import Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from detectors.detector import ModelError

if TYPE_CHECKING:  # loaded when a picture is drawn
    from town.sight import Detection, Image

PATH = click.Path(path_type=Path)
EXISTING = click.Path(path_type=Path, exists=True)

model_option = click.option(
    "--model", type=EXISTING, help="A folder that `weisu model export` wrote, or an .onnx, .pt or .engine file. Left out: the shipped one."
)


@click.command()
@click.argument("paths", type=PATH, nargs=-1, required=True)
@click.option("--jsonl", is_flag=True, help="A JSON object a line; otherwise a readable line a picture.")
@click.option("--min-confidence", type=click.FloatRange(0, 1), help="Left out: 0.05, and 0.01 with --jsonl, as scoring wants it.")
@click.option("--draw", "drawn_to", type=click.Path(path_type=Path, file_okay=False), help="A folder to write the pictures to, with boxes.")
@model_option
def detect(paths: tuple[Path, ...], jsonl: bool, min_confidence: float | None, drawn_to: Path | None, model: Path | None) -> None:
    """Name what the network sees in pictures. PATHS are files, or folders that are walked.

    With --jsonl: {"path", "detections": [{"label", "confidence", "box": [x1, y1, x2, y2]}]}, boxes 0 to 1 of the picture. What is no
    picture is named on standard error, and the exit status is then 1.
    """
    from detectors.listing import as_record, seen_in
    from detectors.loading import load_detector

    floor = (0.01 if jsonl else 0.05) if min_confidence is None else min_confidence
    problems: list[str] = []

    def complain(problem: str) -> None:
        problems.append(problem)
        click.echo(f"weisu: {problem}", err=True)

    try:
        for file, image, found in seen_in(paths, load_detector(model), floor, complain):
            record = {"path": str(file), "detections": [as_record(detection) for detection in found]}
            click.echo(json.dumps(record, ensure_ascii=False) if jsonl else _readable(record))
            if drawn_to:
                _draw(image, found, drawn_to, file.stem)
    except ModelError as error:
        raise click.ClickException(str(error)) from error
    sys.exit(bool(problems))


def _draw(image: "Image", found: "Sequence[Detection]", folder: Path, name: str) -> None:
    """Write a drawn copy to a folder, beside one of the same name from elsewhere."""
    from detectors.drawing import drawn, written

    folder.mkdir(parents=True, exist_ok=True)
    names = (folder / f"{name}{f'-{number}' if number else ''}.jpg" for number in count())
    next(file for file in names if not file.exists()).write_bytes(written(drawn(image, found)))


def _readable(record: dict[str, Any]) -> str:
    seen = ", ".join(f"{found['label']} {found['confidence']:.2f}" for found in record["detections"])
    return f"{record['path']}: {seen or 'nothing'}"


@click.group()
def model() -> None:
    """Train, evaluate and export the network. Training and exporting need the extra: pip install 'weisu[train]'."""


@model.command()
@click.option("--data", type=EXISTING, required=True, help="A folder with bins/, parking/ and videos/, or a set prepared before.")
@click.option("--start", type=EXISTING, required=True, help="The COCO-pretrained YOLO checkpoint (.pt) to start from.")
@click.option(
    "--teacher",
    type=EXISTING,
    help="A COCO network of any form that labels vehicles, bikes and people. Left out: the start; OpenVINO is quicker.",
)
@click.option(
    "--out", type=PATH, default=Path("runs/train"), show_default=True, help="Where checkpoints go. Run again, it goes on from there."
)
@click.option(
    "--epochs", type=click.IntRange(1), help="In all, shared by the two rounds. Left out: as the shipped model was trained (30 and 14)."
)
@click.option("--side", "side_px", type=click.IntRange(64), help="Pixels of the square that the network sees.")
@click.option("--seed", type=int)
def train(data: Path, start: Path, teacher: Path | None, out: Path, epochs: int | None, **changed: int | None) -> None:
    """Fine-tune the network. About 3 to 5 minutes an epoch on two cores; a kill loses at most the epoch under way."""
    from detectors.recipe import train as fine_tune
    from detectors.ultralytics_door.training import ROUNDS, Training, of_length

    try:
        rounds = of_length(epochs) if epochs else ROUNDS
        training = Training(rounds, **{key: value for key, value in changed.items() if value is not None})
        best = fine_tune(data, start, out, training, click.echo, teacher)
    except ModelError as error:
        raise click.ClickException(str(error)) from error
    prepared = data if (data / "dataset.yaml").exists() else out / "set"
    click.echo(f"{best}\nnext: weisu model export {best} --data {prepared} --out my-model")


@model.command()
@model_option
@click.option("--data", type=EXISTING, required=True, help="The same as for training: its val pictures are scored.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of tables.")
@click.option("--markdown", is_flag=True, help="The tables as the model card holds them.")
def evaluate(model: Path | None, data: Path, as_json: bool, markdown: bool) -> None:
    """Score a model: AP50 and recall by label, size, light, weather and surroundings, and "something overflows in this picture"."""
    from detectors.evaluation import evaluate as score
    from detectors.labelled import labelled_set
    from detectors.loading import load_detector
    from detectors.score_tables import tables

    try:
        evaluation = score(load_detector(model), labelled_set(data), report=partial(click.echo, err=True))
    except ModelError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(evaluation.as_json(), ensure_ascii=False))
    else:
        Console(width=200 if markdown else None).print(tables(evaluation, markdown))


@model.command()
@click.argument("checkpoint", type=EXISTING)
@click.option("--data", type=EXISTING, required=True, help="A prepared set, whose pictures calibrate the INT8 model.")
@click.option("--out", type=PATH, required=True, help="The folder to write.")
@click.option("--side", "side_px", type=click.IntRange(64), default=416, show_default=True)
def export(checkpoint: Path, data: Path, out: Path, side_px: int) -> None:
    """Write a CHECKPOINT as the INT8 OpenVINO model that weisu runs."""
    from detectors.recipe import export as write

    try:
        write(checkpoint, data, out, click.echo, side_px)
    except ModelError as error:
        raise click.ClickException(str(error)) from error
