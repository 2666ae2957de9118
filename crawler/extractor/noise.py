"""Boilerplate inside a body: advertising, subscription banners, share bars, "related" lists; taken out in place.

Rule: names and words are only a suspicion. A suspect is dropped when its text is a small share of the body's
(measured: unguarded class-name clean-ups eat whole articles, DESIGN §8). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from .tree import BLOCKS, drop, squeeze, weigh, words

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
    " relatedposts addtoany addthis bshare jiathis qrcode skip"
)
#: Names of two words, which alone mean nothing.
PAIRS = re.compile(
    r"further-read|read-on-app|read-more|more-stories|most-read|also-like|tag-list|post-tags|article-tags|author-bio"
    r"|open-app|app-download|next-prev|post-nav"
)
#: Share of the body's text that a suspect may have and still be dropped.
ADVERTISING_SHARE = 0.25
SURROUNDINGS_SHARE = 0.15
#: Weight of text outside links from which a suspect is somebody's paragraph after all.
MAX_PLAIN = 400
#: What no margin holds; an embedded post in a "social" box is quoted.
KEPT_PARTS = ("blockquote", "pre", "table", "figure")
#: Links to shops of subscriptions and pictures of their banners.
SHOP = re.compile(
    r"(?i)^https?://(?:subscribe|subscription|abo|membership)s?\.[\w.-]+/"
    r"|//[\w.-]+/(?:subscribe|subscription)/?(?:[?#]|$)|freemium_images|/paywall[_/-]"
)
#: Weight of one paragraph's other text above which a link to a shop is part of a sentence.
SENTENCE = 40
MARKS = r"[\s\-–—|<>»▼▲↓：:\[\]()（）【】]*"
#: Blocks that say nothing but this.
NOISE_LINE = re.compile(
    rf"(?i){MARKS}(?:广告|廣告|advertisement|sponsored(?: content)?|anzeige|publicidad"
    r"|(?:article|story) continues (?:below|after)(?: (?:this )?(?:ad|advertisement))?"
    r"|scroll to continue(?: with content)?|点击(?:阅读|查看)(?:全文|原文)|打开应用|(?:打开|下载)(?:app|客户端).{0,12}"
    r"|.{0,16}订户专享.{0,10}|扫描?二维码.{0,20}|返回搜狐，查看更多|share this(?: (?:article|story|post))?"
    rf"|sign up for our newsletter.{{0,40}}){MARKS}"
)
#: Headings of lists that lead away.
RELATED_HEADING = re.compile(
    r"(?i)\W*(?:延伸阅读|延伸閱讀|相关(?:新闻|阅读|文章|报道)|相關(?:新聞|閱讀|文章|報導)|推荐阅读|更多(?:新闻|文章)|热门(?:新闻|文章)|猜你喜欢"
    r"|関連記事|related(?: (?:articles?|stories|posts?|news|content|topics|reading))?|read (?:more|next|also)"
    r"|more (?:on this story|from .{1,30}|stories)|you (?:may|might) also like|recommended(?: for you)?"
    r"|most (?:read|popular)(?: in .{1,30})?|also read|see also|further reading|lesen sie auch)\W*"
)
#: Share of a list's text that is links, above which it leads away.
LEADS_AWAY = 0.6
#: Links from which a list without heading can be a menu, and the share of its text that they are.
MENU_LINKS = 2
MENU_SHARE = 0.85
#: Characters; what is longer is no line of noise.
MAX_LINE = 80


def drop_noise(root: HtmlElement, text_remove: Sequence[str] = ()) -> None:
    """Drop boilerplate, in place: by names, by what links sell, by what lines say, by where lists lead.

    Args:
        root: a body; never dropped itself.
        text_remove: regular expressions; a block whose whole text matches one is dropped, however long.
    """
    total = weigh_all(root)
    for element in list(root.iter("*")):
        if is_inside(element, root):
            _drop_named(element, total)
    _drop_shops(root)
    _drop_lines(root, [re.compile(text) for text in text_remove])
    _drop_related(root, total)
    _drop_menus(root, total)


def weigh_all(element: HtmlElement) -> int:
    """Return the weight of all text in an element."""
    return weigh(squeeze(element.text_content()))


def is_inside(element: HtmlElement, root: HtmlElement) -> bool:
    """Tell whether an element still hangs below the root."""
    return any(above is root for above in element.iterancestors())


def words_of(element: HtmlElement) -> frozenset[str]:
    """Return the words of an element's id and classes, lower case."""
    names = re.sub(r"([a-z])([A-Z])", r"\1-\2", f"{element.get('id', '')} {element.get('class', '')}")
    return frozenset(re.findall(r"[a-z]+", names.lower()))


