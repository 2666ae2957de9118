"""Pages of the size and the shape that news sites have today, made from a number, and gzipped at next to no cost.

Rule: pure. Of a page's bytes, most are its site's: navigation, styles, scripts, lists of other articles, comments.
A site has a pool of such pieces, each compressed once, as DEFLATE allows (RFC 1951 §3.2: blocks that begin anew after
a full flush may follow one another in any order); a page is its own head and article with pieces round them.
"""

from __future__ import annotations

import json
import math
import random
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape

from bench.throughput_text import NOUNS, ZH, Story, headline, language_of

#: Bytes of a page before gzip: log-normal between bounds; the mean is about 265,000.
MEDIAN_BYTES, SPREAD, LEAST_BYTES, MOST_BYTES = 187_000, 0.75, 40_000, 1_000_000
#: RFC 1952 §2.3: magic, deflate, no flags, no time, no extra flags, unknown system.
GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
#: RFC 1951 §3.2.6: an empty last block of fixed codes.
LAST_BLOCK = b"\x03\x00"
#: Pieces of each kind that a site has.
POOL = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of documents."""

    raw: bytes
    packed: bytes = field(repr=False)  #: DEFLATE blocks that end at a byte and are not the last


@dataclass(frozen=True, slots=True)
class Body:
    """A whole document, plain and gzipped."""

    pieces: tuple[Piece, ...]
    crc: int

    @property
    def raw(self) -> bytes:
        """Return it as it is."""
        return b"".join(piece.raw for piece in self.pieces)

    @property
    def gzipped(self) -> bytes:
        """Return it as one member of gzip."""
        size = sum(len(piece.raw) for piece in self.pieces) & 0xFFFF_FFFF
        end = self.crc.to_bytes(4, "little") + size.to_bytes(4, "little")
        return b"".join((GZIP_HEAD, *(piece.packed for piece in self.pieces), LAST_BLOCK, end))

    @property
    def etag(self) -> str:
        """Return its strong validator."""
        return f'"{self.crc:08x}"'


def piece(text: str) -> Piece:
    """Compress a part."""
    raw = text.encode()
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Piece(raw, packer.compress(raw) + packer.flush(zlib.Z_FULL_FLUSH))


def body(pieces: Iterable[Piece]) -> Body:
    """Put a document together."""
    parts, crc = tuple(pieces), 0
    for part in parts:
        crc = zlib.crc32(part.raw, crc)
    return Body(parts, crc)


def page(story: Story, url: str) -> Body:
    """Return an article's page.

    Args:
        story: the article.
        url: its address.
    """
    rng = random.Random(f"{story.feed}/{story.number}/page")  # noqa: S311 - chooses pieces
    site = site_of(story.feed)
    article = piece(_article(story, rng))
    head = piece(_head(story, url))
    wanted = min(max(rng.lognormvariate(math.log(MEDIAN_BYTES), SPREAD), LEAST_BYTES), MOST_BYTES)
    left = wanted - len(head.raw) - len(article.raw) - len(site.top.raw) - len(site.bottom.raw)
    around: list[Piece] = []
    scripts: list[Piece] = []
    for i in range(1000):  # far more than the largest page needs
        if left <= 0:
            break
        taken = rng.choice(site.scripts if i % 3 else site.lists)
        (scripts if i % 3 else around).append(taken)
        left -= len(taken.raw)
    return body((head, site.top, article, *around, site.bottom, *scripts, END))


# --- what an article's page has of its own ---


def _head(story: Story, url: str) -> str:
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": story.published.isoformat(),
        "author": [{"@type": "Person", "name": story.author}],
        "publisher": {"@type": "Organization", "name": f"The Paper {story.feed}"},
        "mainEntityOfPage": url,
    }
    title = escape(story.title)
    return (
        f'<!doctype html><html lang="{story.language}"><head><meta charset="utf-8">'
        f"<title>{title} - The Paper {story.feed}</title>"
        f'<link rel="canonical" href="{url}"><meta property="og:title" content="{title}">'
        f'<meta property="og:type" content="article"><meta property="og:url" content="{url}">'
        f'<meta name="author" content="{story.author}">'
        f'<meta property="article:published_time" content="{story.published.isoformat()}">'
        f'<script type="application/ld+json">{json.dumps(facts, ensure_ascii=False)}</script>'
    )


#: Around an article's heading, byline and text: sites of four makes.
MAKES = (
    ('<main><article class="post">', '<div class="entry-content">', "</div></article></main>"),
    ('<div id="main"><div class="story">', '<section class="body" itemprop="articleBody">', "</section></div></div>"),
    ('<div class="wrap"><div class="col-8">', '<div class="text">', "</div></div></div>"),
    ('<main id="content"><div class="grid"><article>', "<div>", "</div></article></div></main>"),
)  # fmt: skip


def _article(story: Story, rng: random.Random) -> str:
    opening, text, closing = MAKES[story.feed % len(MAKES)]
    parts = [
        f"{opening}<header><h1>{escape(story.title)}</h1>"
        f'<p class="byline">By <a href="/people/{rng.randrange(99)}">{story.author}</a> '
        f'<time datetime="{story.published.isoformat()}">{story.published:%d %B %Y %H:%M}</time></p></header>{text}'
    ]
    for i, paragraph in enumerate(story.paragraphs):
        parts.append(f"<p>{escape(paragraph)}</p>")
        if i % 6 == 2:
            parts.append(_between(story, rng, i))
    return "".join(parts) + closing


def _between(story: Story, rng: random.Random, place: int) -> str:
    """Return what stands between two paragraphs: a picture, a place for an advertisement, a heading."""
    picture = (
        f'<figure><img src="/img/{story.number}-{place}.jpg" width="1200" height="800" loading="lazy" alt="">'
        f"<figcaption>{_words(rng, story.language, 8)}</figcaption></figure>"
    )
    advert = f'<div class="ad-slot" id="ad-{place}"><script>ads.push({{"slot":{place}}})</script></div>'
    return rng.choice((picture, advert, f"<h2>{_words(rng, story.language, 4)}</h2>"))


# --- what all pages of a site have ---


@dataclass(frozen=True, slots=True)
class Site:
    """The pieces of one feed's site."""

    top: Piece
    bottom: Piece
    lists: tuple[Piece, ...]  #: other articles, comments, boxes: markup
    scripts: tuple[Piece, ...]


