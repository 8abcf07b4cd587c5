"""A running service tells an engineer once that a camera is dead, over a sudden end, and once that it is well again."""

import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.doubles.brokers import eventually
from tests.doubles.camera_servers import CameraServer, Shot, jpeg
from tests.doubles.service_process import ServiceProcess, opened
from tests.doubles.webhook import webhook

pytestmark = pytest.mark.slow

TOWN = """
town: {{id: t, name: 亦庄镇}}
grids: [{{id: g1, name: 一, manager: m1}}]
cameras:
  - id: a
    name: 三号门
    grid: g1
    position: {{lat: 39.8, lon: 116.5}}
    every: 200ms
    source: {{kind: http_snapshot, url: "{url}"}}
looks: {{allow_loopback: true}}
console: off
mqtt: {{broker: embedded, port: 0}}
storage: {{url: "sqlite:///{folder}/weisu.db"}}
notices:
  group_within: 0s
  disk_free_mb: 0
  recipients: [{{id: li, role: engineer, urls: [LI_URL]}}]
"""
HOPE_S = 60
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_a_dead_camera_is_told_once_and_its_healing_once_though_the_service_was_killed(tmp_path: Path) -> None:
    config = tmp_path / "town.yaml"
    with webhook(500, 200) as hook, CameraServer() as cameras:
        config.write_text(TOWN.format(url=cameras.shows("/a.jpg", Shot(status=500)), folder=tmp_path))
        with ServiceProcess(config, {"LI_URL": hook.address()}) as service:
            eventually(lambda: len(hook.got) == 1, "the first try, which is refused", HOPE_S)
            with closing(opened(tmp_path)) as database:
                refused = ["refused (HTTP 500)"]
                eventually(lambda: [one.error for one in database.notifications.recent(LONG_AGO)] == refused, "the refusal", HOPE_S)
            service.kill()
            service.start()
            eventually(lambda: len(hook.got) == 2, "the second try", HOPE_S)
            cameras.shows("/a.jpg", jpeg(640, 480))
            eventually(lambda: len(hook.got) == 3, "the healing", HOPE_S)
    assert [letter["title"] for letter in hook.letters] == ["【未诉先办】亦庄镇：镜头没有画面1件"] * 2 + ["【未诉先办】亦庄镇：已恢复1件"]
    assert "三号门（a）没有画面：镜头答非所问" in hook.letters[1]["message"]
    assert "hunter2" not in service.log.read_text()


def test_a_service_does_not_start_without_an_address_it_is_to_use(tmp_path: Path) -> None:
    config = tmp_path / "town.yaml"
    text = TOWN.format(url="http://127.0.0.1:9/", folder=tmp_path).replace("urls: [LI_URL]", "url_files: [li.url]")
    config.write_text(text)
    command = [sys.executable, "-m", "service", "run", "--config", str(config)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=Path(__file__).parents[3])
    assert ran.returncode == 1
    assert "li.url is unreadable" in ran.stderr
