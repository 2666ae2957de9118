"""The publisher's lines inside a body: what goes, and what looks like it and stays."""

from __future__ import annotations

import pytest

from crawler.extractor import byline
from crawler.extractor.appeals import MAX_ASKING
from crawler.extractor.clean import clean_element, clean_html
from crawler.extractor.tree import fragment

HERE = "https://paper.example/news/1"
PROSE = (
    "<p>The council has voted to rebuild the old bridge after two years of debate, the mayor told the paper.</p>"
    "<p>Work is to begin in spring, when the river is low, and will cost some four million, the engineer said.</p>"
    "<p>Until then, heavy lorries must take the long way round by the mill, which nobody in the village likes.</p>"
    "<p>The last bridge stood for a hundred and ten years, and three floods, before its northern pillar sank.</p>"
)
LINK = '<a href="https://paper.example/news/2">The old mill is for sale at last, again</a>'
APPEAL = "<p>Sign up for our daily newsletter.</p>"


def is_dropped(piece: str, before: str = PROSE, after: str = "") -> bool:
    cleaned = clean_html(before + piece + after, HERE)
    assert before == PROSE or before in cleaned
    assert all(part in cleaned for part in ("rebuild the old bridge", "northern pillar sank"))
    return cleaned == clean_html(before + after, HERE)


@pytest.mark.parametrize(
    "piece",
    [
        APPEAL,
        "<h4>Follow us on Twitter.</h4>",
        f"<p><strong>FUNDA OLUNYE UDABA LAPHA |</strong> {LINK}</p>",
        "<p>（编辑：小何）</p>",
        "<p>返回搜狐，查看更多</p><p>责任编辑：张三</p>",
        f"<p>责任编辑：张三</p>{APPEAL}",
        "<p>[button link=”https://paper.example/”] Send us YOUR review[/button]</p>",
        '<p>[gallery ids="1,2,3"]</p>',
    ],
)
def test_the_publishers_lines_go(piece: str) -> None:
    assert is_dropped(piece)


@pytest.mark.parametrize(
    "piece",
    [
        # other people's words, and what is shown
        "<blockquote><p>Sign up for our daily newsletter.</p></blockquote>",
        "<pre>Sign up for our daily newsletter.</pre>",
        "<table><tr><td>Sign up for our daily newsletter.</td><td>1</td></tr><tr><td>a</td><td>2</td></tr></table>",
        "<p>“Sign up for our daily newsletter.”</p>",
        # steps of a how-to
        "<ol><li>Write to the mayor.</li><li>Sign up for our newsletter.</li><li>Wait for an answer, it takes a while."
        "</li><li>Ask the neighbours whether they got one.</li></ol>",
        # a shortcode without content, and one that nobody knows
        "<p>[gallery]</p>",
        "<p>[sic] The bridge [1]</p>",
        "<p>[b]A title of the forum[/b]</p>",
        # a directory: lines of many labels in a row
        f"<p><b>North side:</b> {LINK}</p><p><b>Old town:</b> {LINK}</p><p><b>By the mill:</b> {LINK}</p>",
        # staff and statements elsewhere than at the end
        f"<p>责任编辑：张三</p>{PROSE}",
        f"<p>特别声明：以上内容为用户上传。</p>{PROSE}{PROSE}",
        # a statement that most of the text belongs to
        f"<p>声明：本文转自网络。</p>{PROSE}",
    ],
)
def test_what_is_the_articles_stays(piece: str) -> None:
    assert not is_dropped(piece)


def test_an_author_above_the_staff_is_read() -> None:
    root = clean_element(fragment(f"{PROSE}<p>作者：张三</p><p>责任编辑：李四</p>"), HERE)
    assert byline.take(root).authors == ("张三",)


def test_the_lines_of_a_list_in_a_list_are_its_own() -> None:
    assert not is_dropped("<ul><li>Two ferries<ul><li>The old one</li><li>The new one</li></ul></li></ul>")


def test_what_follows_a_statement_at_the_end_belongs_to_it() -> None:
    stated = f"<p>特别声明：{'以上内容（包括图片或视频在内）为平台用户上传并发布。' * 4}</p><p>It was uploaded by a user.</p>"
    assert is_dropped(stated, before=PROSE * 8)
    assert not is_dropped(stated, before=PROSE)


def test_a_signpost_before_the_text_stays() -> None:
    assert "Funda olunye" in clean_html(f"<p><b>Funda olunye udaba:</b> {LINK}</p>{PROSE}", HERE)


def test_a_few_lines_with_the_same_label_go() -> None:
    line = f"<p><b>Funda olunye udaba:</b> {LINK}</p>"
    assert is_dropped(line * 3, before=PROSE * 2)
    assert clean_html(f"{PROSE}{line}{PROSE}{line}", HERE) == PROSE * 2


def test_many_signposts_of_different_labels_are_a_directory() -> None:
    lines = "".join(
        f"<p><b>{place}:</b> {LINK}</p><p>{'It is open. ' * 2}</p>"
        for place in ("North side", "Old town", "By the mill")
    )
    assert LINK in clean_html(f"<p>{'The old bridge was closed for good on Tuesday. ' * 40}</p>" + lines, HERE)
    assert LINK not in clean_html(PROSE * 5 + lines, HERE)


