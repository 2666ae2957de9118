"""One page, parsed once: its facts first, then its body, the surest proposal that has text.

Rule: this is the order of the work on a page; what each step knows is in its own file. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lxml.html import HtmlElement

from ..errors import ExtractError
from ..markup import weigh
from ..model import Entry, Page, Source
from ..selectors import select
from ..urls import join
from . import byline, candidates, doubt, forest, judge, metadata, repeats
from .alter import blank, reshape
from .byline import NO_BYLINE, Byline
from .candidates import Candidate
from .carve import carve
from .clean import clean_element
from .leads import find_leads
from .outline import Outline
from .places import place_of
from .repeats import NOT_SIFTED, Sifted
from .rules import Rules, SiteRule, joined
from .traits import Said
from .tree import drop, fragment, framed, parse, prune, visible_text
from .turning import drop_page_lines

NO_ENTRY = Entry()
#: The machine-readable text goes first when the page shows less than its third: the rest is made by scripts.
SCRIPTED_SHARE = 3
#: How the names of candidates begin that a rule of the user's or the site's found.
RULE = "rule "
#: The same for what the judge of blocks chose.
JUDGE = "judge "
#: How sure a text is that was written for machines: it may be a teaser.
STATED_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class Body:
    """A cleaned body, one step before the allow-list."""

    root: HtmlElement
    text: str  #: as a reader sees it, one line a block
    won: str  #: which rule or candidate found it
    confidence: float
    byline: Byline = NO_BYLINE
    origin: Literal["page", "feed"] = "page"
    sifted: Sifted = NOT_SIFTED
    place: str = ""  #: XPath of where it stood, "" when nothing names that place

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to read or see."""
        return not self.text and self.root.find(".//img") is None

    @property
    def is_ruled(self) -> bool:
        """Tell whether a rule named the place."""
        return self.won.startswith(RULE)

    @property
    def is_judged(self) -> bool:
        """Tell whether the judge of blocks chose it."""
        return self.won.startswith(JUDGE)

    def demand(self, seen: str, sure: float) -> None:
        """Raise ExtractError unless it can be an article, of its own, and the judge is sure of it.

        Args:
            seen: what else its page says.
            sure: how sure the judge must be, where it chose.
        """
        doubt.demand_article(self.text, seen, is_ruled=self.is_ruled)
        self.sifted.demand_own(self.text)
        if self.is_judged:
            doubt.demand_sure(self.confidence, sure, self.won)


