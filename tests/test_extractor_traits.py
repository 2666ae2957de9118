"""The measures of blocks: what each column says."""

from __future__ import annotations

from math import log1p

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from crawler.extractor import forest
from crawler.extractor.names import BITS, ROLE_BITS
from crawler.extractor.outline import Outline
from crawler.extractor.traits import COLUMNS, FAR, MAX_STEPS, TAGS, TOKEN, VOTERS, Column, Measures, Said, tokens

S = "A sentence that is long enough to be prose, and that ends in a point."
P = f"<p>{S}</p>"
LONG = f"<p>{S} {S}</p>"
MENU = "<ul><li><a href=/1>World news</a></li><li><a href=/2>Sport</a></li></ul>"
NOBODY = dict.fromkeys(VOTERS, (0, 0))


def measured(inner: str, said: Said = Said()) -> Measures:  # noqa: B008 - frozen
    return Measures(Outline(html.document_fromstring(f"<html><body>{inner}</body></html>")), said)


def matrix(page: Measures, votes: dict[str, tuple[int, int]] = NOBODY) -> Column:
    return page.matrix(votes, [0] * page.count)


def column(name: str, inner: str, said: Said = Said()) -> list[float]:  # noqa: B008 - frozen
    return [round(float(x), 3) for x in matrix(measured(inner, said))[:, COLUMNS.index(name)]]


def test_the_columns_are_those_that_were_learned_in_their_order() -> None:
    assert forest.shipped().columns == COLUMNS
    assert len(set(COLUMNS)) == len(COLUMNS)


@given(st.lists(st.sampled_from([P, LONG, MENU, "<h1>T</h1>", "<p>x</p>", "<div><p>y.</p></div>", "z"]), min_size=1))
def test_every_block_has_a_number_in_every_column(parts: list[str]) -> None:
    page = measured("".join(parts), Said("T", S))
    found = matrix(page, dict.fromkeys(VOTERS, (0, 1)))
    assert found.shape == (page.count, len(COLUMNS))
    assert np.isfinite(found).all()


# --- what the block says ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "inner", "want"),
    [
        ("w", "<p>four</p><p>桥</p>", [round(log1p(4), 3), round(log1p(3), 3)]),
        ("link", "<p>ab<a href=/>cd</a></p><p>ab</p>", [0.5, 0]),
        ("pun", "<p>ab, cde.</p>", [25]),
        ("npun", f"<p>{'a. ' * 50}</p><p>a.</p>", [20, 1]),
        ("ends", "<p>Yes.</p><p>Yes?”</p><p>对。</p><p>No</p><p>No:</p>", [1, 1, 1, 0, 0]),
        ("cut", "<p>Cut…</p><p>Cut ... »</p><p>Cut [...]</p><p>No … cut</p>", [1, 1, 1, 0]),
        ("dig", "<p>ab12</p><p>ab</p>", [0.5, 0]),
        ("cap", "<p>ABcd</p><p>É</p>", [0.5, 0]),
        ("nlink", f"<p>{'<a href=/>x</a>' * 12}</p><p><a href=/>x</a></p><p>x</p>", [10, 1, 0]),
        ("img", "<p><img><img><img>x</p><p>x</p>", [2, 0]),
        ("dup", "<p>a</p><p>b</p><p>a</p>" + "<p>c</p>" * 5, [2, 1, 2, 4, 4, 4, 4, 4]),
        ("tag", "<h1>a</h1><p>b</p><div>c</div><pre>d</pre><address>e</address>", [2, 1, 0, 10, 12]),
        ("cjk", "<p>跨江新桥昨天通车</p><p>News</p>", [1, 1]),
        ("cjk", "<p>A page in English that names 北京 once</p>", [0]),
    ],
)
def test_what_a_block_says(name: str, inner: str, want: list[float]) -> None:
    assert column(name, inner) == want


def test_likeness_to_the_title_and_words_shared_with_the_description() -> None:
    said = Said("The bridge opens", "A new bridge over the river opened on Saturday.")
    inner = "<h1>The Bridge OPENS</h1><p>the bridge closes</p><p>Nothing here</p><p>The river saw a new bridge.</p>"
    assert column("title", inner, said) == [1, 0.5, 0, 0.286]
    assert column("desc", inner, said) == [0, 0, 0, 0.833]
    assert column("title", inner) == column("desc", inner) == [0, 0, 0, 0]
    assert column("desc", inner, Said("The bridge opens")) == [0, 0, 0, 0]
    assert column("title", "<h1>新桥通车</h1>", Said("新桥昨日通车")) == [0.667]


