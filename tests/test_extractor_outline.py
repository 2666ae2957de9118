"""A page as blocks: what each says, what stands about it, and the sums over elements."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from lxml.html import HtmlElement

from crawler.extractor.names import BITS, ITEM, ROLE_BITS
from crawler.extractor.outline import PARENT, Block, Outline
from crawler.extractor.tree import BLOCKS, prune
from crawler.markup import squeeze

S = "A sentence that is long enough to be prose, and that ends in a point."
MENU = "<ul><li><a href=/1>World news</a></li><li><a href=/2>Sport</a></li></ul>"


def parsed(inner: str) -> tuple[HtmlElement, Outline]:
    root = html.document_fromstring(f"<html><body>{inner}</body></html>")
    return root, Outline(root)


def blocks(inner: str) -> list[Block]:
    return parsed(inner)[1].blocks


@pytest.mark.parametrize(
    ("inner", "texts"),
    [
        ("", []),
        (" \n <div> </div>", []),
        ("loose", ["loose"]),
        ("<p>one</p>two<p>three</p> ", ["one", "two", "three"]),
        ("<p> one\n <b>and</b>  a half </p>", ["one and a half"]),
        ("<p>one<br>two<br/><br/>three</p>", ["one", "two", "three"]),
        ("<div>before<p>inside</p>behind</div>", ["before", "inside", "behind"]),
        ("<a href=/><h3>title</h3><p>teaser</p></a>", ["title", "teaser"]),
        ("<span>one</span> <span>two</span>", ["one two"]),
        ("<table><tr><td>1<td>2<tr><td>3</table>", ["1", "2", "3"]),
        ("<p>x<img src=i>y</p>", ["xy"]),
    ],
)
def test_a_block_is_the_text_between_two_breaks(inner: str, texts: list[str]) -> None:
    outline = parsed(inner)[1]
    assert [b.text for b in outline.blocks] == texts
    assert outline.text() == "\n".join(texts)


@pytest.mark.parametrize(
    ("inner", "counts"),
    [
        ("<p>plain</p>", (5, 0, 0, 0)),
        ("<p>a <a href=/>link</a> b <a href=/>two</a></p>", (12, 7, 2, 0)),
        ("<p><a href=/>all <b>of</b> it</a></p>", (9, 7, 1, 0)),
        ("<a href=/>one<p>two</p>three</a>", (3, 3, 1, 0)),
        ("<p>桥<a href=/>渡轮</a></p>", (9, 6, 1, 0)),
        ("<p><img src=1><img src=2>caption</p>", (7, 0, 0, 2)),
        ("<div><img src=1></div><p>text</p>", (4, 0, 0, 0)),
    ],
)
def test_what_is_counted_in_the_first_block(inner: str, counts: tuple[int, int, int, int]) -> None:
    block = blocks(inner)[0]
    assert (block.weight, block.linked, block.links, block.images) == counts


def test_no_more_can_be_linked_than_is_said() -> None:
    block = blocks(f"<p>{''.join(f'<a href=/{n}>a  b</a> ' for n in range(9))}</p>")[0]
    assert block.linked <= block.weight


@pytest.mark.parametrize(
    ("inner", "joints"),
    [
        ('<p>One. Two! Three? (Four.) "Five."</p>', 5),
        ("<p>www.example.org 1.2 3,400</p>", 0),
        ("<p>通车了。渡轮呢？“照常！”</p>", 4),
        ("<p>هل وصلت؟ نعم وصلت.</p>", 2),
        ("<p>नदी पर पुल खुल गया।</p>", 1),
    ],
)
def test_punctuation_of_many_scripts(inner: str, joints: int) -> None:
    assert blocks(inner)[0].joints == joints


@pytest.mark.parametrize(
    ("inner", "is_prose"),
    [
        (f"<p>{S}</p>", True),
        ("<p>跨江新桥昨天正式通车，两岸居民不必绕路。</p>", True),
        ("<p>首页 新闻 体育 财经 娱乐 科技 汽车 房产</p>", False),
        ("<p>Home World Politics Business Culture Sport Weather Travel</p>", False),
        ("<p>Yes, it is.</p>", False),
        (f"<p><a href=/>{S}</a></p>", False),
        (f"<p>{S} <a href=/>and a link</a></p>", True),
    ],
)
def test_prose_and_lines_of_menus(inner: str, is_prose: bool) -> None:
    assert blocks(inner)[0].is_prose is is_prose


def test_names_of_the_owner_its_parent_and_all_about_it() -> None:
    inner = '<main class="page"><div id="comments"><section class="share"><p class="caption">x <b class="ad">y</b></p></section></div></main>'
    block = blocks(inner)[0]
    own, parents = block.near & ((1 << PARENT) - 1), block.near >> PARENT
    assert own == BITS["caption"]
    assert parents == BITS["social"]
    assert block.above == BITS["caption"] | BITS["social"] | BITS["comment"]
    assert block.roles == ROLE_BITS["main"] | ROLE_BITS["section"]
    assert block.owner.tag == "p"


def test_what_stands_inside_the_owner_about_the_text_counts_as_its_own() -> None:
    block = blocks('<p><span class="byline">By Ann</span></p>')[0]
    assert block.near == block.above == BITS["meta"]
    assert block.owner.tag == "p"


def test_roles_are_handed_down() -> None:
    first, second = blocks('<article itemprop="articleBody"><ul><li>x</li></ul></article><p>y</p>')
    assert first.roles == ROLE_BITS["article"] | ROLE_BITS["list"] | ITEM
    assert second.roles == 0


def test_groups_leave_room_for_those_of_the_parent() -> None:
    assert max(BITS.values()) < 1 << PARENT


def test_sums_over_elements() -> None:
    root, outline = parsed(
        f"<div id=a><p>{S}</p><h2>Heading</h2>{MENU}<p>{S} <a href=/>and a link</a></p></div><p>{S}</p>"
    )
    part = root.get_element_by_id("a")
    linked = len("World news") + len("Sport")
    assert outline.span(part) == (0, 5)
    assert outline.span(outline.top) == (0, 6)
    assert outline.good(part) == 2 * len(S) + len(" and a link")
    assert outline.weight(part) == outline.good(part) + linked + len("Heading")
    assert outline.link_share(part) == (linked + len("and a link")) / outline.weight(part)


def test_an_element_of_another_page_says_nothing() -> None:
    _, outline = parsed(f"<p>{S}</p>")
    stranger = html.Element("p")
    assert outline.span(stranger) == (0, 0)
    assert (outline.weight(stranger), outline.good(stranger), outline.link_share(stranger)) == (0, 0, 0)


def test_a_tree_without_a_body_is_a_page_too() -> None:
    root = html.fragment_fromstring("<div><p>one</p><p>two</p></div>")
    outline = Outline(root)
    assert outline.top is root
    assert [b.text for b in outline.blocks] == ["one", "two"]


TEXTS = st.sampled_from(["", " ", "one", " two. ", "三四", "\n"])
TREES = st.recursive(
    TEXTS,
    lambda inner: st.builds(
        lambda tag, parts, tail: f"<{tag}>{''.join(parts)}</{tag}>{tail}",
        st.sampled_from(["div", "section", "span", "b", "blockquote", "a"]),
        st.lists(inner, max_size=4),
        TEXTS,
    ),
    max_leaves=12,
)


@given(TREES)
def test_every_word_is_in_one_block_and_can_be_found_again(inner: str) -> None:
    root, outline = parsed(f"<div>{inner}</div>")
    for block in outline.blocks:
        said = "".join((e.tail if is_tail else e.text) or "" for e, is_tail in block.pieces)
        assert squeeze(said) == block.text
    for element in root.find("body").iter("*"):
        if element.tag in BLOCKS:
            start, end = outline.span(element)
            joined = "".join(block.text for block in outline.blocks[start:end])
            assert re.sub(r"\s", "", joined) == re.sub(r"\s", "", element.text_content())


def test_comments_are_no_text_and_what_follows_them_is() -> None:
    root = html.document_fromstring("<html><body><p>one<!-- two -->three</p></body></html>")
    prune(root)
    assert [b.text for b in Outline(root).blocks] == ["onethree"]


def test_roles_of_elements_that_have_any() -> None:
    _, outline = parsed("<main><p>one</p><div role=article>two</div><span>three</span></main>")
    assert {element.tag for element in outline.roles} == {"main", "div"}


def test_attributes_need_not_be_known() -> None:
    root, outline = parsed("<p class=lead>one</p><p>two</p>")
    assert [dict(outline.attributes(p)) for p in root.iter("p")] == [{"class": "lead"}, {}]
