"""subscriptions: lists of readers and of the predecessor, in and out."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import ParseError
from crawler.model import Source
from crawler.subscriptions import (
    MAX_ATTRIBUTES,
    MAX_BYTES,
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_SOURCES,
    Subscription,
    Subscriptions,
    as_route,
    read,
    to_opml,
)

HUB = ("https://rsshub.app", "https://hub.example.org/base")


def opml(body: str, root: str = 'version="2.0"', prolog: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    return f"{prolog}<opml {root}><head><title>Mine</title></head><body>{body}</body></opml>".encode()


def one(outline: str, root: str = 'version="2.0"') -> Subscription:
    (found,) = read(opml(outline, root)).found
    return found


# --- OPML in ---


def test_folders_are_kept_the_outermost_first() -> None:
    body = """
      <outline text="News">
        <outline text="China" title="All of China"><outline text="早报" type="rss" xmlUrl="https://a.example/f"/></outline>
        <outline text="B" type="rss" xmlUrl="https://b.example/f"/>
      </outline>
      <outline text="C" type="rss" xmlUrl="https://c.example/f"/>"""
    assert read(opml(body)) == Subscriptions(
        (
            Subscription("早报", "https://a.example/f", ("News", "China")),
            Subscription("B", "https://b.example/f", ("News",)),
            Subscription("C", "https://c.example/f"),
        )
    )


@pytest.mark.parametrize(
    ("outline", "name", "url"),
    [
        ('<outline text="A" xmlUrl="https://a.example/f"/>', "A", "https://a.example/f"),
        ('<outline title="A" xmlUrl="https://a.example/f"/>', "A", "https://a.example/f"),
        ('<outline text="" title="A" xmlurl="https://a.example/f"/>', "A", "https://a.example/f"),
        ('<outline xmlUrl="https://a.example/f"/>', "a.example", "https://a.example/f"),
        ('<OUTLINE TEXT="A" XMLURL="https://a.example/f"/>', "A", "https://a.example/f"),
        ('<outline text="A" type="rss" url="https://a.example/f"/>', "A", "https://a.example/f"),
        ('<outline text="A" xmlUrl="feed://a.example/f"/>', "A", "http://a.example/f"),
        ('<outline text="A" xmlUrl="feed:https://a.example/f"/>', "A", "https://a.example/f"),
        ('<outline text="A" xmlUrl="feed://https://a.example/f"/>', "A", "https://a.example/f"),
        ('<outline text="A" xmlUrl="a.example/f"/>', "A", "https://a.example/f"),
        ('<outline text="A" xmlUrl="a.example:8080/f"/>', "A", "https://a.example:8080/f"),
        ('<outline xmlUrl="mailto:me@a.example"/>', "mailto:me@a.example", "mailto:me@a.example"),
        ('<outline text="A" xmlUrl="rsshub://a/b"/>', "A", "rsshub://a/b"),
        ('<outline text="Mine &amp; yours &amp;amp;" xmlUrl="https://a.example/f"/>', "Mine & yours &amp;", "https://a.example/f"),
        ('<outline text="Mine & yours" xmlUrl="https://a.example/?a=1&b=2"/>', "Mine & yours", "https://a.example/?a=1&b=2"),
        ('<outline text="two&#10;lines\x0b" xmlUrl=" https://a.example/f "/>', "two lines", "https://a.example/f"),
    ],
)  # fmt: skip
def test_outlines_as_programs_write_them(outline: str, name: str, url: str) -> None:
    found = one(outline)
    assert (found.name, found.url) == (name, url)


def test_what_opml_does_not_name_is_kept_with_its_namespace() -> None:
    outline = """<outline text="A" title="A at length" type="atom" version="RSS2" htmlUrl="https://a.example/"
      frss:cssFullContent="div &gt; p" xml:lang="de" other:x="dropped" xmlUrl="https://a.example/f"/>"""
    assert one(outline, 'version="1.0" xmlns:frss="https://frss.example/"').attributes == (
        "type=atom",
        "title=A at length",
        "version=RSS2",
        "htmlUrl=https://a.example/",
        "xmlns:frss=https://frss.example/",
        "frss:cssFullContent=div > p",
        "xml:lang=de",
    )


def test_a_prefix_holds_where_it_is_declared() -> None:
    body = """<outline text="F" xmlns:x="https://one.example/"><outline text="A" xmlUrl="https://a.example/" x:a="1"/></outline>
      <outline text="B" xmlUrl="https://b.example/" x:a="1"/>"""
    assert [each.attributes for each in read(opml(body)).found] == [("xmlns:x=https://one.example/", "x:a=1"), ()]


def test_attributes_are_kept_within_bounds() -> None:
    many = " ".join(f'a{n}="1"' for n in range(MAX_ATTRIBUTES + 1))
    found = read(opml(f'<outline text="A" {many} xmlUrl="https://a.example/"/>'))
    assert len(found.found[0].attributes) == MAX_ATTRIBUTES
    assert found.problems == ("A: has attributes too long or too many to be kept",)
    found = read(opml(f'<outline a="1" b="{"x" * (MAX_CHARACTERS + 1)}" xmlUrl="https://a.example/"/>'))
    assert found.found[0].attributes == ("a=1",)
    assert found.problems == ("https://a.example/: has attributes too long or too many to be kept",)


def test_what_is_no_feed_is_told_and_empty_folders_are_not() -> None:
    body = """<outline text="L" type="link" url="https://l.example/"/><outline text="empty"/>
      <outline text="X" type="HTML+XPath" xmlUrl="https://x.example/"/>
      <outline text="I" type="include" url="https://i.example/"><outline text="A" xmlUrl="https://a.example/f"/></outline>"""
    found = read(opml(body))
    assert found.found == (Subscription("A", "https://a.example/f"),)
    assert found.problems == (
        "L: link is no feed: https://l.example/",
        "X: html+xpath is no feed: https://x.example/",
        "I: include is no feed: https://i.example/",
    )


def test_encodings_marks_and_harmless_doctypes() -> None:
    outline = '<outline text="早报" xmlUrl="https://a.example/f"/>'
    want = (Subscription("早报", "https://a.example/f"),)
    for data in (
        b"\xef\xbb\xbf\r\n" + opml(outline),
        opml(outline).decode().encode("utf-16"),
        opml(outline, prolog='<?xml version="1.0" encoding="gb2312"?>').decode().encode("gb2312"),
        opml(outline, prolog='<!DOCTYPE opml SYSTEM "https://dtd.example/opml.dtd">'),
    ):
        assert read(data).found == want


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "neither OPML nor JSON"),
        (b"https://a.example/f\n", "neither OPML nor JSON"),
        (b"<opml><body>", "not OPML: line 1: no element found"),
        (b"<opml>\n<body></opml>", "not OPML: line 2: mismatched tag"),
        (b"<html><body/></html>", "not OPML: a document of <html>"),
        (b"<rss/>", "not OPML: a document of <rss>; for a feed there is `crawler source add`"),
        (opml("<outline>" * MAX_DEPTH + "</outline>" * MAX_DEPTH), "not read: over 64 elements in each other"),
        (opml('<outline xmlUrl="https://a.example/"/>' * (MAX_SOURCES + 1)), "not read: over 20000 sources"),
        (b"<opml>" + b" " * MAX_BYTES, "over 16,000,000 bytes"),
        (
            opml("", prolog='<!DOCTYPE opml [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'),
            "not read: its DOCTYPE has declarations, by which a document can do harm",
        ),
        (
            opml("", prolog='<!DOCTYPE opml [<!ENTITY f SYSTEM "file:///etc/passwd">]>'),
            "not read: its DOCTYPE has declarations, by which a document can do harm",
        ),
        (b"{,}", "not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (b"[" * 100_000, "not read: nested too deeply"),
        (b"[" + b'"a.example",' * MAX_SOURCES + b'"a.example"]', "not read: over 20000 sources"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_is_refused_says_why(data: bytes, why: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(data)
    assert (caught.value.reason, caught.value.passing) == (why, False)


# --- JSON in ---


@pytest.mark.parametrize(
    ("text", "want", "problems"),
    [
        ('[{"site": "早报", "url": "https://a.example/f"}]', [("早报", "https://a.example/f")], []),
        ('{"subs": [{"site": "A", "url": "https://a.example/f"}]}', [("A", "https://a.example/f")], []),
        ('[{"title": "A", "xmlUrl": "https://a.example/f"}]', [("A", "https://a.example/f")], []),
        ('{"site": "A", "url": "https://a.example/f"}', [("A", "https://a.example/f")], []),
        ('["https://a.example/f", "b.example/f"]', [("a.example", "https://a.example/f"), ("b.example", "https://b.example/f")], []),
        (
            '{"A": "https://a.example/f", "B": ["https://b.example/1", {"url": "https://b.example/2"}], "C": {"name": "D", "url": "https://d.example/"}}',
            [("A", "https://a.example/f"), ("B", "https://b.example/1"), ("B", "https://b.example/2"), ("D", "https://d.example/")],
            [],
        ),
        ('[{"site": "A"}, 3, null, {"url": 4}]', [], ["A: names no address", "entry 2: names no address", "entry 3: names no address", "entry 4: names no address"]),
        ('{"A": 1}', [], ["A: names no address"]),
        ("[]", [], []),
        ("{}", [], []),
    ],
)  # fmt: skip
def test_lists_in_json(text: str, want: list[tuple[str, str]], problems: list[str]) -> None:
    found = read(text.encode())
    assert [(each.name, each.url) for each in found.found] == want
    assert list(found.problems) == problems


@pytest.mark.parametrize(
    ("url", "want"),
    [
        ("https://rsshub.app/zaobao/realtime/china", "rsshub://zaobao/realtime/china"),
        ("http://RSSHub.app/a/b/?limit=5", "rsshub://a/b?limit=5"),
        ("https://hub.example.org/base/a", "rsshub://a"),
        ("https://hub.example.org/a", "https://hub.example.org/a"),
        ("https://rsshub.app/", "https://rsshub.app/"),
        ("https://rsshub.app", "https://rsshub.app"),
        ("https://a.example/f", "https://a.example/f"),
        ("https://key.example/a?key=1", "https://key.example/a?key=1"),
    ],
)
def test_addresses_of_known_instances_are_routes(url: str, want: str) -> None:
    assert as_route(url, (*HUB, "https://key.example?key=1")) == want


# --- OPML out ---


def test_sources_are_written_folder_by_folder() -> None:
    sources = [
        Source("B", "https://b.example/f", tags=("news", "science")),
        Source("A & <co> \"q\" 'p'", "https://a.example/?a=1&b=2", tags=("A & <co> \"q\" 'p'",)),
        Source("早报", "rsshub://zaobao/china?limit=2", tags=("news",), opml=("title=At length", "type=atom", "x:a=1", "xmlns:x=u:")),
        Source("list", "https://l.example/", kind="list", tags=("list",), opml=("type=link", "htmlUrl=https://l.example/")),
        Source("secret", "https://me:pass@s.example/f"),
    ]  # fmt: skip
    made = to_opml(sources, HUB, "T & t")
    assert made.links == ("list",)
    assert made.bared == ("secret",)
    assert made.text == (
        """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
  <head>
    <title>T &amp; t</title>
  </head>
  <body>
    <outline text="A &amp; &lt;co&gt; &quot;q&quot; 'p'" title="A &amp; &lt;co&gt; &quot;q&quot; 'p'" type="rss" xmlUrl="https://a.example/?a=1&amp;b=2"/>
    <outline text="list" title="list" type="link" url="https://l.example/" htmlUrl="https://l.example/"/>
    <outline text="secret" title="secret" type="rss" xmlUrl="https://s.example/f"/>
    <outline text="news" title="news">
      <outline text="早报" title="At length" type="atom" xmlUrl="https://rsshub.app/zaobao/china?limit=2" x:a="1" xmlns:x="u:"/>
      <outline text="science" title="science">
        <outline text="B" title="B" type="rss" xmlUrl="https://b.example/f"/>
      </outline>
    </outline>
  </body>
