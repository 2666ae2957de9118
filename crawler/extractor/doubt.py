"""Whether a text is an article at all: walls, error pages, empty shells, summaries.

Rule: what is refused is refused for a reason that people understand: an ExtractError that says what was seen. Pure.
"""

from __future__ import annotations

import re

from ..errors import ExtractError
from ..markup import squeeze, weigh
from .outline import PUNCTUATION

#: How sure the judge must be of its choice. Of 747 pages of six collections, each judged by one that never saw its
#: site, it was less sure of 10: mean F1 0.47, four of them right.
MIN_SURE = 0.7
#: Weights (letters; a Han character counts three): less is no text at all. The shortest real briefs of zaobao.com
#: have about 40 characters.
MIN_TEXT = 100
#: The same in a place that a rule names: whoever wrote the rule has seen the site's briefs.
MIN_RULED_TEXT = 60
#: A text this short is believed only with punctuation, or from a rule's place.
SHORT_TEXT = 300
#: One paragraph below, several paragraphs below: a feed's summary, not an article. Meta descriptions end near 300.
SUMMARY_ALONE = 600
SUMMARY_RUN = 240
#: Texts that end in "…" are cut, unless they are longer than any teaser.
LONGEST_TEASER = 3000
#: A page with less than this share of the feed's text is the poorer one.
POORER = 0.6
#: A wall says little; behind a longer text the same words are a banner.
WALL_WEIGHT = 1200
#: Weight before the words of a wall that begins with them; a paywall may end with them, behind its teaser.
WALL_OPENING = 40
#: Share of a text that such words are, when they are what it says.
WALL_SHARE = 0.25
PAYWALL = "a paywall"
BOT_CHECK = "a bot check"
#: Pages that stand in an article's place, by what they say.
WALLS = {
    BOT_CHECK: re.compile(
        r"(?i)just a moment(?=\s*(?:\.\.|…|$))|checking (?:if the site connection is secure|your browser)"
        r"|(?:complet|solv|enter)(?:e|ing)? (?:the|this|a) captcha|^\W*captcha\W*$|ddos protection by"
        r"|verify(?:ing)? (?:that )?you are (?:a )?human|are you a robot"
        r"|made us think (?:that )?you (?:were|are|might be) a (?:ro)?bot"
        r"|access denied(?=\W*(?:$|you |reference|error|sorry))|request unsuccessful\. incapsula"
        r"|unusual traffic|enable javascript and cookies to continue|人机验证|安全验证|请完成验证|访问过于频繁"
    ),
    "a page that needs JavaScript": re.compile(
        r"(?i)(?:enable|turn on|activate) javascript|javascript (?:is|has been) (?:disabled|required|not enabled)"
        r"|requires javascript|请(?:启用|开启)\s*javascript|浏览器不支持\s*javascript"
    ),
    PAYWALL: re.compile(
        r"(?i)订户专享|訂戶專享|会员专享|(?:订阅|訂閱|付费|付費)(?:后|後)?(?:即可|才能|可)?(?:继续|繼續)?(?:阅读|閱讀)(?:全文)?"
        r"|subscribe (?:now )?to (?:continue|keep) reading|subscribers? only|(?:sign|log) in to (?:continue|read)"
        r"|already a subscriber"
        r"|this (?:article|content|story) is (?:only available to|(?:reserved )?for) (?:subscribers|members)"
    ),
    "a consent page": re.compile(
        r"(?i)before you continue to|we (?:and our partners )?(?:use|store|value) (?:cookies|your privacy)"
        r"|accept all cookies|cookie[- ]einstellungen"
    ),
    "an error page": re.compile(
        r"(?i)\b404 not found\b|page not found(?=\W*(?:$|the |sorry|we |you |error))"
        r"|page (?:you .{0,40})?(?:does not|doesn['’]t) exist"
        r"|页面不存在|找不到(?:该|您)?.{0,8}页面|内容已(?:被)?删除"
    ),
}
#: How texts end that go on elsewhere.
CUT = re.compile(
    r"(?i)(?:\[?(?:…|\.\.\.|⋯)\]?|(?:read|view|see|learn) (?:more|the (?:full|rest).{0,40})|continue reading.{0,120}"
    r"|full (?:story|article)|weiterlesen|lire la suite|(?:阅读|閱讀|查看)(?:全文|更多|原文)|点击.{0,10}(?:全文|原文))"
    r"[\s»›>→。.\])）]*$"
)


