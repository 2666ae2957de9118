"""Lists that lead away from an article: related stories below their heading, menus; taken out in place.

Rule: what a line announces, and what stands below a heading such as "Sources", is the article's. Pure.
"""

from __future__ import annotations

import re
from itertools import islice

from lxml.html import HtmlElement

from ..markup import squeeze, text_of, weigh
from .lines import HEADED, ShortTexts, has_sentence, is_inside, is_line, link_weight, weigh_all
from .tree import HEADINGS, drop

#: What no margin holds; an embedded post in a "social" box is quoted.
KEPT_PARTS = ("blockquote", "pre", "table", "figure")
#: Share of the body's text that what surrounds an article may have and still be dropped.
SURROUNDINGS_SHARE = 0.15
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


def drop_related(root: HtmlElement, lines: ShortTexts, total: int) -> None:
    """Drop headings such as "Related", and the lists of links behind them."""
    for heading, said in lines.of(HEADED):
        if not RELATED_HEADING.fullmatch(said) or not is_inside(heading, root):
            continue
        block = _topmost(heading, root)
        follower = block.getnext()
        if not is_line(block):
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


def drop_menus(root: HtmlElement, total: int) -> None:
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
