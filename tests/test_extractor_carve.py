"""Blocks chosen → one tree: in these pages the blocks that say "keep" are chosen, the headline says "Headline"."""

from __future__ import annotations

import time

import pytest
from lxml import html
from lxml.html import HtmlElement

from crawler.extractor.carve import MAX_CAPTION, MAX_HEADING, carve
from crawler.extractor.outline import Outline
from crawler.markup import from_text


def cut(page: str, *, wish: str = "keep") -> HtmlElement | None:
    outline = Outline(from_text(f"<html><body>{page}</body></html>"))
    kept = [wish in block.text for block in outline.blocks]
    headline = next((i for i, block in enumerate(outline.blocks) if "Headline" in block.text), -1)
    return carve(outline, kept, headline)


def carved(page: str) -> str:
    """Return the markup of what is left, without blanks between elements."""
    found = cut(page)
    assert found is not None
    found.tail = None
    return " ".join(html.tostring(found, encoding="unicode").replace("> <", "><").split()).replace(" <", "<")


def sources(page: str) -> list[str]:
    """Return the addresses of the pictures that are left."""
    found = cut(page)
    assert found is not None
    return [address for e in found.iter() if (address := e.get("src") or e.get("data"))]


TEXT = {
    "the smallest element": ("<div><nav>x</nav><p>keep</p></div>", "<p>keep</p>"),
    "blocks beside": ("<div><p>keep</p><p>x</p><p>keep</p></div>", "<div><p>keep</p><p>keep</p></div>"),
    "runs of text in one parent": ("<div>keep<br>x<p>keep</p>x</div>", "<div>keep<br><p>keep</p></div>"),
    "a dropped block between runs": ("<div>keep<div>x</div>keep</div>", "<div>keep<br>keep</div>"),
    "a dropped block in a sentence": ("<div>keep<div>x</div>, keep</div>", "<div>keep , keep</div>"),
    "a dropped block between parts of lines": ("<div><b>keep</b><div>x</div><i>keep</i></div>", "<div><b>keep</b><br><i>keep</i></div>"),
    "a dropped block behind a break": ("<div>keep<br><div>x</div>keep</div>", "<div>keep<br> keep</div>"),
    "a dropped block before a break": ("<div>keep<div>x</div><br>keep</div>", "<div>keep<br>keep</div>"),
    "a dropped block at the end of a run": ("<div>keep<div>x</div><p>keep</p></div>", "<div>keep<p>keep</p></div>"),
    "a dropped part of a line that is a block": ("<div>keep<span><p>x</p></span>keep</div>", "<div>keep<br>keep</div>"),
    "a run behind a block": ("<div><p>keep</p>keep<p>x</p></div>", "<div><p>keep</p>keep</div>"),
    "a dropped line between": ("<p>keep<br>x<br>keep</p>", "<p>keep<br><br>keep</p>"),
    "a dropped line before": ("<p>x<br>keep</p>", "<p><br>keep</p>"),
    "a break between paragraphs": ("<p>keep<br><br>keep</p>", "<p>keep<br><br>keep</p>"),
    "parts of a dropped line": ("<div><p>keep</p>x <b>x</b> x<p>keep</p></div>", "<div><p>keep</p><b></b><p>keep</p></div>"),
    "a link about blocks": ('<a href="/"><p>keep</p><p>x</p><p>keep</p></a>', '<a href="/"><p>keep</p><p>keep</p></a>'),
    "an item of an inner list": (
        "<ul><li>keep<ul><li>keep</li><li>x</li></ul></li><li>x</li><li>keep</li></ul>",
        "<ul><li>keep<ul><li>keep</li></ul></li><li>keep</li></ul>",
    ),
    "a list that is dropped": ("<div><p>keep</p><ul><li>x</li></ul><p>keep</p></div>", "<div><p>keep</p><p>keep</p></div>"),
    "a rule before what is dropped": (
        "<div><p>keep</p><hr><p>x</p><hr><p>keep</p><hr></div>",
        "<div><p>keep</p><hr><p>keep</p></div>",
    ),
    "a heading at the end": ("<div><p>keep</p><h2>keep</h2><h3>keep</h3><p>x</p></div>", "<p>keep</p>"),
    "a heading before text": ("<div><h2>keep</h2><p>keep</p></div>", "<div><h2>keep</h2><p>keep</p></div>"),
}  # fmt: skip


@pytest.mark.parametrize(("page", "want"), TEXT.values(), ids=TEXT)
def test_text_is_kept_block_by_block(page: str, want: str) -> None:
    assert carved(page) == want


