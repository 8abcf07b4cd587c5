import asyncio
import socket
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

import pytest

from cameras.addresses import is_permitted, permitted_address
from cameras.source import Forbidden, Unreachable
from town.settings import LookLimits

LIMITS = LookLimits()
WIDE_OPEN = LookLimits(allow_networks=(IPv4Network("0.0.0.0/0"), IPv6Network("::/0")))
DEMO = LookLimits(allow_loopback=True, allow_link_local=True)


@pytest.mark.parametrize("address", ["10.0.0.7", "172.31.255.1", "192.168.1.64", "::ffff:10.0.0.7"])
def test_private_networks_are_allowed_as_configured(address: str) -> None:
    assert is_permitted(ip_address(address), LIMITS)


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.64.0.1", "2001:db8::1", "fd00::1", "::ffff:8.8.8.8"])
def test_every_other_network_is_forbidden(address: str) -> None:
    assert not is_permitted(ip_address(address), LIMITS)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "169.254.169.254", "fe80::1"])
def test_loopback_and_link_local_need_their_own_switch_however_wide_the_networks_are(address: str) -> None:
    assert not is_permitted(ip_address(address), WIDE_OPEN)
    assert is_permitted(ip_address(address), DEMO)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "224.0.0.1", "239.255.255.250", "ff02::1", "255.255.255.255", "::ffff:0.0.0.0"])
def test_unspecified_multicast_and_broadcast_are_never_allowed(address: str) -> None:
    everything = WIDE_OPEN.model_copy(update={"allow_loopback": True, "allow_link_local": True})

    assert not is_permitted(ip_address(address), everything)


def test_a_literal_address_is_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _never)

    assert str(asyncio.run(permitted_address("10.0.0.7", LIMITS))) == "10.0.0.7"


def test_one_forbidden_address_among_several_forbids_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolve_to(monkeypatch, "10.0.0.7", "169.254.169.254")

    with pytest.raises(Forbidden, match=r"169\.254\.169\.254"):
        asyncio.run(permitted_address("camera.example", LIMITS))


@pytest.mark.parametrize(
    ("address", "switch"), [("127.0.0.1", "allow_loopback"), ("fe80::1", "allow_link_local"), ("8.8.8.8", "allow_networks")]
)
def test_an_address_is_refused_with_the_setting_that_would_allow_it(address: str, switch: str) -> None:
    with pytest.raises(Forbidden, match=rf"looks\.{switch}"):
        asyncio.run(permitted_address(address, LIMITS))


def test_ipv4_is_preferred_where_a_name_has_both(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolve_to(monkeypatch, "::1", "127.0.0.1")

    assert str(asyncio.run(permitted_address("localhost", DEMO))) == "127.0.0.1"


def test_a_name_without_an_address_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _unknown)

    with pytest.raises(Unreachable):
        asyncio.run(permitted_address("nowhere.invalid", LIMITS))


def _resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)


def _never(*_: Any, **__: Any) -> Any:
    raise AssertionError("a literal address needs no look-up")


def _unknown(*_: Any, **__: Any) -> Any:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
