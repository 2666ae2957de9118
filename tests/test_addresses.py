from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

import pytest

from crawler.errors import FetchError
from crawler.fetcher.addresses import (
    CheckedResolver,
    Lookup,
    check_address,
    checked_pins,
    guarded_socket,
    system_lookup,
    written_address,
)

#: address → why refused; why refused where private networks are allowed
ADDRESSES = [
    ("8.8.8.8", "", ""),
    ("192.0.66.2", "", ""),
    ("100.63.255.255", "", ""),
    ("172.32.0.1", "", ""),
    ("2606:4700::1111", "", ""),
    ("2a00:1450:4001::1", "", ""),
    ("127.0.0.1", "loopback", ""),
    ("127.255.255.254", "loopback", ""),
    ("::1", "loopback", ""),
    ("10.0.0.1", "private", ""),
    ("172.16.0.1", "private", ""),
    ("192.168.1.1", "private", ""),
    ("192.0.2.1", "private", ""),
    ("198.18.0.1", "private", ""),
    ("203.0.113.9", "private", ""),
    ("0.1.2.3", "private", ""),
    ("fd00::1", "private", ""),
    ("2001:db8::1", "private", ""),
    ("169.254.169.254", "link-local", ""),
    ("fe80::1", "link-local", ""),
    ("fe80::1%eth0", "link-local", ""),
    ("fec0::1", "link-local", ""),
    ("100.64.0.1", "shared", ""),
    ("100.127.255.255", "shared", ""),
    ("0.0.0.0", "unspecified", "unspecified"),
    ("::", "unspecified", "unspecified"),
    ("224.0.0.1", "multicast", "multicast"),
    ("239.255.255.250", "multicast", "multicast"),
    ("ff02::1", "multicast", "multicast"),
    ("240.0.0.1", "reserved", "reserved"),
    ("255.255.255.255", "reserved", "reserved"),
    ("4000::1", "reserved", "reserved"),
    ("3fff::1", "reserved", "reserved"),
    ("64:ff9b:1::1", "reserved", "reserved"),
    ("::ffff:127.0.0.1", "loopback", ""),
    ("::ffff:8.8.8.8", "IPv4-mapped", ""),
    ("::ffff:224.0.0.1", "multicast", "multicast"),
    ("::127.0.0.1", "reserved", "reserved"),
    ("2002:7f00:1::", "tunnel to IPv4", "tunnel to IPv4"),
    ("2002:808:808::1", "tunnel to IPv4", "tunnel to IPv4"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "tunnel to IPv4", "tunnel to IPv4"),
    ("64:ff9b::8.8.8.8", "", ""),
    ("64:ff9b::10.0.0.1", "private", ""),
    ("64:ff9b::127.0.0.1", "loopback", ""),
]


@pytest.mark.parametrize(("address", "why", "why_private"), ADDRESSES)
def test_check_address(address: str, why: str, why_private: str) -> None:
    assert check_address(address, allow_private=False) == why
    assert check_address(address, allow_private=True) == why_private


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0", "0.0.0.0"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("fe80::1%25eth0", "fe80::1"),
        ("::ffff:7f00:1", "::ffff:7f00:1"),
    ],
)
def test_written_address_knows_every_spelling(host: str, address: str) -> None:
    found = written_address(host)
    assert found is not None
    assert found == type(found)(address)


@pytest.mark.parametrize(
    "host", ["example.org", "1.example.org", "x7f.1", "dead.beef", "例子.测试", "256.256.256.256", ""]
)
def test_written_address_of_a_name(host: str) -> None:
    assert written_address(host) is None


def answering(*addresses: str) -> Lookup:
    async def lookup(host: str, port: int, family: socket.AddressFamily) -> Sequence[str]:
        return addresses

    return lookup


def failing(error: Exception) -> Lookup:
    async def lookup(host: str, port: int, family: socket.AddressFamily) -> Sequence[str]:
        raise error

    return lookup


