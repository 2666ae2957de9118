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

from ..markup import squeeze, text_of, weigh
from .outline import PUNCTUATION
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
#: Headings of lists that lead away, in lower case.
RELATED_HEADING = re.compile(
    r"\W*(?:延伸阅读|延伸閱讀|相关(?:新闻|阅读|文章|报道)|相關(?:新聞|閱讀|文章|報導)|推荐阅读|更多(?:新闻|文章)|热门(?:新闻|文章)|猜你喜欢"
    r"|(?:関連|おすすめ|人気)(?:記事|ニュース)|あわせて読みたい|(?:관련|추천) ?(?:기사|뉴스)|많이 본 (?:기사|뉴스)"
    r"|related(?: (?:coverage|articles?|stories|posts?|news|content|topics|reading))?|read (?:more|next|also)"
    r"|more (?:on this story|from .{1,30}|stories)|you (?:may|might) also like|recommended(?: for you)?"
    r"|most (?:read|popular)(?: in .{1,30})?|also read|see also|further reading"
    r"|lesen sie (?:auch|dazu)|auch interessant|das könnte (?:sie|dich|euch) (?:auch )?interessieren|mehr zum thema"
    r"|(?:à )?lire (?:aussi|également)|sur le même sujet|articles? (?:liés|similaires|associés)"
    r"|(?:lee|lea|leer) también|(?:también )?te puede interesar|(?:noticias|artículos) relacionad[oa]s|te recomendamos"
    r"|(?:leia|veja) (?:também|mais)|notícias relacionadas|leggi anche|(?:ti )?potrebbe interessarti(?: anche)?"
    r"|articoli correlati|lees (?:ook|meer)|meer over dit onderwerp|(?:czytaj|przeczytaj|zobacz) (?:też|także|również)"
    r"|(?:читайте|смотрите) (?:также|ещё)|материалы по теме|ilgili haberler|bunlar da ilginizi çekebilir"
    r"|baca juga|berita terkait|simak juga|xem thêm|(?:tin|bài) liên quan|اقرأ أيضا[ً]?)\W*"
)
#: Those that an article's own sections have too: before prose they stay.
AMBIGUOUS = re.compile(
    r"\W*(?:related(?: (?:topics|reading|content|news))?|recommended|see also|further reading|mehr zum thema"
    r"|lesen sie dazu|sur le même sujet|te recomendamos|(?:también )?te puede interesar|(?:leia|veja) mais"
    r"|meer over dit onderwerp|материалы по теме|xem thêm|人気(?:記事|ニュース))\W*"
)
#: Share of a list's text that is links, above which it leads away.
LEADS_AWAY = 0.6
#: Links from which a list without heading can be a menu, and the share of its text that they are.
MENU_LINKS = 2
MENU_SHARE = 0.85
#: Headings of lists of links that are the article's own.
SOURCES_HEADING = re.compile(
    r"(?i)\W*(?:(?:references?|sources?|(?:useful |external )?links?|(?:foot|end)?notes?|bibliography"
    r"|citations?|quellen"
    r"|literatur)(?: and (?:references|sources|links|notes))?|参考(?:资料|文献|来源|链接)?"
    r"|參考(?:資料|文獻)?|[来來]源|资料来源|出处|注释)\W*"
)
#: Lines that announce nothing of the article's.
LEADS_ON = re.compile(r"(?i)(?:weitere|more|mehr|further)\b.{0,30}|.{0,10}(?:更多|相关|相關).{0,10}")
#: Weight of a line that announces a list; a longer paragraph before a menu is the text's last.
MAX_ANNOUNCEMENT = 120
#: Characters; what is longer is no line of noise.
MAX_LINE = 80
#: Elements that can be one.
LINES = words("p div span section li h2 h3 h4 h5 h6 center strong")
#: Which picture of how many is shown.
COUNTER = re.compile(r"\d{1,3}(?: ?(?:/|of|von|de|sur|di|из) ?\d{1,3})?")
#: Links from which a part of a sentence that says nothing else is a card that opens over the text.
CARD_LINKS = 3
#: Elements that can be the heading of a list.
HEADED = words("h2 h3 h4 h5 h6 p strong b div")


def drop_noise(root: HtmlElement, text_remove: Sequence[str] = ()) -> None:
    """Drop boilerplate, in place: by names, by what links sell, by what lines say, by where lists lead.

    Args:
        root: a body; never dropped itself.
        text_remove: regular expressions; a block whose whole text matches one is dropped, however long.
    """
    total = weigh_all(root)
    lines = _ShortTexts(root)
    _drop_related(root, lines, total)  # before names take the lists, by which their headings are known
    for element in list(root.iter("*")):
        said = _said_of(element.get("id", ""), element.get("class", ""), is_heading=element.tag in HEADINGS)
        if said and is_inside(element, root):
            _drop_named(element, said, total)
    _drop_cards(root)
    _drop_counters(root)
    _drop_shops(root)
    _drop_lines(root, lines, [re.compile(text) for text in text_remove])
    _drop_related(root, lines, total)
    _drop_menus(root, total)


def is_noise(text: str) -> bool:
    """Tell whether a block's text, on one line, is a line of noise and nothing else."""
    return len(text) <= MAX_LINE and NOISE_LINE.fullmatch(text.lower()) is not None


def weigh_all(element: HtmlElement) -> int:
    """Return the weight of all text in an element."""
    return weigh(squeeze(text_of(element)))


def is_inside(element: HtmlElement, root: HtmlElement) -> bool:
    """Tell whether an element still hangs below the root."""
    return any(above is root for above in element.iterancestors())


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


