"""What a picture's bytes say it is, and what its file is called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler import assets
from crawler.model import Source
from tests.pictures import AVIF, GIF, JPEG, PNG, SVG, WEBP

A = Source("a", "http://a.example/feed")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (JPEG, "jpg"),
        (PNG, "png"),
        (GIF, "gif"),
        (b"GIF87a\x02\0\x02\0", "gif"),
        (WEBP, "webp"),
        (AVIF, "avif"),
        (AVIF.replace(b"ftypavif", b"ftypavis"), "avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0miafavifmif1", "avif"),
        (b"\0\0\0\x1cftypheic\0\0\0\0heicmif1miaf", ""),
        (b"\0\0\0\x0cftypavif", ""),
        (b"\x7f\0\0\0ftypavif" + bytes(99), ""),
        (SVG, ""),
        (b"<!doctype html>" + PNG, ""),
        (b"BM\x36\0\0\0", ""),
        (b"BMW is no picture", ""),
        (b"RIFF\x20\0\0\0WAVEfmt ", ""),
        (b"\x89PNG\n\x1a\n", ""),
        (b"", ""),
    ],
)
def test_the_kind_is_what_the_bytes_say(data: bytes, kind: str) -> None:
    assert assets.kind_of(data) == kind


@pytest.mark.parametrize("data", [JPEG, PNG, GIF, WEBP, AVIF, GIF.replace(b"a\x02\0\x02", b"a\x01\0\x02")])
def test_pictures_are_kept(data: bytes) -> None:
    assert assets.refusal(data) == ""


def test_what_is_none_is_refused_with_the_reason() -> None:
    assert assets.refusal(SVG) == "no picture of a kind that is kept: avif, gif, jpg, png, webp"


@pytest.mark.parametrize(
    "data",
    [b"GIF89a\x01\0\x01\0\x80", b"GIF89a\0\0\0\0", PNG.replace(b"\x02\0\0\0\x02\x08", b"\x01\0\0\0\x01\x08"), PNG[:12]],
)
def test_points_that_count_readers_are_refused(data: bytes) -> None:
    assert assets.refusal(data) == "a picture of one point, which counts readers"


def test_a_name_is_of_the_bytes_and_checks_them() -> None:
    path = assets.path_of(PNG, "assets")
    assert assets.is_asset(path)
    assert path.endswith(".png")
    assert assets.is_whole(path, PNG)
    assert not assets.is_whole(path, PNG + b"x")
    assert not assets.is_whole(path, b"")
    there = assets.path_of(JPEG, "static/assets")
    assert there.startswith("static/assets/")
    assert assets.is_asset(there)
    assert assets.is_whole(there, JPEG)


@pytest.mark.parametrize(
    "path",
    [
        "assets/style.css",
        "assets/ab/cd0123456789abcdef0123456789abcd.png",
        "assets/ab/ab0123456789abcdef0123456789abcd.svg",
        "x/assets/ab/ab0123456789abcdef0123456789abcd.png",
        "assets/ab/ab0123456789abcdef0123456789abcd.png.md",
    ],
)
def test_other_files_are_no_assets(path: str) -> None:
    assert not assets.is_asset(path)


def test_hugo_has_its_own_folder_and_so_its_own_copy() -> None:
    assert assets.folder_of(A) == "assets"
    assert assets.folder_of(replace(A, format="hugo")) == "static/assets"
    address = "http://a.example/1.png"
    assert assets.key(address, "assets") != assets.key(address, "static/assets")
