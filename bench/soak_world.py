"""A small web of news sites with faults of every kind, all of it a function of a seed and of simulated time.

So the process that serves it may end at any moment, and the next one serves the same; and what ought to stand in the
archive at the end can be computed. Times are hours since the simulation's beginning.
"""

from __future__ import annotations

import email.utils
import zlib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from html import escape
from random import Random
from typing import Literal

from bench.soak_clock import EPOCH

#: Kinds of sources and how many of 200 are of each; the first of each are taken in turn.
KINDS = {
    "plain": 24, "flaky feed": 12, "flaky pages": 12, "burst": 8, "moved": 8, "guids": 8, "malformed": 8,
    "vanishing": 8,
    "gone": 4, "wall": 6, "robots": 6, "delay": 6, "redirected": 8, "max-age": 10, "entities": 10, "modified": 14,
    "bare": 12, "empty pages": 6, "busy": 8, "dead 404": 6, "dead 500": 4, "refused": 4, "hanging": 4, "no feed": 4,
}  # fmt: skip
#: Kinds that serve every page well at all times.
HEALTHY = frozenset(
    {"plain", "burst", "moved", "guids", "malformed", "delay", "redirected", "max-age", "entities", "modified", "bare"}
)
#: Kinds whose faults pass: what they listed must be archived in the end.
RECOVERING = frozenset({"flaky feed", "flaky pages", "vanishing", "busy", "gone"})
#: Kinds that never give an article, and must be said to fail.
DEAD = frozenset({"dead 404", "dead 500", "refused", "hanging", "no feed"})
#: Minutes between polls, by number of the source.
EVERY = (15, 30, 60, 30, 60)
#: A burst: so many entries at once, or four for each source of a small simulation, at this part of the time.
BURST, BURST_AT = 200, 0.55
#: A host that vanishes is away between these parts of the time; one that ends says 410 from this part on.
AWAY, ENDS_AT = (0.25, 0.55), 0.4
#: Seconds for which a page of a flaky site is faulty; share of its pages.
FAULTY_S, FAULTY_SHARE = 2 * 3600.0, 0.3
#: Share of a flaky feed's answers that fail; seconds a host asks to be left alone; freshness of a max-age feed.
FLAKY_SHARE, SILENCE_S, MAX_AGE_S, CRAWL_DELAY_S = 0.1, 1800, 3600, 5
#: Entries a feed shows.
WINDOW = 60