@pytest.mark.parametrize("tag", ["b", "span", "font", "a"])
def test_a_line_that_goes_on_behind_a_dropped_one_in_the_same_part_stays(tag: str) -> None:
    # The part's last line ends behind it, so that it is none of the part's own blocks.
    assert carved(f"<div><p>keep</p><p><{tag}>By x<br>keep this</{tag}> keep that</p></div>") == (
        f"<div><p>keep</p><p><{tag}><br>keep this</{tag}> keep that</p></div>"
    )


@pytest.mark.parametrize("page", ["<p>x</p>", "<h1>keep</h1>", "<p>x</p><img src=a>", ""])
def test_nothing_is_left_of_a_page_without_kept_text(page: str) -> None:
    assert cut(page) is None


def test_a_text_that_is_marked_as_headings_stays() -> None:
    said = "keep " * (MAX_HEADING // 5 + 1)
    assert carved(f"<div><h3>{said}</h3><h3>{said}</h3></div>").count("<h3>") == 2


def rows(*cells: str) -> str:
    return "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row.split('|'))}</tr>" for row in cells)


def test_a_table_of_data_stays_whole() -> None:
    found = carved(f"<div><p>keep</p><table>{rows('keep 1|2', 'keep 3|4')}</table></div>")
    assert found == f"<div><p>keep</p><table>{rows('keep 1|2', 'keep 3|4')}</table></div>"


def test_a_table_of_data_of_which_little_is_chosen_goes_whole() -> None:
    page = f"<div><p>keep</p><table>{rows('keep|a long cell', 'another one|of the same')}</table><p>keep</p></div>"
    assert carved(page) == "<div><p>keep</p><p>keep</p></div>"


def test_a_table_that_lays_out_the_page_is_cut_as_anything_else() -> None:
    page = f"<table>{rows('<h2>x</h2>|x', '<p>keep</p><p>x</p>|x')}</table>"
    assert carved(page) == "<p>keep</p>"


def test_a_table_with_the_headline_is_the_frame_of_the_page() -> None:
    outline = Outline(from_text(f"<table>{rows('menu|The headline<br>keep one<br>keep two', 'x|x')}</table>"))
    found = carve(outline, ["keep" in block.text for block in outline.blocks], 1)
    assert found is not None
    assert (found.tag, " ".join(found.itertext())) == ("td", "keep one keep two")


def test_rows_of_a_layout_keep_their_cells() -> None:
    page = f"<table>{rows('x|<h2>keep</h2><p>keep</p>', '<p>keep</p>|x')}</table>"
    assert carved(page) == f"<table>{rows('<h2>keep</h2><p>keep</p>')}{rows('<p>keep</p>')}</table>"


KEPT = {
    "among the blocks": "<p>keep</p><img src=a><p>keep</p>",
    "in a kept line": '<p>keep <img src=a width=20> keep</p>',
    "in a dropped line": "<p>keep</p><p>x <img src=a> x</p><p>keep</p>",
    "behind the last block": "<div><p>keep</p><p>keep</p><img src=a></div>",
    "with a caption behind the last block": "<div><p>keep</p><p>keep</p><figure><img src=a><figcaption>x</figcaption></figure></div>",
    "between the headline and the text": "<h1>Headline</h1><div><img src=a></div><div><p>keep</p></div>",
    "with a caption there": "<h1>Headline</h1><figure><img src=a><figcaption>x</figcaption></figure><div><p>keep</p></div>",
    "below a dropped standfirst": "<h1>Headline</h1><p>x</p><div><img src=a></div><p>x</p><div><p>keep</p></div>",
    "below a kept headline": "<h1>Headline keep</h1><img src=a><p>keep</p>",
    "in a column": '<div><p>keep</p><div class="row"><div class="col-md-12 overflow-hidden"><img src=a></div></div><p>keep</p></div>',
    "floated": '<p>keep</p><div class="image float-right"><img src=a></div><p>keep</p>',
    "in a slide show": '<p>keep</p><ul class="slider"><li class="slider-item"><img src=a></li></ul><p>keep</p>',
    "with a credit that is a link": '<p>keep</p><figure><img src=a><figcaption><a href="/">Agency</a></figcaption></figure><p>keep</p>',
    "a frame": "<p>keep</p><iframe src=a></iframe><p>keep</p>",
    "an object with words of its own": "<p>keep</p><object data=a>keep it in another program</object><p>keep</p>",
    "a link to itself": '<p>keep</p><a href="/a"><img src=a></a><p>keep</p>',
}  # fmt: skip
DROPPED = {
    "above the headline": "<div><img src=a></div><h1>Headline</h1><p>x</p><div><p>keep</p><p>keep</p></div>",
    "before the text of a page without a headline": "<p>x</p><img src=a><div><p>keep</p><p>keep</p></div>",
    "far behind the text": "<div><p>keep</p><p>x</p><p>x</p><img src=a></div>",
    "in a share bar": '<p>keep</p><ul class="articleShare"><li><img src=a></li></ul><p>keep</p>',
    "a picture that is never shown": '<p>keep</p><figure><img src=placeholder.png><figcaption>x</figcaption></figure><p>keep</p>',
    "a player that its names make suspect": '<p>keep</p><div class="right-col"><iframe src=a></iframe></div><p>keep</p>',
    "a player above the text": "<h1>Headline</h1><audio src=a></audio><div><p>keep</p><p>keep</p></div>",
    "an icon": "<p>keep</p><div><img src=a width=32></div><p>keep</p>",
    "an icon in a frame of sizes": "<p>keep</p><div><picture><img src=a width=48px></picture></div><p>keep</p>",
    "a face by its name": '<p>keep</p><div class="author-bio"><span><img src=a></span>x</div><p>keep</p>',
    "a face by its link": '<h1>Headline</h1><figure><a rel="author"><img src=a></a><figcaption>By x</figcaption></figure><p>keep</p>',
    "a card by its name": '<p>keep</p><div class="related"><img src=a><p>x</p></div><p>keep</p>',
    "a card by its link": '<p>keep</p><div><a href="/b"><img src=a></a><h3><a href="/b">Another article, and not this one</a></h3></div><p>keep</p>',
    "a part about another thing": f"<p>keep</p><figure><img src=a><p>{'x' * MAX_CAPTION}x</p></figure><p>keep</p>",
}  # fmt: skip


