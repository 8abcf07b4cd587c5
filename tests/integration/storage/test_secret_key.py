"""The key that signs links is made once, for its owner's eyes, and is refused where others could have read it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.database import Database
from storage.errors import Unusable
from storage.secret_key import secret_key


def test_it_is_made_at_first_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "key"
    made = secret_key(file)
    assert (len(made), secret_key(file)) == (32, made)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_it_lies_beside_the_database(path: Path, database: Database) -> None:
    assert database.link_key() == secret_key(path.with_name("weisu.link-key"))


def test_two_who_make_it_at_once_have_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(secret_key, [tmp_path / "key"] * 32))) == 1


def test_a_removed_one_is_made_anew(tmp_path: Path) -> None:
    before = secret_key(tmp_path / "key")
    (tmp_path / "key").unlink()
    assert secret_key(tmp_path / "key") != before


@pytest.mark.parametrize("text", ["", "secret", "ab" * 8, "é" * 64])
def test_one_that_is_no_key_is_refused_with_the_way_out(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_text(text)
    with pytest.raises(Unusable, match="remove it"):
        secret_key(file)


def test_one_that_others_can_read_is_refused(tmp_path: Path) -> None:
    secret_key(tmp_path / "key")
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(Unusable, match="chmod 600"):
        secret_key(tmp_path / "key")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="no key"):
        secret_key(tmp_path / "no" / "key")
