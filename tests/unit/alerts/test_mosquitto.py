"""Mosquitto's files: what stands in them, and who can read them."""

from pathlib import Path

import pytest

from alerts.access import Access
from alerts.mosquitto import Certificate, Listening, mosquitto_config, mosquitto_passwords, write_mosquitto_files

ACCESS = Access("weisu/v1/yizhuang", "service", frozenset({"c01", "c02"}))
PLAIN = Listening("127.0.0.1", 1883, Path("/etc/mosquitto/weisu"), Path("/var/lib/mosquitto"), "mosquitto")


def lines(listening: Listening) -> list[str]:
    return mosquitto_config(listening).splitlines()


def test_no_password_is_in_the_files_and_they_are_their_owners_alone(tmp_path: Path) -> None:
    files = write_mosquitto_files(tmp_path, ACCESS, {"c01": "one-secret"}, PLAIN)

    assert [path.name for path in files] == ["acl", "passwords", "mosquitto.conf"]
    assert all("one-secret" not in path.read_text() for path in files)
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_a_file_that_others_could_read_is_closed_to_them_when_it_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "passwords").touch(mode=0o644)
    write_mosquitto_files(tmp_path, ACCESS, {"c01": "one-secret"})

    assert (tmp_path / "passwords").stat().st_mode & 0o777 == 0o600


def test_nobody_comes_in_without_a_name_and_nothing_acknowledged_is_forgotten() -> None:
    assert {"allow_anonymous false", "persistence true", "autosave_interval 1", "autosave_on_changes true"} <= set(lines(PLAIN))


def test_the_files_are_named_where_the_broker_will_find_them() -> None:
    assert {"acl_file /etc/mosquitto/weisu/acl", "password_file /etc/mosquitto/weisu/passwords"} <= set(lines(PLAIN))


def test_with_a_certificate_it_speaks_tls() -> None:
    shown = Certificate(Path("/etc/ssl/town.pem"), Path("/etc/ssl/town.key"))
    secure = lines(Listening("0.0.0.0", 8883, Path("/e"), Path("/v"), "mosquitto", shown))

    assert {"listener 8883 0.0.0.0", "certfile /etc/ssl/town.pem", "keyfile /etc/ssl/town.key", "tls_version tlsv1.2"} <= set(secure)
    assert not any(line.startswith(("certfile", "tls_version")) for line in lines(PLAIN))


def test_a_name_or_path_that_would_write_a_line_of_its_own_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot stand in a line"):
        mosquitto_passwords({"c01:x": "secret"})
    with pytest.raises(ValueError, match="cannot stand in a line"):
        mosquitto_config(Listening("127.0.0.1", 1883, Path("/etc/a\nallow_anonymous true"), Path("/v"), "mosquitto"))
