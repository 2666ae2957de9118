"""Pictures, links and embedded players of a body: brought to absolute addresses, in place.

Rule: a picture keeps the address a browser would end up showing; what plays or frames becomes a link to its address;
what cannot be an http(s) address disappears, its text stays. Pure.
"""

from __future__ import annotations

import re

from lxml import html
from lxml.html import HtmlElement

from ..markup import squeeze
from ..urls import host, join
from .tree import BLOCKS, drop, rescue_noscript

#: Where lazy loaders keep the real address, strongest first.
LAZY = (
    "data-src", "data-original", "data-lazy-src", "data-lazy", "data-lazyload", "data-actualsrc", "data-original-src",
    "data-hi-res-src", "data-full-src", "data-echo", "data-img", "data-image", "data-url", "data-real-src", "file",
)  # fmt: skip
#: How an address begins, or what is one and nothing else.
ADDRESS = re.compile(r"(?:https?:)?/|[\w%.-]+/|[\w%-]+\.\w{3,4}$")
LINE_ENDS = re.compile(r"[\t\r\n]")
LAZY_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
#: Addresses that stand for a picture not yet loaded: the word and sizes, as "grey-heron.jpg" is a photograph.
PLACEHOLDER = re.compile(
    r"(?i)^(?:data:|about:|$)|(?:^|[/_-])(?:placeholder|spacer|blank|loading|lazy(?:load)?|transparent|1x1|grey)[\dx_.@-]*\.(?:gif|png|svg|jpe?g|webp)"
)
#: Addresses that count readers: measured on real feeds and pages.
TRACKER = re.compile(
    r"(?i)^https?://(?:[\w.-]*\.)?(?:doubleclick\.net|scorecardresearch\.com|googlesyndication\.com|google-analytics\.com|"
    r"googletagmanager\.com|feedburner\.com/~r|feedsportal\.com|pixel\.wp\.com|stats\.wordpress\.com|quantserve\.com|"
    r"facebook\.com/tr|facebook\.com/plugins|platform\.twitter\.com/widgets|taboola\.com|outbrain\.com|rss-pixel|adnxs\.com|"
    r"amazon-adsystem\.com|feeds\.[\w.-]+/~|cnzz\.com|hm\.baidu\.com)|[/.](?:pixel|beacon|track(?:er|ing)?)\.(?:gif|png|php)|/pixel/"
)
#: Pixels; what is no wider and no higher counts readers.
MAX_TRACKER_SIDE = 2
#: Pixels; narrower pictures are portraits of authors and signs.
MIN_LEAD_WIDTH = 200
PLAYERS = ("iframe", "frame", "embed", "object", "video", "audio")
#: How one of them begins in markup.
PLAYER = re.compile(f"(?i)<(?:{'|'.join(PLAYERS)})")
#: Schemes of links that lead somewhere without being pages.
OTHER_LINKS = re.compile(r"(?i)(?:mailto|tel):[^\s<>\"]+$")


def resolve(root: HtmlElement, base_url: str) -> None:
    """Settle every picture, player and link of a body, in place."""
    rescue_noscript(root)
    for picture in list(root.iter("img", "amp-img")):
        resolve_picture(picture, base_url)
    for player in list(root.iter(*PLAYERS)):
        link_player(player, base_url)
    for element in list(root.iter("picture", "source")):
        element.drop_tag()
    for link in list(root.iter("a", "area")):
        resolve_link(link, base_url)


def absolute(base_url: str, link: str) -> str:
    """Resolve a link as written in a page, blanks included; "" for none and for what is not http(s)."""
    link = (link if link.isprintable() else LINE_ENDS.sub("", link)).strip()
    return join(base_url, link.replace(" ", "%20")) if link else ""


def resolve_picture(picture: HtmlElement, base_url: str) -> None:
    """Give a picture its real, absolute address; drop the ones without any and those that count readers."""
    address = absolute(base_url, picture_address(picture))
    if not address or TRACKER.search(address) or is_tiny(picture):
        drop(picture)
        return
    picture.tag = "img"
    picture.set("src", address)