def resolve(lookup: Lookup, host: str = "site.example", allow_private: bool = False) -> list[tuple[str, int, int]]:
    resolver = CheckedResolver(lookup, allow_private, {"demo.example": ("127.0.0.1", 8123)})
    found = asyncio.run(resolver.resolve(host, 443))
    asyncio.run(resolver.close())
    return [(r["host"], r["port"], r["family"]) for r in found]


def test_public_answers_pass_as_they_are() -> None:
    found = resolve(answering("8.8.8.8", "2606:4700::1111"))
    assert found == [("8.8.8.8", 443, socket.AF_INET), ("2606:4700::1111", 443, socket.AF_INET6)]


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::1", "8.8.8.8"), ("8.8.8.8", "::")])
def test_one_refused_address_spoils_the_answer(addresses: tuple[str, ...]) -> None:
    with pytest.raises(FetchError, match=r"address not allowed: \S+ \(\S+\)") as caught:
        resolve(answering(*addresses))
    assert not caught.value.passing


@pytest.mark.parametrize(
    ("address", "is_named"),
    [("127.0.0.1", True), ("192.168.1.7", True), ("fd00::1", True), ("::", False), ("224.0.0.1", False)],
)
def test_a_refusal_names_the_key_where_that_would_help(address: str, is_named: bool) -> None:
    with pytest.raises(FetchError, match="address not allowed: ") as caught:
        resolve(answering(address))
    assert ("`fetch: {allow_private_networks: true}`" in caught.value.reason) == is_named


def test_private_answers_pass_where_they_are_allowed() -> None:
    assert resolve(answering("10.0.0.1"), allow_private=True) == [("10.0.0.1", 443, socket.AF_INET)]


def test_a_pin_replaces_name_and_port_and_nothing_else_does() -> None:
    assert resolve(failing(OSError()), "demo.example") == [("127.0.0.1", 8123, socket.AF_INET)]
    with pytest.raises(FetchError, match="not allowed"):
        resolve(answering("127.0.0.1"), "demo.example.")


@pytest.mark.parametrize(
    ("lookup", "reason"),
    [
        (failing(socket.gaierror(socket.EAI_NONAME, "Name or service not known")), "name not found"),
        (failing(socket.gaierror(socket.EAI_AGAIN, "Temporary failure")), "name server did not answer"),
        (failing(UnicodeError("label too long")), "name not found"),
        (answering(), "name not found"),
    ],
)
def test_names_that_are_not_found(lookup: Lookup, reason: str) -> None:
    with pytest.raises(FetchError) as caught:
        resolve(lookup)
    assert (caught.value.reason, caught.value.passing) == (reason, True)


def test_the_system_is_asked() -> None:
    """For an address, which every system knows; a bare Debian has not even the name localhost."""

    async def ask() -> Sequence[str]:
        return await system_lookup("127.0.0.1", 80, socket.AF_INET)

    assert set(asyncio.run(ask())) == {"127.0.0.1"}


def info(address: str, port: int) -> tuple[int, int, int, str, tuple[str, int]]:
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))


def test_the_last_look_refuses_whatever_was_not_checked() -> None:
    make = guarded_socket(allow_private=False, pins={"demo.example": ("127.0.0.1", 8123)})
    make(info("8.8.8.8", 80)).close()
    make(info("127.0.0.1", 8123)).close()
    for address, port in [("127.0.0.1", 8124), ("127.0.0.2", 8123), ("10.0.0.1", 80)]:
        with pytest.raises(FetchError, match="not allowed"):
            make(info(address, port))
    guarded_socket(allow_private=True, pins={})(info("10.0.0.1", 80)).close()


@pytest.mark.parametrize("address", ["8.8.8.8", "10.0.0.1", "0.0.0.0", "localhost"])
def test_pins_lead_to_loopback_only(address: str) -> None:
    with pytest.raises(ValueError, match=address):
        checked_pins({"demo.example": (address, 80)})
