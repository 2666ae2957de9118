"""Boilerplate inside a body: advertising, subscription banners, share bars, "related" lists; taken out in place.

Rule: names and words are only a suspicion. A suspect is dropped when its text is a small share of the body's
(measured: unguarded class-name clean-ups eat whole articles, DESIGN §8). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from ..markup import squeeze, text_of
from .lines import LINES, MAX_LINE, ShortTexts, has_sentence, is_inside, is_line, is_prose, link_weight, weigh_all
from .listings import KEPT_PARTS, SURROUNDINGS_SHARE, drop_menus, drop_related, leads_away
from .outline import SENTENCE as PROSE
from .tree import BLOCKS, HEADINGS, drop, words

#: Words of ids and classes (parted by `-`, `_`, digits, capitals) that advertising and paywalls go by.
ADVERTISING = words(
    "ad ads adv advert adverts advertisement advertising adsbygoogle adsense adbox adslot adunit adwrap dfp gpt innity"
    " imu sponsor sponsored outbrain taboola mgid revcontent freemium paywall microtransaction promo guanggao"
)
#: The same for what surrounds an article.
SURROUNDINGS = words(
    "share sharing sharebar shares social socials sns related recommend recommended recommendation recommendations"
    " newsletter subscribe subscription signup overlay popup modal cookie cookies consent comments comment disqus"
    " breadcrumb breadcrumbs pagination pager toolbar readmore morestories mostread trending printfriendly sharedaddy"
    " relatedposts addtoany addthis bshare jiathis qrcode skip editsection"
)
#: Words that say nothing of their own in a compound: "newsletter-box" is "newsletter".
NEUTRAL = words(
    "container wrapper wrap box block blocks widget bar list lists item items post posts article articles story stories"
    " link links button buttons btn section area module inner outer top bottom left right slot unit banner label header"
    " footer content inline embed form cta holder panel component group google side sidebar tools icon icons body main"
    " page site entry news bbp"
)
#: Names of two words, which alone mean nothing.
PAIRS = re.compile(
    r"further-read|read-on-app|read-more|more-stories|most-read|also-like|tag-list|post-tags|article-tags|author-bio"
    r"|open-app|app-download|next-prev|post-nav|(?<![a-z-])sign-in-(?:group|wall|box|prompt|form|gate|banner)"
    r"|(?<![a-z])reg-wall(?![a-z])"
)
#: Share of the body's text that advertising may have and still be dropped.
ADVERTISING_SHARE = 0.25
#: Weight of text outside links from which a suspect is somebody's paragraph after all.
MAX_PLAIN = 400
#: Links to shops of subscriptions and pictures of their banners.
SHOP = re.compile(
    r"(?i)^https?://(?:subscribe|subscription|abo|membership)s?\.[\w.-]+/"
    r"|//[\w.-]+/(?:subscribe|subscription)/?(?:[?#]|$)|freemium_images|/paywall[_/-]"
)
#: Weight of one paragraph's other text above which a link to a shop is part of a sentence.
SENTENCE = 40
MARKS = r"[\s\-–—|<>»▼▲↓：:\[\]()（）【】]*"
#: What readers wrote is headed so.
READERS = (
    r"comments|kommentare|commentaires|comentarios|comentários|commenti|reacties|komentarze|комментарии|コメント|댓글|[評评][論论]"
    r"|留言"
)
#: Blocks that say nothing but this, in lower case: `re` is slow with words of either case.
NOISE_LINE = re.compile(
    rf"{MARKS}(?:广告|廣告|advertisement|sponsored(?: content)?|anzeige|publicidad"
    r"|(?:article|story) continues (?:below|after)(?: (?:this )?(?:ad|advertisement))?"
    r"|scroll to continue(?: with content)?|点击(?:阅读|查看)(?:全文|原文)|打开应用|(?:打开|下载)(?:app|客户端).{0,12}"
    r"|.{0,16}订户专享.{0,10}|扫描?二维码.{0,20}|返回搜狐，查看更多|share this(?: (?:article|story|post))?"
    r"|(?:平台|特别|特別|免责|免責|版权|版權)?[声聲]明[:：].*"
    r"|.{0,40}(?:版权所有|版權所有|rights reserved).{0,60}"
    r"|article content|youtube video player|weitere videos|이 글자크기로 변경됩니다\."
    r"|(?:click to )?enlarge (?:this )?(?:image|photo)|bild vergrößern|agrandir l['’]image|ampliar imagen"
    rf"|(?:{READERS})\s?[(（]\d+[)）]"
    r"|perbesar|写真拡大(?:\s?[(（].{1,8}[)）])?"
    rf"|copyright\s?©.*|©\s?(?:19|20)\d\d\b.*|sign up for our newsletter.{{0,40}}){MARKS}"
)
#: The same with words that lists, tables and sections of an article have, too.
LABEL_LINE = re.compile(
    rf"{MARKS}(?:autoplay|video player|enlarge|agrandir|(?:\d{{1,3}} )?(?:{READERS})(?:\s?\d{{1,3}})?){MARKS}"
)
#: Which picture of how many is shown.
COUNTER = re.compile(r"\d{1,3}(?: ?(?:/|of|von|de|sur|di|из) ?\d{1,3})?")
#: Links from which a part of a sentence that says nothing else is a card that opens over the text.
CARD_LINKS = 3


def drop_noise(root: HtmlElement, text_remove: Sequence[str] = ()) -> None:
    """Drop boilerplate, in place: by names, by what links sell, by what lines say, by where lists lead.

    Args:
        root: a body; never dropped itself.
        text_remove: regular expressions; a block whose whole text matches one is dropped, however long.
    """
    total = weigh_all(root)
    lines = ShortTexts(root)
    drop_related(root, lines, total)  # before names take the lists, by which their headings are known
    for element in list(root.iter("*")):
        said = _said_of(element.get("id", ""), element.get("class", ""), is_heading=element.tag in HEADINGS)
        if said and is_inside(element, root):
            _drop_named(element, said, total)
    _drop_cards(root)
    _drop_counters(root)
    _drop_shops(root)
    _drop_lines(root, lines, [re.compile(text) for text in text_remove])
    drop_related(root, lines, total)
    drop_menus(root, total)


def is_noise(text: str) -> bool:
    """Tell whether a block's text, on one line, is a line of noise and nothing else."""
    return len(text) <= MAX_LINE and NOISE_LINE.fullmatch(text.lower()) is not None