END = piece("</body></html>")


@lru_cache(maxsize=256)
def site_of(feed: int) -> Site:
    """Return the pieces of a feed's site."""
    rng = random.Random(f"{feed}/site")  # noqa: S311 - makes texts
    makers = (_related, _comments, _box)
    return Site(
        piece(_styles(rng) + "</head><body>" + _navigation(feed, rng)),
        piece(_footer(feed, rng)),
        tuple(piece(makers[n % len(makers)](feed, rng)) for n in range(POOL)),
        tuple(piece(_data(rng) if n % 3 == 0 else _script(rng)) for n in range(POOL)),
    )


def _words(rng: random.Random, language: str, number: int) -> str:
    return "".join(rng.choices(ZH, k=number)) if language == "zh" else " ".join(rng.choices(NOUNS, k=number))


def _name(rng: random.Random) -> str:
    return f"{rng.choice(NOUNS)}-{rng.choice(NOUNS)}__{rng.choice(NOUNS)}"


def _styles(rng: random.Random) -> str:
    rules = "".join(
        f".{_name(rng)}{{margin:{rng.randrange(40)}px;color:#{rng.randrange(4096):03x};top:{rng.randrange(9, 40)}px}}"
        for _ in range(180)
    )
    return f"<style>{rules}</style>"


def _navigation(feed: int, rng: random.Random) -> str:
    language = language_of(feed)
    groups = "".join(
        f'<li class="nav-item {_name(rng)}"><a href="/{n}/">{_words(rng, language, 1)}</a><ul>'
        + "".join(f'<li><a href="/{n}/{m}/">{_words(rng, language, 2)}</a></li>' for m in range(9))
        + "</ul></li>"
        for n in range(10)
    )
    return f'<header class="site"><a href="/" class="logo">The Paper {feed}</a><nav><ul>{groups}</ul></nav></header>'


def _related(feed: int, rng: random.Random) -> str:
    language = language_of(feed)
    cards = "".join(
        f'<li class="card {_name(rng)}"><a href="/2024/{rng.randrange(10**6)}.html"><img src="/img/{n}.jpg" alt="">'
        f'<h3 class="card__title">{headline(feed, -rng.randrange(1, 10**6))[0]}</h3></a>'
        f'<span class="card__kicker">{_words(rng, language, 2)}</span></li>'
        for n in range(14)
    )
    return f'<section class="related"><h2>{_words(rng, language, 2)}</h2><ul>{cards}</ul></section>'


def _comments(feed: int, rng: random.Random) -> str:
    language = language_of(feed)
    said = "".join(
        f'<li class="comment" id="c{rng.randrange(10**6)}"><div class="comment-author">{_words(rng, language, 1)}</div>'
        f'<div class="comment-body"><p>{_words(rng, language, rng.randint(6, 30))}</p></div>'
        f'<a class="reply" href="#">{_words(rng, language, 1)}</a></li>'
        for _ in range(12)
    )
    return f'<section class="comments"><ol>{said}</ol></section>'


def _box(feed: int, rng: random.Random) -> str:
    language = language_of(feed)
    rows = "".join(
        f'<div class="row {_name(rng)}" data-track="{rng.randrange(10**9)}"><span class="rank">{n}</span>'
        f'<a href="/most/{n}">{_words(rng, language, 6)}</a>'
        f'<svg viewBox="0 0 24 24"><path d="{_path(rng)}"/></svg></div>'
        for n in range(20)
    )
    return f'<aside class="sidebar">{rows}</aside>'


def _path(rng: random.Random) -> str:
    return "M" + "L".join(f"{rng.randrange(240) / 10} {rng.randrange(240) / 10}" for _ in range(8)) + "z"


def _footer(feed: int, rng: random.Random) -> str:
    links = "".join(f'<li><a href="/about/{n}">{_words(rng, language_of(feed), 2)}</a></li>' for n in range(40))
    return f"<footer><ul>{links}</ul><p>The Paper {feed} is printed on paper.</p></footer>"


def _script(rng: random.Random) -> str:
    lines = "".join(
        f"function {rng.choice(NOUNS)}{n}(a,b){{if(a<{rng.randrange(99)}&&b)"
        f'return a.{rng.choice(NOUNS)}("{rng.choice(NOUNS)}",{rng.random():.4f});for(var i=0;i<a;i++)b[i]=i*{n};}}'
        for n in range(90)
    )
    return f"<script>(function(){{{lines}}})();</script>"


def _data(rng: random.Random) -> str:
    held = [
        {"id": rng.randrange(10**9), "slug": _name(rng), "tags": rng.choices(NOUNS, k=4), "score": rng.random()}
        for _ in range(90)
    ]
    return f'<script type="application/json" id="state-{rng.randrange(10**6)}">{json.dumps(held)}</script>'
