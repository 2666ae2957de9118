"""What a rule changes in a page's source."""

from __future__ import annotations

from crawler.extractor.swaps import FREE_GROWTH, swapped


def test_texts_are_swapped_one_pair_after_the_other() -> None:
    assert swapped("<header>a</header>", [("<header", "<div"), ("</header", "</div"), ("div", "p"), ("x", "y")]) == (
        "<p>a</p>"
    )
    assert swapped("a", []) == "a"


def test_a_pair_that_would_bloat_the_page_is_left_out() -> None:
    page = "<b>" * 100_000
    assert swapped(page, [("<", "x" * 100), ("b", "i")]) == "<i>" * 100_000
    assert len(swapped("<", [("<", "x" * FREE_GROWTH)])) == FREE_GROWTH
