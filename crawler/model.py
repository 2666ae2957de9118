"""The data that flows between stages: frozen, slotted, tuples and no dicts.

Source (config) → Page (as fetched) → Listing of Entry → Job (due, owned) → Article → Post.
What is remembered between runs stands in `memory`.
Rule: no behaviour here beyond reading one's own fields. All datetimes are aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NewType

if TYPE_CHECKING:
    from .memory import SourceState

#: The one spelling of an address that we store; comes only from `urls.canonical` and `urls.entry_address`.
CanonicalURL = NewType("CanonicalURL", str)

Content = Literal["best", "page", "feed"]
Body = Literal["markdown", "html"]
#: What becomes of pictures: they stay where they are, are brought into the archive, or the first of each post is.
Images = Literal["link", "download", "lead"]
#: How a post names a picture of the archive: from its own folder, or from the root of the site.
ImageLinks = Literal["relative", "root"]
Kind = Literal["feed", "article", "image"]
#: What a job is about: a poll, an article to file, a filed one to read again, a step of a backfill, a picture to bring
#: home, a post to show pictures that were.
Work = Literal["feed", "article", "recheck", "step", "picture", "album"]
#: What a source's address answers with.
SourceKind = Literal["feed", "list", "json", "sitemap"]
#: Who said when an entry was published: only a feed is believed against the page.
DatedBy = Literal["feed", "sitemap", "list"]
#: Which further pages of an article may be asked for: none, its following ones, also the one that has it whole.
Follow = Literal["nothing", "next", "all"]
Health = Literal["ok", "failing", "stale", "off"]
#: What a server's wish for silence holds for: its host, its registrable domain, or of an RSSHub instance one route.
Scope = Literal["host", "site", "route"]


@dataclass(frozen=True, slots=True)
class Cron:
    """Polls when a cron expression comes round, in the source's time zone."""

    expression: str  #: five fields, known to be sound; see `cron.fault`


@dataclass(frozen=True, slots=True)
class Auto:
    """Polls in the source's own rhythm, as far as it is known."""

    low: timedelta = timedelta(minutes=5)  #: never sooner
    high: timedelta = timedelta(days=1)  #: never later, unless the server asks for it


#: Health in finer words; "" where all is well. Told of by `notify`, kept in the state: added to, never renamed.
Trouble = Literal["", "failing", "off", "stale", "silent", "unpolled", "poorer"]
#: What became of an article: a text from its page, from the feed, from who knows where (adopted), or none.
Came = Literal["page", "feed", "", "none"]


@dataclass(frozen=True, slots=True)
class FromFeed:
    """Which of the words that a feed files its entries under become tags or categories of the posts."""

    takes_all: bool = False  #: also those that `words` does not name, as they are
    words: tuple[tuple[str, str], ...] = ()  #: the feed's, case folded, with ours; "" leaves it out


