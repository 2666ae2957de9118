"""The winner only: a body's HTML → what may stand in a post.

Order: prune, remove by selector, resolve pictures and links, drop boilerplate, tidy the blocks, and last the
allow-list. Rule: whatever the steps before missed, nothing passes `allow` that is not named in TAGS and ATTRIBUTES;
nothing generic may take more than a small share of the text. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import nh3
from lxml import etree, html
from lxml.html import HtmlElement

from ..markup import squeeze, text_of
from ..selectors import select
from . import appeals, media, noise
from .loose import wrap_loose
from .tables import dissolve_layout
from .tree import BLOCKS, drop, fragment, framed, prune, words

#: Elements that may stand in a post: text, lists, tables, pictures; nothing that acts.
TAGS = words(
    "a abbr b blockquote br caption cite code col colgroup dd del dfn dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr"
    " i img ins kbd li mark ol p pre q rp rt ruby s samp small strong sub sup table tbody td tfoot th thead tr u ul var"
)
ATTRIBUTES = {
    "*": {"lang"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "code": {"class"},
    "img": {"src", "alt", "title"},
    "ol": {"start", "reversed"},
    "pre": {"class"},
    "td": {"rowspan", "colspan"},
    "th": {"rowspan", "colspan"},
}
SCHEMES = frozenset({"http", "https", "mailto", "tel"})
#: Highlighters' ways to name a language: Prism and CommonMark, GitHub, SyntaxHighlighter.
LANGUAGE = re.compile(r"(?:\blang(?:uage)?-|\bhighlight-source-|\bbrush:\s*)([\w+#-]+)")
#: Elements that may have a class; those of others go in any case.
CODE = re.compile(r"(?i)<(?:pre|code)\b")
#: Elements that may be empty.
EMPTY = words("img br hr td th col colgroup")
#: Structure that a post does not need; its text stays.
STRUCTURE = (
    "div",
    "section",
    "article",
    "main",
    "header",
    "center",
    "hgroup",
    "address",
    "fieldset",
    "details",
    "summary",
    "footer",
    "aside",
    "nav",
)
#: Inline elements that pages put around blocks, where HTML does not allow them.
INLINE = ("b", "strong", "i", "em", "u", "s", "small", "big", "ins", "del", "mark", "q", "cite", "sub", "sup", "label")
#: Blocks whose paragraphs need no `p` when there is one only.
CELLS = ("li", "td", "th", "dd", "dt", "figcaption", "caption")
#: Elements whose text is one line.
LINES = ("p", "a", "h1", "h2", "h3", "h4", "h5", "h6", "pre")
#: Where two parts of a caption meet: no word goes on so.
SEAM = re.compile(r"[a-zß-öø-ÿ0-9.!?)\]\"'”’»][A-ZÀ-ÖØ-Þ©(\[]")
FOLDED = re.compile(r"[\t\r\n][ \t\r\n]*| [ \t\r\n]+")
#: White space at the start of a paragraph, where Chinese pages indent with ideographic blanks.
INDENT = " \t\r\n\xa0\u3000\u200b\ufeff"


def clean_html(body: str | HtmlElement, base_url: str, remove: Sequence[str] = ()) -> str:
    """Clean a body by the rules above.

    Args:
        body: an HTML fragment, plain text (its line ends become breaks), or an element, which is not changed.
        base_url: links and pictures are resolved against it.
        remove: CSS or XPath selectors of what to take out, however much it is.

    Returns:
        HTML of TAGS only, blocks at the top level, links absolute; "" when nothing is left.
    """
    return allow(clean_element(fragment(body) if isinstance(body, str) else framed([body]), base_url, remove))


def clean_element(
    root: HtmlElement,
    base_url: str,
    remove: Sequence[str] = (),
    *,
    text_remove: Sequence[str] = (),
    title: str = "",
    keeps_all: bool = False,
) -> HtmlElement:
    """Do all steps but the last, in place, and return the root.

    Args:
        root: a div that holds the body.
        base_url: see `clean_html`.
        remove: see `clean_html`.
        text_remove: regular expressions; a block whose whole text matches one is taken out.
        title: a heading at the top that says the same is taken out.
        keeps_all: no boilerplate is looked for.
    """
    for selector in remove:
        for element in select(root, selector):
            drop(element)
    media.resolve(root, base_url)
    prune(root)
    if not keeps_all:
        noise.drop_noise(root, text_remove)
    part(root)
    if not keeps_all:
        appeals.drop_appeals(root, base_url)
    tidy(root, title)
    return root


def part(root: HtmlElement) -> None:
    """Give every text its block, in place; the boxes about the blocks stay."""
    name_languages(root)
    dissolve_layout(root)
    flatten(root)
    wrap_loose(root)


def tidy(root: HtmlElement, title: str = "") -> None:
    """Bring the blocks into a plain order, in place: paragraphs, figures, no empty or useless elements."""
    for element in list(root.iter(*STRUCTURE)):
        if element is not root:
            unwrap(element)
    drop_title(root, title)
    caption_figures(root)
    fold_blanks(root)
    drop_empty(root)
    for element in list(root.iter("p")):
        cell = element.getparent()
        ahead = (cell.text or "").strip()
        if cell.tag in CELLS and len(cell) == 1 and not any(map(str.isalpha, ahead)):
            cell.text = f"{ahead} " if ahead else None  # a number of its own: "1."
            element.drop_tag()


def flatten(root: HtmlElement) -> None:
    """Unwrap what HTML does not allow: inline elements around blocks, and divs inside lines."""
    for caption in root.iter("figcaption"):
        if next(caption.iterancestors("figcaption"), None) is None:
            space_out(caption)
    for element in list(root.iter("font", "span")):
        element.drop_tag()
    for element in list(root.iter(*INLINE)):
        if has_block(element):
            element.drop_tag()
    for element in list(root.iter(*STRUCTURE)):
        if not has_block(element) and next(element.iterancestors(*LINES), None) is not None:
            element.tail = " " + (element.tail or "")
            element.drop_tag()


def space_out(caption: HtmlElement) -> None:
    """Put a blank between what a style sheet keeps apart: "<span>The bridge</span><span>Photo: AP</span>"."""
    for span in caption.iter("span"):
        before = span.getprevious()
        ahead = span.getparent().text if before is None else before.tail or text_of(before)
        if SEAM.fullmatch((ahead or "")[-1:] + (span.text or "")[:1]):
            span.text = f" {span.text}"


def unwrap(element: HtmlElement) -> None:
    """Replace an element by its content; what has no block in it keeps its break as a paragraph."""
    if has_block(element):
        element.drop_tag()
    else:
        element.tag = "p"


def has_block(element: HtmlElement) -> bool:
    """Tell whether a block stands anywhere inside an element."""
    return any(inner.tag in BLOCKS for inner in element.iterdescendants())


def drop_title(root: HtmlElement, title: str) -> None:
    """Drop a heading that repeats the title before any text is said."""
    for element in root.iter("h1", "h2", "p"):
        said = squeeze(text_of(element))
        if said and said == squeeze(title) and element.tag != "p":
            drop(element)
        if said:
            return


def caption_figures(root: HtmlElement) -> None:
    """Bring stray captions into a figure with the picture before them; captions of nothing become paragraphs."""
    for caption in list(root.iter("figcaption")):
        if next(caption.iterancestors("figure"), None) is not None:
            continue
        picture = caption.getprevious()
        if picture is not None and not squeeze(text_of(picture)) and _has_picture(picture):
            figure = html.Element("figure")
            picture.addprevious(figure)
            figure.append(picture)
            picture.tail = None
            figure.append(caption)
            figure.tail, caption.tail = caption.tail, None
            if picture.tag == "p":
                picture.drop_tag()
        else:
            caption.tag = "p"


def _has_picture(element: HtmlElement) -> bool:
    return element.tag == "img" or element.find(".//img") is not None


def name_languages(root: HtmlElement) -> None:
    """Write the language of code as CommonMark's class, on `code` if there is one, and drop other classes."""
    named = [(element, _language(element)) for element in root.iter("pre", "code")]
    for element, language in named:
        element.attrib.pop("class", None)
        if language and (element.tag == "code" or element.find(".//code") is None):
            element.set("class", f"language-{language}")


