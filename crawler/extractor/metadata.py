"""What a page says about its article: title, authors, times, language, picture.

Rule: every fact comes from the first link of its chain that has it (SPEC §4): JSON-LD, then meta, then the page's
visible parts; a site's row comes before the visible parts. Reads an unpruned tree, changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape

from lxml.html import HtmlElement

from ..errors import ParseError
from ..model import CanonicalURL, Entry, Source
from ..moments import Stamp
from ..urls import canonical, same_site
from . import jsonld
from .dates import best_stamp, page_stamp, zone_named
from .media import absolute
from .rules import SiteRule, first_text, first_texts
from .tree import squeeze

PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "article:published", "datepublished", "date.published",
    "publishdate", "publish-date", "pubdate", "publication_date", "parsely-pub-date", "sailthru.date", "bt:pubdate",
    "cxenseparse:recs:publishtime", "dc.date.issued", "dcterms.created", "dcterms.date", "dc.date", "date",
    "rnews:datepublished", "og:published_time", "weibo:article:create_at",
)  # fmt: skip
UPDATED_META = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "lastmod",
    "last-modified",
    "dcterms.modified",
)
AUTHOR_META = (
    "author",
    "article:author",
    "article:author_name",
    "parsely-author",
    "sailthru.author",
    "byl",
    "dc.creator",
    "dcterms.creator",
    "weibo:article:author",
)
TITLE_META = ("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title")
IMAGE_META = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src", "thumbnail")
DESCRIPTION_META = ("og:description", "description", "twitter:description", "dc.description")
LANGUAGE_META = ("og:locale", "content-language", "dc.language", "language")
#: Classes by which `time` elements and their kin are known as the time of publication.
PUBLISHED_CLASS = re.compile(r"publish|pubdate|posted|entry-date|dateline|post-date|article-date", re.I)
#: Words before a name that are not part of it.
BYLINE = re.compile(
    r"^\s*(?:(?:written|reported|story)?\s*by\b[:\s]*|(?:文|作者|记者|記者|撰文|责任编辑)\s*[/:：／|]\s*)", re.I
)
#: RFC 822 `mail@host (Name)`, as RSS <author> has it, and a mail address alone.
MAIL = re.compile(r"^\s*<?[\w.+-]+@[\w.-]+>?\s*(?:\((?P<name>[^)]*)\))?\s*$")
#: Characters; longer "names" are sentences, longer bylines whole mastheads.
MAX_NAME = 100
MAX_AUTHOR = 200
#: Characters; the longest real title seen has 236 bytes, the longest sensible one is a tweet.
MAX_TITLE = 500
#: Paths of front pages, sections and forms, their query aside.
SECTION = re.compile(
    r"(?i)(?:[a-z]{0,12}(?:-[a-z]{2})?(?:\.[a-z]{3,5})?|(?:.*/)?(?:login|signin|error|404)(?:\.\w+)?)/?"
    r"(?:\?.*(?:url|next|return|from)=.*)?"
)
#: What parts a page's title from its site's name.
SITE_SUFFIX = re.compile(r"\s+[|_–—»·•-]\s+|\s*[|｜_]\s*")


@dataclass(frozen=True, slots=True)
class Facts:
    """What one page says about its article; anything may be empty."""

    title: str = ""
    authors: tuple[str, ...] = ()
    publisher: str = ""  #: the organisation's name where it stands in the author's place
    signed: tuple[str, ...] = ()  #: people named in the first or last line of the text itself
    published: Stamp | None = None
    updated: Stamp | None = None
    shown: Stamp | None = None  #: printed near the headline, in no machine's words
    canonical: str = ""
    language: str = ""
    image: str = ""
    description: str = ""
    body: str = ""  #: JSON-LD articleBody, plain text or HTML


def read(root: HtmlElement, url: str, rule: SiteRule | None = None) -> Facts:
    """Read a page's facts.

    Args:
        root: the page, not yet pruned.
        url: the page's final address; links are resolved against it.
        rule: the site's row, if there is one.
    """
    rule = rule or SiteRule(())
    node, meta = {} if rule.skips_json_ld else jsonld.article_node(root, url), _meta(root)
    people, publisher = _authors(node, meta)
    own, body = first_texts(root, rule.author), node.get("articleBody")
    return Facts(
        title=_title(root, node, meta, rule),
        authors=clean_names(own) or people,
        publisher=publisher,
        published=best_stamp(list(_published(root, node, meta, rule))),
        updated=best_stamp(list(_stamps([*jsonld.texts(node.get("dateModified")), *_all(meta, UPDATED_META)], rule))),
        canonical=_canonical(root, url),
        language=_language(root, node, meta),
        image=absolute(url, jsonld.text(node.get("image"), "url", "contentUrl", "@id") or _first(meta, IMAGE_META)),
        description=one_line(_first(meta, DESCRIPTION_META) or jsonld.text(node.get("description"))),
        body=body if isinstance(body, str) else "",
    )


def _meta(root: HtmlElement) -> dict[str, str]:
    """Return the page's meta values by lower-case name, the first of each name."""
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        if name and element.get("content", "").strip():
            found.setdefault(name.strip().lower(), element.get("content").strip())
    return found


def _all(meta: dict[str, str], names: Sequence[str]) -> list[str]:
    return [meta[name] for name in names if name in meta]


def _first(meta: dict[str, str], names: Sequence[str]) -> str:
    return next(iter(_all(meta, names)), "")


