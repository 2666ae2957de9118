"""One entry of feedparser's, in our terms.

Pure. feedparser is told no base address, so what is relative is still relative here unless the feed set xml:base.
Links inside an entry's content are resolved where xml:base asks for it; the others may still be relative to the
entry's address, against which `extractor.clean` resolves them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ..model import Entry
from ..moments import is_zero, read_date
from ..plaintext import paragraphs
from ..urls import join
from .text import MARKUP, TAG, absolute_links, fold, has_text, plain

#: Types of content that are text; others (images, base64) are no article.
READABLE = ("text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml")
MAILBOX = re.compile(r"[(<]?[^\s()<>@]+@[^\s()<>@]+[)>]?")
#: feedparser reads "12:20" as today; its answer is taken only for exotic forms that name a year.
NAMES_A_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
PICTURE = re.compile(r"(?i)\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#]|$)")


class Frame(NamedTuple):
    """What an entry inherits from its feed."""

    base: str  #: absolute address against which links are resolved
    language: str = ""
    author: str = ""


def read_entry(raw: Any, frame: Frame) -> tuple[Entry, str]:
    """Return an entry and its link if that is no address that can be fetched (javascript:, file:, mailto:)."""
    url, refused = link_of(raw, frame.base)
    content, summary = texts(raw)
    title = raw.get("title_detail") or {}
    updated = date_of(raw, "updated")
    entry = Entry(
        url=url,
        guid=fold(raw.get("id") or ""),
        title=plain(raw.get("title") or "", markup=title.get("type", "text/html") != "text/plain"),
        author=author_of(raw) or frame.author,
        published=date_of(raw, "published") or date_of(raw, "created") or updated,
        updated=updated,
        content=content,
        summary=summary,
        categories=tuple(dict.fromkeys(categories(raw))),
        language=fold(title.get("language") or frame.language),
        image=next(pictures(raw, frame.base), ""),
    )
    return entry, refused


def link_of(raw: Any, base: str) -> tuple[str, str]:
    """Return the article's address, "" if there is none, and the first link that could not be used."""
    refused = ""
    for link in stated_links(raw):
        if url := join(base, link):
            return url, ""
        refused = refused or fold(link)
    return "", refused


def stated_links(raw: Any) -> Iterator[str]:
    """Yield the links that mean the article, best first."""
    yield from filter(None, [raw.get("feedburner_origlink")])  # else the address of a counting redirect
    alternates = [link for link in raw.get("links") or () if link.get("rel") == "alternate" and link.get("href")]
    alternates.sort(key=lambda link: "html" not in link.get("type", "html"))
    yield from (link["href"] for link in alternates)
    link, guid = raw.get("link") or "", raw.get("id") or ""
    # feedparser puts a guid in the link's place unless isPermaLink="false"; it is one only if it is an address.
    if link and (link != guid or join("", guid)):
        yield link


def texts(raw: Any) -> tuple[str, str]:
    """Return an entry's text and what its summary adds, both as HTML.

    Content goes first, then media:description, then the summary. A media:description shorter than the summary is
    taken for a picture's caption.
    """
    contents = [found for found in map(as_html, raw.get("content") or ()) if has_text(found[0])]
    contents.sort(key=lambda found: not found[1])  # stable: HTML before plain text, else the feed's order
    # Without its detail a summary is feedparser's copy of the content.
    summary = as_html(raw.get("summary_detail") or {})[0]
    said = raw.get("media_entrytext") or ""
    media = as_html({"value": said, "type": "text/html" if MARKUP.search(said) else "text/plain"})[0]
    chain = [found[0] for found in contents[:1]] + sorted((media, summary), key=len, reverse=True)
    content = next(filter(has_text, chain), "")
    return content, summary if has_text(summary) and summary != content else ""


def as_html(detail: Any) -> tuple[str, bool]:
    """Return a feedparser text as HTML, and whether it was HTML in the feed."""
    value, kind = detail.get("value") or "", detail.get("type") or "text/html"
    if kind not in READABLE:
        return "", False
    if kind == "text/plain" or not TAG.search(value):
        return paragraphs(value if kind == "text/plain" else html.unescape(value)), False
    base = detail.get("base") or ""
    return (absolute_links(value, base) if join("", base) else value), True


def date_of(raw: Any, name: str) -> datetime | None:
    """Return a date of the entry in UTC.

    `name in raw` first: feedparser answers `updated` with `published`.
    """
    if name not in raw:
        return None
    stated = str(raw[name])
    if (found := read_date(stated)) or not NAMES_A_YEAR.search(stated):
        return found
    if f"{name}_parsed" not in raw or not raw[f"{name}_parsed"]:
        return None
    year, month, day, hour, minute, second = raw[f"{name}_parsed"][:6]
    moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    return None if is_zero(moment) else moment


def author_of(raw: Any) -> str:
    """Return the authors by name, or by what the feed has in place of names."""
    named = [name for author in raw.get("authors") or () if (name := name_of(author.get("name") or ""))]
    # A single author is read from the whole string: feedparser cuts mail addresses at four letters of the last label.
    found = named if len(set(named)) > 1 else [name_of(raw.get("author") or "")]
    return ", ".join(dict.fromkeys(found))


def name_of(stated: str) -> str:
    """Return the name out of `mail@host (Name)` or `Name <mail@host>`; the mail address where it is all there is."""
    text = plain(stated)
    bare = MAILBOX.sub("", text)
    return text if bare == text else bare.strip(" ()<>") or text


def categories(raw: Any) -> Iterator[str]:
    """Yield the categories as a reader would see them: the label where the term is an address."""
    for tag in raw.get("tags") or ():
        term, label = (plain(tag.get(key) or "") for key in ("term", "label"))
        if shown := label if label and (not term or join("", term)) else term:
            yield shown


def pictures(raw: Any, base: str) -> Iterator[str]:
    """Yield the addresses of the entry's own pictures, best first."""
    media = raw.get("media_content") or ()
    found = [thumbnail.get("url") for thumbnail in raw.get("media_thumbnail") or ()]
    found += [item.get("url") for item in media if _is_picture(item, item.get("url") or "")]
    links = raw.get("links") or ()
    found += [
        link.get("href")
        for link in links
        if link.get("rel") == "enclosure" and _is_picture(link, link.get("href") or "")
    ]
    image = raw.get("image")
    found.append(image.get("href") if hasattr(image, "get") else None)
    yield from filter(None, (join(base, address) for address in found if address))


def _is_picture(item: Any, address: str) -> bool:
    kind = item.get("type") or ""
    return item.get("medium") == "image" or kind.startswith("image/") or (not kind and bool(PICTURE.search(address)))
