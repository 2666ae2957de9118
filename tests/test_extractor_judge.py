"""Which blocks are the article: the best set of them, without copies; and pages that are no help."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from crawler.extractor import forest, judge
from crawler.extractor.judge import Choice
from crawler.extractor.outline import Outline
from crawler.extractor.traits import COLUMNS, Said
from crawler.extractor.tree import prune
from crawler.markup import from_text

S = "A sentence that is long enough to be prose, and that ends in a point."
SHORT = "Too short to be a copy."
LINES = [
    "The new bridge over the Lenne opened to traffic on Saturday morning, two months ahead of schedule.",
    "Some four thousand people walked across before the first cars were let on, many of them with flags.",
    "Work began in the spring of 2023, after a dispute over the piers had kept the plans in court for years.",
    "The ferry company announced that its boats would run until March, and that passengers decide the rest.",
    "Critics point to the traffic that the new road will bring to the old town and its narrow lanes.",
    "The council has promised a bypass, but neither the route nor the money has been settled so far.",
]


def outlined(inner: str) -> Outline:
    return Outline(html.document_fromstring(f"<html><body>{inner}</body></html>"))


def chosen(inner: str, said: Said = Said()) -> Choice:  # noqa: B008 - frozen
    root = from_text(f"<html><body>{inner}</body></html>")
    prune(root)
    return judge.choose(root, Outline(root), said, forest.shipped())


# --- the set ------------------------------------------------------------------------------------------------------


def agreement(kept: tuple[bool, ...], chances: list[float], weights: list[int]) -> float:
    """Return the F1 of a set of blocks that is to be expected: of right over chosen and wanted, twice."""
    right = sum(c * w for k, c, w in zip(kept, chances, weights, strict=True) if k)
    size = sum(w for k, w in zip(kept, weights, strict=True) if k)
    wanted = sum(c * w for c, w in zip(chances, weights, strict=True))
    return 2 * right / max(size + wanted, 1e-9)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 500)), min_size=1, max_size=7))
def test_no_other_set_is_expected_to_agree_better(drawn: list[tuple[int, int]]) -> None:
    chances, weights = [c / 100 for c, _ in drawn], [w for _, w in drawn]
    kept, expected = judge.best_set(np.array(chances), np.array(weights, float))
    assert expected == pytest.approx(agreement(tuple(map(bool, kept)), chances, weights))
    others = product((False, True), repeat=len(drawn))
    assert expected == pytest.approx(max(agreement(other, chances, weights) for other in others))


@pytest.mark.parametrize(
    ("chances", "weights", "kept"),
    [
        ([0.9], [10], [True]),
        ([0.9, 0.1], [10, 10], [True, False]),
        ([0.1, 0.9, 0.9], [10, 10, 10], [False, True, True]),
        ([0.9, 0.3], [10, 10], [True, False]),
        ([0.9, 0.5], [10, 10], [True, True]),
        ([0.2, 0.2, 0.2], [10, 20, 30], [True, True, True]),  # something is always taken
        ([0.99, 0.3], [1, 100], [True, True]),  # better half wrong than nearly nothing
    ],
)
def test_the_best_set(chances: list[float], weights: list[int], kept: list[bool]) -> None:
    assert judge.best_set(np.array(chances), np.array(weights, float))[0].tolist() == kept


def test_blocks_that_have_no_chance_are_expected_to_be_wrong() -> None:
    assert judge.best_set(np.zeros(3), np.ones(3))[1] == 0


# --- copies -------------------------------------------------------------------------------------------------------


def kept_without_copies(lines: list[str], taken: list[bool] | None = None) -> list[bool]:
    blocks = outlined("".join(f"<p>{line}</p>" for line in lines)).blocks
    return [bool(kept) for kept in judge.without_copies(blocks, np.array(taken or [True] * len(lines)))]


REFRAIN = "Row on, row on, my sister, the river is wide and cold and deep."
VERSES = [line for verse in LINES[:3] for line in (verse[:40], REFRAIN)]


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        pytest.param(LINES, [True] * 6, id="no copies"),
        pytest.param([*LINES, LINES[2]], [True] * 6 + [False], id="the later of two"),
        pytest.param([LINES[0], SHORT, *LINES], [False] + [True] * 7, id="the one in the text stays"),
        pytest.param([*LINES, " ".join(LINES[2].split()[:12])], [True] * 6 + [False], id="a piece of a line"),
        pytest.param([" ".join(LINES[:2]), *LINES], [True, False, False, True, True, True, True], id="the longest stays"),
        pytest.param([SHORT, *LINES, SHORT], [True] * 8, id="short ones may come again"),
        pytest.param([*LINES, LINES[2].upper()], [True] * 6 + [False], id="in capitals"),
        pytest.param(VERSES, [True] * 6, id="refrains stay"),
        pytest.param([LINES[0]] * 5, [True] * 5, id="drills stay"),
        pytest.param([*LINES[:3], LINES[2], *LINES[3:]], [True] * 7, id="a line said again at once stays"),
        pytest.param([*LINES, LINES[2], LINES[2]], [True] * 6 + [False] * 2, id="said again far from its place, it goes"),
        pytest.param([*LINES[:4], LINES[0][:50] + LINES[1][50:]], [True] * 5, id="halves of two others are a new line"),
    ],
)  # fmt: skip
def test_copies(lines: list[str], kept: list[bool]) -> None:
    assert kept_without_copies(lines) == kept


def test_chinese_copies_are_told_by_characters() -> None:
    lines = [
        "跨江新桥昨天上午正式通车，两岸居民不必再绕行。",
        "渡轮公司宣布，航班将维持到明年三月。",
        "批评者指出，新路会把车流带进老城区。",
    ]
    assert kept_without_copies([*lines, lines[1]]) == [True, True, True, False]


def test_a_copy_in_another_place_is_not_said_again() -> None:
    blocks = outlined("".join(f"<p>{line}</p>" for line in LINES) + f"<div><p>{LINES[-1]}</p></div>").blocks
    assert judge.without_copies(blocks, np.full(7, True)).tolist() == [True] * 6 + [False]


def test_what_is_not_chosen_is_no_copys_original() -> None:
    assert kept_without_copies([LINES[0], *LINES], [False] + [True] * 6) == [False] + [True] * 6


def test_nothing_chosen_has_no_copies() -> None:
    assert kept_without_copies(LINES, [False] * 6) == [False] * 6


# --- what the feed says -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feed", "chances"),
    [
        ("", [0.1, 0.99, 0.2]),
        (SHORT, [0.1, 0.99, 0.2]),
        (" ".join(LINES[:2]), [judge.TOLD, 0.99, 0.2]),
        (LINES[0].upper(), [judge.TOLD, 0.99, 0.2]),
        (LINES[0][:60], [0.1, 0.99, 0.2]),
    ],
)
def test_what_the_feed_tells_is_the_articles(feed: str, chances: list[float]) -> None:
    blocks = outlined(f"<p>{LINES[0]}</p><p>{LINES[1]}</p><p>{SHORT}</p>").blocks
    assert judge.with_feed(np.array([0.1, 0.99, 0.2]), blocks, feed).tolist() == chances


def test_what_a_line_says_again_and_again_counts_once() -> None:
    again = "a b c d e f g h i j "
    blocks = outlined(f"<p>{again * 4}x y</p><p>{again * 3}</p>").blocks
    assert judge.with_feed(np.array([0.1, 0.1]), blocks, again * 3).tolist() == [0.1, judge.TOLD]


@pytest.mark.parametrize(
    ("inner", "lowered"),
    [
        pytest.param("".join(f"<a href=/{i}>Part {i}</a><br>" for i in range(5)), [True] * 5, id="a menu"),
        pytest.param("".join(f"<a href=/{i}>Part {i}</a><br>" for i in range(4)), [False] * 4, id="too few"),
        pytest.param("".join(f"<a href=/{i}>Part</a> {i}<br>" for i in range(5)), [False] * 5, id="not links alone"),
        pytest.param("".join(f"<a href=/{i}>{'Part ' * 20}</a><br>" for i in range(5)), [False] * 5, id="too long"),
    ],
)
def test_lines_of_a_menu_have_little_chance(inner: str, lowered: list[bool]) -> None:
    blocks = outlined(inner).blocks
    found = judge.without_menus(np.full(len(blocks), 0.9), blocks)
    assert [bool(chance <= judge.IN_MENU) for chance in found] == lowered


def test_a_choice_within_parts_of_the_page() -> None:
    choice = Choice((True, False, True, True, True), 1.0, "")
    assert choice.within([(0, 2), (3, 4)]) == (True, False, False, True, False)
    assert choice.within([]) == (False,) * 5


# --- the choice ---------------------------------------------------------------------------------------------------

STORY = "".join(f"<p>{line}</p>" for line in LINES)
PAGE = (
    "<div class=menu><ul><li><a href=/1>World</a></li><li><a href=/2>Sport</a></li></ul></div>"
    f"<article><h1>Bridge opens</h1><div class=article-body>{STORY}</div></article>"
    "<div class=imprint>© 2026 The Valley Post</div>"
)


def test_the_choice_says_what_was_taken_and_how_sure_it_is() -> None:
    got = chosen(PAGE, Said("Bridge opens"))
    assert got.kept == (False, False, False, *[True] * 6, False)
    assert got.headline == 2
    assert got.weight == sum(map(len, LINES))
    assert got.reason == "6 of 10 blocks"
    assert 0.9 < got.confidence <= 1


CARDS = "".join(f"<div class=box><a href=/{i}>Another title of {i} words</a> <i>05-{i}</i></div>" for i in range(12))


@pytest.mark.parametrize(("name", "kept"), [("article-content", [2]), ("x", [0])])
def test_where_nothing_reads_like_an_article_names_decide(name: str, kept: list[int]) -> None:
    got = chosen(
        "<main><h1>Model of values, made to order</h1><div class=article-info>Ann 2023-03-12 13:08</div>"
        f"<article><div class={name}><p>Ask me at 110743.</p></div></article><div class=recommend-box>{CARDS}</div></main>",
        Said("Model of values, made to order"),
    )
    assert [i for i, is_kept in enumerate(got.kept) if is_kept] == kept
    assert got.confidence < judge.LOST


def test_a_line_about_rights_is_no_article() -> None:
    terms = "<p>版权声明：本文为作者原创，转载请附上出处与本声明，谢谢合作，未经许可不得用于商业用途。</p>"
    got = chosen(
        f"<main><h1>Model</h1><div class=article-content><p>Ask me.</p></div><div>{terms}</div></main>", Said("Model")
    )
    assert got.kept == (False, True, False)


def test_the_same_page_is_judged_the_same() -> None:
    assert chosen(PAGE, Said("Bridge opens")) == chosen(PAGE, Said("Bridge opens"))


def test_a_page_without_text_has_nothing_to_choose() -> None:
    assert chosen("<img src=x>") == Choice((), 0.0, "no text")


def test_the_columns_of_a_page_are_those_of_the_forest() -> None:
    root = from_text(f"<html><body>{PAGE}</body></html>")
    found, headline = judge.measures(root, Outline(root), Said("Bridge opens"))
    assert found.shape == (10, len(COLUMNS))
    assert headline == 2


HOSTILE = {
    "one letter": "x",
    "one block": f"<p>{S}</p>",
    "two blocks": f"<p>{S}</p><p>{S}</p>",
    "links only": "<p><a href=/>link</a></p>" * 50,
    "5,000 blocks": "".join(f"<p>{S} {n}</p>" for n in range(5000)),
    "5,000 named blocks": "".join(f"<div class='article-body a{n}'>{S} {n}</div>" for n in range(5000)),
    "nested 200 deep": f"{'<div class=content>' * 200}{STORY}{'</div>' * 200}",
    "text at each of 200 steps": f"{f'<div class=content>{S}' * 200}{'</div>' * 200}",
    "inline elements nested 200 deep": f"<p>{'<b>' * 200}{S}{'</b>' * 200}</p>",
    "one long word": f"<p>{'x' * 500_000}</p>",
    "one long line": f"<p>{S * 5000}</p>",
    "punctuation": f"<p>{'.,;' * 10_000}</p>",
    "breaks": f"<div>{'x<br>' * 5000}</div>",
    "long names": f"<div class='{'content-' * 20_000}'><p>{S}</p></div>",
}


@pytest.mark.parametrize("inner", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_pages_are_judged_too(inner: str) -> None:
    got = chosen(inner, Said(S, S))
    assert any(got.kept)
    assert 0 <= got.confidence <= 1
    assert got.weight > 0
