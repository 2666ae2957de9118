"""Page and entry → article: which text is taken, and what the post says of it.

Parse once, read the facts, find the body (a rule's place, else the blocks that the judge chooses), clean the
winner, demand that it is an article. Which text is taken, the page's or the feed's, is SPEC §5.4.
Rule: pure; every failure is a ParseError or ExtractError with a reason for people. `passing` is True only for an
empty page; whatever else is wrong with a page will be wrong with it tomorrow.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import escape

from lxml.html import HtmlElement

from ..errors import ExtractError, ItemError
from ..model import Article, CanonicalURL, Entry, Page, Source
from ..moments import shifted
from ..selectors import check_selector
from . import byline, doubt, repeats
from .clean import allow, clean_element, clean_html
from .dates import listed_publication, publication
from .facts import Facts
from .headline import MAX_TITLE, is_cut_off
from .media import PLAYER, first_picture
from .metadata import author_line, author_names
from .pages import Pages
from .people import one_line
from .places import place_of
from .reading import Body, Reading
from .repeats import learn
from .rules import Rules, SiteRule, parse_rules
from .tree import fragment, framed, visible_text

__all__ = [
    "Pages",
    "Rules",
    "check_selector",
    "clean_html",
    "extract",
    "from_feed",
    "from_page",
    "learn",
    "parse_rules",
]

#: Characters of the body that serve as a title when nothing else does.
TITLE_FROM_BODY = 60
NO_FACTS = Facts()
#: Line breaks, tabs and the blanks round them: a title stands on one line.
BREAKS = re.compile(r"\s*[\n\r\t\v\f\x1c-\x1e\x85\u2028\u2029]\s*")


def extract(
    page: Page | Pages | None, entry: Entry, source: Source, url: CanonicalURL, rules: Rules, now: datetime
) -> Article:
    """Make the article of one URL from its page, its entry, or the better of both.

    Args:
        page: the fetched page, or the pages of an article that has several; None when it is gone for good, not asked
            for, or the entry has no link.
        entry: what the feed said; an empty one for addresses given by hand.
        source: `content` says which text is wanted, `body_selector` and `remove` are the user's own rule.
        url: the address by which the feed named the article.
        rules: the table of sites, and what was learned of the source's other articles.
        now: the crawl time, aware.

    Raises:
        ParseError: the page is no page.
        Repeated: the text is that of other articles.
        ExtractError: neither text is an article; retrying helps only when `passing` is set.
    """
    if source.content == "feed":
        return from_feed(entry, source, url, rules, now)
    if page is None and not entry.url:
        return _without_page(entry, source, url, rules, now)
    if page is None:
        return _instead_of_page(entry, source, url, rules, now)
    if source.content == "page":
        return from_page(page, entry, source, url, rules, now)
    return _better(page, entry, source, url, rules, now)


def from_page(
    page: Page | Pages, entry: Entry, source: Source, url: CanonicalURL, rules: Rules, now: datetime
) -> Article:
    """Make an article from the page's text; the entry lends its title, author and time. Raises as `extract`."""
    reading = _opened(page, entry, source, rules)
    body = reading.body()
    if not body.is_ruled:
        doubt.demand_more(body.text, _set_against(body, entry, source, url, rules))
    return _article(body, reading.facts, entry, source, url, now)


def from_feed(
    entry: Entry, source: Source, url: CanonicalURL, rules: Rules, now: datetime, facts: Facts = NO_FACTS
) -> Article:
    """Make an article from an entry's own text, however short it is.

    An entry that says nothing at all (a video, a picture) gets a body of its own facts: its title as a link to its
    address, and its picture. So who asks for the feed gets as many posts as it has entries. `facts` are what the
    page says, where there is one to be read: its time and authors count here too.
    """
    body = _feed_body(entry, source, url, rules)
    if body.is_empty:
        root = clean_element(fragment(_own_facts(entry, url)), url)
        body = Body(root, visible_text(root), "feed entry's facts", 0.0, origin="feed")
    if source.content != "feed":  # who asks for the feed's words gets them, channel descriptions under each video too
        body.sifted.demand_own(body.text)
    return _article(body, facts, entry, source, url, now)


def _opened(page: Page | Pages, entry: Entry, source: Source, rules: Rules) -> Reading | Pages:
    return page.open() if isinstance(page, Pages) else Reading(page, source, rules, entry)


def _better(
    page: Page | Pages, entry: Entry, source: Source, url: CanonicalURL, rules: Rules, now: datetime
) -> Article:
    """Take the page; the feed's text where the page has none, or much less than an article that the feed holds."""
    reading: Reading | Pages | None = None
    try:
        reading = _opened(page, entry, source, rules)
        body = reading.body()
    except ItemError as failure:
        is_following = isinstance(page, Pages) and page.is_following  # without it, the pages before it are left
        if failure.passing or is_following:
            raise
        said = _said(_feed_body(entry, source, url, rules))
        if not doubt.is_article(said, reading.seen() if reading else ""):
            raise
        instead = from_feed(entry, source, url, rules, now, reading.facts if reading else NO_FACTS)
        return replace(instead, blocks=instead.blocks + failure.blocks)
    facts, said = reading.facts, _set_against(body, entry, source, url, rules)
    if doubt.is_poorer(body.text, said) and doubt.is_article(said):
        return from_feed(entry, source, url, rules, now, facts)
    if not body.is_ruled:
        doubt.demand_more(body.text, said)
    return _article(body, facts, entry, source, url, now)


