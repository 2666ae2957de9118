"""Bytes → one pruned tree: the only place where a page is parsed, and where its text is measured.

Rule: a page is parsed once, from bytes in the encoding that `charset` found, and pruned once.
Refuses what is no page (PDF, pictures, binary data) and what is empty. Never judges where the article is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from html import unescape

from lxml import etree, html
from lxml.html import HtmlElement

from .. import charset
from ..errors import ParseError
from ..model import Page
from ..plaintext import paragraphs
from .swaps import swapped


def words(text: str) -> frozenset[str]:
    """Return the words of a table written as one text."""
    return frozenset(text.split())


#: Media types that are read as pages; "" because servers forget (RFC 9110 §8.3 lets the recipient guess).
PAGE_TYPES = frozenset(
    {
        "",
        "text/html",
        "application/xhtml+xml",
        "text/xml",
        "application/xml",
        "text/plain",
        "application/vnd.wap.xhtml+xml",
    }
)
#: What a page looks like when the media type is of no use (WHATWG MIME sniffing §7.1, the common part).
LOOKS_LIKE_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
#: Openings of files that are never pages, whatever their label says.
MAGIC = (
    (b"%PDF-", "PDF data"),
    (b"\x89PNG", "a picture"),
    (b"GIF8", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "gzip data"),
)
#: Share of control characters above which bytes are data, not text; real pages have fewer than one in 10,000.
MAX_CONTROL_SHARE = 0.01
#: Numeric references: written so, characters that no tree can hold come through libxml2 and break lxml later. Most are
#: plain letters and signs, 32 to 126 and 160 to 9999, and stay as they are.
REFERENCE = re.compile(
    rb"&#(?!(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6]|1[6-9]\d|[2-9]\d\d|[1-9]\d{3});)(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));?"
)
#: U+FFFE and U+FFFF in UTF-8, the two others that XML does not allow (XML 1.0 §2.2).
NONCHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r\f\x1b") + b"\x7f"
#: A form feed is a blank in HTML (§13.2.5.1) and no character at all in XML.
FORM_FEEDS = bytes.maketrans(b"\f", b" ")

#: Elements without an end tag that libxml2 takes for others: what comes behind them becomes their content.
VOID = words("embed source track wbr keygen")
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
#: Readers' comments, by one name in lower case: prose too, and often more of it than the article's. A lone forum thread
#: is not dropped.
COMMENTS = re.compile(
    r"(?:^|[_-])(?:(?:comments?|disqus|pinglun|gentie|livefyre)(?:$|[_-]?(?:list|area|box|section|thread|wrap))|respond$)"
)
COMMENTS_WORD = re.compile("comment|disqus|pinglun|gentie|livefyre|respond")  # quickly told of most names
COMMENTS_SHARE = 0.85
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
#: Han, kana and hangul: one such character says about as much as three letters.
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
BEFORE_CJK = re.compile("[\0-\u303f]*+")  # tells six times as quickly that there is none
CJK_RUNS = re.compile(f"{CJK.pattern}+")
CJK_WEIGHT = 3
MARKUP = re.compile(r"<[a-zA-Z/!]")
#: One class for all elements: lxml.html's own look-up by tag is a twentieth of the work on a page.
ELEMENTS = etree.ElementDefaultClassLookup(element=HtmlElement, comment=html.HtmlComment)
MAKER = html.HTMLParser(encoding="utf-8")
MAKER.set_element_class_lookup(ELEMENTS)
#: Parts lines where no tree can hold it (XML 1.0 §2.2).
PAGE_END = "\0"


def parse(page: Page, swaps: Sequence[tuple[str, str]] = ()) -> HtmlElement:
    """Parse a page once.

    Args:
        page: as fetched.
        swaps: see `swaps.swapped`.

    Raises:
        ParseError: passing when the body is empty (servers answer so while they restart); not passing when
            the document is no page.
    """
    if not page.body.strip():
        raise ParseError("empty page", passing=True)
    refuse(page.media_type, page.body)
    data = charset.utf8(page.body, page.header("content-type"))
    is_text = page.media_type == "text/plain" and not LOOKS_LIKE_HTML.match(page.body)
    if not swaps and not is_text:
        return from_bytes(data)
    text = swapped(data.decode(), swaps)
    return from_text(paragraphs(text) if is_text else text)


def refuse(media_type: str, body: bytes) -> None:
    """Raise ParseError unless the bytes can be a page."""
    if media_type not in PAGE_TYPES and not LOOKS_LIKE_HTML.match(body):
        raise ParseError(f"not a page: {media_type[:80]}", passing=False)
    for opening, name in MAGIC:
        if body.startswith(opening):
            raise ParseError(f"not a page: {name}", passing=False)
    if charset.is_wide(body):
        return
    controls = len(body) - len(body.translate(None, CONTROLS))
    if b"\0" in body[:512] or controls > MAX_CONTROL_SHARE * len(body):
        raise ParseError("not a page: binary data", passing=False)


def from_text(text: str) -> HtmlElement:
    """Parse decoded HTML; see `from_bytes`. Halves of surrogate pairs, which JSON can state, are dropped."""
    return from_bytes(text.encode("utf-8", "ignore"))


def from_bytes(data: bytes) -> HtmlElement:
    """Parse HTML in UTF-8; control characters, which neither XML nor YAML can hold, are dropped.

    Raises:
        ParseError: there is not one element or word in it.
    """
    data = REFERENCE.sub(_reference, data) if b"&#" in data else data
    data = data.translate(FORM_FEEDS, CONTROLS + b"\x1b")
    if NONCHARACTERS[0][:1] in data:  # one byte is found much quicker than three
        for nonsense in NONCHARACTERS:
            data = data.replace(nonsense, b"")
    # Told the encoding, libxml2 does not switch at a <meta charset> that lies about re-encoded bytes.
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
    parser.set_element_class_lookup(ELEMENTS)
    try:
        root = html.document_fromstring(data, parser=parser)
    except etree.LxmlError as e:
        raise ParseError(f"not a page: {str(e)[:100]}", passing=False) from e
    for element in list(root.iter(*VOID)):
        _hollow(element)
    return root


def _hollow(element: HtmlElement) -> None:
    """Move an element's content out behind it."""
    for child in reversed(list(element)):
        element.addnext(child)  # which puts it, and the text behind it, before the text behind the element
    element.tail = (element.text or "") + (element.tail or "")
    element.text = None