# --- names and roles ----------------------------------------------------------------------------------------------


def test_names_of_its_own_count_more_than_the_parents() -> None:
    inner = "<div class=share><p class=comment>x</p></div><p>y</p>"
    assert column("n_comment", inner) == [2, 0]
    assert column("n_social", inner) == [1, 0]
    assert column("a_social", inner) == [1, 0]
    assert column("n_ad", inner) == [0, 0]


def test_the_last_group_has_columns_too() -> None:
    assert column("n_lead", "<div class=intro><p>x</p></div>") == [1]
    assert column("a_lead", "<div class=intro><section><div><p>x</p></div></section></div>") == [1]


def test_roles_are_columns() -> None:
    inner = "<article><ul aria-hidden=true><li>x</li></ul></article><p>y</p>"
    got = {role for role in (*ROLE_BITS, "hidden") if column(f"r_{role}", inner) == [1, 0]}
    assert got == {"article", "list", "hidden"}


# --- place --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inner", "title", "at"),
    [
        ("<h1>Site</h1><h2>The bridge opens</h2>", "The bridge opens", 1),
        ("<p>The bridge opens</p><h1>The bridge opens</h1>", "The bridge opens", 1),
        ("<p>x</p><h1>First</h1><h1>Second</h1>", "", 1),
        ("<h1>Site</h1><div>The bridge opens</div>", "The bridge opens", 0),
        ("<p>x</p><div>The bridge opens</div>", "The bridge opens", 1),
        ("<p>x</p><h4>Other</h4>", "The bridge opens", -1),
        ("<p>x</p>", "", -1),
    ],
)
def test_the_headline_is_a_heading_like_the_title_or_the_first_of_all(inner: str, title: str, at: int) -> None:
    assert measured(inner, Said(title)).headline() == at


def test_places_are_told_from_the_headline_and_the_headings() -> None:
    inner = f"<p>x</p><h1>T</h1>{P}<h3><a href=/>Next</a></h3>{P}"
    assert column("pos", inner) == [0, 0.2, 0.4, 0.6, 0.8]
    assert column("before", inner) == [0, 0, 0, 0.5, 0.5]
    assert column("dtitle", inner) == [-0.693, 0, 0.693, 1.099, 1.386]
    assert column("aft", inner) == [0, 0, 1, 1, 1]
    assert column("hd", inner) == [6, 0, 0.693, 0, 0.693]
    assert column("hl", inner) == [0, 0, 0, 1, 1]
    assert column("ht", inner, Said("T")) == [0, 1, 1, 0, 0]
    assert column("dtitle", P) == [-9]
    assert column("aft", P) == [1]


# --- what stands about it -----------------------------------------------------------------------------------------


def test_prose_and_links_of_element_parent_and_grandparent() -> None:
    inner = f"<section><div>{P * 2}</div><div>{MENU}</div></section>"
    linked = len("World newsSport")
    assert column("p_good", inner)[:2] == [1, 1]
    assert column("p_runs", inner) == [2, 2, 0, 0]
    assert column("p_link", inner)[2:] == [1, 1]
    assert column("g_link", inner)[0] == round(linked / (2 * len(S) + linked), 3)
    assert column("g_share", inner) == [1, 1, 0, 0]
    assert column("g_nb", inner)[0] == round(log1p(4), 3)
    assert column("g_rel", inner)[:2] == [0, 0.25]
    assert column("o_w", inner)[0] == round(log1p(len(S)), 3)


def test_a_block_of_the_body_itself_has_the_page_about_it() -> None:
    assert column("o_nb", f"x{P}")[0] == column("p_nb", f"x{P}")[0] == column("g_nb", f"x{P}")[0] == round(log1p(2), 3)


def test_paragraphs_of_an_article_stand_in_a_crowd() -> None:
    inner = f"<div>{P * 4}</div><div><p class=teaser>{S}</p></div>"
    assert column("dp", inner) == [1, 1, 1, 1, 0.25]
    assert column("dg", inner) == [1] * 5
    assert column("sig", inner) == [1, 1, 1, 1, 0.25]
    assert column("sign", inner) == [round(log1p(4), 3)] * 4 + [round(log1p(1), 3)]
    assert column("dp", "<p>x</p>") == [0]


