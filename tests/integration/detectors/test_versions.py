"""A folder of versions stays whole: whatever is killed, tampered with, or done twice at once."""

import json
import multiprocessing
import signal
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

import detectors.versions
from detectors.detector import BrokenModel, ModelError
from detectors.labels import LABELS
from detectors.promotions import Promotions, promoted_path
from detectors.versions import SHIPPED, VersionError, Versions
from tests.doubles.model_versions import tiny_model
from town.settings import ModelSettings

NOW = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    return Versions(tmp_path / "models")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tiny_model(tmp_path / "exported", {"car": 0.9})


def test_without_a_folder_there_is_the_version_that_ships(versions: Versions) -> None:
    assert versions.names() == [SHIPPED]
    assert Promotions(versions.folder).promoted() == SHIPPED
    assert versions.get(SHIPPED).load().labels == LABELS
    assert not versions.folder.exists()


def test_an_added_version_comes_back_with_its_checksums_and_runs(versions: Versions, source: Path) -> None:
    added = versions.add(source, "v2", NOW)
    assert versions.names() == [SHIPPED, "v2"]
    assert versions.get("v2") == added
    assert set(added.checksums) == {"tiny.xml", "tiny.bin", "metadata.yaml", "MODEL_CARD.md"}
    assert (added.damage(), added.added_at, added.added_from) == ("", NOW, str(source))
    assert added.load().labels == LABELS


def test_what_is_no_part_of_a_model_stays_behind(versions: Versions, source: Path) -> None:
    (source / "password.txt").write_text("secret")
    (source / "pictures").mkdir()
    assert not {"password.txt", "pictures"} & {file.name for file in versions.add(source, "v2", NOW).folder.iterdir()}


@pytest.mark.parametrize("name", ["../v2", "..", "V2", "v 2", "v2/", "", "-v2", "v2\n", "a" * 41])
def test_a_name_that_is_no_slug_is_refused(versions: Versions, source: Path, name: str, tmp_path: Path) -> None:
    with pytest.raises(VersionError, match="cannot name a version"):
        versions.add(source, name, NOW)
    assert {path.name for path in tmp_path.iterdir()} == {"exported"}


@pytest.mark.parametrize("name", ["../exported", "nothing", ".."])
def test_a_version_that_is_not_there_is_not_found_wherever_its_name_leads(versions: Versions, source: Path, name: str) -> None:
    versions.add(source, "v2", NOW)
    with pytest.raises(VersionError, match=r"there are shipped, v2"):
        versions.get(name)


@pytest.mark.parametrize("name", [SHIPPED, "v2"])
def test_a_name_that_is_taken_is_refused_and_what_has_it_stays(versions: Versions, source: Path, name: str, tmp_path: Path) -> None:
    first = versions.add(source, "v2", NOW)
    with pytest.raises(VersionError, match="already"):
        versions.add(tiny_model(tmp_path / "other", {"bin": 0.9}), name, NOW)
    assert versions.get("v2") == first


def test_a_network_of_other_labels_is_refused(versions: Versions, tmp_path: Path) -> None:
    with pytest.raises(BrokenModel, match=r"missing: .*overflowing_bin.*unknown: cat"):
        versions.add(tiny_model(tmp_path / "cats", {"cat": 0.9}, ("cat", "car")), "cats", NOW)
    assert versions.names() == [SHIPPED]


def test_a_cut_off_network_is_refused(versions: Versions, source: Path) -> None:
    (source / "tiny.xml").write_text((source / "tiny.xml").read_text()[:200])
    with pytest.raises(ModelError, match="not a network"):
        versions.add(source, "v2", NOW)
    assert versions.names() == [SHIPPED]


def test_metadata_that_is_no_table_is_refused(versions: Versions, source: Path) -> None:
    (source / "metadata.yaml").write_text("- a list\n")
    with pytest.raises(ModelError):
        versions.add(source, "v2", NOW)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [("tiny.xml", "other", "has another SHA-256"), ("weisu.xml", "new", "was not there"), ("tiny.bin", None, "is gone")],
)
def test_a_tampered_version_is_not_loaded(versions: Versions, source: Path, file: str, text: str | None, said: str) -> None:
    folder = versions.add(source, "v2", NOW).folder
    if text is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(text)
    with pytest.raises(VersionError, match=f"{file} {said}"):
        versions.get("v2").load()