def picture_address(picture: HtmlElement) -> str:
    """Return the address that a browser would end up showing, as written, or ""."""
    said = dict(picture.items())
    lazy = [said[name].strip() for name in LAZY if name in said]
    sets = [largest(said[name]) for name in LAZY_SETS if name in said]
    for around in picture.iterancestors("picture"):
        sets += [largest(source.get("data-srcset") or source.get("srcset", "")) for source in around.iter("source")]
    shown = said.get("src", "").strip()
    meant = next((a for a in lazy if ADDRESS.match(a)), "")
    return meant or next((a for a in (shown, *sets) if a and not PLACEHOLDER.search(a)), "")


def largest(srcset: str) -> str:
    """Return the address with the largest descriptor of a srcset (HTML standard §4.8.4.2.1), or ""."""
    found = re.findall(r"([^\s,]\S*[^\s,])(?:\s+(\d+(?:\.\d+)?)[wx])?\s*(?:,|$)", srcset)
    return max(found, key=lambda pair: float(pair[1] or 1), default=("", ""))[0]


def is_tiny(picture: HtmlElement) -> bool:
    """Tell whether a picture says of itself that it is too small to be seen."""
    sides = [re.match(r"\s*(\d+)(?:px)?\s*$", picture.get(side, "")) for side in ("width", "height")]
    known = [int(side[1]) for side in sides if side]
    style = picture.get("style", "")
    is_styled_away = re.search(r"(?:^|[;\s])(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$)", style) is not None
    # Next.js writes width:0 beside min-width:100%, which wins (CSS 2.2 §10.4).
    return max(known, default=MAX_TRACKER_SIDE + 1) <= MAX_TRACKER_SIDE or (is_styled_away and "min-width" not in style)


def first_picture(root: HtmlElement) -> str:
    """Return the address of a resolved body's first picture that does not say of itself that it is small, or ""."""
    pictures = (p for p in root.iter("img") if not is_narrow(p, MIN_LEAD_WIDTH))
    return next((p.get("src", "") for p in pictures), "")


def is_narrow(picture: HtmlElement, least: int) -> bool:
    """Tell whether a picture says of itself that it is less wide than so many pixels."""
    width = re.match(r"\s*(\d+)(?:px)?\s*$", picture.get("width", ""))
    return width is not None and int(width[1]) < least


def link_player(player: HtmlElement, base_url: str) -> None:
    """Replace a frame, player or embedded object by a link to its address; drop it when it has none or tracks."""
    addresses = [absolute(base_url, a) for a in _player_addresses(player)]
    address = next((a for a in addresses if a and not TRACKER.search(a)), "")
    if not address:
        drop(player)
        return
    link = html.Element("a", href=address)
    link.text = squeeze(player.get("title", "")) or host(address)  # addresses of players are long, and no text
    for outer in list(player.iterancestors("a")):
        outer.drop_tag()
    block = link
    if player.getparent().tag not in ("p", "a", "span"):
        block = html.Element("p")
        block.append(link)
    player.addprevious(block)
    drop(player)


def _player_addresses(player: HtmlElement) -> list[str]:
    own = [player.get(name, "") for name in ("src", "data-src", "data-lazy-src", "data", "data-url")]
    inner = [
        e.get("src") or e.get("value") or ""
        for e in player.xpath(".//source | .//embed | .//param[@name='movie' or @name='src']")
    ]
    return [*own, *inner]


def resolve_link(link: HtmlElement, base_url: str) -> None:
    """Make a link absolute; one that leads nowhere loses its tag and keeps its text."""
    href = link.get("href", "").strip()
    address = href if OTHER_LINKS.match(href) else absolute(base_url, "" if href == "#" else href)  # a script answers
    if address:
        link.set("href", address)
    elif any(child.tag in BLOCKS for child in link):
        link.tag = "div"
    else:
        link.drop_tag()
