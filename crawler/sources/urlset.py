"""Sitemaps: what one document names, be it a list of addresses, an index of further sitemaps, or a feed in their place.

Pure. https://www.sitemaps.org/protocol.html (version 0.9) with the namespaces for news and images of
https://developers.google.com/search/docs/crawling-indexing/sitemaps; read as programs really write them: without
namespaces, with bare ampersands, cut off. What was read before a fault counts, and the fault is told.
Rule: no DOCTYPE reaches the parser (`prolog`), so that no entity is ever expanded and nothing is fetched; bytes are
inflated up to a bound; elements are dropped once they were read, so that no tree grows.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from ..charset import decode
from ..errors import ParseError
from ..model import Entry, Page, Source
from ..moments import is_zero, read_date
from ..urls import join
from .prolog import FEED_ROOTS, without_prolog
from .text import ILLEGAL, plain

#: Bytes of a sitemap, unpacked, and addresses in it, that the protocol allows ("What are the limits").
MAX_BYTES, MAX_ADDRESSES = 52_428_800, 50_000
#: Characters given to the parser at a time: little beside the document, much beside an element.
PIECE_CHARACTERS = 262_144
#: A title, a name: longer ones are no text for people.
MAX_TEXT = 1000
MAX_KEYWORDS = 50
GZIP_MAGIC = b"\x1f\x8b"
#: zlib's window argument: 15 bits, +16 for a gzip header.
GZIP = 15 + 16
ROOTS = ("urlset", "sitemapindex")
#: libxml2's codes for prefixes that nobody declared, told at the end: `_local` reads these names, too.
UNDECLARED = range(200, 206)
#: Ampersands that begin none of XML's own references, and CDATA sections, in which each stands for itself.
BARE = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)", re.S)
#: W3C's profile of ISO 8601; what is written otherwise, `moments` reads.
STAMP = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d))?")
#: Sitemaps of what menus lead to, as WordPress and its plugins name them: authors, tags, pages about the site.
OF_MENUS = re.compile(
    r"(?i)/(?:(?:author|category|post_tag|page)-sitemap\d*|wp-sitemap-(?:users|taxonomies|posts-page)-[\w-]+)\.xml(?:\.gz)?$"
)
#: Parts of an article's address below its host's: a front page is no article.
FRONT_PAGE = re.compile(r"https?://[^/]*/*")


#: Where sitemaps stand: as the protocol says, as plugins of WordPress and WordPress itself have it, and the rest.
USUAL_PLACES = (
    "sitemap.xml",
    "sitemap_index.xml",
    "wp-sitemap.xml",
    "sitemap-index.xml",
    "sitemap.xml.gz",
    "news-sitemap.xml",
    "sitemap.txt",
)
#: Sitemap lines of a robots.txt that are read; big papers have some hundred, one for each month.
MAX_LINES = 1000
SITEMAP_LINE = re.compile(r"(?im)^[ \t\ufeff]*sitemap[ \t]*:[ \t]*(\S+)")


class Child(NamedTuple):
    """A further sitemap that an index names."""

    url: str  #: absolute http(s) address
    modified: datetime | None  #: when it last changed; midnight UTC may mean the day


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one document names, in its order."""

    entries: tuple[Entry, ...] = ()  #: `published` is the news' time, else that of the last change, as `updated`
    children: tuple[Child, ...] = ()
    is_news: bool = False  #: whether every entry is one of Google News
    has_more: bool = False  #: whether it names more addresses than were asked for
    fault: str = ""  #: why it could not be read to its end


def named_by_robots(robots: Page) -> tuple[str, ...]:
    """Return the sitemaps that a robots.txt names, absolute, each once.

    Whom the rules before a line are for does not matter (sitemaps.org, "Informing search engine crawlers").
    """
    lines = SITEMAP_LINE.findall(robots.body.decode("utf-8", "replace"))[:MAX_LINES]
    return tuple(dict.fromkeys(filter(None, (join(robots.final_url, line) for line in lines))))


