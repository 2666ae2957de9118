"""What ids, classes, tags and roles say about a part of a page."""

from __future__ import annotations

import pytest
from lxml import html

from crawler.extractor.names import (
    BITS,
    BY_STEM,
    BY_WORD,
    GROUPS,
    HIDDEN,
    ITEM,
    ROLE_BITS,
    ROLES,
    STEMS,
    called,
    groups,
)


def told(names: str) -> set[str]:
    found = groups(names)
    return {group for group, bit in BITS.items() if found & bit}


@pytest.mark.parametrize(
    ("names", "want"),
    [
        ("", set()),
        ("x7 q-12 wrapper", set()),
        ("article", {"content"}),
        ("articleBody", {"content"}),
        ("c-article__body", {"content"}),
        ("ARTICLE-BODY", {"content"}),
        ("post42", {"content"}),
        ("relatedPosts", {"related"}),
        ("related-post", {"related", "content"}),
        ("m-recommendation", {"related"}),
        ("YouMayAlsoLike", {"related", "social"}),
        ("most-popular", {"related"}),
        ("share_bar", {"social"}),
        ("sharedaddy", {"social"}),
        ("NewsletterSignup", {"letter"}),
        ("subscriber-only", {"letter"}),
        ("disqus_thread", {"comment"}),
        ("byline", {"meta"}),
        ("authors-list", {"meta"}),
        ("figcaption", {"caption"}),
        ("site-footer", {"nav"}),
        ("siteFOOTERLinks", {"nav"}),
        ("cookie-banner", {"popup", "ad"}),
        ("standfirst", {"lead"}),
        ("ad", {"ad"}),
        ("adapter loading header-shadow", {"nav"}),
        ("divAdvertTop", {"ad"}),
        ("adverts", {"ad"}),
        ("excerpts", {"lead"}),
        ("decks", set()),
        ("xiangguan", {"related"}),
        ("正文", set()),
    ],
)
def test_groups_of_names(names: str, want: set[str]) -> None:
    assert told(names) == want


def test_a_word_may_belong_to_several_groups() -> None:
    assert {"popup", "caption"} <= told("lightbox")
    assert {"ad", "popup"} <= told("banner")


def test_each_group_has_a_bit_of_its_own_in_the_order_of_the_table() -> None:
    assert list(BITS) == list(GROUPS)
    assert list(BITS.values()) == [1 << at for at in range(len(GROUPS))]
    assert all(BY_WORD[word] & BITS[group] for group, all_ in GROUPS.items() for word in all_)
    assert set(STEMS) <= set(GROUPS)
    assert all(BY_STEM[stem] == BITS[group] for group, stems in STEMS.items() for stem in stems.split())


def test_words_are_in_small_letters_as_they_are_looked_up() -> None:
    assert all(word == word.lower() and word.isalpha() for word in (*BY_WORD, *BY_STEM))


def test_a_very_long_name_is_read_too() -> None:
    assert told("x" * 200_000 + " byline " + "Ab1" * 50_000) == {"meta"}


def of(markup: str) -> tuple[int, int, bool]:
    element = html.fragment_fromstring(markup)
    return called(element.tag, dict(element.items()))


def told_roles(markup: str) -> set[str]:
    found = of(markup)[1]
    return {role for role, bit in ROLE_BITS.items() if found & bit} | {
        name for name, bit in (("item", ITEM), ("hidden", HIDDEN)) if found & bit
    }


@pytest.mark.parametrize(
    ("markup", "want"),
    [
        ("<div>x</div>", set()),
        ("<article>x</article>", {"article"}),
        ('<div role="article">x</div>', {"article"}),
        ('<div role="main">x</div>', {"main"}),
        ('<section role="main">x</section>', {"section", "main"}),
        ("<ul><li>x</ul>", {"list"}),
        ("<ol><li>x</ol>", {"list"}),
        ("<dl><dt>x</dl>", {"list"}),
        ("<blockquote>x</blockquote>", {"quote"}),
        ("<details>x</details>", {"details"}),
        ('<div itemprop="articleBody">x</div>', {"item"}),
        ('<div itemprop="description articleBody">x</div>', {"item"}),
        ('<div itemprop="headline">x</div>', set()),
        ("<div hidden>x</div>", {"hidden"}),
        ('<div aria-hidden="true">x</div>', {"hidden"}),
        ('<div aria-hidden="false">x</div>', set()),
    ],
)
def test_roles_of_elements(markup: str, want: set[str]) -> None:
    assert told_roles(markup) == want


def test_id_and_classes_both_name_an_element() -> None:
    named, role, _ = of('<p id="byline" class="x share">x</p>')
    assert (named, role) == (BITS["meta"] | BITS["social"], 0)
    assert of("<p>x</p>") == (0, 0, False)
    assert of("<p title=share>x</p>") == (0, 0, False)


@pytest.mark.parametrize(
    ("markup", "is_named"),
    [
        ("<div class=entry-content>x</div>", True),
        ("<div CLASS='x Article-Body'>x</div>", True),
        ("<section id=story>x</section>", True),
        ("<main itemprop=articleBody>x</main>", True),
        ("<div class='x\u00a0entry-content'>x</div>", True),
        ("<div class=sidebar id=menu>x</div>", False),
        ("<p class=entry-content>x</p>", False),
        ("<span itemprop=articleBody>x</span>", False),
    ],
)
def test_what_is_called_like_an_article_and_can_hold_one(markup: str, is_named: bool) -> None:
    assert of(markup)[2] is is_named


def test_each_role_has_a_bit_of_its_own() -> None:
    bits = [*ROLE_BITS.values(), ITEM, HIDDEN]
    assert bits == [1 << at for at in range(len(ROLES) + 2)]
