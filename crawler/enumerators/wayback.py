"""The Wayback Machine: copies of a source's feed, which name articles with titles and dates, and copies of articles.

Pure. Two questions to the machine's index (CDX server; https://github.com/internetarchive/wayback, folder
wayback-cdx-server): when was the feed captured, and which addresses of the site were. One is asked after the other,
with the copies of the feed read between them, for these state titles and dates. They are read oldest first: so each
article is met in the first copy that names it, whose time is the nearest to what was published; an article is then
asked for as the machine had it at that time.

A capture is later than what it shows. So captures before the window's beginning show nothing that is wanted, while
those after its end may. Of the feed's one of these is enough: whatever a later copy still has from before the end,
that one had, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import quote, urlencode, urlsplit

from .. import copies, sources, urls
from ..errors import ParseError
from ..model import Entry, Page, Source
from ..moments import shifted
from ..past import Index, Origin, Step, Window

#: Rows of one answer: of the feed's copies, each of which is a document to read; of articles, a batch of the backlog.
FEED_ROWS, SITE_ROWS = 500, 5000
#: Answers to one question. A site with more than five million addresses is read that far.
MAX_ANSWERS = 1000
#: Copies behind the window's end that are tried before it is left at that: the first one may be no feed.
MAX_LATER = 5
#: Feeds state times of another zone, and articles before they appear: by so much a capture may seem too early.
SLACK = timedelta(days=1)
#: A fault of the machine's, told in place of rows, passes: so long nothing is asked.
PAUSE = timedelta(minutes=1)
#: Fields of a row, in the order in which they are asked for.
FIELDS = ("timestamp", "original", "mimetype", "statuscode", "digest")
PAGES = frozenset({"text/html", "application/xhtml+xml"})
#: How the machine says, in place of rows, that a site's owner wants no copies shown.
EXCLUDED = re.compile(r"AccessControlException")
#: How it says that something went wrong, such as `org.archive.util.io.RuntimeIOException`; it may pass.
FAULT = re.compile(r"\b(?:org|java)\.[\w.]*(?:Exception|Error)\b")


@dataclass(frozen=True, slots=True)
class Cursor:
    """What is remembered of a step."""

    of: Literal["feed", "later", "site", "copy"]  #: a question about the feed, its end, the site; or a copy of the feed
    number: int = 0  #: of the question among all that are asked
    count: int = 0  #: answers had before; of the end, copies tried before
    key: str = ""  #: resumption key of the question
    is_last: bool = False  #: a copy behind the window's end, or a question about another one


@dataclass(frozen=True, slots=True)
class Capture:
    """One row of the index."""

    moment: datetime
    url: str  #: of the original, as the machine has it
    kind: str
    status: str
    digest: str


def first(source: Source, origin: Origin, window: Window) -> tuple[Step, ...]:
    """Return the first question to the index."""
    return _questions(source, origin, window)[:1]


def _questions(source: Source, origin: Origin, window: Window) -> tuple[Step, ...]:
    """Return all of them, numbered: about the feed's addresses, then about the site's."""
    if not origin.wayback:
        return ()
    # An address with a password is nobody's business but the user's.
    feeds = [feed for feed in origin.feeds if urls.join("", feed) and "@" not in urlsplit(feed).netloc]
    steps = [_feed_question(origin, feed, window) for feed in feeds]
    if (end := shifted(window.until, SLACK)) is not None:
        steps += [_later_question(origin, feed, end) for feed in feeds]
    steps += [_site_question(source, origin, window)] if origin.site else []
    last = len(steps) - 1
    # What the machine does not tell of one address is no reason not to ask about the next; the last word counts.
    return tuple(
        replace(step, cursor=_packed(replace(_cursor(step), number=i)), is_guess=i < last)
        for i, step in enumerate(steps)
    )


def _next_question(cursor: Cursor, source: Source, origin: Origin, window: Window) -> tuple[Step, ...]:
    return _questions(source, origin, window)[cursor.number + 1 : cursor.number + 2]


def read(step: Step, page: Page, source: Source, origin: Origin, window: Window) -> Index:
    """Read an answer of the index, or a copy of the feed.

    Raises:
        ParseError: the answer has no rows, but says why; the copy is no feed.
    """
    cursor = _cursor(step)
    if cursor.of == "copy":
        return _read_copy(page, source, origin)
    text = page.body.decode("utf-8", "replace")
    captures, key = _rows(text)
    if cursor.of == "site":
        pages = [one for one in captures if one.kind in PAGES and _may_be_article(one, origin)]
        found = Index(tuple(_entry(one, origin) for one in pages), offers=bool(pages), said=f"{len(pages)} captures")
    else:
        steps = tuple(_copy_step(one, origin, cursor) for one in _unlike(captures))
        found = Index(onward=steps, offers=bool(steps), said=f"{len(steps)} copies of the feed")
    onward = _rest(step, cursor, key) or (_next_question(cursor, source, origin, window) if not cursor.is_last else ())
    return replace(found, onward=(*found.onward, *onward))


def missing(step: Step, source: Source, origin: Origin, window: Window) -> Index:
    """Do without a copy of the feed that cannot be read; behind the window's end another one is looked for."""
    cursor, copy = _cursor(step), copies.read(step.url)
    if cursor.of != "copy":
        onward = () if cursor.is_last else _next_question(cursor, source, origin, window)
        return Index(onward=onward, said="not told")
    if not cursor.is_last or copy is None or cursor.count + 1 >= MAX_LATER:
        return Index(said="left out")
    another = _later_question(origin, copy.url, copy.moment + timedelta(seconds=1), cursor.count + 1)
    return Index(onward=(another,), said="the next one is looked for")


