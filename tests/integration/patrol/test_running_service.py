"""The service as an operator runs it takes the promoted version, and other rules, without a restart."""

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detectors.promotions import Promotions
from detectors.versions import Versions
from tests.doubles.brokers import eventually
from tests.doubles.model_versions import tiny_model
from tests.doubles.service_process import ServiceProcess, opened

pytestmark = pytest.mark.slow


def test_a_running_service_takes_another_version_and_refuses_a_broken_one(tmp_path: Path) -> None:
    good = Path(__file__).parents[2] / "configs" / "good.yaml"
    config = tmp_path / "town.yaml"
    config.write_text(
        good.read_text() + f"mqtt: {{broker: embedded, port: 0}}\nconsole: off\nstorage: {{url: 'sqlite:///{tmp_path}/weisu.db'}}\n"
    )
    versions, promotions = Versions(tmp_path / "models"), Promotions(tmp_path / "models")
    for name in ("v2", "broken"):
        versions.add(tiny_model(tmp_path / name, {"bin": 0.9}), name, datetime.now(UTC))
    (versions.folder / "broken" / "tiny.bin").write_bytes(b"")

    with ServiceProcess(config, {}) as service:
        database = opened(tmp_path)
        promotions.promote("v2", "test", "", datetime.now(UTC))
        eventually(lambda: [after for _, _, after in database.evidence.version_changes()] == ["v2", "shipped"], "v2 to look", 60)
        promotions.promote("broken", "test", "", datetime.now(UTC))
        eventually(lambda: "tiny.bin has another SHA-256" in service.log.read_text(), "the refusal", 60)
        assert database.evidence.version_changes()[0][2] == "v2"
        database.close()


def test_a_running_service_takes_other_rules_refuses_wrong_ones_and_hears_a_hangup(tmp_path: Path) -> None:
    good = (Path(__file__).parents[2] / "configs" / "good.yaml").read_text()
    config, broker = (
        tmp_path / "town.yaml",
        f"mqtt: {{broker: embedded, port: 0}}\nconsole: off\nstorage: {{url: 'sqlite:///{tmp_path}/weisu.db'}}\n",
    )
    config.write_text(good + broker)

    with ServiceProcess(config, {}) as service:
        database = opened(tmp_path)
        assert len(database.rule_history.versions("fire-lane")) == 1
        config.write_text(good + broker + "rules: [{id: fire-lane, limit: soon}]\n")
        eventually(lambda: "rules[0].limit" in service.log.read_text(), "the refusal", 60)
        os.kill(service.pid, signal.SIGHUP)
        eventually(lambda: service.log.read_text().count("rules[0].limit") == 2, "the refusal again", 60)
        config.write_text(good + broker + "rules: [{id: fire-lane, limit: 3m}]\n")
        eventually(lambda: len(database.rule_history.versions("fire-lane")) == 2, "the rule", 60)
        assert database.rule_history.versions("fire-lane")[0].settings["limit"] == "3m"
        database.close()
