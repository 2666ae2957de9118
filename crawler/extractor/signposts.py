"""Lines that lead away from an article: a short label, and then nothing but headlines of the same site.

"READ MORE: …", "À lire aussi » …", "FUNDA OLUNYE UDABA LAPHA | …": told by their form, not by their words, so that no
language is missing. Rule: a label that names sources, or that may name who speaks, is the article's; so are links to
files and to other sites, and lists of such lines. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from ..markup import CJK, squeeze, text_of, weigh
from ..urls import same_site

#: Words and weight of a label.
MAX_WORDS = 6
MAX_LABEL = 50
#: Weight and words from which the text of a link is a headline, and no name or tag; Han has no words.
MIN_HEADLINE = 24
MIN_HEADLINE_WORDS = 4
#: How a label ends that is not set in bold or italics; a mere colon is enough where its words lead on.
MARK = re.compile(r"[»›>|｜–—→]\s*$")
COLONS = (":", "：")
#: The number of the first of several links, which is no part of the label.
NUMBER = re.compile(r"(?<=[:：»›>|｜–—→])[\s\d.)]+$")
#: What may stand about labels and between links.
JOINTS = re.compile(r"[\W\d_]*(?:\b(?:und|and|et|y|e|i|en|ve|dan|и)\b[\W\d_]*)?")
#: Labels of what an article rests on, of what it is part of, and of facts.
KEPT_LABEL = re.compile(
    r"(?i).*(?:sources?|quellen?|fuentes?|fontes?|fonti?|bron(?:nen)?|źródł\w+|источник\w*|kaynak\w*"
    r"|sumber|nguồn|المصدر|منبع"
    r"|出典|출처|来源|來源|出处|出處|资料|資料|references?|notes?|literatur\w*|study|studie|étude|via"
    r"|pdf|download\w*|documents?"
    r"|photos?|fotos?|bild\w*|credits?|kontakt|contact\w*|tickets?|web(?:site|seite)?|homepage|teil|part|partie|parte"
    r"|main (?:articles?|page)|hauptartikel|articles? détaillés?|artículos? principal(?:es)?|chapter"
    r"|kapitel|episode|folge|step|schritt|tag|day|第.+[章节節回集]|update|\d+)\b.*"
)
SIGNPOST_WORD = re.compile(
    r"(?i).*\b(?:read|watch|see|listen|more|also|related|lesen|lies|mehr|auch|lire|voir|aussi|leer|lea"
    r"|lee|vea|más|ver|"
    r"leia|veja|mais|leggi|anche|lees|ook|czytaj|zobacz|także|też|читайте|также|смотрите|oku\w*|baca"
    r"|simak|juga|xem|đọc|interesar|relacionad\w+|passend)\b.*|.*(?:相关|相關|延伸|更多|関連|관련).*"
)
#: A name of two words or more: all begin with a capital, not all are capitals.
TITLED = re.compile(r"[^\W\d_a-z]\S+(?: [^\W\d_a-z]\S+){1,3}")
OPENING_QUOTE = re.compile(r"[\"'“„«‘»「『]")
#: Links to files are what the label says, not another article.
FILE = re.compile(
    r"(?i)\.(?:pdf|zip|gz|docx?|xlsx?|pptx?|csv|txt|mp[34]|m4a|ogg|epub|jpe?g|png|gif|webp|svg)(?:$|[?#])"
)


def label_of(block: HtmlElement, base_url: str) -> str:
    """Return the label of a line that leads away, "" for any other."""
    links = list(block.iter("a"))
    if not links or next(block.iter("img"), None) is not None:
        return ""
    label, *rest = _outside(block)
    is_rest_empty = all(JOINTS.fullmatch(text) for text in rest)
    if not is_rest_empty or not all(_is_headline(link, base_url) for link in links):
        return ""
    label = NUMBER.sub("", squeeze(label)).lstrip("[(")
    return label if _is_label(block, label, squeeze(text_of(links[0]))) else ""


def _outside(block: HtmlElement) -> list[str]:
    """Return what stands before the first link of a block, and what behind each one."""
    texts = [""]
    for text, is_end in _walk(block):
        if is_end:
            texts.append("")
        texts[-1] += text
    return texts


def _walk(element: HtmlElement) -> Iterator[tuple[str, bool]]:
    """Yield the texts outside links, and whether a link ends before each."""
    yield element.text or "", False
    for child in element:
        if child.tag != "a":
            yield from _walk(child)
        yield child.tail or "", child.tag == "a"


def _is_headline(link: HtmlElement, base_url: str) -> bool:
    said, address = squeeze(text_of(link)), link.get("href", "")
    is_long = weigh(said) >= MIN_HEADLINE and (said.count(" ") >= MIN_HEADLINE_WORDS - 1 or CJK.search(said))
    return bool(is_long) and same_site(address, base_url) and FILE.search(address) is None


def _is_label(block: HtmlElement, label: str, headline: str) -> bool:
    bare = MARK.sub("", label).strip(" :：")
    is_long = label.count(" ") >= MAX_WORDS or weigh(label) > MAX_LABEL
    if is_long or not any(map(str.isalpha, bare)) or KEPT_LABEL.fullmatch(bare):
        return False
    is_parted = MARK.search(label) is not None or _is_set_apart(block, label)
    if SIGNPOST_WORD.fullmatch(bare):
        return is_parted or label.endswith(COLONS)
    may_speak = OPENING_QUOTE.match(headline) or (TITLED.fullmatch(bare) and not bare.isupper())
    return is_parted and not may_speak


def _is_set_apart(block: HtmlElement, label: str) -> bool:
    """Tell whether a label has a type of its own, or, with its colon, that of the headline."""
    said = [squeeze(text_of(e)).lstrip("[(") for e in block.iter("strong", "b", "em", "i")]
    return any(one == label or (label.endswith(COLONS) and one.startswith(label)) for one in said)
