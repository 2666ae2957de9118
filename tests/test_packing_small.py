"""Entries of lists, of which there are millions: packed plainly; large ones are deflated, and both are read."""

import json
import zlib
from datetime import UTC, datetime

from crawler.model import Entry
from crawler.packing import WORTH_DEFLATING, pack, unpack

SMALL = Entry(
    url="http://a.example/x", published=datetime(2024, 5, 3, tzinfo=UTC), categories=("a", "b"), dated_by="sitemap"
)


def test_small_ones_are_plain() -> None:
    assert json.loads(pack(SMALL))["url"] == SMALL.url
    assert unpack(pack(SMALL)) == SMALL


def test_large_ones_are_deflated() -> None:
    large = Entry(url=SMALL.url, content="<p>A text.</p>" * 100)
    assert len(pack(large)) < WORTH_DEFLATING
    assert unpack(pack(large)) == large


def test_small_ones_that_were_deflated_are_still_read() -> None:
    assert unpack(zlib.compress(pack(SMALL))) == SMALL
