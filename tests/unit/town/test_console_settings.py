"""Where weisu answers over HTTP, as a file may say it."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from rules.builtin import BUILT_IN
from town.problems import ConfigError
from town.reading import json_schema, township_of
from town.settings import ConsoleSettings

GOOD = (Path(__file__).parents[2] / "configs" / "good.yaml").read_text()


def console(line: str) -> ConsoleSettings | None:
    return township_of(f"{GOOD}console: {line}\n", {}, BUILT_IN, Path()).console


@pytest.mark.parametrize("line", ["off", "false", '"off"', ""])
def test_it_may_be_off(line: str) -> None:
    assert console(line) is None


@pytest.mark.parametrize(
    ("listen", "host", "port"), [("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:0", "::1", 0), ("desk.town:80", "desk.town", 80)]
)
def test_an_address_has_a_host_and_a_port(listen: str, host: str, port: int) -> None:
    settings = ConsoleSettings(listen=listen)
    assert (settings.host, settings.port) == (host, port)


def test_links_begin_with_the_url_or_else_with_the_address_if_its_port_is_known() -> None:
    assert ConsoleSettings(url="https://weisu.town.example/").base == "https://weisu.town.example"
    assert ConsoleSettings().base == "http://127.0.0.1:8080"
    assert ConsoleSettings(listen="127.0.0.1:0").base == ""


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("{listen: '0.0.0.0:8080'}", "says in url"),
        ("{listen: '1.2.3.4:70000'}", "at most 65535"),
        ("{url: 'https://a.example?b'}", "perhaps a path"),
        ("{url: 'https://镇.example'}", "perhaps a path"),
        ("{url: 'ftp://a.example'}", "https://host/path"),
        ("{links_for: 0s}", "a span of time"),
        ("{trust_proxies: [proxy]}", "IPv"),
        ("on", "keys and their values"),
    ],
)
def test_a_mistake_is_told_with_what_is_allowed(line: str, allowed: str) -> None:
    with pytest.raises(ConfigError) as caught:
        console(line)
    assert allowed in " ".join(problem.allowed for problem in caught.value.problems)


@pytest.mark.parametrize("value", [False, "off", {"listen": "[::1]:0"}])
def test_an_editor_accepts_all_of_it(value: object) -> None:
    schema = json_schema()
    part = {**schema["properties"]["console"], "$defs": schema["$defs"]}
    assert not list(Draft202012Validator(part).iter_errors(value))


def test_a_map_has_tiles_of_a_server_that_a_browser_may_ask_or_none() -> None:
    settings = console('{map: {tiles: "https://t.example:8443/a/{z}/{x}/{y}.png?k=1", datum: gcj02}}')
    assert settings is not None
    assert settings.map.origin == "https://t.example:8443"
    assert ConsoleSettings().map.origin == ""


@pytest.mark.parametrize("tiles", ["https://t.example; script-src */{z}/{x}/{y}", "https://user@t.example/{z}/{x}/{y}", "//t/{z}/{x}/{y}"])
def test_no_tile_server_widens_what_pages_may_run(tiles: str) -> None:
    with pytest.raises(ConfigError):
        console(f"{{map: {{tiles: '{tiles}'}}}}")
