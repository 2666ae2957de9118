"""Bytes → one pruned tree: the only place where the page of an article is parsed.

Rule: a page is parsed once, by `markup`, and pruned once. Never judges where the article is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache, partial
from itertools import groupby, takewhile
from operator import itemgetter

from lxml import etree, html
from lxml.html import HtmlElement

from .. import markup
from ..markup import CJK_WEIGHT, ELEMENTS, from_text, squeeze, text_of, weigh
from ..model import Page
from ..plaintext import paragraphs
from .swaps import swapped


def words(text: str) -> frozenset[str]:
    """Return the words of a table written as one text."""
    return frozenset(text.split())


def any_of(all_: Iterable[str]) -> str:
    """Return the pattern of any of some words, by their first letters: each place of a text is compared with few."""
    by_letter = groupby(sorted(all_, reverse=True), key=itemgetter(0))  # "popular" before "pop"
    return "(?:" + "|".join(f"{first}(?:{'|'.join(word[1:] for word in of)})" for first, of in by_letter) + ")"


#: Elements that never hold text of the article.
DEAD = words(
    "script style template svg canvas link meta head title base input select textarea button dialog datalist map"
)
#: Elements and roles of menus and margins: dropped unless most of the text is in them.
MARGINS = words("nav aside footer menu")
MARGIN_ROLES = words("navigation complementary contentinfo banner dialog alertdialog search menu menubar")
#: What is never dropped as a whole.
WHOLE = ("html", "body", "article", "main")
#: Share of the page's text above which a margin is no margin: ASP.NET wraps whole pages in a form.
MARGIN_SHARE = 0.3
#: The same for a margin without any heading: beside a brief of two sentences most of the text is margin.
EMPTY_MARGIN_SHARE = 0.9
#: The same for what is hidden: the text may be there twice, once to be seen and once for machines.
HIDDEN_SHARE = 0.75
#: The same for what needs no second look; and kinds of elements without a name.
SHARES = {"whole": 0.0, "consent": 1.0}
KIND_OF_TAG = dict.fromkeys(WHOLE, "whole") | dict.fromkeys(MARGINS, "margin")
#: Consent managers by how their ids and classes begin, in lower case; their texts are long prose and never the article.
CONSENT = re.compile(
    r"(?:onetrust|ot-(?:sdk|pc)|cybotcookiebot|didomi|qc-cmp|usercentrics|sp_message|truste|cookie-?(?:law|banner|"
    r"notice|consent|policy)|gdpr-|cmp-?(?:container|wrapper|box)|cc-window)"
)
#: Other people's products that pages set beside articles, by one name in lower case: related posts, advertising,
#: buttons to share, letters. Some of their names stand on what wraps the article to fold it.
WIDGET = re.compile(
    r"(?:(?:jp-relatedposts|yarpp|wp_rp|crp_related|rp4wp|nrelate|linkwithin|shareaholic|shariff|sharedaddy|outbrain|zergnet)"
    r"(?:$|[_-])|addtoany_(?:share|list)|addthis_(?:toolbox|inline|sharing|relatedposts)|a2a_(?:kit|dd|button)|taboola(?:$|-"
    r"(?:below|right|left|mid|feed|stream|widget|container|article|sidebar|thumbnails|carousel|\d))"
    r"|trc_(?:rbox|related|elastic|spotlight)|mc_embed_|mc4wp-|jetpack_subscription_)(?!.*read[_-]?more)"
)
WIDGETS = ("div", "aside", "section", "ul")
WIDGET_SHARE = 0.3
#: Readers' comments, by one name in lower case: prose too, and often more of it than the article's. A lone forum thread
#: is not dropped.
COMMENTS = re.compile(
    r"(?:^|[_-])(?:(?:comments?|disqus|pinglun|gentie|livefyre)(?:$|[_-]?(?:list|area|box|section|thread|wrap))|respond$)"
)
COMMENTS_SHARE = 0.85
#: The page's own footer where it is no `footer`, by one name in lower case; "entry-footer" is an article's.
PAGE_FOOTER = re.compile(
    r"(?:(?:page|site|main|global|web|website)[_-]?)?(?:footer|rodape|fusszeile|stopka|pie-?(?:de-?)?pagina)|colophon"
)
#: Share for what stands behind the page's own footer, where no page puts its article without saying so: dialogs of
#: consent, layers, offers. Measured: of 980 pages 187 have text there, and two their article, in a `main`.
BEHIND_SHARE = 0.75
#: What has footers of its own (HTML standard §4.3.9).
PARTS = ("article", "main", "section", "aside", "li", "td", "blockquote", "figure")
#: What is called a button and leads nowhere, in lower case; questions that unfold their answers are called so, too.
CONTROL = re.compile(r"(?:btn|button)s?(?![a-z])")
UNFOLDING = re.compile(r"accordion|collaps|faq|question|toggle")
#: What an element may be by one of its names, as bits, and how each is told.
IS_CONSENT, IS_WIDGET, IS_COMMENTS, IS_FOOTER, IS_CONTROL, IS_UNFOLDING = (1 << bit for bit in range(6))
SUSPICIONS = (
    (IS_CONSENT, CONSENT.match),
    (IS_WIDGET, WIDGET.match),
    (IS_COMMENTS, COMMENTS.search),
    (IS_FOOTER, PAGE_FOOTER.fullmatch),
    (IS_CONTROL, CONTROL.search),
    (IS_UNFOLDING, UNFOLDING.search),
)
#: Weight of what a button says at most.
MAX_CONTROL = 40
#: Addresses that are none: a script answers the click.
NOWHERE = re.compile(r"(?i)\s*(?:#.*|javascript:.*)?$")
#: What is taken for another element, when it stays.
PLAIN = {"form": "div", "menu": "ul"}
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
#: Weights of a pull quote, and the share of it that links may be: a box with more to say is about another thing.
MIN_PULLED = 20
MAX_PULLED = 600
MAX_PULLED_LINKS = 0.2
HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
#: Elements before and after which a line ends.
BLOCKS = words(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form"
    " h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu nav ol p pre section summary table tbody td tfoot th thead"
    " tr ul video audio iframe object"
)
BREAKS = BLOCKS | {"br"}
MARKUP = re.compile(r"<[a-zA-Z/!]")
MAKER = html.HTMLParser(encoding="utf-8")
MAKER.set_element_class_lookup(ELEMENTS)
#: Parts lines where no tree can hold it (XML 1.0 §2.2).
PAGE_END = "\0"


def parse(page: Page, swaps: Sequence[tuple[str, str]] = ()) -> HtmlElement:
    """Parse a page once; see `markup.parse`, and for `swaps` `swaps.swapped`."""
    return markup.parse(page, partial(swapped, swaps=swaps) if swaps else None)


def fragment(text: str) -> HtmlElement:
    """Parse a piece of HTML, or plain text, into a div of its own; empty for an empty text."""
    source = text if MARKUP.search(text) else paragraphs(text, escape=False)
    body = from_text(f"<html><body><div>{source}</div></body></html>").find("body")
    div = MAKER.makeelement("div")
    div.text = body.text
    div.extend(list(body))
    return div


def framed(elements: Iterable[HtmlElement]) -> HtmlElement:
    """Copy elements into a div of their own, without the text behind them; cells and items become divs."""
    div = MAKER.makeelement("div")
    for element in elements:
        copied = deepcopy(element)
        copied.tail = None
        if copied.tag in ("tr", "tbody", "thead", "tfoot"):
            table = MAKER.makeelement("table")
            table.append(copied)
            copied = table
        elif copied.tag in ("td", "th", "li", "dd", "dt", "body", "html"):
            copied.tag = "div"
        div.append(copied)
    return div


def prune(root: HtmlElement) -> dict[HtmlElement, dict[str, str]]:
    """Drop, in place, what is never part of an article: code, controls, margins, hidden parts, comments.

    Returns:
        The attributes of all elements that are left: to ask a tree for them is slow.
    """
    rescue_noscript(root)
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction, etree.Entity)
    etree.strip_elements(root, *DEAD, with_tail=False)
    spell_out(root)
    known = _drop_margins(root)
    for element in list(root.iter(*PLAIN)):
        element.tag = PLAIN[element.tag]
    return known


def _drop_margins(root: HtmlElement) -> dict[HtmlElement, dict[str, str]]:
    """Drop, in place, what has no share in the article, and return the attributes of what stays."""
    total = -1
    behind = _behind_footer(root)
    known: dict[HtmlElement, dict[str, str]] = {}
    walk = etree.iterwalk(root, events=("start",))
    going: HtmlElement | None = None
    for _, element in walk:
        if going is not None:
            drop(going)  # not before the walk has left it
            going = None
        attributes = dict(element.items())
        share = droppable_share(element, attributes) or (BEHIND_SHARE if element in behind else 0.0)
        if share and total < 0:  # before anything is dropped; most bodies hold nothing that may be
            total = weigh(squeeze(text_of(root)))
        if share and element is not root and _is_within(element, share * total):
            walk.skip_subtree()
            going = element
        else:
            known[element] = attributes
    if going is not None:
        drop(going)
    return known


def _behind_footer(root: HtmlElement) -> frozenset[HtmlElement]:
    """Return the elements behind the footer of a whole page, none where one of them may hold an article."""
    if root.tag != "html":
        return frozenset()
    footers = [e for e in root.iter("footer") if next(e.iterancestors(*PARTS), None) is None]
    if not footers:
        return frozenset()
    around = takewhile(lambda e: e.tag not in ("body", "html"), (footers[-1], *footers[-1].iterancestors()))
    behind = [sibling for element in around for sibling in element.itersiblings()]
    return frozenset() if any(map(has_landmark, behind)) else frozenset(behind)


def _is_within(element: HtmlElement, most: float) -> bool:
    """Tell whether an element says no more than that; of most menus, the mere number of characters tells it."""
    text = text_of(element)
    return len(text) * CJK_WEIGHT <= most or weigh(squeeze(text)) <= most


def droppable_share(element: HtmlElement, attributes: Mapping[str, str]) -> float:
    """Return up to which share of the page's text an element is none of the article, 0 for what may be all of it."""
    tag, said = element.tag, attributes.get
    kind = _kind(tag, said("id", ""), said("class", ""), said("role", "")) if attributes else KIND_OF_TAG.get(tag, "")
    if not kind:  # as most are
        if "hidden" in attributes or ("style" in attributes and HIDDEN.search(attributes["style"])):
            return HIDDEN_SHARE
        return MARGIN_SHARE if tag == "form" else 0.0
    if kind == "margin":
        return _margin_share(element)
    if kind == "widget":
        return 0.0 if has_landmark(element) else WIDGET_SHARE
    if kind == "footer":
        is_parts = next(element.iterancestors(*PARTS), None) is not None  # an article's own, or a quotation's
        return 0.0 if is_parts or has_landmark(element) else MARGIN_SHARE
    if kind == "control":
        return EMPTY_MARGIN_SHARE if _is_control(element) else 0.0
    if kind == "comments":
        # A comment may be an <article> of its own (HTML standard §4.3.2), so that only a headline tells the page's.
        return 0.0 if next(element.iter("h1", "main"), None) is not None else COMMENTS_SHARE
    return SHARES[kind]


