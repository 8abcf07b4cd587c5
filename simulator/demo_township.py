"""The demo's township: its file, its secrets and ports made afresh, and the reader's word that it is right."""

import secrets
import shlex
import socket
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from rules.builtin import BUILT_IN
from simulator.logins import Gate
from town.reading import read_township
from town.township import Township

CONFIG = Path(str(files("simulator"))) / "demo_config.yaml"
CLEANER_IDS = tuple(f"c{number:02}" for number in range(1, 9))


def fresh_environment(folder: Path, camera_port: int, mqtt_port: int, gate: Gate, console_port: int = 0) -> dict[str, str]:
    """What the `${…}` of the demo's file stand for."""
    passwords = {f"WEISU_DEMO_PASSWORD_{cleaner_id.upper()}": secrets.token_urlsafe(18) for cleaner_id in CLEANER_IDS}
    return passwords | {
        "WEISU_DEMO_CAMERA_PORT": str(camera_port),
        "WEISU_DEMO_CAMERA_USER": gate.user,
        "WEISU_DEMO_CAMERA_PASSWORD": gate.password,
        "WEISU_DEMO_MQTT_PORT": str(mqtt_port),
        "WEISU_DEMO_CONSOLE_PORT": str(console_port),
        "WEISU_DEMO_FOLDER": folder.as_posix(),
    }


def keep_environment(environment: Mapping[str, str], file: Path) -> None:
    """Write what the `${…}` stand for as lines for a shell, so that other commands can read the demo's file. For its owner's eyes."""
    file.touch(mode=0o600)
    file.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()), encoding="utf-8")


def fresh_gate() -> Gate:
    return Gate("viewer", secrets.token_urlsafe(18), secrets.token_hex(16))


def read_demo(environment: Mapping[str, str], config: Path = CONFIG) -> Township:
    return read_township(config, environment, BUILT_IN)


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