def read_sitemap(source: Source, page: Page, *, skip: int = 0, most: int = MAX_ADDRESSES) -> Sitemap:
    """Read a sitemap.

    Args:
        source: whose it is; a feed in a sitemap's place is read as this source's.
        page: as fetched, gzipped or not.
        skip: addresses at its beginning to leave out.
        most: addresses to read after these.

    Raises:
        ParseError: it is none; `passing` where a server that errs may have put something in its place.
    """
    body, fault = unpacked(page.body)
    text = decode(body, "" if body is not page.body else page.header("content-type")).lstrip("\ufeff \t\r\n")
    if not text:
        raise ParseError("not a sitemap: empty")
    if not text.startswith("<"):
        return _from_lines(text, skip, most, fault)
    start = without_prolog(text)
    if start.root in FEED_ROOTS:
        return _from_feed(source, replace(page, body=text.encode(), headers=()), skip, most, fault)
    if start.root not in ROOTS:
        passing = start.root in ("", "html")
        what = "an HTML page" if start.root == "html" else f"a document of <{start.root[:40]}>"
        raise ParseError(f"not a sitemap: {what}", passing=passing)
    return _from_xml(ILLEGAL.sub("", start.text), page.final_url, skip, most, fault)


def is_of_menus(url: str) -> bool:
    """Tell whether a sitemap's own name says that it lists no articles."""
    return OF_MENUS.search(url) is not None


def unpacked(body: bytes) -> tuple[bytes, str]:
    """Undo gzip, where a document is packed; return as much as may be had, and why there is no more.

    Raises:
        ParseError: nothing can be unpacked.
    """
    if not body.startswith(GZIP_MAGIC):
        return body, ""
    found, rest, fault = bytearray(), body, ""
    while rest.startswith(GZIP_MAGIC) and not fault:  # members may follow each other; other bytes are padding
        stream = zlib.decompressobj(GZIP)
        try:
            found += stream.decompress(rest, MAX_BYTES - len(found) + 1)
        except zlib.error:
            fault = "its compression is broken"
        rest = stream.unused_data
        if len(found) > MAX_BYTES:
            fault = f"over {MAX_BYTES:,} bytes"
        elif not stream.eof:
            fault = fault or "it is cut off"
    if fault and not found:
        raise ParseError(f"not a sitemap: {fault}")
    return bytes(found[:MAX_BYTES]), fault


def _from_lines(text: str, skip: int, most: int, fault: str) -> Sitemap:
    """Read a list of addresses, one a line."""
    found: list[Entry] = []
    for line in text.splitlines():
        url = line.strip()
        if url.startswith(("http://", "https://")) and not FRONT_PAGE.fullmatch(url):
            skip, wanted = skip - 1, skip <= 0
            if wanted:
                found.append(Entry(url=url, dated_by="sitemap"))
            if len(found) > most:
                break
        elif not found and not text.startswith("http") and "<" in line:
            break
    if not found:
        raise ParseError("not a sitemap: text or binary data", passing=False)
    return Sitemap(tuple(found[:most]), has_more=len(found) > most, fault=fault)


def _from_feed(source: Source, page: Page, skip: int, most: int, fault: str) -> Sitemap:
    """Read a feed, which the protocol allows in a sitemap's place; its texts and dates are a feed's."""
    from .feed import parse_feed

    entries = parse_feed(source, page).entries[skip:]
    return Sitemap(entries[:most], has_more=len(entries) > most, fault=fault)


# --- XML ---


def _from_xml(text: str, base: str, skip: int, most: int, fault: str) -> Sitemap:
    entries, children, news = list[Entry](), dict[str, Child](), 0
    left = skip
    for element in _elements(text):
        if isinstance(element, str):
            fault = fault or element
        elif _local(element.tag) == "sitemap":
            child = _child(element, base)
            if child is not None and len(children) < MAX_ADDRESSES:
                children.setdefault(child.url, child)
        elif (found := _entry(element, base)) is not None and (left := left - 1) < 0:
            if len(entries) == most:
                return Sitemap(tuple(entries), tuple(children.values()), news == most, True, fault)
            entries.append(found[0])
            news += found[1]
    if fault and not entries and not children:
        raise ParseError(f"not a sitemap: {fault}")
    return Sitemap(tuple(entries), tuple(children.values()), 0 < news == len(entries), False, fault)


