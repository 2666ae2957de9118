"""The pages of one article, read as one: what `Reading` is for a single page.

A page is parsed once: what is read of it goes on to the next one as a `Part`. Which pages are fetched, and what is
done when one cannot be had, is `slices.pages`' business.
Rule: joining leaves out what only a page of several has: the title once more, page numbers, what was said before. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace

from lxml.html import HtmlElement

from ..errors import ExtractError, ItemError
from ..markup import squeeze, text_of, weigh
from ..model import Entry, Follow, Onward, Page, Source
from . import doubt, repeats
from .byline import NO_BYLINE, Byline
from .clean import allow
from .facts import Facts
from .leads import next_page, whole_page
from .reading import NO_ENTRY, Body, Reading, least_of
from .repeats import NOT_SIFTED, Sifted
from .rules import Rules
from .tree import HEADINGS, drop, fragment, visible_text
from .turning import drop_page_lines

#: Weight from which a block that was said on an earlier page is not said again on purpose.
REPEATED = 40
#: What the heading of a following page may add to the title.
TITLE_END = re.compile(
    r"(?i)[\s|,:：(（\[–—-]*(?:(?:page|seite|part|teil|第)?\s*\d{1,2}\s*(?:[页頁]|(?:of|/)\s*\d{1,2})?)?[)）\]]?"
)


@dataclass(frozen=True, slots=True)
class Part:
    """What was read of an article before the page at hand."""

    facts: Facts = Facts()  # noqa: RUF009 - frozen
    pages: int = 0  #: 0: only the facts, of a page that names another one as the whole
    first: str = ""  #: address of the first page
    html: str = ""  #: the bodies, cleaned, joined
    won: str = ""
    confidence: float = 0.0
    byline: Byline = NO_BYLINE
    sifted: Sifted = NOT_SIFTED
    place: str = ""


NOTHING = Part()


class Pages:
    """The page at hand and the pages before it. It is parsed when it is first needed.

    Args:
        page: None: no further page can be had, the article is what was read so far.
        source: whose article it is.
        rules: of the sites.
        before: what the page before this one led to.
        follow: where it may lead.
        entry: what the feed said.
    """

    def __init__(
        self,
        page: Page | None,
        source: Source,
        rules: Rules,
        before: Onward | None = None,
        follow: Follow = "nothing",
        entry: Entry = NO_ENTRY,
    ) -> None:
        self._page, self._source, self._rules, self._entry, self._follow = page, source, rules, entry, follow
        so_far = before.so_far if before else None
        self._so_far = so_far if isinstance(so_far, Part) else NOTHING
        self._reading: Reading | None = None
        self._body: Body | None = None
        self._is_new = True

    @property
    def is_following(self) -> bool:
        """Tell whether there is a page at hand that is not the article's first."""
        return self._page is not None and self._so_far is not NOTHING

    @property
    def facts(self) -> Facts:
        """Return what the first page says of the article; the page that has it whole is asked first."""
        told = self._so_far.facts
        if self._so_far.pages or self._reading is None:
            return told
        mine = self._reading.facts
        return Facts(**{f.name: getattr(mine, f.name) or getattr(told, f.name) for f in fields(Facts)})

    def open(self) -> Pages:
        """Parse the page at hand, if there is one.

        Raises:
            ParseError: it is none, or empty.
        """
        if self._page is not None:
            self._read(self._page)
        return self

    def _read(self, page: Page) -> Reading:
        if self._reading is None:
            self._reading = Reading(page, self._source, self._rules, self._entry)
        return self._reading

    def seen(self) -> str:
        """Return the title and the visible text of the page at hand."""
        return self._reading.seen() if self._reading else ""

    def onward(self) -> Onward | None:
        """Return where the article goes on; None when it ends here, and where the page at hand cannot be read."""
        if self._page is None or self._follow == "nothing":
            return None
        try:
            return self._onward(self._page)
        except ItemError:
            return None  # `body` meets the same fault, and who calls it says what becomes of the article

    def _onward(self, page: Page) -> Onward | None:
        leads, here = self._read(page).leads, page.final_url
        whole = whole_page(leads, here) if self._follow == "all" else ""
        if whole:
            return Onward(whole, True, replace(NOTHING, facts=self.facts))
        first, pages = self._so_far.first or here, self._so_far.pages + 1
        url = next_page(leads, first, here, pages + 1)
        if not url:
            return None
        body = self._found(is_several=True)
        if not self._is_new or repeats.is_all_known(body.root, self._rules.learned):
            return None  # what says nothing new would lead round in circles; a wall leads nowhere
        return Onward(url, False, self._part(body, first, pages))

    def _part(self, body: Body, first: str, pages: int) -> Part:
        html, told = allow(body.root), (body.won, body.confidence, body.byline, body.sifted, body.place)
        return Part(self.facts, pages, first, html, *told)

    def body(self) -> Body:
        """Find and clean the bodies of all pages, and join them.

        Raises:
            ExtractError: together they are no article.
        """
        body = self._found(is_several=self._so_far.pages > 0)
        if self._reading:
            self._reading.demand(body)
        else:
            body.demand(self.facts.title, self._rules.sure)
        pages = self._so_far.pages + (self._reading is not None and self._is_new)
        return body if pages < 2 else replace(body, won=f"{body.won}; {pages} pages")

    def _found(self, *, is_several: bool) -> Body:
        if self._body is None:
            self._body = self._joined(self._reading, is_several)
        return self._body

    def _joined(self, reading: Reading | None, is_several: bool) -> Body:
        before = self._so_far
        if reading is not None and not before.pages:
            body = reading.find()
            return _without_page_lines(body) if is_several else body
        root, said, parts = _blocks(before.html), before.byline, [before.sifted]
        if reading is not None:
            mine = reading.find(before.place)
            _refuse_wall(mine)
            self._is_new = join(root, mine.root, (before.facts.title, reading.facts.title))
            said = mine.byline if said == NO_BYLINE else said
            parts.append(mine.sifted)
        # A first page that had too little of its own still holds its boilerplate: what counts is the whole.
        sifted = repeats.joined(*parts, repeats.sift(root, self._rules.learned, least_of(before.won)))
        return Body(root, visible_text(root), before.won, before.confidence, said, sifted=sifted, place=before.place)