def _drop_named(element: HtmlElement, total: int) -> None:
    names = words_of(element)
    if not names or element.tag in KEPT_PARTS or element.tag in ("body", "code"):
        return
    is_ad = bool(names & ADVERTISING)
    if not is_ad and not _surrounds(element, names):
        return
    weight = weigh_all(element)
    limit = (ADVERTISING_SHARE if is_ad else SURROUNDINGS_SHARE) * total
    if weight <= limit and weight - link_weight(element) <= MAX_PLAIN:
        drop(element)


def _surrounds(element: HtmlElement, names: frozenset[str]) -> bool:
    is_named = names & SURROUNDINGS or PAIRS.search(f"{element.get('id', '')} {element.get('class', '')}".lower())
    in_sentence = element.tag not in BLOCKS and next(element.iterancestors("p", "li"), None) is not None
    return bool(is_named) and not in_sentence and next(element.iter(*KEPT_PARTS), None) is None


def link_weight(element: HtmlElement) -> int:
    """Return the weight of the text inside an element's links."""
    return weigh_all(element) if element.tag == "a" else sum(map(weigh_all, element.iter("a")))


def _drop_shops(root: HtmlElement) -> None:
    for picture in list(root.iter("img")):
        if SHOP.search(picture.get("src", "")):
            drop(picture)
    for link in list(root.iter("a")):
        if SHOP.search(link.get("href", "")):
            block = next(link.iterancestors("p", "li", "h2", "h3", "h4"), link)
            if weigh_all(block) - link_weight(block) <= SENTENCE:
                drop(block)


def _drop_lines(root: HtmlElement, patterns: Sequence[re.Pattern[str]]) -> None:
    for element in list(
        root.iter("p", "div", "span", "section", "li", "h2", "h3", "h4", "h5", "h6", "center", "strong")
    ):
        if not is_inside(element, root):
            continue
        said = squeeze(element.text_content())
        is_noise = len(said) <= MAX_LINE and NOISE_LINE.fullmatch(said)
        if said and (is_noise or any(pattern.fullmatch(said) for pattern in patterns)):
            drop(element)


def _drop_related(root: HtmlElement, total: int) -> None:
    """Drop headings such as "Related", and the lists of links behind them."""
    for heading in list(root.iter("h2", "h3", "h4", "h5", "h6", "p", "strong", "b", "div")):
        if not is_inside(heading, root) or not RELATED_HEADING.fullmatch(squeeze(heading.text_content())):
            continue
        block = _topmost(heading, root)
        follower = block.getnext()
        while follower is not None and leads_away(follower) and weigh_all(follower) <= SURROUNDINGS_SHARE * total:
            gone, follower = follower, follower.getnext()
            drop(gone)
        drop(block)


def _topmost(element: HtmlElement, root: HtmlElement) -> HtmlElement:
    """Return the outermost element below the root that says no more than this one."""
    said = squeeze(element.text_content())
    while element.getparent() is not root and squeeze(element.getparent().text_content()) == said:
        element = element.getparent()
    return element


def leads_away(element: HtmlElement) -> bool:
    """Tell whether an element is mostly links."""
    weight = weigh_all(element)
    return weight > 0 and link_weight(element) >= LEADS_AWAY * weight


def _drop_menus(root: HtmlElement, total: int) -> None:
    """Drop lists of links, outermost first, unless a line announces them ("Sources:")."""
    for element in list(root.iter("ul", "ol", "div", "section")):
        if not is_inside(element, root) or len(element.findall(".//a")) < MENU_LINKS:
            continue
        before = element.getprevious()
        is_announced = before is not None and re.search(r"[:：]\s*$", before.text_content())
        weight = weigh_all(element)
        is_menu = link_weight(element) >= MENU_SHARE * weight and next(element.iter(*KEPT_PARTS, "img"), None) is None
        if is_menu and not is_announced and weight <= SURROUNDINGS_SHARE * total:
            drop(element)
