"""What goes out: no password, nothing that moves a terminal or disguises what it shows, nothing that cannot be written."""

from __future__ import annotations

import json
import logging
import re
import time

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.cli import cli, outcome
from crawler.cli.common import set_up_logging
from crawler.cli.report import table
from crawler.cli.safe import masked, plain, to_json
from tests.conftest import Desk
from tests.webserver import page

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\x1b[31mb\x07\x9bc\rd\te\nf\x7f", "a [31mb  c d e\nf "),
        ("联合早报 é 👍🏽", "联合早报 é 👍🏽"),
        ("invoice\u202egpj.exe\u202c \u2066a\u2069", "invoicegpj.exe a"),
        ("half \ud83d of a sign, bytes \udcff", "half \ufffd of a sign, bytes \ufffd"),
        (404, "404"),
    ],
)
def test_text_from_outside_moves_no_terminal(text: object, said: str) -> None:
    assert plain(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http://me:hunter2@h.example/feed", "http://…@h.example/feed"),
        ("HTTPS://hunter2@h.example", "HTTPS://…@h.example"),
        ("http://me:p@hunter2@h.example/ and http://b:hunter2@[::1]:80/", "http://…@h.example/ and http://…@[::1]:80/"),
        ("'http://me:hunter2 with blanks@h.example/'", "'http://…@h.example/'"),
        ("http://me:hunter2/slash@h.example/", "http://…@h.example/"),
        ("http://me:hunter2\x1b\t!@h.example/", "http://…@h.example/"),
        ("postgresql://me:hunter2@db/x", "postgresql://…@db/x"),
        ("https://h.example/@me, https://h.example:8080/@me", "https://h.example/@me, https://h.example:8080/@me"),
        ("https://h.example/?to=me@b.example#@", "https://h.example/?to=me@b.example#@"),
        ("http://h.example:80: write to me@b.example", "http://h.example:80: write to me@b.example"),
        ("mail me@b.example: see http://[::1]/ or b@c", "mail me@b.example: see http://[::1]/ or b@c"),
    ],
)
def test_passwords_in_addresses_are_masked(text: str, said: str) -> None:
    assert plain(text) == said
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize("text", ["://a:b " * 40_000, "a" * 300_000 + "://", "x://" + "a" * 300_000])
def test_masking_takes_no_time(text: str) -> None:
    begun = time.monotonic()
    assert masked(text) == text
    assert time.monotonic() - begun < 5


@given(st.text(st.characters(codec=None, categories=("Cc", "Cf", "Cs", "L"))))
@settings(deadline=None, derandomize=True)
def test_whatever_is_said_can_be_written(text: str) -> None:
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", plain(text))
    plain(text).encode()
    written = to_json({"text": text})
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", written)
    written.encode()
    assert json.loads(written) == {"text": text}


def test_json_is_masked_wherever_text_is() -> None:
    address = f"http://me:{SECRET}@h.example/"
    written = to_json({"url": address, "list": [address, (address,)], "n": 1, "no": None})
    assert json.loads(written) == {
        "url": "http://…@h.example/",
        "list": ["http://…@h.example/", ["http://…@h.example/"]],
        "n": 1,
        "no": None,
    }


@pytest.mark.parametrize("form", ["text", "json"])
def test_log_lines_are_masked_and_their_tracebacks_too(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(0, False, form)
    try:
        raise ValueError(f"http://me:{SECRET}@a.example/ \udcff \u202e")
    except ValueError:
        logging.getLogger("crawler.x").exception("of %s", f"http://me:{SECRET}@b.example/")
    err = capsys.readouterr().err
    assert SECRET not in err
    assert "http://…@a.example/" in err
    assert "http://…@b.example/" in err
    assert "\u202e" not in err


def test_a_table_is_masked_before_it_is_cut_and_set() -> None:
    long = f"http://me:{SECRET * 20}@h.example/"
    assert table([("url", "x"), (long, 1)]) == ["url                  x", "http://…@h.example/  1"]


def test_bad_usage_is_said_safely(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["fetch", "a", f"http://me:{SECRET}@h.example/\x07"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1] == "Error: Got unexpected extra argument (http://…@h.example/ )"

    def fails(*_: object, **__: object) -> None:
        raise click.FileError(f"http://me:{SECRET}@h.example/")

    monkeypatch.setattr(cli, "main", fails)
    assert outcome([]) == 1
    assert SECRET not in capsys.readouterr().err


def test_no_command_tells_a_sources_password(desk: Desk) -> None:
    """Of one that works, one that fails, one that is asked for by its address, and one that cannot be added."""
    base = desk.base.replace("http://", f"http://me:{SECRET}@")
    desk.routes |= {"/bad": page(b"", 500), "/2": page(b"", 404)}
    desk.configure(
        {"name": "Harbour", "url": f"{base}/feed"},
        {"name": "Bad", "url": f"{base}/bad"},
        {"name": f"{base}/", "url": "http://127.0.0.1:1/"},
    )
    commands = [["source", "list"], ["source", "test", "Harbour"], ["source", "test", f"{base}/bad"]]
    commands += [["run", "-vv"], ["run", "--json", "--force"], ["run", "-vv", "--log-format", "json", "--force"]]
    commands += [["status"], ["status", "--json"], ["run", "nobody"], ["run", "--dry-run", "--force"]]
    commands += [["source", "add", f"{base}/feed"], ["source", "add", f"{base}/none"], ["verify"], ["config", "check"]]
    commands += [["fetch", f"{base}/2"], ["fetch", f"{base}/2", "--source", f"{base}/none"]]
    said = "".join("".join(desk.run(*words)[1:]) for words in commands)
    assert "http://…@127.0.0.1" in said
    assert SECRET not in said