@dataclass(frozen=True, slots=True)
class Layout:
    """A template of the user's own, read when the configuration was."""

    name: str  #: of its file, for messages
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """What we poll, as config.yaml names it, defaults filled in."""

    name: str  #: for people; several sources may share one
    url: str  #: http(s)://… or rsshub://route; unique among the sources
    tags: tuple[str, ...] = ()  #: as configured; the name when the user gave none
    every: timedelta | Cron | Auto = timedelta(minutes=15)  #: a length of time is the floor between two polls
    content: Content = "best"
    body: Body = "markdown"
    format: str = "jekyll"  #: a key of writer.post.FORMATS
    path: str = "_posts/{date}-{title}.md"  #: template relative to the archive
    timezone: str = "UTC"  #: IANA name; for the date in file names, and for cron expressions
    time_offset: timedelta = timedelta()  #: see `offset_of`; for feeds that state local time as UTC
    stale_after: timedelta = timedelta(days=3)
    include: tuple[str, ...] = ()  #: regular expressions on title, url, category, author; one must match
    exclude: tuple[str, ...] = ()  #: the same; none may match
    body_selector: str = ""  #: CSS or XPath; the user's own site rule
    remove: tuple[str, ...] = ()  #: CSS or XPath selectors of boilerplate inside the body
    kind: SourceKind = "feed"
    item: str = ""  #: CSS or XPath of an entry in a list; of JSON the dotted path of its list of entries
    link: str = ""  #: inside an entry, like the next two; dotted paths in JSON, with {} a template of them
    title: str = ""
    date: str = ""
    pages: str = ""  #: address of the older pages of its list, with {n} (2, 3, …) or {date}
    next_page: str = ""  #: CSS or XPath of the link to the next older page
    article_url: str = ""  #: regular expression that the addresses of articles match; feeds' entries are not asked
    extras: tuple[str, ...] = ()  #: keys of writer.extras.EXTRAS
    recheck: tuple[timedelta, ...] = ()  #: ages at which a filed article is read again
    keep_revisions: bool = False  #: whether the text that a re-read replaces is kept
    opml: tuple[str, ...] = ()  #: further attributes of its outline, name=value; see `subscriptions`
    tags_of_feed: FromFeed = FromFeed()
    categories: tuple[str, ...] = ()  #: as configured; the name stands before them
    categories_of_feed: FromFeed = FromFeed()
    layout: Layout | None = None  #: of the format `template`
    images: Images = "link"
    image_links: ImageLinks = "relative"

    def offset_of(self, entry: Entry) -> timedelta:
        """Return what is added to an entry's times: only those of the source's own kind of document are off."""
        kind = "list" if self.kind == "json" else self.kind
        return self.time_offset if entry.dated_by == kind else timedelta()


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one exchange may go; from the section `fetch` of config.yaml."""

    timeout: timedelta  #: total for one GET with its redirects; waiting for politeness is not counted
    max_page_bytes: int  #: of the body, decoded
    host_delay: timedelta  #: between two requests to a host; see `fetcher.politeness`
    host_connections: int = 1  #: requests at once to a host
    concurrency: int = 64  #: requests at once to all hosts
    robots: bool = True  #: for whoever builds the parts: whether article pages are asked for in robots.txt
    allow_private_networks: bool = False
    retry_after_scope: Scope = "host"
    max_image_bytes: int = 10_000_000  #: of a picture


@dataclass(frozen=True, slots=True)
class Notify:
    """Whom to tell when the health of a source changes; from the section `notify` of config.yaml."""

    command: tuple[str, ...] = ()  #: argv; of this and the next two one at most is given
    webhook: str = ""  #: address that takes a POST of JSON
    apprise: str = ""  #: address in the spelling of the library apprise
    ping: str = ""  #: address to GET after each run that did its work


@dataclass(frozen=True, slots=True)
class Serve:
    """The web face of `crawler serve`; from the section `serve` of config.yaml."""

    host: str = "127.0.0.1"  #: address or name to listen at
    port: int = 8080  #: 0: no web face
    token: str = ""  #: who has it may see and do everything; "": nobody is asked for one
    admin: bool = False  #: whether who needs no token may do everything, too
    images: bool = False  #: whether pictures of articles are loaded from where they are
    hosts: tuple[str, ...] = ()  #: names by which it may be addressed; see `is_local` for where there are none
    is_configured: bool = False  #: whether the section is there

    @property
    def is_local(self) -> bool:
        """Tell whether only this machine can reach it."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")


@dataclass(frozen=True, slots=True)
class Publish:
    """How the archive is published after a run; from the section `publish` of config.yaml."""

    git: bool = False  #: whether it is, by a commit
    push: bool = True
    remote: str = "origin"
    branch: str = ""  #: that the repository must be on; "" for any


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave for conditional requests, byte for byte (RFC 9110 §8.8)."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched document: bytes and headers."""

    url: str  #: as asked for
    final_url: str  #: after redirects
    status: int
    headers: tuple[tuple[str, str], ...]  #: names in lower case, in the order received
    body: bytes  #: whole; content coding undone, unless `coding` says otherwise
    fetched: datetime
    moved_to: str = ""  #: where an unbroken chain of 301/308 leads, else ""
    coding: str = ""  #: content coding that the body still has; see `inflate.opened`
    cap_bytes: int = 0  #: most bytes that it may have when that is undone
    copy: str = ""  #: address of the copy in a web archive that it was read from; see `copies.as_original`

    def header(self, name: str) -> str:
        """Return the first header of that (lower-case) name, or ""."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def validators(self) -> Validators:
        """Return what the server gave for the next conditional request."""
        return Validators(self.header("etag"), self.header("last-modified"))

    @property
    def media_type(self) -> str:
        """Return the Content-Type without parameters, in lower case, or ""."""
        return self.header("content-type").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, as far as it is there: any field may be empty."""

    url: str = ""  #: absolute http(s) address of the article; "" when the feed gives none that can be used
    guid: str = ""  #: as the feed states it
    title: str = ""  #: plain text on one line
    author: str = ""  #: plain text on one line
    published: datetime | None = None  #: as the feed stated it, `time_offset` not applied
    updated: datetime | None = None
    content: str = ""  #: HTML, as in the feed; the first of content, media:description, summary that has text
    summary: str = ""  #: HTML; the summary when it is not what `content` already holds
    categories: tuple[str, ...] = ()
    language: str = ""
    image: str = ""  #: absolute address of the entry's own picture (media:thumbnail, image enclosure)
    dated_by: DatedBy = "feed"  #: who said `published`; of a sitemap it may be the time of the last change
    copy: str = ""  #: address of a copy of its page in a web archive, fetched in place of its own
    given_up: str = ""  #: why its own page was given up, where that is why a copy is looked for