def _language(element: HtmlElement) -> str:
    """Return the language that an element, or what frames it and nothing else, is marked with."""
    about = (element, *element.iterancestors("pre", "div", "figure"))
    marked = ((around, found) for around in about if (found := LANGUAGE.search(around.get("class", ""))))
    frame, found = next(marked, (element, None))
    is_alone = frame is element or text_of(frame).strip() == text_of(element).strip()
    return found[1].lower() if found and is_alone else ""


def fold_blanks(root: HtmlElement) -> None:
    """Fold white space outside `pre`, and drop the indents that Chinese pages make with blanks."""
    kept = {element for code in root.iter("pre") for element in code.iterdescendants()}
    for element in root.iter("*"):
        if element in kept:
            continue
        indent = INDENT if element.tag in BLOCKS else ""
        if behind := element.tail:
            folded = _folded(behind).lstrip(INDENT if element.tag == "br" else indent)
            if folded != behind:  # to write a text into the tree takes longer than to compare it
                element.tail = folded
        if element.tag != "pre" and (inside := element.text):
            folded = _folded(inside).lstrip(indent)
            if folded != inside:
                element.text = folded
    for element in root.iter(*BLOCKS - {"pre"}):
        _strip_end(element)


def _folded(text: str) -> str:
    # What can be printed has no line ends and tabs, which is told much quicker.
    return text if "  " not in text and text.isprintable() else FOLDED.sub(" ", text)