</opml>
"""
    )


def test_what_would_break_the_document_or_a_terminal_is_not_written() -> None:
    source = Source("a\x1b[2J\u202eb\x9b", "https://a.example/f", opml=("text=x", "XMLURL=x", "q:a=1"))
    text = to_opml([source], HUB, "t").text
    assert 'text="a[2J&#x202E;b&#x9B;" title=' in text
    assert "XMLURL" not in text
    assert "q:a" not in text
    assert ET.fromstring(text.split("?>")[1])[1][0].get("text") == "a[2J\u202eb\x9b"


def test_a_source_of_very_many_tags_is_written_in_few_folders() -> None:
    source = Source("a", "https://a.example/f", tags=tuple(str(n) for n in range(5000)))
    assert len(read(to_opml([source], HUB, "t").text.encode()).found[0].folders) == 16


WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8).filter(
    lambda word: word == " ".join(word.split()) and word.isprintable()
)


@given(WORDS, st.lists(WORDS, max_size=4), st.dictionaries(st.sampled_from(["htmlUrl", "x-y", "日期"]), WORDS))
@settings(deadline=None, derandomize=True, max_examples=150)
def test_what_is_written_reads_back(name: str, folders: list[str], more: dict[str, str]) -> None:
    attributes = tuple(f"{key}={value}" for key, value in more.items())
    source = Source(name, "https://a.example/f?a=1&b=2", tags=tuple(folders) or (name,), opml=attributes)
    found = read(to_opml([source], HUB, "t").text.encode()).found
    folders = [] if folders == [name] else folders
    assert found == (Subscription(name, "https://a.example/f?a=1&b=2", tuple(folders), attributes),)
