"""What stands before the first element."""

from __future__ import annotations

import time

import pytest

from crawler.errors import ParseError
from crawler.sources.prolog import without_prolog

FEED = "<rss version='2.0'><channel/></rss>"
KEPT = [
    (FEED, "rss"),
    ("<?xml version='1.0'?>\n<?xml-stylesheet href='a.xsl'?><!-- <rss> -->\n" + FEED, "rss"),
    ("<?xml version='1.0'>" + FEED, "rss"),  # a declaration closed like a tag
    ("<!DOCTYPE rss>" + FEED, "rss"),
    ('<!doctype rss PUBLIC "-//N//DTD 0.91//EN" "http://n.example/x.dtd">' + FEED, "rss"),
    ('<!DOCTYPE rss [<!ENTITY a "<b>]>"><!-- it\'s --> <!ELEMENT x ANY>%p; ] >' + FEED, "rss"),
    ("<!DOCTYPE rss [<!ENTITY a 'b'>]><!DOCTYPE rss [<!ENTITY c 'd'>]>" + FEED, "rss"),
    ("<b>Warning</b>: x in <b>y.php</b>\n<?xml version='1.0'?><!DOCTYPE rss>" + FEED, "rss"),
    ("<br />" + FEED, "rss"),
    ("words first " + FEED, "rss"),
    ("<![CDATA[x]]>" + FEED, "rss"),
    ("<rdf:RDF/>", "rdf"),
    ("<a:feed xmlns:a='x'/>", "feed"),
]


@pytest.mark.parametrize(("text", "root"), KEPT)
def test_prolog_goes(text: str, root: str) -> None:
    body = without_prolog(text)
    assert body.root == root
    assert body.text == (FEED if FEED in text else text)
    assert "ENTITY" not in body.text


OTHERS = [
    ("", ""),
    ("words", ""),
    ("< rss>", ""),
    ("<!-- never closed <p>", ""),
    ("<!DOCTYPE html><html><rss version='2.0'></html>", "html"),
    ("<urlset/>", "urlset"),
    ("<p>see <?xml version='1.0'?><urlset/>", "p"),
    ("<p>" + "x" * 70_000 + FEED, "p"),
]


@pytest.mark.parametrize(("text", "root"), OTHERS)
def test_other_documents_are_named_by_their_root(text: str, root: str) -> None:
    assert without_prolog(text).root == root


UNREADABLE = [
    "<!DOCTYPE rss [",
    "<!DOCTYPE rss [<!ENTITY a 'b>]>" + FEED,
    "<!DOCTYPE rss [<!-- ]>" + FEED,
    "< <!doctype x>",
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_unreadable_doctype_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="DOCTYPE") as caught:
        without_prolog(text)
    assert not caught.value.passing


def test_hostile_prolog_takes_linear_time() -> None:
    started = time.process_time()
    for part in ("<!--", "<!DOCTYPE", "<?", "<!", "'", '"', "<!ENTITY a 'b'>", "[", "</"):
        for text in (part * 100_000, "<!DOCTYPE rss [" + part * 100_000, "<!DOCTYPE " + part * 100_001 + FEED):
            try:
                without_prolog(text)
            except ParseError:
                continue
    assert time.process_time() - started < 5
