"""Lines of nothing but dates and names: what is one, what it says, and when it goes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from crawler.extractor.byline import MAX_LINE, Byline, read_line, take
from crawler.extractor.facts import Facts
from crawler.moments import Place, Stamp

MORNING = Stamp(datetime(2026, 11, 10, 8, 15, tzinfo=UTC), zoned=False)
DAY = Stamp(datetime(2026, 11, 10, tzinfo=UTC), timed=False, zoned=False)
TEXT = "<p>The ferry goes on until March.</p><p>Then the bridge opens.</p>"

LINES = [
    ("发布时间：2026-11-10 08:15　作者：周小满", ("周小满",), MORNING),
    ("By Ann Lee | 10 November 2026", ("Ann Lee",), DAY),
    ("发布于 2026年11月10日 08时15分", (), MORNING),
    ("2026-11-10 08:15", (), MORNING),
    ("[2026-11-10 08:15]", (), MORNING),
    ("10.11.2026, 08:15 Uhr", (), MORNING),
    ("日期: 2026/11/10 记者 周小满、李四 编辑：王五", ("周小满", "李四"), DAY),
    ("文/周小满 李四", ("周小满", "李四"), None),
    ("作者：Ann Lee 责任编辑：王五", ("Ann Lee",), None),
    ("本报记者：周小满（摄影：李四）", ("周小满",), None),
    ("来源：某报 2026-11-10 08:15", (), MORNING),
    ("发布时间：2026-11-10 08:15 浏览次数：118 字体：[大 中 小]", (), MORNING),
    ("Published: Nov 10, 2026 at 8:15 am", (), MORNING),
    ("Tuesday, November 10th, 2026", (), DAY),
    ("Written by Ann Lee, Bob van Dyk and Élise Ray", ("Ann Lee", "Bob van Dyk", "Élise Ray"), None),
    ("BY ANN LEE · 10 NOV 2026", ("ANN LEE",), DAY),
    ("Posted on 10 November 2026 by Ann Lee; edited by Bob Ray", ("Ann Lee",), DAY),
    ("Written by Ann Lee Edited by Bob Ray", ("Ann Lee",), None),
    ("Last updated: 10 November 2026", (), None),
    ("更新时间：2026-11-10 08:15 作者：周小满", ("周小满",), None),
    ("Updated on 12 November 2026, published on 10 November 2026", (), DAY),
]


@pytest.mark.parametrize(("line", "authors", "published"), LINES)
def test_lines_of_nothing_but_facts(line: str, authors: tuple[str, ...], published: Stamp | None) -> None:
    said = read_line(line)
    assert said is not None
    assert (said.authors, said.published) == (authors, published)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "|",
        "On 10 November 2026 the bridge opened.",
        "10 November 2026 was a Tuesday",
        "2026-13-40",
        "1912-11-10",
        "By Monday",
        "By Ann Lee in Berlin",
        "by the river",
        "By Ann Lee, who has seen it",
        "记者 昨日从市政府获悉，大桥通车。",
        "记者昨日获悉",
        "作者：",
        "作者：周小满是一位老师，住在河边。",
        "文中提到的桥",
        "图：新桥通车现场",
        "来源：新华社",
        "来源：新华社 责任编辑：王五",
        "08:15",
        "By Ann Lee " + "| 2026-11-10 " * 20,
    ],
)
def test_lines_that_are_text(line: str) -> None:
    assert read_line(line) is None


def test_a_stated_zone_and_the_sites_zone_count() -> None:
    said = read_line("2026-11-10 16:15", Place(ZoneInfo("Asia/Singapore")))
    assert said is not None
    assert said.published == Stamp(MORNING.when)
    said = read_line("2026-11-10 08:15 GMT", Place(ZoneInfo("Asia/Singapore")))
    assert said is not None
    assert said.published == Stamp(MORNING.when)


@settings(derandomize=True, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["By", "Ann", "Lee", "and", ",", "van", "作者", "：", "周小满", "、", "2026-11-10", "|", "x", "Nov"]
        )
    )
)
def test_no_line_makes_it_fail(words: list[str]) -> None:
    for joint in ("", " "):
        said = read_line(joint.join(words))
        assert said is None or len(joint.join(words)) <= MAX_LINE + 2 * len(words)


def left(markup: str) -> tuple[str, Byline]:
    root = html.fragment_fromstring(f"<div>{markup}</div>")
    said = take(root)
    return "".join(html.tostring(child, encoding="unicode") for child in root), said


WHOLE = "<p>By Ann Lee | 2026-11-10 08:15</p>"


@pytest.mark.parametrize(
    "markup",
    [
        f"{WHOLE}{TEXT}",
        f"{TEXT}{WHOLE}",
        f"<p>By Ann Lee<br>2026-11-10 08:15</p>{TEXT}",
        f"<p><b>By <a href=/ann>Ann Lee</a></b></p><p> </p><p>2026-11-10 08:15</p>{TEXT}",
        f"<p>By Ann Lee</p>{TEXT}<p>2026-11-10 08:15</p>",
        f"{WHOLE}{TEXT}<p>By Bob Ray | 2026-11-12 08:15</p>",
    ],
)
def test_they_go_from_both_ends(markup: str) -> None:
    body, said = left(markup)
    assert body.replace("<p> </p>", "") == TEXT
    assert said == Byline(("Ann Lee",), MORNING)


def test_headings_and_pictures_may_stand_before_them() -> None:
    assert (
        left(f"<h1>Bridge</h1><p><img src=/a.jpg></p>{WHOLE}{TEXT}")[0]
        == f'<h1>Bridge</h1><p><img src="/a.jpg"></p>{TEXT}'
    )


@pytest.mark.parametrize(
    "markup",
    [
        WHOLE,
        f"{WHOLE}<h2>Only a heading</h2>",
        f"<p>One.</p>{WHOLE}<p>Two.</p>",
        f"{TEXT}<p>10 November 2026</p>",
        f"{TEXT}<p>2026年11月10日（来源：某报）</p>",
        f"<blockquote>{WHOLE}</blockquote>{TEXT}",
        f"<h3>10 November 2026</h3>{TEXT}<h2>10 November 2026</h2>",
        f'<p><img src="/ann.jpg">By Ann Lee</p>{TEXT}',
        "",
    ],
)
def test_what_is_part_of_the_text_stays(markup: str) -> None:
    assert left(markup) == (markup, Byline())


def test_a_list_of_names_is_no_byline() -> None:
    names = "".join(f"<p>By Ann {initial}. Lee</p>" for initial in "ABCDEF")
    assert left(names + TEXT)[0] == "<p>By Ann E. Lee</p><p>By Ann F. Lee</p>" + TEXT


def test_one_of_them_always_stays_as_the_text() -> None:
    assert left(WHOLE * 3)[0] == WHOLE


def test_what_the_page_states_elsewhere_is_kept() -> None:
    facts = Facts(authors=("Bob",), published=DAY)
    assert Byline(("Ann",), MORNING).complete(facts) == Facts(authors=("Bob",), published=DAY, signed=("Ann",))
    assert Byline(("Ann",), MORNING).complete(Facts()) == Facts(published=MORNING, signed=("Ann",))


@pytest.mark.parametrize(
    ("body", "people"),
    [
        (f"{TEXT}<p><b>Ann Lee</b></p>", ("Ann Lee",)),
        (f"<p>…as it opens</p><p><strong>Ann Lee/Bob Ray</strong></p>{TEXT}", ("Ann Lee", "Bob Ray")),
        (f"{TEXT}<p><b>The End</b> of it</p>", ()),
        (f"{TEXT}<p><b>It all ends well</b></p>", ()),
        (f"{TEXT}<p>Ann Lee</p>", ()),
        (f"{TEXT * 4}<p><b>Ann Lee</b></p>{TEXT}", ()),
    ],
)
def test_a_name_set_apart_is_a_signature_and_stays(body: str, people: tuple[str, ...]) -> None:
    root = html.fragment_fromstring(body, create_parent="div")
    before = html.tostring(root)
    assert take(root).authors == people
    assert html.tostring(root) == before