@pytest.mark.parametrize("page", KEPT.values(), ids=KEPT)
def test_a_picture_of_the_article_stays(page: str) -> None:
    assert sources(page) == ["a"]


@pytest.mark.parametrize("page", DROPPED.values(), ids=DROPPED)
def test_a_picture_of_something_else_goes(page: str) -> None:
    assert sources(page) == []


def test_a_picture_above_the_headline_stays_where_the_text_is_beside_it() -> None:
    assert sources("<article><p>keep</p><img src=a><h2>Headline</h2><p>keep</p></article>") == ["a"]


def test_captions_stay_with_their_pictures_however_many_there_are() -> None:
    one = "<figure><img src=a><figcaption>x<br>y</figcaption></figure>"
    assert carved(f"<div><p>keep</p>{one}{one}<p>x</p><p>keep</p></div>") == (
        f"<div><p>keep</p>{one}{one}<p>keep</p></div>".replace("src=a", 'src="a"')
    )


def test_a_figure_in_a_figure_and_two_pictures_in_one_are_kept_once() -> None:
    page = (
        "<p>keep</p><figure><img src=a><figure><img src=b></figure><picture><img src=c></picture></figure><p>keep</p>"
    )
    assert sources(page) == ["a", "b", "c"]


def test_a_caption_of_a_picture_without_address_goes() -> None:
    assert carved("<div><p>keep</p><figure><img><figcaption>x</figcaption></figure><p>keep</p></div>") == (
        "<div><p>keep</p><p>keep</p></div>"
    )


def test_a_caption_behind_the_text_does_not_widen_it() -> None:
    page = "<div><p>keep</p><p>keep</p></div><figure><img src=a><figcaption>x</figcaption></figure>"
    assert carved(page) == "<div><p>keep</p><p>keep</p></div>"


def test_a_picture_in_a_dropped_line_leaves_nothing_of_its_words() -> None:
    page = '<div><p>keep</p><p>see <a href="/"><img src=a> more</a> of it</p><p>keep</p></div>'
    assert carved(page) == '<div><p>keep</p><p><a href="/"><img src="a"></a></p><p>keep</p></div>'


#: libxml2 reads no page that is nested deeper than some 2,000 elements; real ones stay far below.
DEEP, MANY = 200, 5000
LARGE = {
    "nested": "<div>" * DEEP + "<p>keep</p><img src=a>" + "<p>x</p></div>x" * DEEP,
    "nested behind": "<div>" * DEEP + "<p>x</p>" * MANY + "</div>" * DEEP + "<p>keep</p>",
    "wide": "<p>x</p>" * MANY + "<div><p>keep</p><img src=a></div>" * MANY + "<p>x</p>" * MANY,
    "pictures before": "<h1>Headline</h1>" + "<p>x</p><img src=a>" * MANY + "<p>keep</p>",
    "pictures deep": "<h1>Headline</h1>" + "<div>" * DEEP + "<img src=a>" * MANY + "</div>" * DEEP + "<p>keep</p>",
    "figures in figures": "<p>keep</p>" + "<figure><img src=a>" * DEEP + "</figure>" * DEEP + "<p>keep</p>",
    "parts of a line": "<p>keep" + "<b>" * DEEP + "x<br>keep" * MANY + "</b>" * DEEP + "</p>",
}  # fmt: skip