def test_more_than_a_small_share_is_no_margin() -> None:
    lines = "<p>Join our WhatsApp channel for news about bridges and mills.</p>" * 3
    assert not is_dropped(lines)


def test_an_article_about_newsletters_keeps_its_advice() -> None:
    about = "<p>A newsletter costs little.</p><p>Yet no newsletter writes itself.</p>"
    assert not is_dropped("<p>Sign up for the free newsletter that you like best.</p>", before=PROSE + about)
    assert is_dropped(
        "<p>Sign up for our newsletter that comes once a day, and on Sundays twice, with pictures.</p>",
        before=PROSE + about,
    )


def test_the_only_text_stays() -> None:
    assert clean_html(APPEAL, HERE) == APPEAL


BOX = "<div><h3>Stay with us</h3><p>Sign up for our daily newsletter.</p><ul><li>No charge</li><li>Every day</li></ul></div>"


def test_a_box_of_appeals_goes_whole() -> None:
    assert is_dropped(BOX, before=PROSE * 2)
    assert is_dropped("<ul><li>Follow us on Twitter.</li><li>One account.</li><li>Get email updates from us.</li></ul>")


def test_a_box_that_holds_a_paragraph_loses_its_appeal_only() -> None:
    told = "<p>The ferry runs every half hour until the new bridge is open to all, the captain said.</p>"
    assert clean_html(f"{PROSE * 2}<div>{told}{APPEAL}</div>", HERE) == clean_html(PROSE * 2 + told, HERE)


def test_a_box_with_a_picture_keeps_it() -> None:
    picture = '<img src="https://paper.example/bridge.jpg" alt="">'
    cleaned = clean_html(f"{PROSE * 2}<div><p>{picture}</p>{APPEAL}</div>", HERE)
    assert "bridge.jpg" in cleaned
    assert "newsletter" not in cleaned


def test_a_caption_loses_its_shortcode() -> None:
    coded = '<p>[caption id="a" width="300"]<img src="/a.jpg"> The <b>old</b> bridge[/caption]</p>'
    cleaned = clean_html(PROSE + coded, HERE)
    assert "bridge" in cleaned
    assert "a.jpg" in cleaned
    assert "caption" not in cleaned


def test_an_article_about_shortcodes_keeps_them() -> None:
    coded = '<p>A shortcode looks like this:</p><p>[gallery ids="1,2,3"]</p>'
    assert "[gallery" in clean_html(PROSE + coded, HERE)


OWN_VOICE = (
    "<p>The election is heating up, and the very future of the valley is at stake. At the Post we believe that news"
    " should be free for everyone.</p><p>We rely on readers like you to help fund our work. Any contribution goes"
    " directly into our reporting.</p><p>Support us, so that we can go on.</p>"
)


@pytest.mark.parametrize(
    ("box", "goes"),
    [
        (f"<div class=support-valley-post>{OWN_VOICE}</div>", True),
        (f"<div id=team-letter><ul><li>Ann Lee</li><li>Bo Berg</li></ul>{OWN_VOICE}</div>", True),
        (f"<div class=support-valley-post><div class=donate>{OWN_VOICE}</div></div>", True),
        (f"<div class=story>{OWN_VOICE}</div>", False),  # not called so
        # a letter to the editor: it speaks for its writers, and asks nothing for the paper
        (
            "<div class=letter><p>We have lived beside the bridge for forty years. Our children crossed it every day."
            " We do not want it back.</p><p>Ann Lee and seven neighbours</p></div>",
            False,
        ),
        # about somebody else's campaign
        (
            "<div class=support><p>The rowers have asked for help. Donate to our club, says their page. Nobody did. The"
            " boats are rotting by the mill, and the mayor does not care.</p></div>",
            False,
        ),
        # one sentence that asks is under many a text
        (
            "<div class=editors-letter><p>We moved house this year, dear readers. Our reporters wrote 900 stories. We have"
            " a new kitchen.</p><p>Subscribe to our newsletter.</p></div>",
            False,
        ),
        # a country, and words of other languages
        (
            "<div class=us-letter><p>The US president came on Monday. US officials met him at noon. US troops left."
            "</p><p>Subscribe to our newsletter for more of this.</p><p>Donate to our club.</p></div>",
            False,
        ),
        (
            "<div class=donacion><p>A ponte caiu nos anos noventa. Os carros ficaram nos dois lados. O prefeito falou nos"
            " jornais.</p><p>Assine a nossa newsletter.</p><p>Assine a nossa newsletter.</p></div>",
            False,
        ),
        (f"<div class=donate>{OWN_VOICE * 9}</div>", False),  # most of what there is
        (f"<div class=donate>{OWN_VOICE}</div>" * 4, False),  # as much together
        ("<div class=letter>" * MAX_ASKING + f"<div class=donate>{OWN_VOICE}</div>" + "</div>" * MAX_ASKING, False),
    ],
)
def test_a_box_in_the_publishers_voice_that_asks_goes_as_a_whole(box: str, goes: bool) -> None:
    cleaned = clean_html(f"{PROSE}{box}{PROSE}", HERE)
    assert (cleaned == PROSE * 2) is goes