def demand_article(text: str, seen: str, *, is_ruled: bool) -> None:
    """Raise ExtractError unless a page's text can be an article.

    Args:
        text: the cleaned body's visible text, one line a block.
        seen: what else the page says, title included, where walls speak; looked at only when there is no body.
        is_ruled: whether a rule named the place.
    """
    weight = weigh(text)  # which a blank in a line end's place would not change
    if weight >= WALL_WEIGHT:
        return
    said = squeeze(text)
    least = MIN_RULED_TEXT if is_ruled else MIN_TEXT
    kind = wall(said) or (mentioned(seen) if weight < least else "")
    if kind:
        raise ExtractError(f"the page is {kind}: {said[:60] or squeeze(seen)[:60]}", passing=False)
    is_list = not is_ruled and weight < SHORT_TEXT and not PUNCTUATION.search(said)
    if is_list or weight < least:
        raise ExtractError(f"no article text found: {len(said)} characters", passing=False)


def demand_sure(confidence: float, least: float, won: str) -> None:
    """Raise ExtractError for a choice that the judge does not believe in; how sure it is stands in the reason."""
    if confidence < least:
        raise ExtractError(f"unsure which part of the page is the article: {confidence:.0%} for {won}", passing=False)


def demand_more(text: str, said: str) -> None:
    """Raise ExtractError for a page's text that is much shorter than the feed's, which is no article either."""
    if is_poorer(text, said) and weigh(said) >= SUMMARY_RUN:
        lengths = f"{len(squeeze(text))} characters, the feed has {len(squeeze(said))}"
        raise ExtractError(f"unsure of the page's text, which is shorter than the feed's: {lengths}", passing=False)


def wall(text: str) -> str:
    """Return which wall a short text is, or "": one that begins so or says little else, as news tell of walls too."""
    return next((kind for kind, pattern in WALLS.items() if _is_wall(text, kind, pattern)), "")


def _is_wall(text: str, kind: str, pattern: re.Pattern[str]) -> bool:
    found = list(pattern.finditer(text))
    if not found:
        return False
    is_opening = weigh(text[: found[0].start()]) <= WALL_OPENING
    is_end = kind == PAYWALL and weigh(text[found[-1].end() :]) <= WALL_OPENING
    return is_opening or is_end or sum(weigh(match[0]) for match in found) >= WALL_SHARE * weigh(text)


def mentioned(text: str) -> str:
    """Return which wall a page speaks of, wherever it does, or ""."""
    return next((kind for kind, pattern in WALLS.items() if pattern.search(text)), "")


def is_article(text: str, seen: str = "") -> bool:
    """Tell whether a feed's text is an article and not a summary.

    A summary is short, has no run of paragraphs, ends in "…" or "read more", or is how the page itself begins.

    Args:
        text: the entry's visible text, one line a block.
        seen: the page's visible text, or "".
    """
    said = squeeze(text)
    weight = weigh(said)
    if weight < LONGEST_TEASER and (CUT.search(said) or said in squeeze(seen)):
        return False
    runs = sum(weigh(line) >= 30 and bool(PUNCTUATION.search(line)) for line in text.split("\n"))
    return weight >= (SUMMARY_RUN if runs > 1 else SUMMARY_ALONE) and runs > 0


def is_poorer(page_text: str, feed_text: str) -> bool:
    """Tell whether the page has much less to say than the feed; white space weighs as it stands."""
    return bool(feed_text) and weigh(page_text) < POORER * weigh(feed_text)
