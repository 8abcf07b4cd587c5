"""Where versions and what they saw are kept: the options that every command of `weisu model` takes to find them."""

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from detectors.detector import ModelError
from detectors.promotions import Promotions
from detectors.shadowing import ShadowFile
from detectors.versions import Versions
from rules.command import DEFAULT_CONFIG, TownshipFile
from storage.database import Database
from storage.errors import StorageError
from town.township import Township

by_option = click.option("--by", default=getpass.getuser, help="Who decides. Left out: your user name.")
json_option = click.option("--json", "as_json", is_flag=True, help="JSON, to be read by programs.")


@dataclass(frozen=True)
class Place:
    """The folder of versions, and the township it is kept for, if one was named."""

    folder: Path
    township: Township | None = None

    @property
    def versions(self) -> Versions:
        return Versions(self.folder)

    @property
    def promotions(self) -> Promotions:
        return Promotions(self.folder)

    @property
    def shadow(self) -> ShadowFile:
        return ShadowFile(self.folder)

    @property
    def has_database(self) -> bool:
        return self.township is not None and Database.exists(self.township.storage.url)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The township's database, which a running service may have open too. Raises ClickException where there is none."""
        if self.township is None or not self.has_database:
            raise click.ClickException("there is no database yet: name a township whose service has run with --config")
        try:
            database = Database.open(self.township.storage.url)
            try:
                yield database
            finally:
                database.close()
        except StorageError as error:
            raise click.ClickException(str(error)) from error

    def pictures(self, database: Database) -> Path:
        """The folder of kept pictures."""
        return (self.township and self.township.storage.pictures) or database.pictures_beside()


def place_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--folder`, or `--config` whose `model.folder` it is; the command gets a Place. A refusal is told in a line, with exit status 1."""

    @click.option("--folder", type=click.Path(path_type=Path), help="The folder of versions. Left out: model.folder of the configuration.")
    @click.option("--config", default=DEFAULT_CONFIG, show_default=True, metavar="FILE", help="The township's file.")
    @wraps(command)
    def with_place(folder: Path | None, config: str, **options: Any) -> None:
        with _refusals_told():
            command(_place(folder, config), **options)

    return with_place


def township_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--config` alone, for what lies in a township's database; the command gets a Place."""

    @click.option("--config", default=DEFAULT_CONFIG, show_default=True, metavar="FILE", help="The township's file.")
    @wraps(command)
    def with_place(config: str, **options: Any) -> None:
        with _refusals_told():
            command(_place(None, config), **options)

    return with_place


@contextmanager
def _refusals_told() -> Iterator[None]:
    try:
        yield
    except ModelError as error:
        raise click.ClickException(str(error)) from error


def _place(folder: Path | None, config: str) -> Place:
    if folder is not None:
        return Place(folder)
    township: Township = TownshipFile().convert(config, None, None)
    return Place(township.model.folder, township)
