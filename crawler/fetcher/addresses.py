"""Addresses: may this one be connected to?

Rule: a name is connected to only when *every* address it resolves to is a public one, and only at the addresses that
were checked (the connector takes them from `CheckedResolver`). Addresses written into the URL never reach a resolver,
so the URL is checked as well, and `guarded_socket` looks once more at what is really about to be connected to.
Touches the network by asking the system's resolver for names, nothing else.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from ..errors import FetchError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: (host, port, family) → addresses as text; raises OSError for a name that is not found.
Lookup = Callable[[str, int, socket.AddressFamily], Awaitable[Sequence[str]]]
#: Host name → loopback address and port: curl's --connect-to, for the bundled demo and tests.
Pins = Mapping[str, tuple[str, int]]

#: RFC 6598: shared by a provider's customers.
CARRIER_NAT = ipaddress.ip_network("100.64.0.0/10")
#: RFC 6052: an IPv4 address in an IPv6 coat; where IPv6-only networks reach the IPv4 world.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: RFC 4193: what private networks use.
UNIQUE_LOCAL = ipaddress.ip_network("fc00::/7")
#: RFC 4291 §2.4 and the IANA registry: all global unicast handed out so far.
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
#: RFC 9637: documentation; Python's tables do not know it yet.
DOCUMENTATION = ipaddress.ip_network("3fff::/20")


def check_address(address: str | Address, allow_private: bool) -> str:
    """Return why an address must not be connected to, or "".

    Args:
        address: numeric, as a resolver gives it; a zone (%eth0) is ignored.
        allow_private: let private, loopback, link-local and shared addresses pass. Multicast, unspecified and
            reserved ones never do.
    """
    ip = ipaddress.ip_address(address.partition("%")[0]) if isinstance(address, str) else address
    if isinstance(ip, ipaddress.IPv6Address):
        return _check_ipv6(ip, allow_private)
    return _check_ipv4(ip, allow_private)


def _check_ipv4(ip: ipaddress.IPv4Address, allow_private: bool) -> str:
    if ip.is_unspecified:
        return "unspecified"
    if ip.is_multicast:
        return "multicast"
    if ip.is_reserved:
        return "reserved"
    if allow_private:
        return ""
    if ip.is_loopback:
        return "loopback"
    if ip.is_link_local:
        return "link-local"
    if ip in CARRIER_NAT:
        return "shared"
    return "private" if ip.is_private else ""


def _check_ipv6(ip: ipaddress.IPv6Address, allow_private: bool) -> str:
    if ip.ipv4_mapped is not None:  # a second spelling of IPv4, which no public DNS has a use for
        return _check_ipv4(ip.ipv4_mapped, allow_private) or ("" if allow_private else "IPv4-mapped")
    if ip in NAT64:
        return _check_ipv4(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF), allow_private)
    if ip.sixtofour is not None or ip.teredo is not None:
        return "tunnel to IPv4"
    if ip.is_unspecified:
        return "unspecified"
    if ip.is_multicast:
        return "multicast"
    local = _local_ipv6(ip)
    if local:
        return "" if allow_private else local
    return "" if ip in GLOBAL_UNICAST and ip not in DOCUMENTATION else "reserved"


def _local_ipv6(ip: ipaddress.IPv6Address) -> str:
    if ip.is_loopback:
        return "loopback"
    if ip.is_link_local or ip.is_site_local:
        return "link-local"
    # `is_private` alone will not do: what it says beyond these differs between patch releases of Python.
    special = ip in GLOBAL_UNICAST and ip not in DOCUMENTATION and ip.is_private
    return "private" if ip in UNIQUE_LOCAL or special else ""


def refuse_address(address: str | Address, allow_private: bool) -> None:
    """Raise FetchError for an address that must not be connected to."""
    why = check_address(address, allow_private)
    if why:
        is_by_choice = not allow_private and not check_address(address, allow_private=True)
        key = "; only `fetch: {allow_private_networks: true}` would allow it" if is_by_choice else ""
        raise FetchError(f"address not allowed: {address} ({why}){key}", passing=False)


def written_address(host: str) -> Address | None:
    """Return the address that a URL's host spells out, or None for a name.

    Every spelling that a C library would take: decimal, octal, hexadecimal, shortened, with a dot at the end.
    """
    bare = host.strip("[]").rstrip(".").partition("%")[0]
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(bare))
    except (OSError, UnicodeError):
        return None


async def system_lookup(host: str, port: int, family: socket.AddressFamily) -> Sequence[str]:
    """Ask the system's resolver, in a thread: /etc/hosts and all, whether or not aiodns is installed."""
    return [found["host"] for found in await ThreadedResolver().resolve(host, port, family)]


class CheckedResolver(AbstractResolver):
    """Resolves names for aiohttp's connector and lets no answer through that holds a refused address."""

    def __init__(self, lookup: Lookup, allow_private: bool, pins: Pins) -> None:
        self._lookup = lookup
        self._allow_private = allow_private
        self._pins = pins

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolve one name.

        Raises:
            FetchError: the name is not found (passing), or one of its addresses is refused.
        """
        if host in self._pins:
            address, pinned_port = self._pins[host]
            return [_result(host, address, pinned_port)]
        try:
            addresses = await self._lookup(host, port, family)
        except (OSError, UnicodeError) as e:  # UnicodeError: a label over 63 bytes
            raise FetchError(_why_unresolved(e)) from e
        if not addresses:
            raise FetchError("name not found")
        for address in addresses:
            refuse_address(address, self._allow_private)
        return [_result(host, address, port) for address in addresses]

    async def close(self) -> None:
        """Nothing is held open."""


def _why_unresolved(error: Exception) -> str:
    is_silent = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
    return "name server did not answer" if is_silent else "name not found"


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)


#: (family, type, protocol, canonical name, socket address) as getaddrinfo gives it.
AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]


def guarded_socket(allow_private: bool, pins: Pins) -> Callable[[AddrInfo], socket.socket]:
    """Return a socket factory for the connector: the last look before connecting, whoever chose the address."""
    pinned = set(pins.values())

    def make(info: AddrInfo) -> socket.socket:
        family, kind, protocol, _, endpoint = info
        if (endpoint[0], endpoint[1]) not in pinned:
            refuse_address(endpoint[0], allow_private)
        return socket.socket(family, kind, protocol)

    return make


def checked_pins(pins: Pins) -> Pins:
    """Return the pins after making sure that each leads to the loopback interface.

    Raises:
        ValueError: one does not; a pin is an exemption from all checks and must not reach a network.
    """
    for name, (address, _) in pins.items():
        if not ipaddress.ip_address(address).is_loopback:
            raise ValueError(f"connect_to: {name} is pinned to {address}, which is not a loopback address")
    return pins
