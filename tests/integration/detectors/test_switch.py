"""Another version is taken while looks go on, and a broken one is not."""

import logging
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from detectors.promotions import Promotions
from detectors.shadowing import ShadowFile, Shadowing, is_chosen
from detectors.switch import EyeSwitch, VersionChange
from detectors.versions import Versions
from tests.doubles.brokers import eventually
from tests.doubles.model_versions import tiny_model
from town.settings import ModelSettings
from town.sight import Frame

NOW = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)
FRAME = Frame("gate", NOW, np.zeros((90, 160, 3), np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two versions: `cars` sees a car in everything, and is promoted; `bins` sees a bin."""
    versions = Versions(tmp_path / "models")
    for name, label in (("cars", "car"), ("bins", "bin")):
        versions.add(tiny_model(tmp_path / name, {label: 0.9}), name, NOW)
    promote(versions.folder, "cars")
    return versions.folder


def promote(folder: Path, name: str) -> None:
    Promotions(folder).promote(name, "test", "", NOW)


def tamper(folder: Path, name: str) -> None:
    (folder / name / "tiny.xml").write_text("tampered")


def sees(switch: EyeSwitch) -> tuple[str, list[str]]:
    running = switch.running
    return running.version, [detection.label for detection in running.eye.see(FRAME, ())]


def refusals(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def test_the_promoted_version_looks_and_another_is_taken_when_it_is_promoted(folder: Path) -> None:
    switch = EyeSwitch(ModelSettings(folder=folder))
    assert sees(switch) == ("cars", ["car"])
    assert switch.refresh() is None
    promote(folder, "bins")
    assert switch.refresh() == VersionChange("cars", "bins")
    assert sees(switch) == ("bins", ["bin"])
    assert switch.refresh() is None


def test_a_broken_version_is_refused_once_with_its_reason_and_the_old_one_looks_on(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    switch = EyeSwitch(ModelSettings(folder=folder))
    promote(folder, "bins")
    tamper(folder, "bins")
    assert [switch.refresh() for _ in range(3)] == [None, None, None]
    assert sees(switch) == ("cars", ["car"])
    (refusal,) = refusals(caplog)
    assert "tiny.xml has another SHA-256" in refusal
    assert "tiny.xml has another SHA-256" in switch.refused["promoted version"]


def test_a_refused_version_is_tried_again_once_its_files_have_changed(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    switch = EyeSwitch(ModelSettings(folder=folder))
    whole = (folder / "bins" / "tiny.xml").read_text()
    promote(folder, "bins")
    tamper(folder, "bins")
    assert switch.refresh() is None
    (folder / "bins" / "tiny.xml").write_text(whole)
    assert switch.refresh() == VersionChange("cars", "bins")
    assert switch.refused == {}


def test_rolling_back_from_a_refused_version_changes_nothing(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    switch = EyeSwitch(ModelSettings(folder=folder))
    promote(folder, "bins")
    tamper(folder, "bins")
    switch.refresh()
    eye = switch.running.eye
    Promotions(folder).rollback("cars", "test", "", NOW)
    assert switch.refresh() is None
    assert switch.running.eye is eye
    assert switch.refused == {}


def test_a_service_that_finds_its_version_broken_starts_with_the_one_before(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    promote(folder, "bins")
    tamper(folder, "bins")
    assert sees(EyeSwitch(ModelSettings(folder=folder))) == ("cars", ["car"])
    assert len(refusals(caplog)) == 1


def test_a_version_tampered_with_while_it_runs_runs_on(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    switch = EyeSwitch(ModelSettings(folder=folder))
    tamper(folder, "cars")
    assert switch.refresh() is None
    assert sees(switch) == ("cars", ["car"])
    assert len(refusals(caplog)) == 1


def test_a_damaged_history_changes_nothing_and_is_told_once(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    switch = EyeSwitch(ModelSettings(folder=folder))
    (folder / "promotions.jsonl").write_text("broken\n")
    assert [switch.refresh(), switch.refresh()] == [None, None]
    assert sees(switch)[0] == "cars"
    assert len(refusals(caplog)) == 1


def test_a_fixed_model_is_never_changed(folder: Path, tmp_path: Path) -> None:
    switch = EyeSwitch(ModelSettings(folder=folder, path=tmp_path / "bins"))
    assert switch.refresh() is None
    assert sees(switch) == ("bins", ["bin"])


def test_no_look_is_lost_or_seen_by_two_networks_while_versions_change(folder: Path) -> None:
    switch = EyeSwitch(ModelSettings(folder=folder))
    seen: list[tuple[str, list[str]]] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.append(sees(switch))

    looking = [threading.Thread(target=look, daemon=True) for _ in range(2)]
    for thread in looking:
        thread.start()
    for name in ("bins", "cars", "bins", "cars"):
        promote(folder, name)
        assert switch.refresh()
        looks = len(seen)
        eventually(lambda looks=looks: len(seen) > looks + 10, "looks after the change")  # type: ignore[misc]
    stop.set()
    for thread in looking:
        thread.join(30)
    assert dict(seen) == {"cars": ["car"], "bins": ["bin"]}
    assert all(labels == [version.rstrip("s")] for version, labels in seen)


def test_a_candidate_comes_with_its_share_and_goes_when_it_is_taken_off(folder: Path) -> None:
    switch = EyeSwitch(ModelSettings(folder=folder))
    ShadowFile(folder).write(Shadowing("bins", 0.25, NOW))
    switch.refresh()
    candidate = switch.candidate
    assert candidate
    assert (candidate.version, candidate.share) == ("bins", 0.25)
    switch.refresh()
    assert switch.candidate is candidate
    ShadowFile(folder).remove()
    switch.refresh()
    assert switch.candidate is None


def test_a_dropped_candidate_stays_away_until_somebody_wants_it_again(folder: Path) -> None:
    switch = EyeSwitch(ModelSettings(folder=folder))
    ShadowFile(folder).write(Shadowing("bins", 0.25, NOW))
    switch.refresh()
    assert switch.candidate
    switch.drop(switch.candidate)
    switch.refresh()
    assert switch.candidate is None
    ShadowFile(folder).write(Shadowing("bins", 0.25, NOW + timedelta(hours=1)))
    switch.refresh()
    assert switch.candidate


def test_a_broken_candidate_is_refused_once_and_the_promoted_version_looks_on(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    switch = EyeSwitch(ModelSettings(folder=folder))
    tamper(folder, "bins")
    ShadowFile(folder).write(Shadowing("bins", 1.0, NOW))
    switch.refresh()
    switch.refresh()
    assert switch.candidate is None
    assert sees(switch)[0] == "cars"
    assert len(refusals(caplog)) == 1
    assert switch.refused.keys() == {"candidate"}
    ShadowFile(folder).remove()
    switch.refresh()
    assert switch.refused == {}


def test_a_candidate_that_is_promoted_is_no_candidate_any_more(folder: Path) -> None:
    switch = EyeSwitch(ModelSettings(folder=folder))
    ShadowFile(folder).write(Shadowing("bins", 1.0, NOW))
    promote(folder, "bins")
    assert switch.refresh() == VersionChange("cars", "bins")
    assert switch.candidate is None


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_share_of_frames_is_kept_in_the_long_run_and_the_choice_is_no_chance(share: float) -> None:
    moments = [datetime(2026, 5, 4, hour, minute, second, tzinfo=UTC) for hour in range(3) for minute in range(60) for second in range(60)]
    chosen = [is_chosen("gate", at, share) for at in moments]
    assert abs(sum(chosen) / len(chosen) - share) < 0.02
    assert chosen == [is_chosen("gate", at, share) for at in moments]
    assert all(is_chosen("gate", at, 1.0) for at in moments)


def test_a_signal_after_a_change_does_not_kill_the_process(folder: Path) -> None:
    """OpenVINO's signal stack of the main thread must outlive the network that was loaded there."""
    script = (
        "import pathlib, signal, sys, threading\n"
        "from detectors.promotions import Promotions\n"
        "from detectors.switch import EyeSwitch\n"
        "from town.settings import ModelSettings\n"
        "from datetime import UTC, datetime\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "signal.signal(signal.SIGINT, lambda *_: print('heard'))\n"
        "switch = EyeSwitch(ModelSettings(folder=folder))\n"
        "Promotions(folder).promote('bins', 'test', '', datetime.now(UTC))\n"
        "changing = threading.Thread(target=switch.refresh)\n"
        "changing.start()\n"
        "changing.join()\n"
        "signal.raise_signal(signal.SIGINT)\n"
        "print(switch.running.version)\n"
    )
    command = [sys.executable, "-c", script, str(folder)]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["heard", "bins"]), done.stderr
