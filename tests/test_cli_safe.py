"""What goes out: no password, nothing that moves a terminal or disguises what it shows, nothing that cannot be written."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import time

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.cli import cli, outcome
from crawler.cli.common import set_up_logging
from crawler.cli.fetch import show
from crawler.cli.progress import Progress
from crawler.cli.report import table
from crawler.cli.safe import masked, plain, to_json
from crawler.model import Tally
from tests.clock import FakeClock
from tests.conftest import Desk
from tests.fakes import article, entry, rss, says
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
    begun = time.process_time()
    assert masked(text) == text
    assert time.process_time() - begun < 5


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


#: What a terminal would obey, as feeds, pages and servers can send it: raw, as references, as JSON's escapes.
EVIL = "\x9b31mred\x85 &#155;2J &amp;#27;[2J &#x202e;gpj \u202egpj \u2066x"
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def hostile(desk: Desk) -> list[str]:
    """Serve feeds, pages and headers full of it; return the sources' addresses."""
    base = desk.base
    links = [f"{base}/1?{EVIL}", f"javascript:{EVIL}", f"{base}/3#{EVIL}", f"{base}/4", f"{base}/5"]
    items = [entry(link, f"{EVIL} {n}", EVIL, guid="g" + EVIL) for n, link in enumerate(links)]
    raw = rss(*items, title=EVIL).replace("&amp;#x", "&#x")
    told = {"title": f"\x1b]0;{EVIL}\x07", "id": "\x1b[2J", "url": f"{base}/4?\x1b", "content_text": "\x1b[2J"}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": f"\x1b[2J{EVIL}", "items": [told, told | {"id": 2}]}
    head = f'<link rel="canonical" href="/{EVIL}"><link rel="alternate" type="application/rss+xml" href="/bad{EVIL}">'
    text = article(1, head=head, title=EVIL)
    desk.routes |= {
        "/rss": says(raw),
        "/json": says(json.dumps(feed), Content_Type="application/feed+json"),
        "/4": says(text, Content_Type="text/html"),
        "/5": says("x", Content_Type="application/x-\x9b31m"),
        "/new": says(raw),
        "/bad": says(f"<{EVIL}>", Content_Type="text/\x9b2J"),
        "/site": says(text, Content_Type="text/html"),
    }
    return [f"{base}/{name}" for name in ("rss", "json", "bad")]


COMMANDS = [
    "run -vv",
    "run -vv --force --log-format json",
    "run --json --force",
    "run --dry-run --force",
    "status",
    "status --json",
    "source list",
    "source test {rss}",
    "source test {json}",
    "source test {bad}",
    "source add {site}",
    "source add {new}",
    "source list",
    "fetch {page}",
    "fetch -vv --dry-run {page}",
    "verify",
    "rebuild",
    "config check",
]


def test_no_command_says_what_a_terminal_obeys(desk: Desk) -> None:
    """Log lines in both forms, results, tables, errors; the post of a dry run goes out as it is filed."""
    sources = hostile(desk)
    desk.configure(*({"name": f"S{n}", "url": url} for n, url in enumerate(sources)))
    places = dict(zip(("rss", "json", "bad"), sources, strict=True)) | {
        "site": f"{desk.base}/site",
        "new": f"{desk.base}/new",
        "page": f"{desk.base}/4",
    }
    for command in COMMANDS:
        said = desk.later(minutes=20).run(*command.format_map(places).split())
        piped = UNSAFE.sub("", said.out) if "dry-run {page}" in command else said.out  # the post, byte for byte
        for text in (said.err, piped):
            assert not UNSAFE.search(text), command
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", said.out), command
    assert desk.posts


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_post_is_shown_on_a_terminal_without_what_it_obeys(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    show("---\n\u202etext \x9b31m\n".encode())
    assert terminal.getvalue() == "---\ntext  31m\n"


def test_the_bar_says_numbers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress(1, True, FakeClock()) as progress:
        progress.saw(Tally(polled=1, new=2, archived=1))
    assert set(re.findall("[a-z]+", terminal.getvalue())) <= {"article", "polled", "s"}