Manner = Literal["whole", "cut", "hang", "close"]
SUBJECTS = [
    "ferry",
    "harbour",
    "bridge",
    "council",
    "school",
    "theatre",
    "river",
    "market",
    "library",
    "tower",
    "orchard",
    "railway",
    "museum",
    "bakery",
]
VERBS = [
    "opened",
    "closed",
    "promised",
    "refused",
    "sold",
    "repaired",
    "painted",
    "counted",
    "postponed",
    "celebrated",
    "measured",
    "borrowed",
]
PLACES = [
    "Aldermouth",
    "Brackwater",
    "Coldhaven",
    "Dunmere",
    "Eastwick",
    "Fernley",
    "Greypoint",
    "Hollins",
    "Ivybridge",
    "Jarrow",
    "Kelso",
]
ENDINGS = (
    "and nobody on the quay had expected it before the tide turned",
    "although the committee had asked for another month to read the papers",
    "which the mayor called the best news since the flood of the spring",
    "while the neighbours, who had waited for years, brought chairs and tea",
    "because the bill had come to less than half of what was feared",
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server says, and how."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    manner: Manner = "whole"


HTML = (("Content-Type", "text/html; charset=utf-8"),)
NOT_FOUND = Reply(404, b"not here")
FAULTS = (
    Reply(500), NOT_FOUND, Reply(503, headers=(("Retry-After", str(SILENCE_S)),)),
    Reply(429, headers=(("Retry-After", str(SILENCE_S)),)), Reply(manner="hang"), Reply(manner="close"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    """One article of a site."""

    number: int
    at: float  #: seconds when it is published
    title: str


@dataclass
class Site:
    """One source and its host."""

    index: int
    kind: str
    hours: float
    seed: int
    burst: int = BURST

    @property
    def host(self) -> str:
        return f"site{self.index}.example"

    @property
    def feed(self) -> str:
        return f"http://{self.host}/feed"

    @property
    def every(self) -> timedelta:
        return timedelta(minutes=EVERY[self.index % len(EVERY)])

    @property
    def delay_s(self) -> float:
        """Seconds that the host wants between two requests."""
        return CRAWL_DELAY_S if self.kind == "delay" else 1.0

    def address(self, story: Story) -> str:
        return f"http://{self.host}/a/{story.number}"

    @cached_property
    def stories(self) -> tuple[Story, ...]:
        """All stories, oldest first; ten stand in the feed when it is first read."""
        rng = Random(f"{self.seed}/{self.index}")  # noqa: S311 - a simulation
        end = self.hours * 3600
        times = [-3600.0 * n for n in range(1, 11)]
        times += [rng.uniform(0, end) for _ in range(int(rng.uniform(4, 12) * self.hours / 24))]
        if self.kind == "burst":
            times += [end * BURST_AT + n for n in range(self.burst)]
        return tuple(Story(n, float(int(at)), _title(rng, n)) for n, at in enumerate(sorted(times)))

    def listed(self, now: float) -> tuple[Story, ...]:
        """Return the stories that the feed shows, the newest first."""
        upto = bisect_right(self.stories, now, key=lambda story: story.at)
        window = BURST + WINDOW if self.kind in ("burst", "vanishing") else WINDOW
        return self.stories[max(0, upto - window) : upto][::-1]

    def reply(self, path: str, now: float, etag: str, modified: str) -> Reply:
        """Answer a request."""
        part = now / 3600 / self.hours
        if self.kind == "vanishing" and AWAY[0] <= part < AWAY[1]:
            return Reply(manner="close")
        if path == "/robots.txt":
            return _robots(self.kind)
        if path == "/feed":
            return self._asked_for_feed(now, part, etag, modified)
        if path == "/new" and self.kind in ("moved", "redirected"):
            return self._feed(now, etag, modified)
        number = path.removeprefix("/a/")
        known = number.isdecimal() and int(number) < len(self.stories)
        return self._page(self.stories[int(number)], now) if known else NOT_FOUND

    def _asked_for_feed(self, now: float, part: float, etag: str, modified: str) -> Reply:
        special: dict[str, Callable[[], Reply]] = {
            "moved": lambda: Reply(301, headers=(("Location", "/new"),)),
            "redirected": lambda: Reply(302, headers=(("Location", "/new"),)),
            "dead 404": lambda: NOT_FOUND,
            "dead 500": lambda: Reply(500),
            "hanging": lambda: Reply(manner="hang"),
            "no feed": lambda: Reply(body=b"<html><body><p>This is our new home page.</p></body></html>", headers=HTML),
        }
        if self.kind in special:
            return special[self.kind]()
        if self.kind == "gone" and part >= ENDS_AT:
            return Reply(410)
        if self.kind == "flaky feed" and self._chance("feed", now) < FLAKY_SHARE:
            fault = int(self._chance("fault", now) * (len(FAULTS) + 1))
            return FAULTS[fault] if fault < len(FAULTS) else self._cut(self._feed(now, "", ""))
        return self._feed(now, etag, modified)

    def _feed(self, now: float, etag: str, modified: str) -> Reply:
        listed = self.listed(now)
        tag = f'"{self.index}-{listed[0].number}"'
        stamp = _http_date(listed[0].at)
        headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/rss+xml"),)
        if self.kind == "modified":
            headers += (("Last-Modified", stamp),)
        elif self.kind not in ("bare", "guids"):
            headers += (("ETag", tag),)
        if self.kind == "max-age":
            headers += (("Cache-Control", f"public, max-age={MAX_AGE_S}"),)
        given = dict(headers)
        if (etag and etag == given.get("ETag")) or (modified and modified == given.get("Last-Modified")):
            return Reply(304, headers=headers)
        return Reply(body=self._rss(listed, now), headers=headers)

    def _rss(self, listed: tuple[Story, ...], now: float) -> bytes:
        items = "".join(self._item(story, now) for story in listed)
        doctype = '<!DOCTYPE rss [<!ENTITY town "Dunmere">]>' if self.kind == "entities" else ""
        text = (
            f'<?xml version="1.0" encoding="utf-8"?>{doctype}<rss version="2.0"><channel>'
            f"<title>Site {self.index}</title><link>http://{self.host}/</link>{items}</channel></rss>"
        )
        if self.kind == "malformed":
            text = text.replace("<channel>", "<channel><copyright>Smith & Sons<br></copyright>", 1)
            text = text.removesuffix("</channel></rss>")
        return text.encode()

    def _item(self, story: Story, now: float) -> str:
        guid = f"{story.number}-{now:.0f}" if self.kind == "guids" else f"story {story.number}"
        title = escape(story.title)
        if self.kind == "entities":
            title = title.replace(" ", "&#32;", 1)
        summary = "A summary &lt;b&gt;in brief&lt;/b&gt; &amp;mdash; no more."
        return (
            f"<item><title>{title}</title><link>{self.address(story)}</link><guid isPermaLink='false'>{guid}</guid>"
            f"<pubDate>{_http_date(story.at)}</pubDate><description>{summary}</description></item>"
        )

    def _page(self, story: Story, now: float) -> Reply:
        if story.at > now:
            return NOT_FOUND
        if self.kind == "empty pages":
            return Reply(headers=HTML)
        if self.kind == "wall":
            return Reply(body=WALL.replace("{title}", escape(story.title)).encode(), headers=HTML)
        whole = Reply(body=self._made(story), headers=HTML)
        if self.kind == "flaky pages" and now < story.at + FAULTY_S:
            return self._faulty(story, whole)
        if self.kind == "busy" and now < story.at + FAULTY_S and self._chance("busy", story.number) < FAULTY_SHARE:
            return FAULTS[3]
        return whole

    def _faulty(self, story: Story, whole: Reply) -> Reply:
        """Return a fault for some of the pages."""
        chance = self._chance("page", story.number)
        if chance >= FAULTY_SHARE:
            return whole
        faults = (
            Reply(500),
            NOT_FOUND,
            Reply(manner="hang"),
            Reply(headers=HTML),
            self._cut(whole),
            Reply(manner="close"),
        )
        return faults[int(chance / FAULTY_SHARE * len(faults))]

    def _cut(self, whole: Reply) -> Reply:
        return Reply(200, whole.body, whole.headers, "cut")

    def _chance(self, what: str, when: float) -> float:
        """Return a number from 0 to 1 that is always the same for the same question."""
        return zlib.crc32(f"{self.seed}/{self.index}/{what}/{int(when)}".encode()) / 2**32

    def _made(self, story: Story) -> bytes:
        rng = Random(f"{self.seed}/{self.index}/{story.number}")  # noqa: S311 - a simulation
        text = "".join(f"<p>{_paragraph(rng)}</p>" for _ in range(6))
        return (
            f"<!doctype html><html><head><title>{escape(story.title)} - Site {self.index}</title></head><body>"
            f"<nav><a href='/'>Home</a> <a href='/about'>About us</a></nav><article><h1>{escape(story.title)}</h1>"
            f"<p>{token(self, story)} is how the clerk of {rng.choice(PLACES)} filed it. {_paragraph(rng)}</p>{text}"
            "</article><footer>Printed on paper since 1911</footer></body></html>"
        ).encode()


WALL = (
    "<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1><div class='paywall'>"
    "<p>Please log in or subscribe to continue reading.</p><a href='/login'>Log in</a></div></body></html>"
)


def token(site: Site, story: Story) -> str:
    """Return the word by which a story's text is known."""
    return f"Token{site.index}x{story.number}"


def sites(count: int, hours: float, seed: int) -> tuple[Site, ...]:
    """Return so many sites: one of each kind in turn, as long as there are any of it."""
    left, found = dict(KINDS), list[str]()
    while len(found) < count and any(left.values()):
        for kind in [kind for kind, n in left.items() if n]:
            left[kind] -= 1
            found.append(kind)
    return tuple(Site(n, kind, hours, seed, min(BURST, 4 * count)) for n, kind in enumerate(found[:count]))


def _title(rng: Random, number: int) -> str:
    if number % 13 == 7:
        return "The morning briefing"  # the same title again and again
    return f"{rng.choice(PLACES)}'s {rng.choice(SUBJECTS)} {rng.choice(VERBS)}: “{number}” & more"


def _paragraph(rng: Random) -> str:
    def sentence() -> str:
        subject, verb, place = rng.choice(SUBJECTS), rng.choice(VERBS), rng.choice(PLACES)
        return f"The {subject} of {place} was {verb} after {rng.randint(2, 900)} days, {rng.choice(ENDINGS)}."

    return " ".join(sentence() for _ in range(3))


def _robots(kind: str) -> Reply:
    rules = {
        "robots": b"User-agent: *\nDisallow: /a/\n",
        "delay": f"User-agent: *\nCrawl-delay: {CRAWL_DELAY_S}\n".encode(),
    }
    return Reply(body=rules[kind]) if kind in rules else NOT_FOUND


def _http_date(at: float) -> str:
    return email.utils.format_datetime(EPOCH + timedelta(seconds=at), usegmt=True)