# --- questions ---


def _feed_question(origin: Origin, feed: str, window: Window) -> Step:
    """Ask for the copies of a feed up to the window's end; in a row of equal ones for the first."""
    end = shifted(window.until, SLACK)
    span = [*_from(window), *([("to", copies.stamp(end))] if end else [])]
    return _question(origin, feed, Cursor("feed"), [("collapse", "digest"), *span, *_limited(FEED_ROWS)])


def _later_question(origin: Origin, feed: str, after: datetime, count: int = 0) -> Step:
    """Ask for the first copy of a feed from a time on; one of them after another leads to no other question."""
    cursor = Cursor("later", count=count, is_last=count > 0)
    return replace(_question(origin, feed, cursor, [("from", copies.stamp(after)), ("limit", "1")]), is_guess=count > 0)


def _site_question(source: Source, origin: Origin, window: Window) -> Step:
    """Ask for the first capture of each page of a site, below the folder that its articles share.

    The first is the nearest to what was published. No page that matters is left out with the rows of `warc/revisit`
    (the same content again): each repeats a capture before it.
    """
    folder = "" if source.article_url else _folder(origin)
    scope = [("matchType", "prefix" if folder else "host"), ("filter", "mimetype:(text/html|application/xhtml.xml)")]
    rest = [*scope, ("collapse", "urlkey"), *_from(window), *_limited(SITE_ROWS)]
    return _question(origin, origin.site + folder, Cursor("site"), rest)


def _folder(origin: Origin) -> str:
    """Return the path below which all known articles of the site stand, without a slash before it; "" for none."""
    home = urls.host(origin.site)
    shapes = [shape.partition("://")[2] or shape for shape in origin.shapes]
    fixed = [shape.partition("{")[0].rpartition("/")[0].split("/") for shape in shapes]
    paths = [parts[1:] for parts in fixed if parts[0].removeprefix("www.") == home.removeprefix("www.")]
    if not paths:
        return ""
    shared: list[str] = []
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            break
        shared.append(names[0])
    return "/".join(shared) + "/" if any(shared) else ""


def _from(window: Window) -> list[tuple[str, str]]:
    since = shifted(window.since, -SLACK)
    return [("from", copies.stamp(since))] if since else []


def _limited(rows: int) -> list[tuple[str, str]]:
    return [("limit", str(rows)), ("showResumeKey", "true")]


def _question(origin: Origin, url: str, cursor: Cursor, rest: Iterable[tuple[str, str]]) -> Step:
    always = [("url", url), ("output", "json"), ("fl", ",".join(FIELDS)), ("filter", "statuscode:200")]
    query = urlencode([*always, *rest])
    return Step("wayback", f"{origin.wayback}/cdx/search/cdx?{query}", _packed(cursor))


def _rest(step: Step, cursor: Cursor, key: str) -> tuple[Step, ...]:
    """Return the same question from where its answer ended; none after the last, and where the machine goes round."""
    if not key or key == cursor.key or cursor.count + 1 >= MAX_ANSWERS:
        return ()
    url = step.url.partition("&resumeKey=")[0]
    # The key is escaped as it comes, and is sent back so; what is not escaped in it, is here.
    after = replace(cursor, count=cursor.count + 1, key=key)
    return (replace(step, url=f"{url}&resumeKey={quote(key, safe='%+')}", cursor=_packed(after)),)


