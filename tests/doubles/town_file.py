"""The small township of the tests as a file with a database, on whose orders commands can be tried."""

from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result

from service import main
from storage.database import Database
from tests.doubles.people import Office, plain_township, township


class TownFile(Office):
    """An order desk over a real database, and `weisu` run on its township's file."""

    def __init__(self, folder: Path, **changed: Any) -> None:
        self.url = url = f"sqlite:///{folder / 'weisu.db'}"
        super().__init__(township(**changed), Database.open(url))
        self.file = folder / "town.yaml"
        plain = plain_township(**changed, storage={"url": url})
        self.passwords: dict[str, str] = {}
        self.file.write_text(yaml.dump(plain, Dumper=_Plain, allow_unicode=True), encoding="utf-8")

    def opens_account(self, name: str, role: str, person: str = "") -> None:
        """Make an account of the console; its password is in `passwords` then."""
        made = self.weisu("console", "account", "add", name, "--role", role, "--person", person, "--by", "test")
        assert made.exit_code == 0, made.output
        self.passwords[name] = made.output.split()[-1]

    def weisu(self, *args: str) -> Result:
        return CliRunner().invoke(main, [*args, "--config", str(self.file)])


class _Plain(yaml.SafeDumper):
    """Writes tuples as lists, and a list that occurs twice twice."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


_Plain.add_representer(tuple, lambda dumper, data: dumper.represent_list(data))