@lru_cache(maxsize=1 << 11)  # the same names stand everywhere
def _said_of(own: str, classes: str, *, is_heading: bool) -> str:
    """Return what id and classes make a suspect of: advertising (the stronger word), surroundings, or ""."""
    names = _compounds("" if is_heading else own, classes)
    if any(not ADVERTISING.isdisjoint(name) for name in names):
        return "advertising"
    is_known = any(not SURROUNDINGS.isdisjoint(name) for name in names)
    return "surroundings" if is_known or (names and _is_pair(own, classes)) else ""


def _names_of(element: HtmlElement) -> list[list[str]]:
    """Return the names of an element, each as its words; the ids of headings are names of what they are about."""
    return _compounds("" if element.tag in HEADINGS else element.get("id", ""), element.get("class", ""))


def _compounds(own: str, classes: str) -> list[list[str]]:
    names = re.sub(r"([a-z])([A-Z])", r"\1-\2", f"{own} {classes}").lower()
    return [re.findall(r"[a-z]+", name) for name in names.split()]


def _is_plain(element: HtmlElement) -> bool:
    """Tell whether a name says nothing but what we look for, and is no anchor: then even prose is none of the text."""
    known = ADVERTISING | SURROUNDINGS
    names = [n for n in _names_of(element) if known & {*n}]
    anchor = re.findall("[a-z]+", element.get("id", "").lower()) if element.tag == "section" else None
    told = [{part for part in name if len(part) > 2 and part not in NEUTRAL} | known & {*name} for name in names]
    is_told = any(said <= known and name != anchor for said, name in zip(told, names, strict=True))
    return is_told or _is_pair(element.get("id", ""), element.get("class", ""))