def _blocks(markup: str) -> HtmlElement:
    """Return a cleaned body as the element it was, its blocks right below."""
    root = fragment(markup)
    for frame in root.findall("div"):
        frame.drop_tag()
    return root


def _refuse_wall(body: Body) -> None:
    """Raise ExtractError for a following page that is a wall; a bot check may let us pass another time.

    So is one that says only what other articles say.
    """
    kind = doubt.wall(squeeze(body.text)) if weigh(body.text) < doubt.WALL_WEIGHT else ""
    if kind:
        raise ExtractError(f"the page is {kind}", passing=kind == doubt.BOT_CHECK)
    body.sifted.demand_own(body.text)


def _without_page_lines(body: Body) -> Body:
    drop_page_lines(body.root)
    return replace(body, text=visible_text(body.root))


def join(root: HtmlElement, more: HtmlElement, titles: tuple[str, ...]) -> bool:
    """Move the blocks of a following page behind those of the pages before, in place.

    Args:
        root: the body so far.
        more: the following page's; what repeats is dropped from it.
        titles: of the article; a heading that says one again is dropped.

    Returns:
        Whether the page said or showed anything new.
    """
    said = {visible_text(block) for block in root}
    pictures = {picture.get("src") for picture in root.iter("img")}
    for block in list(more):
        if _is_title(block, titles) or _is_repeated(block, said, pictures):
            drop(block)
    if {visible_text(block) for block in more} <= said and not _shows(more) - pictures:
        return False
    root.extend(list(more))
    return True


def _is_title(block: HtmlElement, titles: tuple[str, ...]) -> bool:
    said = squeeze(text_of(block))
    return block.tag in HEADINGS and any(
        title and said.startswith(title) and TITLE_END.fullmatch(said, len(title)) for title in titles
    )


def _is_repeated(block: HtmlElement, said: set[str], pictures: set[str]) -> bool:
    text, shown = visible_text(block), _shows(block)
    if shown:
        return shown <= pictures and (not text or text in said)
    return text in said and weigh(text) >= REPEATED


def _shows(element: HtmlElement) -> set[str]:
    return {picture.get("src") for picture in element.iter("img")}
