"""RSS 0.9x to 2.0, RSS 1.0 (RDF), Atom and CDF, through feedparser.

Pure. What feedparser is not trusted with is done before or after it: the encoding (it reads a UTF-8 feed with one cut
character as windows-1252), the DOCTYPE (`prolog`), dates (`moments`), relative links, sanitising (`extractor.clean`)
and `updated`, which it answers with `published`. Malformed feeds give what its loose parser can read.
Imported lazily: it takes longer to load than a poll without news takes.
"""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from typing import Any

from ..charset import decode
from ..errors import ParseError
from ..model import Entry, Listing, Page, Source
from ..moments import read_date
from ..urls import join
from .entries import Frame, read_entry
from .jsonfeed import parse_json_feed
from .prolog import FEED_ROOTS, Body, without_prolog
from .text import drop_illegal, fold, plain

#: How far a text is quoted in a problem line.
QUOTED_CHARACTERS = 60
#: What the parsers raise on input that they did not foresee; none of them documents it.
FOREIGN = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
#: feedparser tells no media:description from a description; under a name of our own it does.
#: The attributes go because an unknown element with attributes loses its text in feedparser.
MEDIA_DESCRIPTION = re.compile(r"<media:description\b[^<>]*?(/?)>")
#: Elements that are called like lists and details of feedparser's own, in which it would then stumble.
STUMBLES = re.compile(r"<(/?)(?=(?:links|authors|contributors|tags|\w+_(?:detail|parsed))[\s/>])", re.I)
PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_feed(source: Source, page: Page) -> Listing:
    """Read a feed of any kind.

    Raises:
        ParseError: not a feed; `passing` where a server that errs may have put something in its place.
    """
    text = text_of(page)
    if is_json(text):
        return parse_json_feed(source, page)
    body = body_of(text)
    return listing_of(page, body, run_feedparser(body.text))


def text_of(page: Page) -> str:
    """Return a document as text that begins with its first sign.

    Raises:
        ParseError: there is none.
    """
    text = decode(page.body, page.header("content-type")).lstrip("\ufeff \t\r\n")
    if not text:
        raise ParseError("not a feed: empty")
    return text


def is_json(text: str) -> bool:
    """Tell JSON from XML by its first sign; see `text_of`."""
    return text[0] in "{["


#: What is read of a feed or an entry, by what feedparser makes of it.
KINDS_OF_VALUES: dict[type, tuple[str, ...]] = {
    str: ("title", "link", "id", "author", "language", "feedburner_origlink", "media_entrytext"),
    dict: ("title_detail", "summary_detail", "author_detail", "image"),
    list: ("links", "authors", "tags", "content", "media_content", "media_thumbnail"),
}


def body_of(text: str) -> Body:
    """Return a feed in XML, or in what was meant to be XML, without its prolog.

    Raises:
        ParseError: it is something else.
    """
    body = without_prolog(drop_illegal(text))
    if body.root not in FEED_ROOTS:
        raise not_a_feed(body, text)
    return body


def listing_of(page: Page, body: Body, parsed: Any) -> Listing:
    """Return what a feed in XML says, in our terms; `parsed` is feedparser's answer for it."""
    feed = parsed["feed"]
    # RFC 4287 resolves against the document; RSS has no rule, and its relative links are meant for the site.
    home = join(page.final_url, feed["link"]) if feed.get("link") else ""
    atom = parsed["version"].startswith("atom")
    author = (feed.get("author_detail") or {}).get("name") or "" if atom else ""
    frame = Frame(page.final_url if atom else home or page.final_url, fold(feed.get("language") or ""), fold(author))
    entries, problems = read_entries(parsed["entries"], frame)
    ttl, base = ttl_of(feed)
    return Listing(
        entries=entries,
        title=title_of(feed),
        link=home,
        ttl=ttl,
        ttl_base=base,
        skip_hours=skip_hours(body.text),
        skip_days=skip_days(body.text),
        problems=problems,
    )