def _published(root: HtmlElement, node: jsonld.Node, meta: dict[str, str], rule: SiteRule) -> Iterator[Stamp]:
    """Yield the stamps of publication, the most trusted first (DESIGN §8: JSON-LD, meta, `time`)."""
    stated = jsonld.texts(node.get("datePublished")) or jsonld.texts(node.get("dateCreated"))
    yield from _stamps([*stated, *_all(meta, PUBLISHED_META)], rule)
    yield from _stamps([first_text(root, [selector]) for selector in rule.date], rule)
    yield from _stamps(_times(root), rule)


def _stamps(said: Sequence[str], rule: SiteRule) -> Iterator[Stamp]:
    zone = zone_named(rule.timezone)
    for text in said:
        stamp = page_stamp(text, zone)
        if stamp:
            yield stamp


def _times(root: HtmlElement) -> list[str]:
    """Return what `time` elements and itemprop=datePublished say: marked ones first, else the first of the page."""
    marked: list[str] = []
    others: list[str] = []
    for element in root.xpath("//time | //*[@itemprop='datePublished'] | //abbr[contains(@class, 'published')]"):
        said = element.get("datetime") or element.get("content") or element.get("title") or element.text_content()
        names = f"{element.get('class', '')} {element.get('itemprop', '')} {element.getparent().get('class', '')}"
        is_marked = element.get("pubdate") is not None or PUBLISHED_CLASS.search(names)
        (marked if is_marked else others).append(said)
    return marked or others[:1]


def _title(root: HtmlElement, node: jsonld.Node, meta: dict[str, str], rule: SiteRule) -> str:
    headings = [one_line(h.text_content()) for h in root.iter("h1")]
    shared = one_line(_first(meta, TITLE_META))
    # Many an og:title is the page's title: "Heading | Site". The heading says where the title ends.
    shared = next((h for h in headings if h and SITE_SUFFIX.match(shared.removeprefix(h))), shared)
    chain = [first_text(root, rule.title), jsonld.text(node.get("headline"))]
    found = next((t for t in [*map(one_line, chain), shared, *headings] if t), "")
    return (found or without_site(one_line(root.findtext(".//title") or "")))[:MAX_TITLE]


def without_site(title: str) -> str:
    """Cut the site's name from a page's title: "Title | Site" → "Title"; what is cut is shorter than what stays."""
    parts = SITE_SUFFIX.split(title)
    return parts[0] if len(parts) > 1 and len(parts[0]) > len(parts[-1]) else title


def one_line(text: str) -> str:
    """Decode entities, fold white space and drop invisible characters."""
    return squeeze(re.sub(r"[\u200b\u2060\ufeff\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufffe\uffff]", " ", unescape(text)))


def _authors(node: jsonld.Node, meta: dict[str, str]) -> tuple[tuple[str, ...], str]:
    """Return the people named as authors, and the publisher's name where it stands in their place."""
    house = one_line(jsonld.text(node.get("publisher"), "name")).casefold()
    first = clean_names(jsonld.texts(node.get("author")) or jsonld.texts(node.get("creator")))
    people = tuple(name for name in first if name.casefold() != house)
    if not people:
        site = one_line(meta.get("og:site_name", "")).casefold()
        stated = [n for n in clean_names(_all(meta, AUTHOR_META)) if n.casefold() not in (house, site)]
        people = tuple(stated[:1])  # the others name the same person in other words
    return people, "" if people else next(iter(first), "")


def clean_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return names without "By", mail addresses, links and repetitions; too long ones are no names."""
    found: dict[str, str] = {}
    for raw in names:
        mail = MAIL.match(raw)
        name = one_line(mail["name"] or "" if mail else BYLINE.sub("", raw))
        if len(name) <= MAX_NAME and not re.match(r"(?:https?:)?//|www\.|@?null$|undefined$", name):
            found.setdefault(name.strip(" ,;/|").casefold(), name.strip(" ,;/|"))
    found.pop("", None)
    return tuple(found.values())


def author_line(facts: Facts, entry: Entry, source: Source) -> str:
    """Return the author line of the post: the page's people, the feed's, the text's own, publisher, source's name."""
    line = ", ".join(facts.authors or clean_names([entry.author]) or facts.signed) or facts.publisher
    return line[:MAX_AUTHOR].strip(" ,") or one_line(source.name)


def _canonical(root: HtmlElement, url: str) -> str:
    """Return rel=canonical when it names an article of this site; one that names the front page names nothing."""
    for link in root.iter("link"):
        if "canonical" in link.get("rel", "").lower().split():
            try:
                found = canonical(absolute(url, link.get("href", "")))
            except ParseError:
                return ""
            return found if same_site(found, url) and not _is_front(found) else ""
    return ""


def redirected(asked: str, final: str) -> str:
    """Return the address that a redirect led to on the same site, as it names the article too; else "".

    One that leads to a front page, a section or a form ("/", "/en/", "/login") tells that the article is gone.
    """
    try:
        before, after = canonical(asked), canonical(final)
    except ParseError:
        return ""
    path = after.partition("://")[2].partition("/")[2]
    is_section = SECTION.fullmatch(path) or (path.endswith("/") and before.startswith(after))
    return after if after != before and same_site(after, before) and not is_section else ""


def _is_front(url: CanonicalURL) -> bool:
    return not url.partition("://")[2].partition("/")[2]


def _language(root: HtmlElement, node: jsonld.Node, meta: dict[str, str]) -> str:
    html = next(root.iter("html"), root)
    said = [
        html.get("lang") or html.get("xml:lang") or "",
        *jsonld.texts(node.get("inLanguage"), "alternateName", "name"),
    ]
    found = next(
        (
            s
            for s in [*said, _first(meta, LANGUAGE_META)]
            if re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*", s.strip())
        ),
        "",
    )
    return found.strip().replace("_", "-")
