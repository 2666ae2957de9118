"""What a page says about its article: title, authors, times, language, picture.

Rule: every fact comes from the first link of its chain that has it (SPEC §4): JSON-LD, then meta, then the page's
visible parts; a site's row comes before the visible parts. Reads an unpruned tree, changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import unescape

from lxml import etree
from lxml.html import HtmlElement

from ..errors import ParseError
from ..markup import text_of
from ..model import CanonicalURL, Entry, Source
from ..moments import Place, Stamp
from ..selectors import first_text, first_texts
from ..urls import canonical, host, same_site
from . import jsonld, printed
from .dates import best_stamp, day_in, page_stamp
from .facts import Facts
from .headline import MAX_TITLE, Titles
from .language import language_of
from .media import PLACEHOLDER, absolute
from .people import Houses, clean_names, one_line, people_of
from .places import place_of
from .rules import SiteRule

#: Names as `_meta` folds them.
PUBLISHED_META = (
    "article_published_time", "og_article_published_time", "article_published", "datepublished", "date_published",
    "publishdate", "publish_date", "pubdate", "publication_date", "parsely_pub_date", "sailthru_date", "bt_pubdate",
    "cxenseparse_recs_publishtime", "dc_date_issued", "dcterms_created", "dcterms_date", "dc_date", "date",
    "rnews_datepublished", "og_published_time", "weibo_article_create_at",
)  # fmt: skip
UPDATED_META = (
    "article_modified_time",
    "og_updated_time",
    "datemodified",
    "lastmod",
    "last_modified",
    "dcterms_modified",
)
AUTHOR_META = (
    "author",
    "article_author",
    "article_author_name",
    "parsely_author",
    "sailthru_author",
    "byl",
    "dc_creator",
    "dcterms_creator",
    "weibo_article_author",
    "articleauthor",
    "dcsext_author",
)
IMAGE_META = ("og_image_secure_url", "og_image", "og_image_url", "twitter_image", "twitter_image_src", "thumbnail")
DESCRIPTION_META = ("og_description", "description", "twitter_description", "dc_description")
#: Keys of JSON-LD nodes that hold a language, and a picture's address.
IN_LANGUAGE = ("alternateName", "name")
IN_IMAGE = ("url", "contentUrl", "@id")
#: What is no letter in the names of meta elements: `article:published_time`, `article.published-time`.
META_SIGNS = re.compile(r"[^a-z0-9]+")
#: Pictures of the site, shared where an article has none of its own, and names of nodes that are no addresses.
NO_PICTURE = re.compile(
    r"(?i)(?:^|[/_.-])(?:logo|favicon|apple-touch-icon|default[_-]?(?:image|share|og|thumb\w*)|no[_-]?(?:image|photo)|"
    r"share[_-]?default|social[_-]?(?:placeholder|default))[^/]*\.\w{3,4}(?:\?|$)|#"
)
LANGUAGE_META = ("og_locale", "content_language", "dc_language", "language")
#: Elements that may state the time of publication; a union is quicker than one test of all that each can be.
DATED = etree.XPath(
    "descendant::time | descendant::*/@itemprop[.='datePublished']/.. | descendant::abbr[contains(@class, 'published')]"
)
#: Classes by which `time` elements and their kin are known as the time of publication.
PUBLISHED_CLASS = re.compile(r"publish|pubdate|posted|entry-date|dateline|post-date|article-date", re.I)
#: A date printed near the headline and the day in the address are the same story's within this.
MAX_GAP = timedelta(days=3)
#: Characters; longer bylines are whole mastheads.
MAX_AUTHOR = 200
#: Paths of front pages, sections and forms, their query aside.
SECTION = re.compile(
    r"(?i)(?:[a-z]{0,12}(?:-[a-z]{2})?(?:\.[a-z]{3,5})?|(?:.*/)?(?:login|signin|error|404)(?:\.\w+)?)/?"
    r"(?:\?.*(?:url|next|return|from)=.*)?"
)


def read(root: HtmlElement, url: str, rule: SiteRule | None = None) -> Facts:
    """Read a page's facts.

    Args:
        root: the page, not yet pruned.
        url: the page's final address; links are resolved against it.
        rule: the site's row, if there is one.
    """
    rule = rule or SiteRule(())
    node, meta = {} if rule.skips_json_ld else jsonld.article_node(root, url), _meta(root)
    houses = _houses(node, meta, url)
    people, publisher = _authors(node, meta, houses)
    own, body = first_texts(root, rule.author), node.get("articleBody")
    language = language_of(root, [*jsonld.texts(node.get("inLanguage"), *IN_LANGUAGE), _first(meta, LANGUAGE_META)])
    named = day_in(url)
    place = place_of(url, language, rule.timezone, named.when.year if named else None)
    title = one_line(first_text(root, rule.title)) or Titles(root, node, meta, houses).best()
    published = best_stamp(list(_published(root, node, meta, rule, place)))
    shown = None if published and published.timed else _shown(root, title, place, url)
    return Facts(
        title=title[:MAX_TITLE],
        authors=clean_names(own) or people,
        publisher=publisher,
        signed=() if people or own else printed.authors(root, title, houses),
        published=best_stamp([s for s in (published, shown) if s]) if published else None,
        updated=best_stamp(list(_stamps([*jsonld.texts(node.get("dateModified")), *_all(meta, UPDATED_META)], place))),
        shown=shown,
        canonical=_canonical(root, url),
        language=language,
        image=_picture(node, meta, url),
        description=one_line(_first(meta, DESCRIPTION_META) or jsonld.text(node.get("description"))),
        body=body if isinstance(body, str) else "",
    )


def _meta(root: HtmlElement) -> dict[str, str]:
    """Return the page's meta values by name, the first of each; names in lower case, `_` for every sign."""
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        said = dict(element.items()).get
        name = said("property") or said("name") or said("itemprop") or said("http-equiv")
        content = said("content", "").strip() if name else ""
        if name and content:
            found.setdefault(META_SIGNS.sub("_", name.strip().lower()), content)
    return found