def not_a_feed(body: Body, text: str) -> ParseError:
    """Say what came in place of a feed."""
    if body.root == "html" or re.search(r"(?i)<(?:!doctype html|html|body)\b", text):
        return ParseError("not a feed: an HTML page")
    if body.root:
        return ParseError(f"not a feed: a document of <{fold(body.root)[:QUOTED_CHARACTERS]}>", passing=False)
    return ParseError("not a feed: text or binary data", passing=False)


def run_feedparser(text: str) -> Any:
    """Parse a document whose prolog is gone; a file-like object, because a string would be tried as a file's name."""
    import feedparser

    named = MEDIA_DESCRIPTION.sub(r"<media:entrytext\1>", text).replace("</media:description>", "</media:entrytext>")
    named = STUMBLES.sub(r"<\1x-", named)
    try:
        parsed = feedparser.parse(
            io.BytesIO(named.encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except FOREIGN as e:
        raise ParseError(f"not a feed: unreadable ({type(e).__name__})", passing=False) from e
    for found in (parsed["feed"], *parsed["entries"]):
        _drop_misshapen(found)
    return parsed


def _drop_misshapen(found: dict[str, Any]) -> None:
    """Drop what is not of its kind: of an element that it does not know feedparser takes the attributes for a value."""
    for kind, names in KINDS_OF_VALUES.items():
        for name in names:
            value = dict.get(found, name)  # no other name in its place, as feedparser's own would look for
            parts = value if kind is list and isinstance(value, list) else ()
            if not isinstance(value, kind) or not all(isinstance(part, dict) for part in parts):
                dict.pop(found, name, None)


def read_entries(found: list[Any], frame: Frame) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Read every entry and name the links that cannot be used; what an entry is good for, `changes` decides."""
    entries, problems = [], []
    for number, raw in enumerate(found, start=1):
        entry, refused = read_entry(raw, frame)
        entries.append(entry)
        if refused:
            problems.append(f"entry {number}: link {refused[:QUOTED_CHARACTERS]!r} is no web address")
    return tuple(entries), tuple(problems)


def title_of(feed: Any) -> str:
    """Return a feed's or an entry's title as plain text."""
    detail = feed.get("title_detail") or {}
    return plain(feed.get("title") or "", markup=detail.get("type", "text/html") != "text/plain")


def ttl_of(feed: Any) -> tuple[timedelta | None, datetime | None]:
    """Return how long the feed asks to be left alone, and from when on that is counted, if it says so.

    The longer of <ttl> (RSS 2.0, in minutes) and sy:updatePeriod by sy:updateFrequency; sy:updateBase belongs to
    the latter (https://web.resource.org/rss/1.0/modules/syndication/).
    """
    minutes = re.fullmatch(r"\s*(\d{1,6})(?:\.\d*)?\s*", str(feed.get("ttl") or ""))
    ttl = timedelta(minutes=int(minutes[1])) if minutes else timedelta()
    period = PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower(), timedelta())
    times = re.fullmatch(r"\s*([1-9]\d{0,5})\s*", str(feed.get("sy_updatefrequency") or "1"))
    period = period / int(times[1]) if times else period
    base = read_date(str(feed.get("sy_updatebase") or "")) if period > ttl else None
    return max(ttl, period) or None, base


def skip_hours(text: str) -> tuple[int, ...]:
    """Return RSS <skipHours>, which feedparser merges into one; 24 is midnight (RSS 0.91)."""
    hours = (int(hour) % 24 for hour in _inside(text, "skipHours", "hour") if hour.isdigit() and int(hour) <= 24)
    return tuple(sorted(set(hours)))


def skip_days(text: str) -> tuple[int, ...]:
    """Return RSS <skipDays> as weekday numbers, Monday 0."""
    named = (day[:3].lower() for day in _inside(text, "skipDays", "day"))
    return tuple(sorted({WEEKDAYS.index(day) for day in named if day in WEEKDAYS}))


def _inside(text: str, outer: str, inner: str) -> list[str]:
    found = re.search(rf"(?is)<{outer}\s*>(.{{0,4096}}?)</{outer}\s*>", text)
    return re.findall(rf"(?is)<{inner}\s*>\s*(\w{{1,12}})\s*</{inner}\s*>", found[1]) if found else []
