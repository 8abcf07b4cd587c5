"""`weisu demo`: a township that runs by itself."""

import sys
from pathlib import Path

import click


@click.command()
@click.option("--seconds", type=click.FloatRange(min=1), help="End by itself after this long. Left out: at Ctrl-C.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep the database, pictures and log in this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON summary as the last line.")
def demo(seconds: float | None, keep: Path | None, as_json: bool) -> None:
    """Run a simulated township: cameras, an embedded broker, cleaners, and the service between them."""
    from simulator.demo import run_demo

    sys.exit(run_demo(seconds, as_json, keep))
