"""Which posts are stubs, and how a predecessor's post is read back and given its text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.model import Article, CanonicalURL, Source
from crawler.moments import EPOCH
from crawler.stubs import LONGEST, fault_of
from crawler.writer.adopted import read_adopted, refilled
from crawler.writer.post import render
from tests.fakes import paragraphs

URL = "https://e.org/1"
CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "predecessor"
FRONT = '---\nlayout: post\ntitle: "The \\"old\\" bridge"\ndate: 2021-09-06T03:46:53.981Z\nauthor: Ann\nfrom: https://e.org/1\ntags: [ Bay ]\n'
FRONT += "comments: True\ncategories: [ Bay ]\n---\n"
COMMENT = "<!--NaN-->\n"
LINK = f'[The "old" bridge]({URL})\n------\n'
BODY = "<p>One <b>line</b>.</p><div>x</div>"
LONG = "".join(f"<p>{text}</p>" for n in range(3) for text in paragraphs(n))


def post(body: str) -> bytes:
    return f"{FRONT}{COMMENT}{LINK}\n<div>\n{body}\n</div>\n".encode()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "it has no text"),
        ('<img src="https://e.org/a.jpg" alt="">', "it has no text"),
        ("<p>The &quot;old&quot; bridge</p>", "its text is its title or its address"),
        (f"<a href='{URL}'>{URL}</a>", "its text is its title or its address"),
        (f"The \"old\" bridge <a href='{URL}'>{URL}</a>", "its text is its title or its address"),
        ("渡轮停航，官方说明原因。", "its text has 12 characters"),
        ("字" * 99, "its text has 99 characters"),
        ("字" * 100, ""),
        ("A" * 299, "its text has 299 characters"),
        ("A" * 300, ""),
        (LONG[:700] + "…", "its text breaks off"),
        (LONG[:700] + " [...]", "its text breaks off"),
        (LONG[:700] + "<a href='x'>Read more</a>", "its text breaks off"),
        ("字" * 300 + "<a href='x'>继续阅读 »</a>", "its text breaks off"),
        ("字" * 300 + "<a href='x'>阅读全文</a>", "its text breaks off"),
        ("字" * 1100 + "…", ""),
        (LONG, ""),
        ("<" * (LONGEST + 1), ""),
    ],
)
def test_what_a_stub_is(body: str, why: str) -> None:
    assert fault_of(post(body), URL) == why


def test_what_is_no_post_is_none() -> None:
    assert fault_of(b"# A README\n", URL) == ""


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the predecessor's posts are not at hand")
def test_those_of_the_predecessor() -> None:
    """Summaries of one channel, captions of videos, replies of two words; no report of any newspaper."""
    found: dict[str, int] = {}
    for place in sorted(CORPUS.glob("*/*")):
        data = place.read_bytes()
        earlier = read_adopted(data)
        assert earlier is not None
        assert data.startswith(earlier.head)
        assert earlier.title
        found[place.parent.name] = found.get(place.parent.name, 0) + bool(fault_of(data, URL))
    assert {name: count for name, count in found.items() if count} == {"Huli": 4, "城寨": 8, "寒冬": 7}


@pytest.mark.parametrize(
    ("head", "rest", "body"),
    [
        (FRONT + COMMENT + LINK, f"\n<div>\n{BODY}\n</div>\n", BODY),
        (FRONT + "<!--1595391378000-->\n" + LINK, "\n<div>\n\n</div>\n", ""),
        (FRONT + LINK, f"\n{BODY}\n", BODY),
        (FRONT + COMMENT, f"{BODY}", BODY),
        (FRONT, f"\n<article>{BODY}</article>\n", f"<article>{BODY}</article>"),
        (FRONT, "", ""),
        (FRONT.rstrip("\n"), "", ""),
        ("\ufeff" + FRONT + COMMENT + LINK, f'\n<div markdown="1">\n\n{BODY}\n\n</div>\n', BODY),
        ((FRONT + COMMENT + LINK).replace("\n", "\r\n"), f"\r\n<div>\r\n{BODY}\r\n</div>\r\n", BODY),
        (FRONT + COMMENT + LINK.rstrip("\n"), "", ""),
    ],
)
def test_whatever_form_it_has_its_head_stays(head: str, rest: str, body: str) -> None:
    found = read_adopted((head + rest).encode())
    assert found is not None
    assert (found.head, found.body) == (head.encode(), body)
    assert (found.title, found.author) == ('The "old" bridge', "Ann")
    assert found.published == found.stated == datetime(2021, 9, 6, 3, 46, 53, 981000, tzinfo=UTC)
    article = Article(CanonicalURL(URL), "x", "y -->", found.published, found.published, "<p>Full.</p>", "page")
    new = refilled(render(article, Source("Bay", "https://e.org/feed")), found.head)
    assert new.startswith(found.head)
    again = read_adopted(new)
    assert again is not None
    assert again.body == "Full."
    assert new.count(b"------") == new.count(b"<div") == 1
    assert new.count(b"<!--") == (head != FRONT + LINK)


def test_a_post_of_ours_keeps_its_form() -> None:
    article = Article(CanonicalURL(URL), "T", "A", EPOCH, EPOCH, "<p>Short.</p>", "page")
    source = Source("Bay", "https://e.org/feed")
    old, new = render(article, source), render(replace(article, html="<p>Full.</p>", title="U"), source)
    found = read_adopted(old)
    assert found is not None
    assert refilled(new, found.head) == old.replace(b"Short.", b"Full.")


@pytest.mark.parametrize("date", ["", "soon", "0001-01-01T00:00:00+23:59", "2021-11-20"])
def test_a_date_that_is_none_is_no_fault(date: str) -> None:
    found = read_adopted(f"---\ndate: {date}\n---\n".encode())
    assert found is not None
    assert found.published == (datetime(2021, 11, 20, tzinfo=UTC) if date == "2021-11-20" else EPOCH)


@pytest.mark.parametrize("text", ["---\n", "\n", " ", "<div>", "</div>", "<!--", "[", "-", "</div> "])
def test_hostile_posts_take_no_longer(text: str) -> None:
    for head in ("", FRONT, FRONT + COMMENT):
        data = (head + text * (200_000 // len(text))).encode()
        fault_of(data, URL)


@given(st.binary(max_size=80))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_any_bytes_are_read(data: bytes) -> None:
    assert isinstance(fault_of(FRONT.encode() + data, URL), str)