def _is_pair(own: str, classes: str) -> bool:
    return PAIRS.search(f"{own} {classes}".lower()) is not None


def _drop_named(element: HtmlElement, said: str, total: int) -> None:
    """Drop an element that is called like advertising or surroundings, and is that."""
    is_ad = said == "advertising"
    if element.tag in (*KEPT_PARTS, "body", "code") or not (is_ad or _surrounds(element)):
        return
    if element.tag == "p" and is_prose(element):
        return
    weight = weigh_all(element)
    is_slight = element.tag not in HEADINGS and not has_sentence(element)
    if not _is_plain(element) and not is_slight and not leads_away(element):
        return
    limit = (ADVERTISING_SHARE if is_ad else SURROUNDINGS_SHARE) * total
    if weight <= limit and weight - link_weight(element) <= MAX_PLAIN:
        drop(element)


def _surrounds(element: HtmlElement) -> bool:
    """Tell whether what is called like surroundings is no word in a sentence, and quotes nothing."""
    in_sentence = element.tag not in BLOCKS and next(element.iterancestors("p", "li"), None) is not None
    return not in_sentence and next(element.iter(*KEPT_PARTS), None) is None


def _drop_cards(root: HtmlElement) -> None:
    """Drop what opens over a name in a sentence: links and pictures alone, not so much as a comma between them."""
    sentences: dict[HtmlElement, bool] = {}  # a card is links alone: without it, its block is one as before
    for card in reversed(list(root.iter("span"))):  # innermost first: the name and its card may have one about them
        block = next(card.iterancestors("p", "li"), None)
        if block is None or next(islice(card.iter("a"), CARD_LINKS - 1, None), None) is None:
            continue
        if block not in sentences:
            sentences[block] = weigh_all(block) - link_weight(block) >= PROSE
        if sentences[block] and not squeeze("".join(card.xpath(".//text()[not(ancestor::a)]"))):
            drop(card)


def _drop_counters(root: HtmlElement) -> None:
    """Drop which picture of how many a figure shows: "2", "2 of 7"."""
    for figure in root.iter("figure"):
        if next(figure.iter("img"), None) is not None:
            for element in list(figure.iter("div", "span", "p")):
                if COUNTER.fullmatch(squeeze(text_of(element))) and element.find(".//img") is None:
                    drop(element)


def _drop_shops(root: HtmlElement) -> None:
    for picture in list(root.iter("img")):
        if SHOP.search(picture.get("src", "")):
            drop(picture)
    for link in list(root.iter("a")):
        if SHOP.search(link.get("href", "")):
            block = next(link.iterancestors("p", "li", "h2", "h3", "h4"), link)
            if weigh_all(block) - link_weight(block) <= SENTENCE:
                drop(block)


def _drop_lines(root: HtmlElement, lines: ShortTexts, patterns: Sequence[re.Pattern[str]]) -> None:
    for element, said in lines.of(LINES):
        is_noise_line = NOISE_LINE.fullmatch(said) or (LABEL_LINE.fullmatch(said) and _is_label(element))
        if is_noise_line and is_inside(element, root) and is_line(element):
            drop(element)
    for element in list(root.iter(*LINES)) if patterns else ():
        said = squeeze(text_of(element))
        if said and any(pattern.fullmatch(said) for pattern in patterns) and is_inside(element, root):
            drop(element)


def _is_label(element: HtmlElement) -> bool:
    """Tell whether a line stands alone: in no list and no table, and as a heading not above a text of its own."""
    if element.tag == "li" or next(element.iterancestors("li", "table"), None) is not None:
        return False
    follower = element.getnext() if element.tag in HEADINGS else None
    return follower is None or not has_sentence(follower)