def _reference(found: re.Match[bytes]) -> bytes:
    """Return a numeric reference as it may be parsed: b"" for what no tree can hold, cp1252 read as browsers do."""
    number = int(found[1], 16) if found[1] else int(found[2])
    if 128 <= number < 160:
        return unescape(f"&#{number};").encode()
    is_control = number < 32 and number not in (9, 10, 13)
    is_held = not (is_control or number == 127 or 0xD800 <= number < 0xE000 or number in (0xFFFE, 0xFFFF))
    return found[0] if is_held and number <= 0x10FFFF else b""


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
    for form in list(root.iter("form")):
        form.tag = "div"
    for menu in list(root.iter("menu")):
        menu.tag = "ul"
    return known


def _drop_margins(root: HtmlElement) -> dict[HtmlElement, dict[str, str]]:
    """Drop, in place, what has no share in the article, and return the attributes of what stays."""
    total = weigh(squeeze(root.text_content()))
    known: dict[HtmlElement, dict[str, str]] = {}
    walk = etree.iterwalk(root, events=("start",))
    going: HtmlElement | None = None
    for _, element in walk:
        if going is not None:
            drop(going)  # not before the walk has left it
            going = None
        attributes = dict(element.items())
        share = droppable_share(element, attributes)
        if share and element is not root and _is_within(element, share * total):
            walk.skip_subtree()
            going = element
        else:
            known[element] = attributes
    if going is not None:
        drop(going)
    return known


def _is_within(element: HtmlElement, most: float) -> bool:
    """Tell whether an element says no more than that; of most menus, the mere number of characters tells it."""
    text = element.text_content()
    return len(text) * CJK_WEIGHT <= most or weigh(squeeze(text)) <= most


def droppable_share(element: HtmlElement, attributes: Mapping[str, str]) -> float:
    """Return up to which share of the page's text an element is none of the article, 0 for what may be all of it."""
    tag, said = element.tag, attributes.get
    kind = _kind(tag, said("id", ""), said("class", ""), said("role", "")) if attributes else KIND_OF_TAG.get(tag, "")
    if kind in SHARES:
        return SHARES[kind]
    if kind == "comments":
        # A comment may be an <article> of its own (HTML standard §4.3.2), so that only a headline tells the page's.
        return 0.0 if next(element.iter("h1", "main"), None) is not None else COMMENTS_SHARE
    if kind == "margin":
        return _margin_share(element)
    if "hidden" in attributes or ("style" in attributes and HIDDEN.search(attributes["style"])):
        return HIDDEN_SHARE
    return MARGIN_SHARE if tag == "form" else 0.0


@lru_cache(maxsize=1 << 15)  # the same names stand everywhere
def _kind(tag: str, own: str, classes: str, role: str) -> str:
    """Return what an element is of, by what it is called, the strongest word first; "" for nothing known."""
    # The id of a heading is where links lead: "cookie-policy" says what the section is about.
    names = f"{'' if tag in HEADINGS else own} {classes}".lower()
    if tag in WHOLE:
        return "whole"
    if any(map(CONSENT.match, names.split())):
        return "consent"
    if tag != "p" and COMMENTS_WORD.search(names) and any(map(COMMENTS.search, names.split())):
        return "comments"
    return "margin" if role.lower() in MARGIN_ROLES else KIND_OF_TAG.get(tag, "")


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
    linked = sum(weigh(squeeze(link.text_content())) for link in element.iter("a"))
    weight = weigh(squeeze(element.text_content()))
    is_among = before is not None and before.tag in ("p", "blockquote", *HEADINGS) and element.getparent().tag != "body"
    said = squeeze(element.text_content())
    is_repeated = squeeze(element.getparent().text_content()).count(said[:MIN_PULLED]) > 1
    return is_among and not is_repeated and MIN_PULLED <= weight <= MAX_PULLED and linked <= MAX_PULLED_LINKS * weight


def spell_out(root: HtmlElement) -> None:
    """Leave of formulas their text, in place; their TeX, which says the same again, goes."""
    for element in list(root.iter("annotation", "annotation-xml")):
        drop(element)
    for formula in list(root.iter("math")):
        text = html.Element("span")
        text.text, text.tail = squeeze(formula.text_content()), formula.tail
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


def squeeze(text: str) -> str:
    """Fold white space to single blanks and trim."""
    return " ".join(text.split())


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


def weigh(text: str) -> int:
    """Return how much a text says, in letters of an alphabet: a Han character counts as three."""
    if text.isascii() or BEFORE_CJK.fullmatch(text):
        return len(text)
    return len(text) + (CJK_WEIGHT - 1) * sum(map(len, CJK_RUNS.findall(text)))
