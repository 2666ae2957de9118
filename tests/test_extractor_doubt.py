"""What is no article: walls, lists, and the feed's summaries."""

from __future__ import annotations

import pytest

from crawler.errors import ExtractError
from crawler.extractor import doubt

S = "A sentence that is long enough to be prose, and that ends in a point."

WALL_TEXTS = [
    ("Just a moment...", "a bot check"),
    ("Please verify you are human to go on", "a bot check"),
    ("请完成验证后继续访问", "a bot check"),
    ("You need to enable JavaScript to run this app.", "a page that needs JavaScript"),
    ("此文章为早报订户专享内容", "a paywall"),
    ("订阅后即可继续阅读全文", "a paywall"),
    ("This article is for subscribers", "a paywall"),
    ("Before you continue to the site", "a consent page"),
    ("404 Not Found: page not found", "an error page"),
    ("您访问的页面不存在", "an error page"),
    (S, ""),
]


@pytest.mark.parametrize(("text", "kind"), WALL_TEXTS)
def test_walls_by_what_they_say(text: str, kind: str) -> None:
    assert doubt.wall(text) == kind


@pytest.mark.parametrize(
    "brief",
    [
        f"Der Stadtrat gab am Montag seine Zustimmung zu der neuen Brücke, die 2027 fertig sein soll. {S}",
        f"{S} Visitors saw a page that said access denied, and the captcha behind it was out of order for hours.",
        f"Access denied to the lake: the town has closed the path, and nobody knows for how long. {S}",
        f"Just a moment of silence was all that the crowd allowed itself before the race began again. {S}",
        f"{S} The library put up a sign, page not found, where the oldest book of the collection had stood.",
    ],
)
def test_news_about_walls_are_none(brief: str) -> None:
    doubt.demand_article(brief, "We use cookies. Accept all cookies. Already a subscriber?", is_ruled=False)


def test_a_longer_text_is_no_wall() -> None:
    wall = "Already a subscriber? " * 60
    doubt.demand_article(wall[: doubt.WALL_WEIGHT], "", is_ruled=False)
    with pytest.raises(ExtractError, match="the page is a paywall"):
        doubt.demand_article(wall[: doubt.WALL_WEIGHT - 1], "", is_ruled=False)


def test_a_wall_is_one_only_where_little_else_is_said() -> None:
    doubt.demand_article(f"{S * 20} Already a subscriber?", "", is_ruled=False)
    doubt.demand_article(S * 6, "此文章为早报订户专享内容", is_ruled=False)
    with pytest.raises(ExtractError, match="the page is a paywall: A sentence"):
        doubt.demand_article(f"{S * 5} Already a subscriber?", "", is_ruled=False)
    with pytest.raises(ExtractError, match="the page is a bot check: Just a moment"):
        doubt.demand_article("", "Just a moment...", is_ruled=False)


@pytest.mark.parametrize(
    ("text", "is_ruled", "is_refused"),
    [
        ("新桥今天通车，两岸居民不必再绕行四十分钟的山路，渡轮照常。", False, True),  # 29 characters
        ("新桥今天通车，两岸居民不必再绕行四十分钟的山路，渡轮照常。", True, False),
        ("新桥今天通车，两岸居民不必再绕行四十分钟的山路，渡轮照常航行到明年三月。", False, False),
        ("word " * 30, False, True),
        ("word " * 30, True, False),
        ("word " * 10, True, True),
        ("", True, True),
    ],
)
def test_briefs(text: str, is_ruled: bool, is_refused: bool) -> None:
    if not is_refused:
        doubt.demand_article(text, "", is_ruled=is_ruled)
        return
    with pytest.raises(ExtractError, match=f"no article text found: {len(text.strip())} characters") as e:
        doubt.demand_article(text, "", is_ruled=is_ruled)
    assert not e.value.passing


ZH = "跨江新桥昨天上午正式通车，两岸居民不必再绕行四十分钟的山路，渡轮照常航行。"


@pytest.mark.parametrize(
    ("text", "is_article"),
    [
        (f"{ZH}\n{ZH}\n{ZH}", True),
        (f"{S}\n{S}\n{S}\n{S}", True),
        (S * 9, True),
        ("", False),
        (S, False),
        (f"{S}\n{S}", False),
        (ZH, False),
        (f"{ZH}\n{ZH}\n{ZH}…", False),
        (f"{ZH}\n{ZH}\n{ZH}\n阅读全文 »", False),
        (f"{S}\n{S}\n{S}\n{S}\nContinue reading Bridge opens →", False),
        (f"{S}\n{S}\n{S}\n{S} [...]", False),
        (f"{S * 50}\n…", True),
        ("word " * 200, False),
    ],
)
def test_articles_and_summaries(text: str, is_article: bool) -> None:
    assert doubt.is_article(text) is is_article


def test_what_the_page_says_too_is_a_summary() -> None:
    text = f"{ZH}\n{ZH}\n{ZH}"
    assert not doubt.is_article(text, f"标题\n{ZH} {ZH} {ZH} 订阅")
    assert doubt.is_article(text, f"标题\n{ZH} 订阅")


def test_the_poorer_page() -> None:
    assert doubt.is_poorer("x" * 59, "x" * 100)
    assert not doubt.is_poorer("x" * 60, "x" * 100)
    assert not doubt.is_poorer("", "")


def test_a_choice_that_the_judge_does_not_believe_in_is_refused() -> None:
    doubt.demand_sure(0.5, 0.5, "judge div")
    with pytest.raises(
        ExtractError, match="unsure which part of the page is the article: 49% for judge div: 2 of 9 blocks"
    ) as e:
        doubt.demand_sure(0.49, 0.5, "judge div: 2 of 9 blocks")
    assert not e.value.passing


@pytest.mark.parametrize(
    ("text", "said"),
    [(S * 6, S * 10), ("", "A summary of a few words."), (S, S * 3), (ZH * 6, ZH * 10), ("", "")],
)
def test_a_page_with_as_much_to_say_as_the_feed_is_believed(text: str, said: str) -> None:
    doubt.demand_more(text, said)


def test_a_page_with_much_less_to_say_than_the_feed_is_not() -> None:
    with pytest.raises(
        ExtractError, match=f"shorter than the feed's: {5 * len(S)} characters, the feed has {10 * len(S)}"
    ) as e:
        doubt.demand_more(S * 5, S * 10)
    assert not e.value.passing
