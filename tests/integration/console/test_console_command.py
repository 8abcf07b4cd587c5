"""`weisu console`, and `weisu run` where its port is taken."""

import json
import re
import socket
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from alerts.picture_links import PictureLinks
from service import main
from tests.doubles.people import NEAR, incident
from tests.doubles.town_file import TownFile
from town.evidence import PictureView


def test_views_are_listed_in_the_town_s_time_by_name(tmp_path: Path) -> None:
    town = TownFile(tmp_path)
    order = town.opens(incident(at=datetime.now(UTC)))
    at = datetime.now(UTC) - timedelta(days=1)
    with town.store.transaction() as book:
        book.note_picture_view(PictureView(at, f"cleaner:{NEAR}", order.id, "look-1", "192.0.2.0/24"))
        book.note_picture_view(PictureView(at, "manager:manager-1", "another", "look-2", ""))
    shown = town.weisu("console", "views")
    assert f"{at.astimezone(town.township.town.zone):%Y-%m-%d %H:%M:%S} · 保洁员near (near) · 工单 {order.id}" in shown.stdout
    assert "192.0.2.0/24" in shown.stdout
    (only,) = json.loads(town.weisu("console", "views", "--order", order.id, "--format", "json").stdout)
    assert (only["person"], only["picture_id"]) == (f"cleaner:{NEAR}", "look-1")
    assert town.store.forget_picture_views_before(datetime.now(UTC)) == 2
    assert "没有人看过照片" in town.weisu("console", "views").stdout
    town.store.close()


def test_links_for_the_manager_are_those_that_the_service_opens(tmp_path: Path) -> None:
    town = TownFile(tmp_path, console={"url": "https://weisu.town.example"})
    order = town.opens(incident(at=datetime.now(UTC)))
    before, after = re.findall(r"https://\S+", town.weisu("console", "link", order.id).stdout)
    links = PictureLinks("https://weisu.town.example", town.store.link_key(), timedelta(hours=2))
    query = dict(part.split("=", 1) for part in before.split("?")[1].split("&"))
    opened = links.read(order.id, "before", query, datetime.now(UTC))
    assert opened
    assert opened.person == "manager:manager-1"
    assert f"/pictures/{order.id}/after?" in after
    town.store.close()


def test_a_manager_s_deed_brings_the_cleaner_a_link_too(tmp_path: Path) -> None:
    town = TownFile(tmp_path, console={"url": "https://weisu.town.example"})
    order = town.opens(incident(at=datetime.now(UTC)))
    town.carry(datetime.now(UTC))
    town.weisu("order", "name", order.id, "--to", NEAR, "--by", "manager-1")
    sent = [message.payload for message in town.carry(datetime.now(UTC)) if message.kind == "claim_won"]
    assert len(sent) == 1
    assert b"https://weisu.town.example/pictures/" in sent[0]
    town.store.close()


def test_where_nothing_is_served_no_link_is_made(tmp_path: Path) -> None:
    town = TownFile(tmp_path, console=False)
    order = town.opens(incident(at=datetime.now(UTC)))
    refused = town.weisu("console", "link", order.id)
    assert refused.exit_code == 1
    assert "console.url" in refused.stderr
    assert not (tmp_path / "weisu.link-key").exists()
    town.store.close()


def test_a_token_is_shown_once_with_the_hash_for_the_file() -> None:
    text = CliRunner().invoke(main, ["console", "token", "city"]).stdout
    token, digest = re.findall(r"alone:\s+(\S+)|city: (\w{64})", text)
    assert sha256(token[0].encode()).hexdigest() == digest[1]


@pytest.mark.slow
def test_a_key_that_others_can_read_ends_the_service_with_the_way_out(tmp_path: Path) -> None:
    town = TownFile(tmp_path, console={"listen": "127.0.0.1:0"}, mqtt={"broker": "embedded", "port": 0})
    town.store.link_key()
    town.store.close()
    (tmp_path / "weisu.link-key").chmod(0o644)
    refused = town.weisu("run")
    assert refused.exit_code == 1
    assert "chmod 600" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.slow
def test_a_port_that_is_taken_ends_the_service_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        town = TownFile(tmp_path, console={"listen": f"127.0.0.1:{port}"}, mqtt={"broker": "embedded", "port": 0})
        town.store.close()
        refused = town.weisu("run")
    assert refused.exit_code == 1
    assert f"127.0.0.1:{port}" in refused.stderr
    assert "console: off" in refused.stderr
    assert "Traceback" not in refused.stderr