def _kind(tag: str, own: str, classes: str, role: str) -> str:
    """Return what an element is of, by what it is called, the strongest word first; "" for nothing known."""
    if tag in WHOLE:
        return "whole"
    named = _suspected(classes) if classes else 0
    # The id of a heading is where links lead: "cookie-policy" says what the section is about.
    suspected = named | _suspected(own) if own and tag not in HEADINGS else named
    if suspected & IS_CONSENT:
        return "consent"
    # The id of a section is where links lead, too.
    if tag in WIDGETS and (named if tag == "section" else suspected) & IS_WIDGET:
        return "widget"
    if tag != "p" and suspected & IS_COMMENTS:
        return "comments"
    if tag in MARGINS or role.lower() in MARGIN_ROLES:
        return "margin"
    if tag == "div" and suspected & IS_FOOTER:
        return "footer"
    is_control = role == "button" or suspected & (IS_CONTROL | IS_UNFOLDING) == IS_CONTROL
    return "control" if is_control and tag not in HEADINGS else ""


@lru_cache(maxsize=1 << 11)  # the same names stand everywhere
def _suspected(names: str) -> int:
    """Return what an id, or some classes, are suspected of, as bits."""
    found = 0
    for name in names.lower().split():
        for bit, tells in SUSPICIONS:
            if tells(name):
                found |= bit
    return found