def _strip_end(block: HtmlElement) -> None:
    """Drop blanks at a block's end; of one that ends in an element, behind that."""
    last = block[-1] if len(block) else None
    said = (block.text if last is None else last.tail) or ""
    left = said.rstrip(INDENT)
    if left == said:
        return
    if last is None:
        block.text = left or None
    else:
        last.tail = left or None


def drop_empty(root: HtmlElement) -> None:
    """Drop, innermost first, what holds neither text nor picture, and breaks at a block's end."""
    for element in reversed(list(root.iter("*"))):
        is_last_break = element.tag == "br" and element.getnext() is None and not (element.tail or "").strip(INDENT)
        if is_last_break and element.getparent().tag in BLOCKS:
            drop(element)
        if element is root or element.tag in EMPTY or any(child.tag != "br" for child in element):
            continue
        if element.tag in BLOCKS and not text_of(element).strip(INDENT):
            drop(element)
        elif element.tag not in BLOCKS and not len(element) and not (element.text or "").strip(INDENT):
            element.tail = (element.text or "") + (element.tail or "")
            drop(element)


#: Elements whose text is no text.
RAW = frozenset({"script", "style"})


def allow(root: HtmlElement) -> str:
    """Serialise and pass the allow-list: the last step, on which safety rests."""
    for element in root.iter("*"):
        # What has a name of SVG or MathML goes with all its text in nh3, though it may be a site's own <text>.
        if element.tag not in TAGS and element.tag not in RAW:
            element.tag = "span"
    whole = etree.tostring(root, method="html", encoding="unicode", with_tail=False)
    return nh3.clean(
        whole,  # the div about it is not on the list, and goes
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_only_languages if CODE.search(whole) else None,  # else nothing may have a class
        url_schemes=SCHEMES,
        link_rel=None,
    ).strip()


def _only_languages(_tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return value if re.fullmatch(r"language-[\w+#-]+", value) else None
    return value
