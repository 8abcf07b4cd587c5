"""`weisu model harvest`: from the field back to the model."""

import sys
from datetime import datetime
from pathlib import Path

import click

from detectors.command import model
from patrol.harvest import UNREADABLE, HarvestError
from patrol.lessons import TO_LABEL, TRAIN, VAL
from patrol.model_place import Place, township_options


@model.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to write; an earlier harvest there is replaced.")
@click.option("--since", type=click.DateTime(), help="Pictures taken from this time on, in the town's time zone, such as 2026-03-01.")
@township_options
def harvest(place: Place, out: Path, since: datetime | None) -> None:
    """Write what was judged as a dataset to train on: orders closed or called false alarms, and judged disagreements.

    Faces and plates are blurred as far as the network found them: the folder is for your training, and for nobody else.
    """
    from patrol.harvest import harvest as write

    township = place.township
    assert township  # `township_options` always reads one
    began = since.replace(tzinfo=township.town.zone) if since else None
    with place.database() as database:
        count, kept = database.evidence.kept_count(began), database.evidence.kept(began)
        try:
            with click.progressbar(kept, length=count, label="pictures", file=sys.stderr) as pictures:
                counts = write(pictures, township, place.pictures(database), out)
        except (HarvestError, OSError) as error:
            raise click.ClickException(str(error)) from error
    click.echo(", ".join(f"{counts[split]} {split}" for split in (TRAIN, VAL, TO_LABEL)) + f" in {out}")
    if counts[UNREADABLE]:
        click.echo(f"weisu: {counts[UNREADABLE]} pictures could not be read and are left out", err=True)
    for split in (TRAIN, VAL):
        if not counts[split]:
            click.echo(f"weisu: no picture for {split} yet: a camera's day goes whole to one side; judge those of more days", err=True)