def _is_control(element: HtmlElement) -> bool:
    """Tell whether a button is nothing but that: no link, no picture, no word in a sentence."""
    if weigh(squeeze(text_of(element))) > MAX_CONTROL or next(element.iter("img"), None) is not None:
        return False
    links = [link for link in element.iter("a") if not NOWHERE.match(link.get("href", ""))]
    return not links and (element.tag in BLOCKS or next(element.iterancestors("p", "li"), None) is None)


def _margin_share(element: HtmlElement) -> float:
    # <footer> in a quotation names who is quoted (HTML standard §4.4.4).
    is_quoted = element.tag == "footer" and next(element.iterancestors("blockquote", "figure"), None) is not None
    if is_quoted or is_pulled_out(element):
        return 0.0
    return MARGIN_SHARE if has_landmark(element) else EMPTY_MARGIN_SHARE


def is_pulled_out(element: HtmlElement) -> bool:
    """Tell whether a margin element stands among an article's paragraphs and holds prose: a pull quote, a list."""
    if element.tag not in ("aside", "menu") or next(element.iter("form", "img", *HEADINGS), None) is not None:
        return False
    before = element.getprevious()
    linked = sum(weigh(squeeze(text_of(link))) for link in element.iter("a"))
    weight = weigh(squeeze(text_of(element)))
    is_among = before is not None and before.tag in ("p", "blockquote", *HEADINGS) and element.getparent().tag != "body"
    said = squeeze(text_of(element))
    is_repeated = squeeze(text_of(element.getparent())).count(said[:MIN_PULLED]) > 1
    return is_among and not is_repeated and MIN_PULLED <= weight <= MAX_PULLED and linked <= MAX_PULLED_LINKS * weight