def _elements(text: str) -> Iterator[Any]:
    """Yield the elements <url> and <sitemap> one after another, each gone when the next one is asked; a fault last."""
    from lxml import etree

    parser = etree.XMLPullParser(
        events=("end",),
        tag=("{*}url", "{*}sitemap"),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    fault = ""
    for piece in (*_pieces(text), ""):
        try:
            parser.feed(piece.encode()) if piece else parser.close()
        except etree.XMLSyntaxError as e:
            fault = "" if e.code in UNDECLARED else f"{'' if piece else 'it is cut off: '}{e.msg}"[:MAX_TEXT]
        yield from _read_and_dropped(parser)
        if fault:
            yield fault
            return


def _read_and_dropped(parser: Any) -> Iterator[Any]:
    for _, element in parser.read_events():
        yield element
        element.clear()
        before = element.getprevious()  # the last one stays: the parser still holds on to it
        if before is not None:
            before.getparent().remove(before)


def _pieces(text: str) -> Iterator[str]:
    """Yield a document in pieces that end behind a tag, as far as there are tags, bare ampersands escaped."""
    at = 0
    while at < len(text):
        end = text.rfind(">", at, at + PIECE_CHARACTERS) + 1 or at + PIECE_CHARACTERS
        piece = text[at:end]
        at = end
        yield BARE.sub(lambda found: found[0] if found[0] != "&" else "&amp;", piece) if "&" in piece else piece


@lru_cache(256)
def _local(tag: str) -> str:
    """Return an element's name without its namespace, or a prefix that was never declared."""
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _child(element: Any, base: str) -> Child | None:
    facts = {_local(part.tag): part.text or "" for part in element}
    url = _address(facts.get("loc", ""), base)
    return Child(url, read_moment(facts.get("lastmod", ""))) if url else None


def _entry(element: Any, base: str) -> tuple[Entry, bool] | None:
    """Return what a <url> says, and whether it is news; None where it has no address that could be an article's."""
    url, modified, image, news = "", None, "", None
    for part in element:
        name = _local(part.tag)
        if name == "loc":
            url = url or _address(part.text or "", base)
        elif name == "lastmod":
            modified = read_moment(part.text or "")
        elif name == "news":
            news = part
        elif name == "image" and not image:
            image = next((_address(one.text or "", base) for one in part if _local(one.tag) == "loc"), "")
    if not url or FRONT_PAGE.fullmatch(url):
        return None
    plainly = Entry(url=url, published=modified, updated=modified, image=image, dated_by="sitemap")
    return (plainly, False) if news is None else (_with_news(plainly, news), True)


def _with_news(entry: Entry, news: Any) -> Entry:
    """Add what Google News is told: title, time of publication, keywords, language."""
    facts = {_local(one.tag): (one.text or "")[: MAX_TEXT * 4] for one in news.iter("*")}
    keywords = (plain(word)[:MAX_TEXT] for word in facts.get("keywords", "").split(","))
    return replace(
        entry,
        title=plain(facts.get("title", ""))[:MAX_TEXT],
        published=read_moment(facts.get("publication_date", "")) or entry.published,
        categories=tuple(dict.fromkeys(filter(None, keywords)))[:MAX_KEYWORDS],
        language=plain(facts.get("language", ""))[:MAX_TEXT],
    )


def _address(stated: str, base: str) -> str:
    """Return an absolute http(s) address, or ""."""
    url = stated.strip()
    return url if url.startswith(("http://", "https://")) else join(base, url) if url else ""


def read_moment(stated: str) -> datetime | None:
    """Return the moment that a sitemap states, in UTC; of a day its beginning. None for what states none."""
    text = stated.strip()
    if not STAMP.fullmatch(text):
        return read_date(text)
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the 31st of February, the end of the calendar
        return None
    return None if is_zero(moment) else moment
