"""Where a camera may live: every address a name resolves to is checked, and the look connects to the checked address itself."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address

from cameras.source import Forbidden, Unreachable
from town.settings import LookLimits

Address = IPv4Address | IPv6Address

# Apart from the loop's few default threads: names that nobody answers for must not keep a healthy camera's picture waiting.
_resolvers = ThreadPoolExecutor(max_workers=64, thread_name_prefix="resolve")


async def permitted_address(host: str, limits: LookLimits) -> Address:
    """The address to connect to for a host name or literal, IPv4 first. Raises Forbidden if any address is not allowed, Unreachable."""
    addresses = await _resolve(host)
    for address in addresses:
        if not is_permitted(address, limits):
            raise Forbidden(f"{host} is at {address}, {_why_not(address)}")
    return min(addresses, key=lambda address: address.version)


def is_permitted(address: Address, limits: LookLimits) -> bool:
    """Whether a camera may live at this address. Loopback and link-local have switches of their own, whatever the networks say."""
    address = _unwrapped(address)
    if address.is_unspecified or address.is_multicast or address == IPv4Address("255.255.255.255"):
        return False
    if address.is_loopback:
        return limits.allow_loopback
    if address.is_link_local:
        return limits.allow_link_local
    return any(address in network for network in limits.allow_networks if network.version == address.version)


def _why_not(address: Address) -> str:
    """What would have to allow it."""
    address = _unwrapped(address)
    if address.is_loopback:
        return "this machine itself, which only looks.allow_loopback allows"
    if address.is_link_local:
        return "link-local, which only looks.allow_link_local allows"
    return "outside the networks that looks.allow_networks allows"


def _unwrapped(address: Address) -> Address:
    """The IPv4 address inside ::ffff:a.b.c.d, which connects to the same machine."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


async def _resolve(host: str) -> list[Address]:
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().run_in_executor(_resolvers, _look_up, host)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"no address is known for {host}") from error
    return [ip_address(text) for text in found]


def _look_up(host: str) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