def is_prose(element: HtmlElement) -> bool:
    """Tell whether an element holds a sentence, and no link."""
    return has_sentence(element) and element.find(".//a") is None


def has_sentence(element: HtmlElement) -> bool:
    """Tell whether an element's text can be a sentence."""
    said = squeeze(text_of(element))
    return weigh(said) >= PROSE and PUNCTUATION.search(said) is not None


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


def link_weight(element: HtmlElement) -> int:
    """Return the weight of the text inside an element's links."""
    return weigh_all(element) if element.tag == "a" else sum(map(weigh_all, element.iter("a")))


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


class _ShortTexts:
    """The short texts of a body's elements; read anew only when something was dropped, as most bodies stay whole."""

    def __init__(self, root: HtmlElement) -> None:
        self._root = root
        self._read_from = ""
        self._found: list[tuple[HtmlElement, str]] = []

    def of(self, names: frozenset[str]) -> list[tuple[HtmlElement, str]]:
        """Return the elements of these names, in the body's order, and what they say in lower case."""
        text = text_of(self._root)
        if text != self._read_from:
            elements = self._root.iter(*(HEADED | LINES))
            self._found = [(element, said.lower()) for element in elements if (said := _line(element))]
            self._read_from = text
        return [(element, said) for element, said in self._found if element.tag in names]


def _line(element: HtmlElement) -> str:
    """Return an element's text on one line, "" for a longer one; most are told by how they begin."""
    if _is_long(element.text or ""):
        return ""
    text = text_of(element)
    said = "" if _is_long(text) else squeeze(text)
    return said if len(said) <= MAX_LINE else ""


def _is_long(text: str) -> bool:
    return len(text) > MAX_LINE and len(squeeze(text[: 2 * MAX_LINE])) > MAX_LINE


def _drop_lines(root: HtmlElement, lines: _ShortTexts, patterns: Sequence[re.Pattern[str]]) -> None:
    for element, said in lines.of(LINES):
        is_noise_line = NOISE_LINE.fullmatch(said) or (LABEL_LINE.fullmatch(said) and _is_label(element))
        if is_noise_line and is_inside(element, root) and _is_line(element):
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


def _drop_related(root: HtmlElement, lines: _ShortTexts, total: int) -> None:
    """Drop headings such as "Related", and the lists of links behind them."""
    for heading, said in lines.of(HEADED):
        if not RELATED_HEADING.fullmatch(said) or not is_inside(heading, root):
            continue
        block = _topmost(heading, root)
        follower = block.getnext()
        if not _is_line(block):
            _drop_if_leading(block)
            continue
        is_text = (
            follower is not None
            and follower.tag not in ("ul", "ol")
            and has_sentence(follower)
            and not leads_away(follower)
        )
        is_gone = not (is_text and AMBIGUOUS.fullmatch(said))
        while follower is not None and leads_away(follower) and weigh_all(follower) <= SURROUNDINGS_SHARE * total:
            gone, follower, is_gone = follower, follower.getnext(), True
            drop(gone)
        if is_gone:
            drop(block)


def _drop_if_leading(label: HtmlElement) -> None:
    """Drop a paragraph of a label and a link: "Read more: The old bridge"."""
    block = label.getparent()
    if block.tag in ("p", "li") and link_weight(block) >= LEADS_AWAY * (weigh_all(block) - weigh_all(label)):
        drop(block)


def _is_line(element: HtmlElement) -> bool:
    """Tell whether an element has a line of its own: what stands in a sentence is a word of it."""
    before, after = element.getprevious(), element.getnext()
    ahead = element.getparent().text if before is None else before.tail
    is_alone = not (ahead or "").strip() and not (element.tail or "").strip()
    return element.tag in BLOCKS or (
        is_alone and all(e is None or e.tag in BLOCKS or e.tag == "br" for e in (before, after))
    )


def _topmost(element: HtmlElement, root: HtmlElement) -> HtmlElement:
    """Return the outermost element below the root that says no more than this one."""
    said = squeeze(text_of(element))
    while element.getparent() is not root and squeeze(text_of(element.getparent())) == said:
        element = element.getparent()
    return element


def leads_away(element: HtmlElement) -> bool:
    """Tell whether an element is mostly links."""
    weight = weigh_all(element)
    return weight > 0 and link_weight(element) >= LEADS_AWAY * weight


def _drop_menus(root: HtmlElement, total: int) -> None:
    """Drop lists of links, outermost first, unless a line announces them ("Sources:", "These are the papers")."""
    for element in list(root.iter("ul", "ol", "div", "section")):
        if next(islice(element.iter("a"), MENU_LINKS - 1, None), None) is None or not is_inside(element, root):
            continue
        weight = weigh_all(element)
        if weight > SURROUNDINGS_SHARE * total:
            continue
        is_menu = link_weight(element) >= MENU_SHARE * weight and next(element.iter(*KEPT_PARTS, "img"), None) is None
        if is_menu and not _is_announced(element):
            drop(element)


def _is_announced(element: HtmlElement) -> bool:
    """Tell whether a list belongs to the line before it, or to a heading such as "References"."""
    if any(SOURCES_HEADING.fullmatch(squeeze(text_of(h))) for h in element.iter(*HEADINGS, "p", "b", "strong")):
        return True
    before = element.getprevious()
    said = "" if before is None else squeeze(text_of(before))
    is_line = before is not None and before.tag == "p" and element.tag in ("ul", "ol") and not link_weight(before)
    is_line = is_line and 0 < weigh(said) <= MAX_ANNOUNCEMENT and not LEADS_ON.fullmatch(said)
    return is_line or re.search(r"[:：]$", said) is not None or SOURCES_HEADING.fullmatch(said) is not None