def spell_out(root: HtmlElement) -> None:
    """Leave of formulas their text, in place; their TeX, which says the same again, goes."""
    if next(root.iter("math", "annotation", "annotation-xml"), None) is None:
        return  # one look tells it of nearly all pages
    for element in list(root.iter("annotation", "annotation-xml")):
        drop(element)
    for formula in list(root.iter("math")):
        text = html.Element("span")
        text.text, text.tail = squeeze(text_of(formula)), formula.tail
        formula.getparent().replace(formula, text)


def has_landmark(element: HtmlElement) -> bool:
    """Tell whether an element holds what only the middle of a page has."""
    return next(element.iter("h1", "article", "main"), None) is not None


def drop(element: HtmlElement) -> None:
    """Take an element out, leaving the text behind it; words on both sides of a block stay apart."""
    if element.getparent() is None:
        return
    if element.tag in BLOCKS and element.tail and not element.tail[:1].isspace():
        element.tail = " " + element.tail
    element.drop_tree()


def rescue_noscript(root: HtmlElement) -> None:
    """Use the pictures that lazy loaders keep in `noscript` when the script's own has no address; drop the rest."""
    for noscript in list(root.iter("noscript")):
        before = noscript.getprevious()
        pictures = list(noscript.iter("img"))
        shown = [] if before is None else list(before.iter("img"))
        has_address = any(value.startswith(("http", "/")) for image in shown for value in image.values())
        if len(pictures) == 1 and not has_address:
            noscript.addprevious(detached(pictures[0]))
        drop(noscript)


def detached(element: HtmlElement) -> HtmlElement:
    """Take an element out of its tree, without the text behind it."""
    element.drop_tree()
    element.tail = None
    return element


def visible_text(element: HtmlElement) -> str:
    """Return the text as a reader sees it: one line a block, white space folded, empty lines left out."""
    parts: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        if node.tag in BREAKS:
            parts.append(PAGE_END)
        text = node.text if event == "start" else node.tail if node is not element else ""
        if text:
            parts.append(text)
    return "\n".join(filter(None, map(squeeze, "".join(parts).split(PAGE_END))))
