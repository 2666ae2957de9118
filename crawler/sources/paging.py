"""What a feed says of its older pages: the links to them, what made it, how many entries there are.

Pure. Reads the entries along with that, so that a document is parsed once. States what is there; which page is asked
for next is `enumerators.feed`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..model import Listing, Page
from ..urls import join
from . import jsonfeed
from .feed import body_of, is_json, listing_of, run_feedparser, text_of
from .text import fold

#: RFC 5005 §2: an element of it says that the document holds all that the feed has.
HISTORY = ("http://purl.org/syndication/history/1.0",)
#: Namespaces of `totalResults`: OpenSearch 1.1, and the one before it, which Blogger still writes.
OPENSEARCH = ("http://a9.com/-/spec/opensearch/1.1/", "http://a9.com/-/spec/opensearchrss/1.0/")
#: Discourse names itself in no generator, but by a namespace of its own.
DISCOURSE = "http://www.discourse.org/"
#: RFC 4287 §4.2.7.2: a relation may be written as an address, too.
REGISTERED = "http://www.iana.org/assignments/relation/"
#: Of what made a feed, characters that are looked at.
MAKER_CHARACTERS = 200
#: RFC 8288 §3: `<address>; rel="next"; title="…"`, several of them in one header. One whose title has a "<" is lost.
LINK_VALUE = re.compile(r"<([^<>]*)>([^<]*)")
RELATION = re.compile(r"""(?i);\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""")


@dataclass(frozen=True, slots=True)
class Paging:
    """Where the older pages of a feed are, as far as one of its documents tells."""

    archive: str = ""  #: absolute address of the archive before this document (RFC 5005 §4)
    onward: str = ""  #: absolute address of the next page: RFC 5005 §3, JSON Feed's `next_url`, the header Link
    maker: str = ""  #: what made the feed, in lower case, as it names itself
    is_complete: bool = False  #: whether the feed says that it has nothing else
    home: str = ""  #: absolute address of the site it belongs to
    total: int = 0  #: entries that the feed has in all its pages; 0 when it does not say


def parse_paged(page: Page) -> tuple[Listing, Paging]:
    """Read a feed of any kind, and what it says of its older pages.

    Raises:
        ParseError: not a feed; see `parse_feed`.
    """
    text = text_of(page)
    if is_json(text):
        feed = jsonfeed.load(page)
        stated = feed.get("next_url")
        links = {"next": stated} if isinstance(stated, str) else {}
        listing = jsonfeed.listing_of(page, feed)
        return listing, _paging(page, links, home=listing.link)
    body = body_of(text)
    parsed = run_feedparser(body.text)
    listing = listing_of(page, body, parsed)
    return listing, _of_xml(page, parsed, listing.link)


def _of_xml(page: Page, parsed: Any, home: str) -> Paging:
    feed = parsed["feed"]
    links = {_relation(link): link["href"] for link in reversed(feed.get("links") or ()) if link.get("href")}
    total = next(iter(_values(parsed, OPENSEARCH, "totalresults")), "")
    return _paging(
        page,
        links,
        home=home,
        maker=_maker(parsed),
        is_complete=bool(_values(parsed, HISTORY, "complete")),
        total=int(total) if re.fullmatch(r"[0-9]{1,9}", total) else 0,
    )


def _paging(page: Page, links: dict[str, str], **told: Any) -> Paging:
    """Put together what the document's links, by relation, and those of the headers say; the document's go first."""
    headers = dict(reversed(tuple(_header_links(page))))
    return Paging(_link(page, "prev-archive", links, headers), _link(page, "next", links, headers), **told)


def _link(page: Page, relation: str, *known: dict[str, str]) -> str:
    for links in known:
        # Nothing, joined, would be the document itself.
        if (stated := links.get(relation)) and (url := join(page.final_url, stated)):
            return url
    return ""


def _relation(link: Any) -> str:
    return str(link.get("rel") or "").strip().lower().removeprefix(REGISTERED)


def _header_links(page: Page) -> Iterator[tuple[str, str]]:
    """Yield the relations and addresses of the headers Link (RFC 8288)."""
    for name, value in page.headers:
        if name != "link":
            continue
        for address, parameters in LINK_VALUE.findall(value):
            if stated := RELATION.search(parameters):
                for relation in (stated[1] or stated[2] or "").lower().split():
                    yield relation, address


def _values(parsed: Any, spaces: tuple[str, ...], name: str) -> list[str]:
    """Return the values of a feed's element of a namespace that feedparser does not know, whatever its prefix is."""
    prefixes = [prefix for prefix, space in parsed["namespaces"].items() if space in spaces]
    keys = [f"{prefix}_{name}".lower() for prefix in prefixes if prefix]
    return [str(parsed["feed"][key]).strip() for key in keys if key in parsed["feed"]]


def _maker(parsed: Any) -> str:
    """Return what made a feed: its generator's name, version and address (RSS, Atom, RDF), its own namespace."""
    feed = parsed["feed"]
    detail, agent = feed.get("generator_detail") or {}, feed.get("admin_generatoragent")
    told = [feed.get("generator"), detail.get("version"), detail.get("href")]
    told.append(agent.get("rdf:resource") if hasattr(agent, "get") else agent)
    if DISCOURSE in parsed["namespaces"].values():
        told.append("discourse")
    return fold(" ".join(str(one) for one in told if one)).lower()[:MAKER_CHARACTERS]