def _packed(cursor: Cursor) -> str:
    return json.dumps({name: value for name, value in asdict(cursor).items() if value})


def _cursor(step: Step) -> Cursor:
    return Cursor(**json.loads(step.cursor))


# --- answers ---


def _rows(text: str) -> tuple[list[Capture], str]:
    """Return the captures of an answer, and the key by which the next answer is asked for, "" for the last one.

    Raises:
        ParseError: it is no answer of the index.
    """
    rows = _json_rows(text) if text.lstrip().startswith("[") else _plain_rows(text)
    names: tuple[str, ...] = FIELDS
    captures, key, is_end = list[Capture](), "", False
    for number, row in enumerate(rows):
        if number == 0 and "timestamp" in row:
            names = tuple(row)
        elif not row:
            is_end = True
        elif is_end:
            key = row[0]
        elif (capture := _capture(dict(zip(names, row, strict=False)))) is not None:
            captures.append(capture)
    return captures, key


def _json_rows(text: str) -> list[list[str]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise ParseError("the index of the archive answered with broken JSON", retry_after=PAUSE) from e
    return [[str(value) for value in row] for row in rows if isinstance(row, list)]


def _plain_rows(text: str) -> Iterator[list[str]]:
    """Yield the rows of an answer in plain text, each of which begins with its time.

    Raises:
        ParseError: see `_rows`.
    """
    is_end = False
    for line in text.strip("\r\n").splitlines():
        row = line.split()
        if row and not is_end and copies.moment_of(row[0]) is None:
            raise _refused(text[:1000])
        is_end = is_end or not row
        yield row


def _refused(text: str) -> ParseError:
    """Return the error for an answer that says in words why it has no rows."""
    if EXCLUDED.search(text):
        return ParseError("the archive does not show it, as its owner wishes", passing=False)
    fault = FAULT.search(text)
    said = fault[0] if fault else "something else"
    return ParseError(f"the index of the archive answered with {said}", retry_after=PAUSE)


def _capture(row: dict[str, str]) -> Capture | None:
    """Return a row as a capture; None for one that is of no use."""
    moment, url = copies.moment_of(row.get("timestamp", "")), urls.join("", row.get("original", ""))
    status = row.get("statuscode", "200")
    if moment is None or not url or status != "200":
        return None
    return Capture(moment, url.partition("#")[0], row.get("mimetype", ""), status, row.get("digest", ""))


def _may_be_article(one: Capture, origin: Origin) -> bool:
    """Tell whether a page is neither the site's front page nor a feed, which some servers give as HTML."""
    return urls.place(one.url) != "" and not any(copies.is_same(one.url, feed) for feed in origin.feeds)


def _unlike(captures: Iterable[Capture]) -> Iterator[Capture]:
    """Leave out copies that are like one before; the machine compares neighbours only."""
    seen: set[str] = set()
    for one in captures:
        if not one.digest or one.digest not in seen:
            seen.add(one.digest)
            yield one


def _copy_step(one: Capture, origin: Origin, cursor: Cursor) -> Step:
    """Return the step that reads a copy of the feed; what was captured need not be a feed."""
    is_last = cursor.of == "later"
    mine = Cursor("copy", count=cursor.count if is_last else 0, is_last=is_last)
    return Step("wayback", copies.address(origin.wayback, one.moment, one.url), _packed(mine), is_guess=True)


def _entry(one: Capture, origin: Origin) -> Entry:
    """Return the entry of a capture. It states no time: the capture's is not that of publication."""
    url = copies.spelled(one.url, origin.site)
    return Entry(url=url, dated_by="list", copy=copies.address(origin.wayback, one.moment, one.url))


def _read_copy(page: Page, source: Source, origin: Origin) -> Index:
    """Read a copy of the feed; its articles are asked for as the machine had them when it had the feed."""
    original = copies.as_original(page)
    listing = sources.parse_listing(source, original)
    entries = tuple(_copied(entry, original.fetched, origin) for entry in listing.entries)
    return Index(entries, are_articles=True, offers=bool(entries), said=f"copy of {original.fetched:%Y-%m-%d %H:%M}")


def _copied(entry: Entry, moment: datetime, origin: Origin) -> Entry:
    if not entry.url:
        return entry
    copy = copies.address(origin.wayback, moment, entry.url)
    return replace(entry, url=copies.spelled(entry.url, origin.site), copy=copy)
