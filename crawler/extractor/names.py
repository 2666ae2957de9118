"""What ids, classes, tags and roles say about a part of a page: groups of words, as bits, and an article's own names.

Rule: names are a suspicion, never a verdict; what they are worth is learned (bench/train.py). Pure tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from .tree import any_of, words

#: What parts of pages are called, in one word each; the order is that of the bits.
GROUPS = {
    "content": words(
        "article articles articlebody body content contents entry post story text maincontent main copy prose richtext"
        " wysiwyg editor paragraph para detail zoom articletext articlecontent storybody postcontent entrycontent"
        " mainbody news newsbody txt blogpost"
    ),
    "ad": words(
        "ad ads adv advert adverts advertisement advertising adsbygoogle adsense adbox adslot adunit dfp gpt sponsor"
        " sponsored sponsors outbrain taboola mgid promo promos promotion promoted commercial banner banners affiliate"
        " partner partners teads inread adwrapper guanggao"
    ),
    "related": words(
        "related relatedposts relatednews recommend recommended recommendation recommendations recommendedposts more"
        " morestories mostread popular trending teaser teasers also next prev previous latest readmore further upnext"
        " carousel slider card cards tile tiles cluster suggested similar others hot rank ranking xiangguan tuijian"
        " linkbox collection headlines upsell cross breaking ticker marquee flash listing archive archives feed stream"
        " grid items loop"
    ),
    "social": words(
        "share sharing shares sharebar social socials sns addtoany addthis bshare jiathis facebook twitter whatsapp"
        " pinterest linkedin follow like likes print email sharedaddy fenxiang qrcode tools toolbar actions bookmark"
        " save reactions util utils utility"
    ),
    "letter": words(
        "newsletter newsletters subscribe subscription subscriptions signup sign register login paywall membership"
        " member donate donation support piano offer cta optin regwall freemium premium trial abo"
        " contribute contribution appeal appeals letter"
    ),
    "comment": words(
        "comment comments disqus commentlist respond reply replies livefyre pinglun discussion spotim coral gentie"
        " reader readers forum thread"
    ),
    "meta": words(
        "meta byline author authors bio date time published dateline timestamp info kicker category categories tag"
        " tags tagged topics topic breadcrumb breadcrumbs section eyebrow overline credits credit source copyright"
        " rubric reporter editor profile avatar contributor contributors keywords infos posted team staff"
        " creativecommons license licence"
    ),
    "caption": words(
        "caption captions figcaption figure image img photo picture media gallery video player slideshow thumbnail"
        " thumb legend embed lightbox audio podcast"
    ),
    "nav": words(
        "nav navigation navbar menu menus header masthead footer foot sidebar side rail aside sub toc pagination pager"
        " pages skip topbar bottom search widget widgets drawer mega legal sitemap column col rightcol leftcol right"
        " left rodape stopka fusszeile colophon"
    ),
    "box": words(
        "box boxes factbox infobox callout aside sidebar inset quote pullquote note notes disclaimer correction notice"
        " alert message faq quiz poll glossary highlight highlights summary module"
    ),
    "popup": words(
        "cookie cookies consent gdpr modal popup overlay dialog lightbox onetrust privacy banner toast interstitial"
        " hidden hide sr visually screen"
        " layer layers tooltip tooltips popover rollover flyout hovercard dropdown"
    ),
    "lead": words(
        "lead lede intro standfirst dek deck subtitle subhead subheadline headline title heading excerpt abstract"
        " teasertext description summary sub"
    ),
}
#: Pieces of names that are telling inside longer words too.
STEMS = {
    "content": "articlebody postbody storybody entrycontent postcontent articlecontent articletext",
    "ad": "advert sponsor promo",
    "related": "related recommend teaser carousel popular trending readmore morefrom alsolike",
    "social": "sharing sharebar shareto socials",
    "letter": "newsletter subscri signup paywall donat regwall",
    "comment": "comment",
    "meta": "byline author dateline timestamp",
    "caption": "caption slideshow gallery",
    "nav": "breadcrumb sidebar footer navbar",
    "popup": "cookie consent gdpr",
}
#: What containers of articles are called, by page builders and by hand, one name in lower case.
NAMED = re.compile(
    r"(?:^|[_-])(?:article|post|entry|story|news|content|detail|text|main|body|single)s?[_-]{0,2}"
    r"(?:body|content|text|detail|main|inner|con|article|copy|story|post|entry)s?(?:$|[_-])"
    r"|^(?:content|article|artibody|zoom|js_content|ozoom|story)$|storybody|articlebody|entry-content"
)
#: Elements that can be such a container.
HOLDERS = ("div", "section", "td", "article", "main")
BITS = {group: 1 << at for at, group in enumerate(GROUPS)}
BY_WORD = {
    word: sum(BITS[g] for g, all_ in GROUPS.items() if word in all_) for word in frozenset().union(*GROUPS.values())
}
BY_STEM = {stem: BITS[group] for group, stems in STEMS.items() for stem in stems.split()}
STEM = re.compile(any_of(BY_STEM))  # in lower case: ten times as quick as each in either case
#: The words of a name: parted by signs, digits and capitals.
WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
#: Letters from which a word may be the plural of a known one.
PLURAL = 7

#: What an element is, by its tag or its ARIA role.
ROLES = ("article", "main", "section", "figure", "figcaption", "list", "table", "quote", "header", "details")
ROLE_BITS = {role: 1 << at for at, role in enumerate(ROLES)}
BY_TAG = {tag: ROLE_BITS[tag] for tag in ROLES if tag not in ("list", "quote")} | {
    "ul": ROLE_BITS["list"],
    "ol": ROLE_BITS["list"],
    "dl": ROLE_BITS["list"],
    "blockquote": ROLE_BITS["quote"],
}
#: Marked as the article's text by schema.org's microdata; and hidden.
ITEM, HIDDEN = 1 << len(ROLES), 2 << len(ROLES)


def groups(names: str) -> int:
    """Return the groups that some names belong to, as bits."""
    return _told(names)[0]


@lru_cache(maxsize=1 << 11)  # the same names stand everywhere
def _told(names: str) -> tuple[int, bool]:
    """Return the groups that some names belong to, and whether one of them is an article's text's."""
    found, is_named = 0, False
    for name in names.split():
        found |= _groups(name)
        is_named = is_named or NAMED.search(name.lower()) is not None
    return found, is_named


@lru_cache(maxsize=1 << 11)  # and in many company
def _groups(name: str) -> int:
    found = 0
    for stem in STEM.findall(name.lower()):
        found |= BY_STEM[stem]
    for word in WORD.findall(name):
        said = word.lower()
        found |= BY_WORD.get(said, 0)
        if len(said) >= PLURAL and said[-1] == "s":
            found |= BY_WORD.get(said[:-1], 0)
    return found


def called(tag: str, attributes: Mapping[str, str]) -> tuple[int, int, bool]:
    """Return what an element is called.

    Returns:
        The groups that its names belong to, as bits; what it is: bits of ROLES, ITEM and HIDDEN; and whether it is
        called, or marked, like the text of an article, and can hold one.
    """
    if not attributes:
        return 0, BY_TAG.get(tag, 0), False
    said = attributes.get
    found, is_named = _told(said("class", ""))
    if "id" in attributes:
        by_id, is_named_by_id = _told(attributes["id"])
        found, is_named = found | by_id, is_named or is_named_by_id
    role = BY_TAG.get(tag, 0) | BY_TAG.get(said("role", ""), 0)
    if "articleBody" in said("itemprop", ""):
        role, is_named = role | ITEM, True
    if "hidden" in attributes or said("aria-hidden") == "true":
        role |= HIDDEN
    return found, role, is_named and tag in HOLDERS