def test_a_version_without_its_manifest_is_listed_and_not_run(versions: Versions, source: Path) -> None:
    (versions.add(source, "v2", NOW).folder / "manifest.json").write_text("{}")
    assert versions.names() == [SHIPPED, "v2"]
    with pytest.raises(VersionError, match="no readable manifest"):
        versions.get("v2")


def _add_and_die(source: Path, folder: Path) -> None:
    """Die as at a power cut, between the copies and the manifest."""
    detectors.versions.admit = lambda _: signal.raise_signal(signal.SIGKILL)  # type: ignore[assignment]
    Versions(folder).add(source, "v2", NOW)


def test_an_addition_that_is_killed_leaves_no_version_and_the_name_free(versions: Versions, source: Path) -> None:
    child = multiprocessing.get_context("spawn").Process(target=_add_and_die, args=(source, versions.folder))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    assert list(versions.folder.glob(".adding-*"))
    assert versions.names() == [SHIPPED]
    # Once it is old enough to be surely dead, the next addition clears it away.
    versions.add(source, "v2", datetime(2200, 1, 1, tzinfo=UTC))
    assert not list(versions.folder.glob(".adding-*"))


def test_a_rollback_goes_back_step_by_step(versions: Versions) -> None:
    promotions = Promotions(versions.folder)
    for name in ("a", "b", "c"):
        assert promotions.promote(name, "manager-1", "better", NOW)
    assert promotions.standing() == [SHIPPED, "a", "b", "c"]
    promotions.rollback("b", "manager-1", "worse", NOW)
    promotions.rollback("a", "manager-1", "still worse", NOW)
    promotions.promote("c", "manager-1", "mended", NOW)
    assert promotions.standing() == [SHIPPED, "a", "c"]
    assert [(one.action, one.before, one.after) for one in promotions.history()] == [
        ("promote", SHIPPED, "a"),
        ("promote", "a", "b"),
        ("promote", "b", "c"),
        ("rollback", "c", "b"),
        ("rollback", "b", "a"),
        ("promote", "a", "c"),
    ]


def test_promoting_what_is_promoted_changes_nothing(versions: Versions) -> None:
    assert Promotions(versions.folder).promote(SHIPPED, "manager-1", "", NOW) is None
    assert Promotions(versions.folder).history() == ()


def test_a_rollback_to_what_is_no_longer_before_is_refused(versions: Versions) -> None:
    promotions = Promotions(versions.folder)
    promotions.promote("a", "manager-1", "", NOW)
    promotions.promote("b", "manager-2", "", NOW)
    with pytest.raises(VersionError, match="somebody else"):
        promotions.rollback(SHIPPED, "manager-1", "", NOW)
    assert promotions.promoted() == "b"


def test_a_damaged_history_is_named_with_its_line(versions: Versions) -> None:
    Promotions(versions.folder).promote("a", "manager-1", "", NOW)
    with (versions.folder / "promotions.jsonl").open("a") as file:
        file.write('{"at": 1}\n')
    with pytest.raises(VersionError, match=r"line 2 of .*promotions.jsonl"):
        Promotions(versions.folder).promoted()


def _promote_many(folder: Path, name: str) -> None:
    for number in range(20):
        Promotions(folder).promote(f"{name}{number}", name, "", NOW)


def test_two_who_promote_at_once_lose_no_promotion(versions: Versions) -> None:
    spawn = multiprocessing.get_context("spawn")
    children = [spawn.Process(target=_promote_many, args=(versions.folder, name)) for name in ("a", "b")]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    history = Promotions(versions.folder).history()
    assert len(history) == 40
    assert all(earlier.after == later.before for earlier, later in pairwise(history))


def test_a_fixed_model_wins_over_the_promoted_version(versions: Versions, source: Path) -> None:
    versions.add(source, "v2", NOW)
    Promotions(versions.folder).promote("v2", "manager-1", "", NOW)
    assert promoted_path(ModelSettings(folder=versions.folder)) == versions.folder / "v2"
    assert promoted_path(ModelSettings(folder=versions.folder, path=source)) == source


def test_the_manifest_is_plain_json(versions: Versions, source: Path) -> None:
    folder = versions.add(source, "v2", NOW).folder
    assert set(json.loads((folder / "manifest.json").read_text())) == {"name", "added_at", "added_from", "sha256"}