def _picture(node: jsonld.Node, meta: dict[str, str], url: str) -> str:
    """Return the lead picture's address: JSON-LD's, else what is meant for sharing; logos and stand-ins are none."""
    said = [
        *jsonld.texts(node.get("image"), *IN_IMAGE),
        *jsonld.texts(node.get("thumbnailUrl")),
        *_all(meta, IMAGE_META),
    ]
    addresses = (absolute(url, unescape(text)) for text in said)
    return next((a for a in addresses if a and not NO_PICTURE.search(a) and not PLACEHOLDER.search(a)), "")


def _all(meta: dict[str, str], names: Sequence[str]) -> list[str]:
    return [meta[name] for name in names if name in meta]


def _first(meta: dict[str, str], names: Sequence[str]) -> str:
    return next(iter(_all(meta, names)), "")


def _published(
    root: HtmlElement, node: jsonld.Node, meta: dict[str, str], rule: SiteRule, place: Place
) -> Iterator[Stamp]:
    """Yield the stamps of publication, the most trusted first (DESIGN §8: JSON-LD, meta, `time`)."""
    stated = jsonld.texts(node.get("datePublished")) or jsonld.texts(node.get("dateCreated"))
    told = list(_stamps([*stated, *_all(meta, PUBLISHED_META)], place))
    yield from told
    best = best_stamp(told)
    if best is None or not (best.timed and best.zoned):  # to look through the page costs more than all the rest
        yield from _stamps([first_text(root, [selector]) for selector in rule.date], place)
        yield from _stamps(_times(root), place)


def _shown(root: HtmlElement, title: str, place: Place, url: str) -> Stamp | None:
    """Return the date that the page prints, unless its address names another day; else the address's."""
    said, named = printed.date(root, title, place), day_in(url)
    is_other = said is not None and named is not None and abs(said.when - named.when) > MAX_GAP
    return named if said is None or is_other else said


def _stamps(said: Sequence[str], place: Place) -> Iterator[Stamp]:
    return (stamp for text in said if (stamp := page_stamp(text, place=place)))


def _times(root: HtmlElement) -> list[str]:
    """Return what `time` elements and itemprop=datePublished say: marked ones first, else the first of the page."""
    marked: list[str] = []
    others: list[str] = []
    for element in DATED(root):
        said = element.get("datetime") or element.get("content") or element.get("title") or text_of(element)
        names = f"{element.get('class', '')} {element.get('itemprop', '')} {element.getparent().get('class', '')}"
        is_marked = element.get("pubdate") is not None or PUBLISHED_CLASS.search(names)
        (marked if is_marked else others).append(said)
    return marked or others[:1]


def _authors(node: jsonld.Node, meta: dict[str, str], houses: Houses) -> tuple[tuple[str, ...], str]:
    """Return the people named as authors, and the house's name where it stands in their place."""
    named = jsonld.texts(node.get("author")) or jsonld.texts(node.get("creator"))
    stated = [clean_names(names, houses) for names in (named, *([value] for value in _all(meta, AUTHOR_META)))]
    # A list with people in it is taken whole, agencies included; the later ones name the same in other words.
    people = next((names for names in stated if people_of(names, houses)), ())
    return people, "" if people else next(iter(stated[0]), "")


def _houses(node: jsonld.Node, meta: dict[str, str], url: str) -> Houses:
    """Return the names of the page's house: publisher, site, organisations in the author's place."""
    publisher = node.get("publisher")
    stated = [*jsonld.texts(publisher, "name"), *jsonld.texts(publisher, "alternateName")]
    authors = [name for key in ("author", "creator") for name in jsonld.houses(node.get(key))]
    return Houses([*stated, *authors, meta.get("og_site_name", "")], host(url))


def author_names(facts: Facts, entry: Entry) -> tuple[str, ...]:
    """Return who wrote the article: the page's people, the feed's, the text's own, the house; may be empty."""
    return facts.authors or clean_names([entry.author]) or facts.signed or clean_names([facts.publisher])


def author_line(names: Sequence[str], source: Source) -> str:
    """Return the author line of the post; the source's name where nobody is named."""
    return ", ".join(names)[:MAX_AUTHOR].strip(" ,") or one_line(source.name)


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
