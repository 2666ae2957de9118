"""Learned boilerplate on real posts, where the team's corpus stands beside the checkout: only banners go.

Run `python -m bench.boilerplate` on the same folder to see it for yourself.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from bench.boilerplate import Channel, entries, learned_from, text_of
from crawler.extractor.repeats import MIN_ARTICLES
from crawler.model import Entry

PREDECESSOR = Path(__file__).parents[2] / "shared" / "corpus" / "predecessor"
CHANNELS = sorted(path.name for path in PREDECESSOR.iterdir()) if PREDECESSOR.is_dir() else []
#: All that goes, looked at one by one: how each block begins, and from how many of a channel's eight posts.
BANNERS = {
    "Solidot": {"https://img.solidot.org//0/446/liiLIZF8Uh6yM.jpg": 5},
    "德国之声": {"© 2020年德国之声版权声明：本文所有内容受到着作权法保护": 2},
    "燕京书评": {"———": 5, "微信搜索“燕京书评”（Pekingbooks）": 5},
    "纽约时报": {"（欢迎点击此处订阅NYT简报": 3},
    "路透": {"我们的标准：汤森路透“信任原则”": 5},
}
#: What stands in several posts of a channel and is none.
KEPT = {
    "CCTV新闻联播": {"国内联播快讯": 8, "国际联播快讯": 7},
    "Huli": {"總結": 2},
    "medium": {"總結": 3},
    "中参馆": {"* * *": 4},
    "维权网": {"阿布杜热扎克•夏木西丁（维吾尔）、": 2, "巴依木拉提·那如孜别克（哈）、巴鲁宁、": 3},
    "联合早报": {"中国今天（24日）通知美国关闭驻成都总领事馆": 4, "外交部说：“中方上述举措是对美方无理行径": 3},
    "自由亚洲电台": {"记者：陈品洁 责编：申铧 网编：洪伟": 2},
    "路透": {"发稿 乔艳红；审校 杨淑祯": 2, "编译 刘静；审校 母红": 2},
    "金融时报": {"译者/何黎": 3},
}

pytestmark = pytest.mark.skipif(not CHANNELS, reason="the team's corpus is not beside this checkout")


@cache
def channel(name: str) -> Channel:
    return learned_from(entries(PREDECESSOR / name))


@pytest.mark.parametrize("name", CHANNELS)
def test_banners_go_and_nothing_else(name: str) -> None:
    seen = channel(name)
    left_out, known = seen.left_out, BANNERS.get(name, {})
    assert {start: times for start, times in known.items() for block in left_out if block.startswith(start)} == known
    assert sorted(left_out.values()) == sorted(known.values())
    assert seen.share < 0.025
    for article, whole in zip(seen.articles, seen.whole, strict=True):
        lines = text_of(whole).split("\n")
        assert text_of(article).split("\n") == [line for line in lines if line not in article.boilerplate]


@pytest.mark.parametrize("name", KEPT)
def test_what_repeats_and_is_no_banner_stays(name: str) -> None:
    texts = [text_of(article) for article in channel(name).articles]
    assert {start: sum(f"\n{start}" in f"\n{text}" for text in texts) for start in KEPT[name]} == KEPT[name]


def test_an_article_that_is_a_notice_for_the_fourth_time_is_refused() -> None:
    """The station sends one notice with every part of a programme."""
    refused = {name: len(channel(name).refused) for name in CHANNELS if channel(name).refused}
    assert refused == {"城寨": 2}
    for _, reason in channel("城寨").refused:
        assert reason.startswith("the same text as 3 other articles of this source: 「炎黃解毒片」主題")


def test_a_banner_that_is_put_on_every_real_post_goes_without_trace() -> None:
    banners = (
        "<p><a href='https://promo.example/'><img src='https://promo.example/app.png'></a></p>",
        "<p>下载我们的应用，随时随地阅读新闻，首月免费。</p>",
        "<p>***</p><p>喜欢这篇文章？欢迎 <a href='https://promo.example/mail?from=top'>订阅每日简报</a>，与朋友分享。</p>",
    )
    posts = list(entries(PREDECESSOR / "联合早报"))
    bare, banded = channel("联合早报"), learned_from(_with(entry, *banners) for entry in posts)
    pairs = list(zip(bare.articles, banded.articles, strict=True))
    assert len(pairs) == 244
    assert [a.html == b.html for a, b in pairs] == [False] * MIN_ARTICLES + [True] * (244 - MIN_ARTICLES)
    assert [len(article.boilerplate) for article in banded.articles] == [0] * MIN_ARTICLES + [4] * (244 - MIN_ARTICLES)


def _with(entry: Entry, top: str, middle: str, end: str) -> Entry:
    """Put a banner before the text, one behind its first paragraph, and one behind it."""
    first, stop, rest = entry.content.partition("</p>")
    return replace(entry, content=f"{top}{first}{stop}{middle}{rest}{end}")
