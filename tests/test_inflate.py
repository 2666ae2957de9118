from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import FetchError, TooLarge
from crawler.inflate import Body, Packed, opened, size_text
from crawler.model import Page
from tests.clock import START

TEXT = "联合早报 ".encode() * 200
CAP = 100_000


def decode(coding: str, data: bytes, step: int = 0, cap: int = CAP) -> bytes:
    body = Body(coding, cap)
    for start in range(0, len(data), step or max(len(data), 1)):
        body.feed(data[start : start + (step or len(data))])
    return body.finish()


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


CODED = [
    ("", TEXT),
    ("identity", TEXT),
    ("gzip", gzip.compress(TEXT)),
    ("GZIP", gzip.compress(TEXT)),
    ("x-gzip", gzip.compress(TEXT)),
    ("identity, gzip", gzip.compress(TEXT)),
    ("deflate", zlib.compress(TEXT)),
    ("deflate", raw_deflate(TEXT)),
    ("gzip", gzip.compress(TEXT[:500]) + gzip.compress(TEXT[500:])),
    ("gzip", gzip.compress(b"") + gzip.compress(TEXT) + gzip.compress(b"")),
    ("gzip", gzip.compress(TEXT) + bytes(300)),
    ("gzip", gzip.compress(TEXT) + b"<!-- served by cache -->"),
    ("gzip", gzip.compress(TEXT) + b"\x1f"),
    ("deflate", zlib.compress(TEXT) + b"rubbish"),
]


@pytest.mark.parametrize("step", [0, 1, 7])
@pytest.mark.parametrize(("coding", "data"), CODED)
def test_codings_are_undone_however_the_bytes_arrive(coding: str, data: bytes, step: int) -> None:
    assert decode(coding, data, step) == TEXT


@pytest.mark.parametrize("coding", ["", "gzip", "deflate"])
def test_no_bytes_are_an_empty_body(coding: str) -> None:
    assert decode(coding, b"") == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_every_cut_is_noticed(coding: str) -> None:
    whole = gzip.compress(TEXT) if coding == "gzip" else zlib.compress(TEXT)
    for end in range(1, len(whole)):
        with pytest.raises(FetchError, match="body ended early") as caught:
            decode(coding, whole[:end])
        assert caught.value.passing


def test_a_second_member_that_is_cut_is_noticed() -> None:
    with pytest.raises(FetchError, match="body ended early"):
        decode("gzip", gzip.compress(TEXT) + gzip.compress(TEXT)[:-1])


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", b"<html>not compressed at all</html>"),
        ("deflate", b"\xff\xff<html>"),
        ("gzip", gzip.compress(TEXT)[:-8] + b"\0\0\0\0" + gzip.compress(TEXT)[-4:]),
        ("gzip", gzip.compress(TEXT) + b"\x1f\x8b\xff\xff\xff"),
    ],
)
def test_bytes_of_another_coding_are_refused(coding: str, data: bytes) -> None:
    with pytest.raises(FetchError, match=f"body is not valid {coding}"):
        decode(coding, data)


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br", "gzip, gzip", "compress"])
def test_codings_we_did_not_offer_are_refused(coding: str) -> None:
    with pytest.raises(FetchError, match="content coding not asked for") as caught:
        Body(coding, CAP)
    assert not caught.value.passing


@pytest.mark.parametrize("coding", ["", "gzip", "deflate"])
def test_the_cap_is_exact(coding: str) -> None:
    packers: dict[str, Callable[[bytes], bytes]] = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress}
    pack = packers[coding]
    assert len(decode(coding, pack(bytes(CAP)), 16_384)) == CAP
    with pytest.raises(TooLarge, match=r"over 0\.1 MB") as caught:
        decode(coding, pack(bytes(CAP + 1)), 16_384)
    assert not caught.value.passing


def test_incompressible_bytes_up_to_the_cap_pass() -> None:
    noise = Random(1).randbytes(CAP)
    packed = gzip.compress(noise)
    assert len(packed) > CAP
    assert decode("gzip", packed, 1000) == noise


def test_a_bomb_stops_at_the_cap_and_so_does_memory() -> None:
    stream = zlib.compressobj(9, wbits=31)
    bomb = b"".join(stream.compress(bytes(1_000_000)) for _ in range(100)) + stream.flush()
    body = Body("gzip", CAP)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            body.feed(bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(body.data) == CAP
    assert peak < 10 * CAP


def test_members_that_hold_nothing_do_not_go_on_for_ever() -> None:
    with pytest.raises(TooLarge):
        decode("gzip", gzip.compress(b"") * CAP, 1000)


@settings(deadline=None, derandomize=True)
@given(st.binary(max_size=2000), st.sampled_from(["", "gzip", "deflate"]), st.integers(0, 50))
def test_any_bytes_decode_or_are_refused(data: bytes, coding: str, step: int) -> None:
    with suppress(FetchError):
        assert len(decode(coding, data, step, cap=1000)) <= 1000


@settings(deadline=None, derandomize=True)
@given(st.binary(max_size=2000), st.integers(1, 50))
def test_what_was_packed_comes_back(data: bytes, step: int) -> None:
    assert decode("gzip", gzip.compress(data), step) == data
    assert decode("deflate", zlib.compress(data), step) == data


def test_sizes_for_people() -> None:
    assert [size_text(n) for n in (15_000_000, 512_000, 15 * 2**20)] == ["15 MB", "0.512 MB", "15.7 MB"]


def page(coding: str, body: bytes) -> Page:
    return Page("http://a.example/", "http://a.example/", 200, (), body, START, coding=coding, cap_bytes=CAP)


class TestPacked:
    @pytest.mark.parametrize(("coding", "data"), CODED)
    def test_is_opened_into_what_was_sent(self, coding: str, data: bytes) -> None:
        packed = Packed(coding, CAP)
        for start in range(0, len(data), 7):
            packed.feed(data[start : start + 7])
        there = opened(page(coding, packed.finish()))
        assert (there.body, there.coding) == (TEXT, "")

    def test_is_refused_at_once_where_nobody_could_open_it(self) -> None:
        with pytest.raises(FetchError, match="not asked for: br"):
            Packed("br", CAP)

    def test_longer_than_any_body_within_the_cap_is_refused_as_it_comes(self) -> None:
        packed = Packed("gzip", CAP)
        packed.feed(bytes(CAP))
        with pytest.raises(TooLarge):
            packed.feed(bytes(CAP // 10))

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (gzip.compress(TEXT)[:-9], "body ended early"),
            (b"no gzip", "body is not valid gzip"),
            (gzip.compress(bytes(CAP + 1)), "over 0.1 MB"),
        ],
    )
    def test_that_cannot_be_opened_tells_that_an_answer_came(self, body: bytes, reason: str) -> None:
        with pytest.raises(FetchError, match=reason) as caught:
            opened(page("gzip", body))
        assert caught.value.status == 200