def test_how_dense_the_prose_is_around_and_how_far_the_next() -> None:
    inner = f"{LONG}{MENU}<p>x</p>{LONG}"
    assert column("dprev", inner) == [round(log1p(d), 3) for d in (FAR, 1, 2, 3, 4)]
    assert column("dnext", inner) == [round(log1p(d), 3) for d in (4, 3, 2, 1, FAR)]
    assert column("lk2", MENU) == [1, 1]
    assert column("den2", P * 3) == [1, 1, 1]
    assert column("den2", f"{P}<p>x</p>" + "<p>y</p>" * 3)[-1] == 0
    assert column("dprev", P) == column("dnext", P) == [round(log1p(FAR), 3)]


def test_the_neighbours_measures_and_those_beyond_the_ends() -> None:
    inner = "<h1>T</h1><p>ab</p><div>c</div>"
    assert column("pv1_tag", inner) == [-1, TAGS["h1"], TAGS["p"]]
    assert column("nx1_tag", inner) == [TAGS["p"], TAGS["div"], -1]
    assert column("pv2_tag", inner) == [-1, -1, TAGS["h1"]]
    assert column("nx2_tag", inner) == [TAGS["div"], -1, -1]
    assert column("nx2_tag", "<p>ab</p>") == [-1]


# --- the candidates' votes ----------------------------------------------------------------------------------------


def voted(inner: str, votes: dict[str, tuple[int, int]], named: list[int]) -> dict[str, list[float]]:
    found = measured(inner).matrix(NOBODY | votes, named)
    return {name: [round(float(x), 3) for x in found[:, at]] for at, name in enumerate(COLUMNS)}


def test_who_holds_a_block_and_where() -> None:
    got = voted(f"{MENU}<div>{P * 4}</div>", {"named": (2, 6), "framed": (3, 4)}, [0, 0, 1, 2, 9, 1])
    assert got["named"] == [0, 0, 1, 1, 1, 1]
    assert got["named_rel"] == [-1, -1, 0, 0.25, 0.5, 0.75]
    assert got["framed_rel"] == [-1, -1, -1, 0, 2, 2]
    assert got["named_sh"] == [1] * 6
    assert got["framed_sh"] == [0.25] * 6
    assert got["titled"] == [0] * 6
    assert got["ins"] == [0, 0, 1, 1, 1, 1]
    assert got["votes"] == [0, 0, 2, 3, 2, 2]
    assert got["nnamed"] == [0, 0, 1, 2, 6, 1]
    assert got["tofirst"] == [round(float(np.sign(d) * log1p(abs(d))), 3) for d in (-2, -1, 0, 1, 2, 3)]
    assert got["tolast"] == [round(float(np.sign(d) * log1p(abs(d))), 3) for d in (-5, -4, -3, -2, -1, 0)]


def test_without_prose_there_is_no_first_and_no_last() -> None:
    got = voted(MENU, {}, [0, 0])
    assert got["tofirst"] == got["tolast"] == [0, 0]


def test_steps_from_the_best_container_to_a_block() -> None:
    inner = f"<section><div>{P * 4}</div><p>aside</p></section><p>far</p>"
    assert column("steps", inner) == [0, 0, 0, 0, 1, 2]
    deep = f"<p>far</p>{'<div>' * 30}<section>{P * 4}</section>{'</div>' * 30}"
    assert column("steps", deep) == [MAX_STEPS, 0, 0, 0, 0]


def test_the_container_with_more_links_is_not_the_best() -> None:
    linked = f"<p>{S[:50]}, <a href=/>{S[:45]}</a></p>"
    inner = f"<div>{linked * 4}</div><div>{P * 4}</div>"
    assert column("ins", inner) == [0, 0, 0, 0, 1, 1, 1, 1]


def test_groups_fit_into_the_columns() -> None:
    assert all(f"n_{group}" in COLUMNS and f"a_{group}" in COLUMNS for group in BITS)


@given(st.text(st.sampled_from("aZ9é ß_-’“”—\xa0…桥\u3040한ж,\n"), max_size=40))
def test_words_are_the_same_however_they_are_found(text: str) -> None:
    assert tokens(text) == TOKEN.findall(text)