@pytest.mark.parametrize("page", LARGE.values(), ids=LARGE)
def test_a_large_page_is_cut_in_time_that_grows_with_it(page: str) -> None:
    outline = Outline(from_text(f"<html><body>{page}</body></html>"))
    kept = ["keep" in block.text for block in outline.blocks]
    began = time.process_time()
    assert carve(outline, kept, 0) is not None
    assert time.process_time() - began < 2  # seconds; most take a hundredth of it


@pytest.mark.parametrize(
    ("page", "stays"),
    [
        ("<p>keep</p><h3>x</h3><p>keep</p>", True),
        ("<p>keep</p><h3><div>x</div></h3><p>keep</p>", True),
        ("<p>keep</p><div class='o-heading small'>x</div><p>keep</p>", True),
        ("<ul><li>keep</li><li>x</li><li>keep</li></ul>", True),
        ("<dl><dt>keep</dt><dd>x</dd><dd>keep</dd></dl>", True),
        # the page's headline, what leads away, what is longer than any heading, a plain line
        ("<p>keep</p><h1>x</h1><p>keep</p>", False),
        ("<p>keep</p><h3><a href=/1>x</a></h3><p>keep</p>", False),
        (f"<p>keep</p><h3>{'x' * (MAX_HEADING + 1)}</h3><p>keep</p>", False),
        ("<p>keep</p><div class=headings>x</div><p>keep</p>", False),
        ("<p>keep</p><div class='fs-subheading'>x</div><p>keep</p>", False),
        ("<p>keep</p><h5 class=authorline>x</h5><p>keep</p>", False),
        ("<table><tr><td><p>keep</p><h3>x</h3><p>keep</p></td></tr></table>", False),
        # said beside it, not alone, at an end, of another list
        ("<ul><li>keep x</li><li>x</li><li>keep</li></ul>", False),
        ("<p>keep</p><h3>x</h3><p>y</p><p>keep</p>", False),
        ("<p>keep</p><h3>x</h3>", False),
        ("<ul><li>keep</li></ul><ul><li>x</li></ul><ul><li>keep</li></ul>", False),
        ("<ul><li>keep</li><li><a href=/1>x</a></li><li>keep</li></ul>", False),
    ],
)
def test_headings_and_items_stay_that_alone_are_missing(page: str, stays: bool) -> None:
    found = cut(f"<div>{page}</div>")
    assert found is not None
    lines = [line for line in found.xpath(".//text()") if "x" in line and "keep" not in line]
    assert bool(lines) is stays


@pytest.mark.parametrize(
    ("quote", "stays"),
    [
        ("<p>keep what she said of the bridge</p>— x (@x)", True),
        ("<p>keep</p><footer>x, who has lived beside it for forty years</footer>", False),  # most of it is not there
        ("<p>keep what she said of the bridge</p><p>“</p>", False),
    ],
)
def test_a_quotation_stays_as_a_whole_where_most_of_it_does(quote: str, stays: bool) -> None:
    found = cut(f"<div><p>keep</p><blockquote>{quote}</blockquote><p>keep</p></div>")
    assert found is not None
    assert any(sign in found.text_content() for sign in "x“") is stays


WRONG = "Correction, May 5: An earlier version of this text named the wrong river."


@pytest.mark.parametrize(
    ("page", "stays"),
    [
        (f"<p>keep</p><p>y</p><p>{WRONG}</p>", True),
        (f"<p>{WRONG}</p><p>y</p><p>keep</p>", True),
        (f"<p>keep</p><p>y</p><p>{WRONG}</p><p>y</p><p>keep</p>", True),
        ("<p>keep</p><p>更正：本文先前误写了河流的名字，特此说明。</p>", True),
        ("<p>keep</p><p>Update: The bridge was opened again in the evening, the mayor said.</p>", True),
        ("<p>keep</p><p>Updated: May 5, 10:23</p>", False),
        ("<p>keep</p><p>Corrections can be sent to the editors, who will look into each of them.</p>", False),
        (f"<p>keep</p>{'<p>y</p>' * 4}<p>{WRONG}</p>", False),
    ],
)
def test_corrections_near_the_text_stay(page: str, stays: bool) -> None:
    found = cut(f"<div>{page}</div>")
    assert found is not None
    assert (found.text_content().replace("keep", "").replace("y", "") != "") is stays
