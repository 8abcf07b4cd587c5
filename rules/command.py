"""`weisu check` and `weisu schema`, and the `--config` option of every command that needs a township."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from rules.builtin import BUILT_IN
from town.problems import ConfigError
from town.reading import json_schema, read_township
from town.township import Township

DEFAULT_CONFIG = "camera_config.yaml"


class TownshipFile(click.ParamType[Township]):
    """A path on the command line that becomes a Township; where the file is wrong, every problem is printed and the exit status is 1."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Township:  # noqa: ARG002  click's signature
        return value if isinstance(value, Township) else read_or_exit(Path(value))


def read_or_exit(file: Path) -> Township:
    """The township of a file; where the file is wrong, every problem is printed and the exit status is 1."""
    with problems_told(file):
        return read_township(file, os.environ, BUILT_IN)


@contextmanager
def problems_told(file: Path) -> Iterator[None]:
    """Where a file turns out wrong within, every problem is printed with its line and the exit status is 1."""
    try:
        yield
    except ConfigError as error:
        for problem in error.problems:
            where = f"{file}:{problem.line}: {problem.path or 'the file'}"
            click.echo(f"{where}: found {problem.found}; allowed: {problem.allowed}", err=True)
        count = len(error.problems)
        click.echo(f"weisu: {count} problem{'s' if count > 1 else ''} in {file}; nothing was opened or connected", err=True)
        raise SystemExit(1) from None


config_option = click.option(
    "--config", "township", type=TownshipFile(), default=DEFAULT_CONFIG, show_default=True, metavar="FILE", help="The township's file."
)


@click.command()
@click.argument("township", type=TownshipFile(), default=DEFAULT_CONFIG, metavar="[FILE]")
def check(township: Township) -> None:
    """Tell whether a township's FILE (camera_config.yaml) is right, or all that is wrong with it, each with its line.

    Nothing is opened or connected. The exit status is 0 or 1.
    """
    zones = sum(len(camera.zones) for camera in township.cameras)
    enabled = sum(rule.enabled for rule in township.rules)
    click.echo(
        f"{township.town.name} ({township.town.id}) is right: {len(township.cameras)} cameras, {zones} zones, "
        f"{len(township.cleaners)} cleaners, {enabled} rules"
    )


@click.command()
def schema() -> None:
    """Print the JSON Schema of the township's file, with which an editor completes and checks it."""
    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
