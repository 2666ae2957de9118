"""Which of the titles that a page states is its headline.

Rule: SPEC §4 "Title": JSON-LD, then what is meant for sharing, then the page's own heading, without the site's name.
A title that only repeats the window's was written for search engines: where the page states another one as its
headline beside it, that one is the editors'. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from lxml.html import HtmlElement

from ..markup import text_of
from . import jsonld
from .people import Houses, letters, one_line

#: Characters; the longest real title seen has 236 bytes, the longest sensible one is a tweet.
MAX_TITLE = 500
#: Headings looked at; a page with more has none that is the title.
MAX_HEADINGS = 50
TITLE_META = ("og_title", "twitter_title", "parsely_title", "sailthru_title", "dc_title")
#: What parts a page's title from its site's name.
SITE_SUFFIX = re.compile(r"\s+[|_–—»·•-]\s+|\s*[|｜_]\s*")
#: The same where the site is known by name.
HOUSE_SUFFIX = re.compile(rf"{SITE_SUFFIX.pattern}|：|:\s")
#: Names of Chinese sites and sections at a title's end, however parted from it: "标题_国内_某某网", "标题-新华网".
CHINESE_SUFFIX = re.compile(
    r"\s*(?:[-_—|｜]+\s?[^-_—|｜]{2,16}){0,3}[-_—|｜]+\s?[^-_—|｜]{1,10}"
    r"(?:[网網报報刊社台]|频道|頻道|新闻|新聞|在线|在線|资讯)(?:\s-\s[\w.]+)?$"
)
#: What stands between a kicker and its headline.
KICKER = re.compile(r"\s[–—-]\s|:\s|\s?[|｜：]\s?")
#: Tags that got into a title's text.
TAGS = re.compile(r"</?(?:em|i|b|strong|span|sub|sup|br|mark|u)\b[^<>]*>", re.I)
#: A wording of the headline has at least this share of its letters, and at most this many times.
MIN_REWORDED = 0.5
MAX_REWORDED = 2.5
#: Words of a window's title that is more than a site's name.
MIN_TITLE_WORDS = 3
#: Words that tell what a text is about; in scripts without blanks, every sign does.
TELLING = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\W\d_]{4,}")


def is_cut_off(title: str, whole: str) -> bool:
    """Tell whether a list, which had no room for more, has only the beginning of a title."""
    return title.endswith(("…", "...")) and letters(whole).startswith(letters(title))


class Titles:
    """The titles of one page, as it states them in its several places; any may be empty."""

    def __init__(self, root: HtmlElement, node: jsonld.Node, meta: dict[str, str], houses: Houses) -> None:
        self._houses = houses
        self.window = _line(root.findtext(".//title") or "")
        printed = [_line(text_of(h)) for h in islice(root.iter("h1"), MAX_HEADINGS)]
        self.headings = [h for h in printed if letters(h) and not houses.is_named(h)]
        self.shared = self._shared([meta[name] for name in TITLE_META if name in meta])
        self.stated = self._stated(node)

    def _shared(self, said: Sequence[str]) -> str:
        """Return the title for sharing. Many an og:title is the window's "Heading | Site": the heading ends it."""
        found = next((line for line in map(_line, said) if line and not self._houses.is_named(line)), "")
        ended = (h for h in self.headings if SITE_SUFFIX.match(found.removeprefix(h)))
        return next(ended, self._bare(found))

    def _stated(self, node: jsonld.Node) -> str:
        """Return JSON-LD's headline, or its name where only that one is on the page (wikipedia.org: a description)."""
        headline, name = _line(jsonld.text(node.get("headline"))), _line(jsonld.text(node.get("name")))
        is_shown = any(letters(headline) in letters(said) for said in (self.window, self.shared, *self.headings))
        return name if name in self.headings and not is_shown else headline

    def without_house(self, title: str) -> str:
        """Cut the house's names from a title's ends: "Title | Section | Site" → "Title | Section"."""
        gaps = list(HOUSE_SUFFIX.finditer(title))
        start = max((gap.end() for gap in gaps if self._houses.is_named(title[: gap.start()])), default=0)
        ends = (gap.start() for gap in gaps if gap.start() > start and self._houses.is_named(title[gap.end() :]))
        return title[start : min(ends, default=len(title))]

    def _bare(self, title: str) -> str:
        return CHINESE_SUFFIX.sub("", self.without_house(title))

    def best(self) -> str:
        """Return the headline, or ""."""
        if self.stated and not self._is_for_machines():
            return self.stated
        return self._without_kicker(self.shared) or self._heading() or without_site(self._bare(self.window))

    def _is_for_machines(self) -> bool:
        """Tell whether the stated headline is the window's title, and the shared one the page's in other words."""
        stated, shared = letters(self.stated), letters(self.shared)
        is_windows = letters(self.window).startswith(stated)
        is_printed = any(letters(h) in (stated, shared) for h in self.headings)
        return is_windows and is_printed and is_reworded(self.stated, self.shared)

    def _heading(self) -> str:
        """Return the page's heading: the one that the window's title repeats, else the first.

        A heading that has no word in common with the window's title is the section's or the site's.
        """
        window = letters(self.window)
        repeated = [h for h in self.headings if letters(h) in window]
        first = next(iter(repeated or self.headings), "")
        is_foreign = not telling(first) & telling(self.window) and len(self.window.split()) >= MIN_TITLE_WORDS
        return "" if is_foreign else first

    def _without_kicker(self, title: str) -> str:
        """Return what a title and a heading have in common behind two different kickers, else the title."""
        tail = _behind_kicker(title)
        ours = [h for h in self.headings if _behind_kicker(h) == tail and letters(h) != letters(title)]
        return tail if tail and ours else title


def _line(text: str) -> str:
    return one_line(TAGS.sub("", one_line(text)))[:MAX_TITLE]


def _behind_kicker(title: str) -> str:
    kicker = KICKER.search(title)
    tail = title[kicker.end() :] if kicker else ""
    return tail if len(tail) > len(title) / 2 else ""


def is_reworded(title: str, other: str) -> bool:
    """Tell whether another title says the same in other words: of similar length, and about the same thing."""
    size = len(letters(other)) / max(1, len(letters(title)))
    is_other = letters(title) not in letters(other)
    return is_other and MIN_REWORDED <= size <= MAX_REWORDED and bool(telling(title) & telling(other))


def telling(text: str) -> set[str]:
    """Return the words of a title that tell what it is about."""
    return {word.casefold() for word in TELLING.findall(text)}


def without_site(title: str) -> str:
    """Cut the site's name from a page's title: "Title | Site" → "Title"; what is cut is shorter than what stays."""
    parts = SITE_SUFFIX.split(title)
    return parts[0] if len(parts) > 1 and len(parts[0]) > len(parts[-1]) else title
