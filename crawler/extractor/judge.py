"""Which candidate is the article, how sure that is, and whether it is an article at all.

Rule: few measures, all explainable: weight of prose, weight of menu lines, share of links, number of paragraphs.
Pure; every refusal is an ExtractError whose reason says what was seen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ExtractError
from .candidates import Candidate
from .outline import PUNCTUATION, Outline
from .tree import squeeze, weigh

#: Share of the prose that a smaller candidate must keep, to win by leaving out the rest.
TIGHTER = 0.9
#: How much more prose a larger candidate must bring, to show that the smaller one was a fragment; and the share of
#: prose in what it adds.
WIDER = 0.5
ADDED_SHARE = 0.65
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


def choose(candidates: Sequence[Candidate], outline: Outline) -> tuple[Candidate, float, str]:
    """Choose the body: the first candidate, unless another one is clearly its better half or its whole.

    Args:
        candidates: readability's first, the whole page last; see `candidates.find`.
        outline: the page's measures.

    Returns:
        The candidate, confidence 0 to 1, and the reason in words.
    """
    sizes = [measure(c, outline) for c in candidates]
    best = 0
    for i, size in enumerate(sizes[:-1]):
        if is_better(size, sizes[best]):
            best = i
    if sizes[best].prose < MIN_TEXT:
        best = max(range(len(sizes)), key=lambda i: sizes[i].prose - sizes[i].menu)
    chosen = sizes[best]
    agreed = any(
        other.kind != candidates[best].kind and 0.8 * chosen.prose <= size.prose <= 1.25 * chosen.prose
        for other, size in zip(candidates[:-1], sizes, strict=False)
    )
    length = min(1.0, chosen.prose / (4 * SHORT_TEXT))
    confidence = (0.4 * chosen.share + 0.4 * length + 0.2 * agreed) * (0.5 if best == len(sizes) - 1 else 1.0)
    return candidates[best], round(confidence, 2), f"{chosen.runs} paragraphs, {chosen.share:.0%} prose"


@dataclass(frozen=True, slots=True)
class Size:
    """What a candidate holds."""

    weight: int
    prose: int
    menu: int
    runs: int

    @property
    def share(self) -> float:
        """Return the share of prose, 0 to 1."""
        return self.prose / max(self.weight, 1)


def measure(candidate: Candidate, outline: Outline) -> Size:
    """Add up a candidate's measures."""
    sums = (outline.weight, outline.good, outline.noise, outline.runs)
    return Size(*(sum(map(count, candidate.elements)) for count in sums))


def is_better(new: Size, old: Size) -> bool:
    """Tell whether a candidate should replace the one chosen so far.

    Tighter: nearly the same prose and less of everything else. Wider: much more prose, and what it adds is prose.
    """
    if new.weight < old.weight:
        return new.prose >= TIGHTER * old.prose and new.weight - new.prose < old.weight - old.prose
    added = new.prose - old.prose
    return added > WIDER * old.prose and added >= ADDED_SHARE * (new.weight - old.weight)


def demand_article(text: str, seen: str, *, is_ruled: bool) -> None:
    """Raise ExtractError unless a page's text can be an article.

    Args:
        text: the cleaned body's visible text.
        seen: what else the page says, title included, where walls speak; looked at only when there is no body.
        is_ruled: whether a rule named the place.
    """
    said = squeeze(text)
    weight = weigh(said)
    least = MIN_RULED_TEXT if is_ruled else MIN_TEXT
    kind = wall(said) if weight < WALL_WEIGHT else ""
    kind = kind or (mentioned(seen) if weight < least else "")
    if kind:
        raise ExtractError(f"the page is {kind}: {said[:60] or squeeze(seen)[:60]}", passing=False)
    is_list = not is_ruled and weight < SHORT_TEXT and not PUNCTUATION.search(said)
    if is_list or weight < least:
        raise ExtractError(f"no article text found: {len(said)} characters", passing=False)


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
    """Tell whether the page has much less to say than the feed."""
    return weigh(squeeze(page_text)) < POORER * weigh(squeeze(feed_text))