class Reading:
    """One page on its way to an article.

    Args:
        page: as fetched.
        source: whose article it is.
        rules: of the sites, and what was learned.
        entry: what the feed said: its words are looked for on the page.

    Raises:
        ParseError: the page is none, or empty.
    """

    def __init__(self, page: Page, source: Source, rules: Rules, entry: Entry = NO_ENTRY) -> None:
        self._source, self._entry = source, entry
        self._learned, self._forest, self._sure = rules.learned, rules.forest, rules.sure
        self._seen: str | None = None
        self._rules = rules.all_for(page.final_url)
        self._rule = joined((*self._rules, SiteRule(())))
        self._root = parse(page, self._rule.swaps)
        stated = next((b.get("href") for b in self._root.iter("base") if b.get("href")), "")
        self._base = join(page.final_url, stated) or page.final_url
        self._is_scripted = next(self._root.iter("script"), None) is not None
        facts = metadata.read(self._root, page.final_url, self._rule)
        self.facts = replace(
            facts,
            canonical=facts.canonical or metadata.redirected(page.url, page.final_url),
        )
        self._place = place_of(page.final_url, facts.language, self._rule.timezone)
        self.leads = find_leads(self._root, self._base, self._rule)
        reshape(self._root, self._rule.wraps)
        for selector in (*source.remove, *self._rule.remove):
            for element in select(self._root, selector):
                drop(element)
            blank(self._root, selector)

    def seen(self) -> str:
        """Return the title and the visible text of the page, without menus and margins."""
        if self._seen is None:
            prune(self._root)
            self._seen = visible_text(self._root)
        return self._seen

    def body(self) -> Body:
        """Find and clean the body.

        Raises:
            ExtractError: there is none; passing when the page is blank.
        """
        found = self.find()
        self.demand(found)
        return found

    def find(self, place: str | None = None) -> Body:
        """Find and clean the body, whatever it is worth.

        Args:
            place: where the body of the article's first page stood; None: this is the first page. A following page
                may be short: what stands in a place is taken.

        Raises:
            ExtractError: there is none, and the rule wants no other than its own.
        """
        found = Body(framed(()), "", "nothing", 0.0)
        for candidate, confidence in self._proposals(place):
            body = self._sifted(candidate, confidence, is_following=place is not None)
            if weigh(body.text) >= least_of(body.won) if place is None else not body.is_empty:
                return body
            if weigh(body.text) > weigh(found.text):
                found = body
        return found

    def _sifted(self, candidate: Candidate, confidence: float, *, is_following: bool) -> Body:
        """Return a candidate's body without the source's boilerplate."""
        leads_on = self.leads.ruled or self.leads.stated  # else nobody asks where it stood
        stood = path_of(candidate.elements) if leads_on else ""
        root = self._cleaned(candidate)
        said = byline.take(root, self._place)
        if is_following:
            drop_page_lines(root)  # before it is asked whether the page says anything of its own
        sifted = repeats.sift(root, self._learned, 0 if is_following else least_of(candidate.name))
        return Body(root, visible_text(root), candidate.name, confidence, said, sifted=sifted, place=stood)

    def _proposals(self, place: str | None) -> Iterator[tuple[Candidate, float]]:
        """Yield bodies, the surest first: the user's place, the site's, the first page's, what the judge chooses."""
        for name, selector in self._places():
            elements = tuple(select(self._root, selector))
            if elements:
                yield Candidate(name, elements), 1.0
        if self._rule.must_find:
            raise ExtractError("nothing stands in the places that the site's rule names", passing=False)
        yield from self._judged(place)

    def _judged(self, place: str | None) -> Iterator[tuple[Candidate, float]]:
        """Yield what the judge chooses, on a following page of what stands in the first page's place; else that place.

        The page is cut down to it: nothing else can be found there afterwards.
        """
        outline = Outline(self._root, prune(self._root))
        self._seen = outline.text()
        told = self._entry.content or self._entry.summary
        feed = visible_text(fragment(told)) if told else ""
        said = Said(self.facts.title, self.facts.description, feed, self._base)
        choice = judge.choose(self._root, outline, said, self._forest or forest.shipped())
        stated = candidates.from_json(self.facts.body)
        if stated and weigh(self.facts.body) > SCRIPTED_SHARE * choice.weight:
            yield stated, STATED_CONFIDENCE
        there = tuple(select(self._root, place or ""))
        kept = choice.within([outline.span(element) for element in there]) if there else choice.kept
        if there and not any(kept):
            yield Candidate("the place of the first page", there), 1.0
        elif (body := carve(outline, kept, choice.headline, next(iter(there), None))) is not None:
            yield Candidate(f"{JUDGE}{candidates.describe(body)}: {choice.reason}", (body,)), choice.confidence

    def _places(self) -> Iterator[tuple[str, str]]:
        """Yield the names and selectors of the places that somebody named."""
        yield f"{RULE}{self._source.body_selector}", self._source.body_selector
        for rule in self._rules:
            told = f" ({rule.name})" if rule.name else ""
            yield from ((f"{RULE}{selector}{told}", selector) for selector in rule.body)

    def _cleaned(self, candidate: Candidate) -> HtmlElement:
        return clean_element(
            candidate.joined(),
            self._base,
            text_remove=self._rule.text_remove,
            title=self.facts.title,
            keeps_all=self._rule.keeps_all and candidate.name.startswith(RULE),
        )

    def demand(self, body: Body) -> None:
        """Raise ExtractError unless a body can be this page's article; passing when the page is blank."""
        seen = self.seen() if weigh(body.text) < doubt.SHORT_TEXT else ""
        if not body.text and not seen and not self._root.findall(".//img"):
            if self._is_scripted:
                raise ExtractError("the page needs JavaScript", passing=False)
            raise ExtractError("empty page", passing=True)
        body.demand(f"{self.facts.title}\n{seen}", self._sure)


def least_of(won: str) -> int:
    """Return the weight that a body's text must have, by what found it."""
    return doubt.MIN_RULED_TEXT if won.startswith(RULE) else doubt.MIN_TEXT


def path_of(elements: Sequence[HtmlElement]) -> str:
    """Return an XPath by which the body of another page of the same site is likely found, or ""."""
    if len(elements) != 1 or elements[0].tag in ("html", "body"):
        return ""
    root = elements[0].getroottree()
    names = ((name, elements[0].get(name, "")) for name in ("id", "class"))
    paths = (f'//*[@{name}="{said}"]' for name, said in names if said and '"' not in said)
    return next((path for path in paths if len(root.xpath(path)) == 1), "")
