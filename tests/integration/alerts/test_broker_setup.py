"""`weisu broker setup` and `weisu broker probe` as an operator meets them, with a real Mosquitto on the files that were written."""

import getpass
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_connection

import pytest
from click.testing import CliRunner, Result

from service import main
from simulator.demo_township import free_port
from tests.doubles.brokers import eventually
from tests.doubles.certificates import Authority
from tests.integration.patrol.test_limiting import town_text

SECRETS = {"MQTT_PASSWORD": "s-secret", "C1_PASSWORD": "one-secret", "C2_PASSWORD": "two-secret"}
CLEANER = "grid: g1, position: {lat: 39.8, lon: 116.5}"


class Town:
    """A township's file, and the folder of its Mosquitto."""

    def __init__(self, folder: Path, mqtt: str) -> None:
        self.folder = folder / "mosquitto"
        self.file = folder / "town.yaml"
        others = [f"{{id: c{number}, name: 丁, {CLEANER}, password: '${{C{number}_PASSWORD}}'}}" for number in (1, 2)]
        text = town_text(1).replace("cleaners: [{id: c1", f"cleaners: [{', '.join(others)}, {{id: c3")
        self.file.write_text(f"{text}mqtt: {{{mqtt}}}\n", encoding="utf-8")

    def weisu(self, *args: str) -> Result:
        return CliRunner().invoke(main, ["broker", *args, "--config", str(self.file)], env=SECRETS)

    def setup(self, *args: str) -> Result:
        return self.weisu("setup", str(self.folder), "--data", str(self.folder), "--user", getpass.getuser(), *args)


@contextmanager
def mosquitto_on(config: Path, port: int) -> Iterator[None]:
    binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if binary is None:
        pytest.skip("Debian's package mosquitto is not installed")
    process = subprocess.Popen([binary, "-c", str(config)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def listens() -> bool:
        assert process.poll() is None, "Mosquitto does not like its files"
        with suppress(OSError), create_connection(("127.0.0.1", port), 1):
            return True
        return False

    try:
        eventually(listens, "Mosquitto's start")
        yield
    finally:
        process.kill()
        process.wait()


def secure(folder: Path, port: int, protocol: str) -> tuple[Town, tuple[str, ...]]:
    authority = Authority(folder)
    shown = authority.signed()
    login = f"host: 127.0.0.1, port: {port}, username: weisu-service, password: '${{MQTT_PASSWORD}}', protocol: '{protocol}'"
    town = Town(folder, f"{login}, tls: true, ca_file: {authority.root}")
    return town, ("--cert", str(shown.certificate), "--key", str(shown.key), "--listen", "127.0.0.1")


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_mosquitto_runs_on_what_was_written_and_every_cell_is_right(tmp_path: Path, protocol: str) -> None:
    port = free_port()
    town, tls = secure(tmp_path, port, protocol)
    written = town.setup(*tls)
    with mosquitto_on(town.folder / "mosquitto.conf", port):
        probed = town.weisu("probe")

    assert (written.exit_code, probed.exit_code) == (0, 0), written.output + probed.output
    assert "0 wrong" in probed.output
    assert "without a password, so not let in: c3" in probed.output
    assert not any(secret in written.output + probed.output for secret in SECRETS.values())


def test_a_right_too_many_in_the_access_list_is_named_and_fails(tmp_path: Path) -> None:
    port = free_port()
    town, tls = secure(tmp_path, port, "5")
    town.setup(*tls)
    acl = town.folder / "acl"
    acl.write_text(acl.read_text().replace("user c1\n", "user c1\ntopic read weisu/v1/t/cleaners/+/inbox\n"))
    with mosquitto_on(town.folder / "mosquitto.conf", port):
        probed = town.weisu("probe")
        as_json = json.loads(town.weisu("probe", "--format", "json").output)

    assert probed.exit_code == 1
    assert "wrong: c1 can read other's inbox (weisu/v1/t/cleaners/c2/inbox)" in probed.output
    assert {(cell["user"], cell["place"]["name"]) for cell in as_json["cells"] if cell["wrong"]} == {
        ("c1", "other's inbox"),
        ("c1", "wildcards"),
    }


def test_weisus_own_broker_is_right_too(tmp_path: Path) -> None:
    probed = Town(tmp_path, "broker: embedded").weisu("probe")

    assert probed.exit_code == 0, probed.output
    assert "0 wrong" in probed.output


LOGIN = "host: 127.0.0.1, username: weisu-service, password: '${MQTT_PASSWORD}'"


@pytest.mark.parametrize(
    ("mqtt", "args", "way_out"),
    [
        ("broker: embedded", [], "for Mosquitto set mqtt.host"),
        ("host: 127.0.0.1", [], "set mqtt.username"),
        ("host: 127.0.0.1, username: c1, password: '${MQTT_PASSWORD}'", [], "choose another"),
        (LOGIN, ["--listen", "0.0.0.0"], "give --cert and --key"),
        (LOGIN, ["--cert", "town.pem"], "belong together"),
    ],
)
def test_what_would_not_be_safe_is_not_written_and_the_way_out_is_told(tmp_path: Path, mqtt: str, args: list[str], way_out: str) -> None:
    town = Town(tmp_path, mqtt)
    refused = town.setup(*args)

    assert refused.exit_code != 0
    assert way_out in refused.output
    assert not town.folder.exists()