def _without_page(entry: Entry, source: Source, url: CanonicalURL, rules: Rules, now: datetime) -> Article:
    """Take the text of an entry that has no link, whatever is wanted: there never was a page, and will be none."""
    if _feed_body(entry, source, url, rules).is_empty:
        raise ExtractError("no link and no text", passing=False)
    return from_feed(entry, source, url, rules, now)


def _instead_of_page(entry: Entry, source: Source, url: CanonicalURL, rules: Rules, now: datetime) -> Article:
    if source.content == "page":
        raise ExtractError("the page is gone", passing=False)
    if not doubt.is_article(_feed_body(entry, source, url, rules).text):
        raise ExtractError("the page is gone, and there is no full text in the feed", passing=False)
    return from_feed(entry, source, url, rules, now)


def _said(body: Body) -> str:
    """Return the text that a feed's body has to itself."""
    return "" if body.sifted.repeats else body.text


def _set_against(body: Body, entry: Entry, source: Source, url: CanonicalURL, rules: Rules) -> str:
    """Return the feed's text where the page's may be poorer, else "": to clean it takes time.

    Cleaned, a text weighs no more than its markup does, but for players, in whose place the host's name is written.
    """
    told = entry.content or entry.summary
    may_be = doubt.is_poorer(body.text, told) or PLAYER.search(told) is not None
    return _said(_feed_body(entry, source, url, rules)) if may_be else ""


def _feed_body(entry: Entry, source: Source, url: CanonicalURL, rules: Rules) -> Body:
    if not entry.content and not entry.summary:
        return Body(framed(()), "", "feed", 1.0, origin="feed")
    rule = rules.rule_for(url) or SiteRule(())
    root = clean_element(
        fragment(entry.content or entry.summary),
        url,
        (*source.remove, *rule.remove),
        text_remove=rule.text_remove,
        title=entry.title,
    )
    said = byline.take(root, place_of(url, entry.language, rule.timezone))
    sifted = repeats.sift(root, rules.learned)
    return Body(root, visible_text(root), "feed", 1.0, said, "feed", sifted)


def _own_facts(entry: Entry, url: CanonicalURL) -> str:
    picture = f'<p><img src="{escape(entry.image)}"></p>' if entry.image else ""
    return f'<p><a href="{escape(url)}">{escape(entry.title or url)}</a></p>{picture}'


def _article(body: Body, facts: Facts, entry: Entry, source: Source, url: CanonicalURL, now: datetime) -> Article:
    facts = body.byline.complete(facts)
    feed_time = shifted(entry.published, source.offset_of(entry))
    stated = entry.published if feed_time else None
    own = facts.published or facts.shown or facts.updated
    published = _published(facts, entry, feed_time, now)
    updated = facts.updated.when if facts.updated else entry.updated
    authors = author_names(facts, entry)
    return Article(
        url=url,
        title=_title(entry, facts, body, url),
        author=author_line(authors, source),
        published=published,
        stated=stated or now,
        html=allow(body.root),
        origin=body.origin,
        won=body.won,
        confidence=body.confidence,
        canonical=facts.canonical,
        updated=min(updated, now) if updated else None,
        language=facts.language or entry.language,
        image=facts.image or entry.image or first_picture(body.root),
        description=facts.description or one_line(_plain(entry.summary)),
        boilerplate=body.sifted.dropped,
        blocks=body.sifted.prints,
        authors=authors,
        offset=own.offset if own and published == own.when else timedelta(),
    )


def _published(facts: Facts, entry: Entry, said: datetime | None, now: datetime) -> datetime:
    """Return the time of publication: a feed is believed against the page, another list is not (issue 5)."""
    own = facts.published or facts.shown or facts.updated
    # Better than the crawl time, and all that Atom demands (RFC 4287 §4.1.2).
    instead = entry.updated or (own.when if own else None)
    if entry.dated_by != "feed":
        return listed_publication(facts.published or facts.shown, said or instead, now)
    if said is None and facts.published is None:
        said = instead
    return publication(facts.published, said, now)


def _title(entry: Entry, facts: Facts, body: Body, url: CanonicalURL) -> str:
    """Return the feed's title, the page's, the beginning of the text, or the address: never nothing."""
    said = BREAKS.sub(" ", entry.title).strip()  # other blanks are the feed's own, double ones included
    if len(said) > MAX_TITLE:  # a text in the title's place: the page's own headline is the better title
        said = facts.title or said[:MAX_TITLE]
    elif entry.dated_by == "list" and is_cut_off(said, facts.title):
        said = facts.title
    return said or facts.title or body.text.partition("\n")[0][:TITLE_FROM_BODY].strip() or url


def _plain(markup: str) -> str:
    root: HtmlElement = fragment(markup)
    return visible_text(root)
