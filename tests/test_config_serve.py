"""The section `serve`."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.config import load
from crawler.errors import ConfigError
from crawler.model import Serve


def read(tmp_path: Path, text: str, **environ: str) -> Serve:
    (tmp_path / "config.yaml").write_text(f"{text}\nsources: []\n")
    return load(tmp_path / "config.yaml", environ).serve


def test_without_the_section_there_is_a_face_for_this_machine(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Serve("127.0.0.1", 8080)
    assert read(tmp_path, "serve:") == Serve()
    assert read(tmp_path, "serve: {}") == Serve(is_configured=True)


def test_each_key_is_read(tmp_path: Path) -> None:
    text = "serve: {host: 0.0.0.0, port: 80, token: '${T}', admin: true, images: true, hosts: [News.Example, '[::1]']}"
    assert read(tmp_path, text, T="hunter2hunter2") == Serve(
        "0.0.0.0", 80, "hunter2hunter2", True, True, ("news.example", "[::1]"), True
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("serve: {port: 99999}", "serve.port: '99999' is no whole number from 0 to 65535"),
        ("serve: {token: short}", "serve.token: must have 8 to 200 characters"),
        ("serve: {token: 'with blanks in it'}", "serve.token: must have 8 to 200 characters"),
        ("serve: {host: 'http://x/'}", "serve.host: 'http://x/' is no address to listen at"),
        ("serve: {hosts: ['a.example:80']}", "serve.hosts[0]: 'a.example:80' is no name of a host"),
        ("serve: {host: 0.0.0.0, admin: true}", "serve.admin: needs a token where others reach it, as at 0.0.0.0"),
        ("serve: {tokn: x}", 'serve.tokn: unknown key "tokn" (did you mean "token"?)'),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert fault in str(caught.value)


def test_a_token_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, "serve: {token: '${T}'}", T="p w")
    assert "p w" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "is_local"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)]
)
def test_what_only_this_machine_reaches(host: str, is_local: bool) -> None:
    assert Serve(host).is_local is is_local