@dataclass(frozen=True, slots=True)
class Listing:
    """What one poll of a source brought."""

    entries: tuple[Entry, ...]  #: in the feed's order
    title: str = ""
    link: str = ""  #: the site the feed belongs to
    ttl: timedelta | None = None  #: RSS <ttl>, sy:updatePeriod; the longer of the two
    ttl_base: datetime | None = None  #: sy:updateBase, from which the periods are counted
    skip_hours: tuple[int, ...] = ()  #: RSS <skipHours>, 0 to 23, UTC
    skip_days: tuple[int, ...] = ()  #: RSS <skipDays>, Monday is 0
    problems: tuple[str, ...] = ()  #: what was skipped and why, one line each
    onward: tuple[str, ...] = ()  #: addresses of further documents that belong to it, to be read in the same poll


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one URL failed: data, so that it crosses processes and lands in `status`."""

    reason: str  #: one line, without the URL
    passing: bool = True  #: whether the same request may succeed later; see errors.ItemError
    retry_after: timedelta | None = None
    status: int = 0  #: HTTP status, 0 when there was none
    held: bool = False  #: a text was there, and not believed (a wall, an empty shell, an unsure extraction)
    blocks: bytes = b""  #: of the fingerprint of a body that repeats others, else empty


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an article's body was made of, so that the source's later ones can be compared with it."""

    blocks: bytes  #: hashes of its blocks; see `extractor.repeats`
    refused: bool = False  #: it repeated other articles, and no post was made of it


@dataclass(frozen=True, slots=True)
class Article:
    """The extracted text with its facts."""

    url: CanonicalURL  #: the address by which the feed named it; the post's `from`
    title: str
    author: str
    published: datetime  #: never later than the crawl
    stated: datetime  #: as the feed stated it; the crawl time when it stated none
    html: str  #: the body, cleaned by the allow-list, links absolute
    origin: Literal["page", "feed"]  #: which text was taken
    won: str = ""  #: which rule or candidate found the body
    confidence: float = 1.0  #: 0 to 1
    canonical: str = ""  #: the page's rel=canonical, or ""
    updated: datetime | None = None
    language: str = ""
    image: str = ""
    description: str = ""
    boilerplate: tuple[str, ...] = ()  #: blocks left out since the source repeats them, as a reader sees them
    blocks: bytes = b""  #: of its fingerprint, with those left out and those of a page that was refused
    authors: tuple[str, ...] = ()  #: each one alone; empty where only the source's name stands in `author`
    offset: timedelta = timedelta()  #: from UTC, of the clock that the page's own time of publication was read from
    archived: str = ""  #: address of the copy in a web archive that its page was read from
    categories: tuple[str, ...] = ()  #: as the feed states them


@dataclass(frozen=True, slots=True)
class Post:
    """The file we write."""

    path: str  #: first choice, relative to the archive, with forward slashes
    data: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """What the worker hands back: the article and the post made from it."""

    article: Article
    post: Post
    validators: Validators = Validators()  #: of the page, where the text is that of one page


@dataclass(frozen=True, slots=True)
class Onward:
    """What the worker hands back when an article goes on at another address, or stands there whole."""

    url: str  #: of the page to fetch, on the same site
    is_whole: bool  #: whether that page is read instead of this one
    so_far: object  #: `extractor.pages.Part`, for the worker that reads that page; nobody else looks inside


@dataclass(frozen=True, slots=True)
class Job:
    """A URL that is due and ours to work."""

    key: bytes  #: urls.key of the canonical URL
    kind: Work
    url: str
    host: str
    source: str  #: the source's url
    tries: int = 0  #: failures in a row so far
    path: str = ""  #: reserved earlier, or ""
    entry: Entry | None = None  #: what the feed said; articles only
    backfill: int = 0  #: the backfill that brought it, or 0
    memory: SourceState | None = None  #: what is remembered of the source; polls only, None: to be asked for


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of a run."""

    polled: int = 0
    unchanged: int = 0
    failed: int = 0  #: polls
    unreached: int = 0  #: polls that got no answer at all
    new: int = 0  #: entries that entered the frontier
    fetched: int = 0  #: article pages
    archived: int = 0
    retried: int = 0  #: articles that failed and wait
    dead: int = 0
    revised: int = 0  #: posts rewritten since their articles changed
    steps: int = 0  #: documents that a backfill read
    outside: int = 0  #: articles that a backfill left out for the time of their publication
    pictures: int = 0  #: pictures that were brought into the archive
    hung: int = 0  #: posts rewritten to show them

    def __add__(self, other: Tally) -> Tally:
        """Add count by count."""
        mine, theirs = (tuple(getattr(t, n) for n in Tally.__slots__) for t in (self, other))
        return Tally(*(a + b for a, b in zip(mine, theirs, strict=True)))
