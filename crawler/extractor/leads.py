"""Where a page says that its article goes on: a rule's links, and rel=next where it can only be the same article.

Rule: never off the site. Many blogs mark the next *article* with rel=next; so that is believed only where the address
is the first page's with a page number behind it, and the number is the one that comes next. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from lxml.html import HtmlElement

from ..errors import ParseError
from ..selectors import select_all
from ..urls import canonical, host, join, same_site
from .rules import SiteRule

#: Parameters that number the pages of an article.
PARAMETERS = frozenset({"page", "p", "pg", "pagenum", "page_no", "pageno", "seite", "pagina"})
#: What may stand behind the first page's path, or before its extension.
NUMBERED = re.compile(r"(?i)[/_.,-](?:page|seite|pagina|pag|p)[/_-]?(\d{1,2})|/(\d{1,2})")
#: The same before an extension only: without one, "week-2" is the second article that was called "week".
NUMBERED_FILE = re.compile(r"[_,](\d{1,2})|(?<=\d)-(\d{1,2})")
#: How the path of a first page may end that says so itself.
FIRST = re.compile(r"(?i)[/_.,-](?:page|seite|pagina|pag|p)[/_-]?[01]$")
EXTENSION = re.compile(r"(?i)\.(?:[sx]?html?|php|aspx?|jsp|cfm)$")


@dataclass(frozen=True, slots=True)
class Leads:
    """Addresses in the spelling of `urls.canonical`, all of the page's own site, in the page's order."""

    whole: tuple[str, ...] = ()  #: by a rule: the article on one page
    ruled: tuple[str, ...] = ()  #: by a rule: the next page
    stated: tuple[str, ...] = ()  #: by the page's own rel=next


def find_leads(root: HtmlElement, base: str, rule: SiteRule) -> Leads:
    """Read where a page leads.

    Args:
        root: the page, not yet pruned.
        base: links are resolved against it, and must stay on its site.
        rule: the site's row.
    """
    stated = () if rule.stays else tuple(_stated(root))
    whole, ruled = _links(root, rule.single_page), _links(root, rule.next_page)
    return Leads(*(tuple(_addresses(base, links)) for links in (whole, ruled, stated)))


def _links(root: HtmlElement, selectors: Sequence[str]) -> Iterator[str]:
    for selector in selectors:
        for found in select_all(root, selector):
            yield found if isinstance(found, str) else _href(found)


def _href(element: HtmlElement) -> str:
    return element.get("href") or next((a.get("href") for a in element.iter("a") if a.get("href")), "")


def _stated(root: HtmlElement) -> Iterator[str]:
    for link in root.iter("link", "a"):
        rel = link.get("rel")
        if rel and "next" in rel.lower().split():
            yield link.get("href", "")


def _addresses(base: str, links: Iterator[str] | Sequence[str]) -> Iterator[str]:
    for link in links:
        address = spelled(join(base, link)) if link.strip() else ""
        if address and same_site(address, base):
            yield address


def spelled(url: str) -> str:
    """Return the one spelling of an address, "" for what is none."""
    try:
        return canonical(url)
    except ParseError:
        return ""


def whole_page(leads: Leads, here: str) -> str:
    """Return the address where a rule says that the article stands whole, or ""."""
    return next((address for address in leads.whole if address != spelled(here)), "")


def next_page(leads: Leads, first: str, here: str, number: int) -> str:
    """Return the address of an article's next page, or "".

    Args:
        leads: of the page at hand.
        first: address of the article's first page.
        here: address of the page at hand.
        number: of the page looked for; the first one is 1.
    """
    known = {spelled(first), spelled(here)}
    ruled = (address for address in leads.ruled if address not in known)
    stated = (a for a in leads.stated if a not in known and is_page_of(spelled(first), a, number))
    return next(ruled, "") or next(stated, "")


def is_page_of(first: str, link: str, number: int) -> bool:
    """Tell by its spelling whether an address is the page of that number of the article at another address."""
    one, other = urlsplit(first), urlsplit(link)
    if host(first) != host(link):
        return False
    if one.path == other.path:
        return _is_counted(one, other, number)
    return one.query == other.query and _is_numbered(one.path.rstrip("/"), other.path.rstrip("/"), number)


def _is_counted(one: SplitResult, other: SplitResult, number: int) -> bool:
    (mine, before), (theirs, after) = (_parameters(parts) for parts in (one, other))
    # Drupal's second page is ?page=1.
    is_next = len(after) == 1 and after[0] in (str(number), str(number - 1) if number > 1 and not before else "")
    return mine == theirs and before in ([], ["0"], ["1"]) and is_next


def _parameters(parts: SplitResult) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the parameters that name the article, and the values of those that number its pages."""
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    return sorted(p for p in pairs if p[0] not in PARAMETERS), [value for name, value in pairs if name in PARAMETERS]


def _is_numbered(one: str, other: str, number: int) -> bool:
    end = EXTENSION.search(one)
    if end and other.endswith(end[0]):
        stem, rest = one[: end.start()], other[: -len(end[0])]
    else:
        end, stem, rest = None, one, other
    stem = FIRST.sub("", stem)
    if not stem or not rest.startswith(stem):
        return False
    found = NUMBERED.fullmatch(rest, len(stem)) or (NUMBERED_FILE.fullmatch(rest, len(stem)) if end else None)
    said = next(filter(None, found.groups()), "") if found else ""
    # Many a Chinese site's second page is index_1.html.
    return said == str(number) or (end is not None and said == str(number - 1) != "0" and "_" in rest[len(stem) :])
