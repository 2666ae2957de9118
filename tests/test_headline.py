"""Which of the titles that a page states is its headline."""

from __future__ import annotations

import pytest
from lxml import html

from crawler.extractor.headline import Titles, is_reworded, without_site
from crawler.extractor.people import Houses

HOUSES = Houses(["The Paper"], "www.thepaper.org")
SEO = "Bridge opening 2021: all about the new bridge in Riverton"
EDITORS = "Riverton walks over its new bridge at last"


def best(*, node: dict[str, object] | None = None, og: str = "", window: str = "", h1: tuple[str, ...] = ()) -> str:
    root = html.document_fromstring(
        f"<title>{window}</title><body>" + "".join(f"<h1>{h}</h1>" for h in h1) + "<p>x</p></body>"
    )
    return Titles(root, node or {}, {"og_title": og} if og else {}, HOUSES).best()


def test_json_ld_comes_first() -> None:
    assert best(node={"headline": "A"}, og="B", window="C", h1=("D",)) == "A"
    assert best(node={"headline": "A <em>b</em> &amp; c"}) == "A b & c"


@pytest.mark.parametrize(
    ("h1", "want"),
    [(SEO, EDITORS), (EDITORS, EDITORS), ("A third headline for the bridge", SEO)],
)
def test_a_title_written_for_search_engines_gives_way_to_the_editors(h1: str, want: str) -> None:
    assert best(node={"headline": SEO}, og=EDITORS, window=f"{SEO} | The Paper", h1=(h1,)) == want


def test_a_headline_that_the_window_does_not_repeat_stays() -> None:
    assert best(node={"headline": EDITORS}, og=SEO, window=SEO, h1=(SEO,)) == EDITORS


@pytest.mark.parametrize("og", ["The Paper", "Bridge", "Weather for the coming week in the region", f"{SEO} - more"])
def test_what_is_no_other_wording_is_not_the_editors(og: str) -> None:
    assert best(node={"headline": SEO}, og=og, window=SEO, h1=(SEO,)) == SEO


def test_json_ld_may_have_the_headline_as_its_name() -> None:
    node: dict[str, object] = {"headline": "town in the north", "name": "Riverton"}
    assert best(node=node, window="Riverton - The Free Book", h1=("Riverton",)) == "Riverton"
    assert best(node=node, window="Riverton", h1=("town in the north",)) == "town in the north"


@pytest.mark.parametrize(
    ("og", "want"),
    [
        ("Bridge opens | The Paper", "Bridge opens"),
        ("Bridge opens | News | The Paper", "Bridge opens | News"),
        ("Bridge opens - thepaper.org", "Bridge opens"),
        ("The Paper » Bridge opens", "Bridge opens"),
        ("新桥通车：The Paper", "新桥通车"),
        ("Bridge: it opens", "Bridge: it opens"),
        ("The Paper", ""),
        ("新桥今天通车-新华网", "新桥今天通车"),
        ("新桥今天通车！_国内_某某频道", "新桥今天通车！"),
        ("新桥今天通车_数据_频道首页_财经网 - NEWS.EXAMPLE.CN", "新桥今天通车"),
        ("新桥-旧桥", "新桥-旧桥"),
        ("Bridge - 某某网", "Bridge"),
    ],
)
def test_the_house_is_no_part_of_a_title(og: str, want: str) -> None:
    assert best(og=og) == want


def test_a_heading_tells_where_a_shared_title_ends() -> None:
    assert best(og="Bridge opens | DW | 20.11.2021", h1=("Bridge opens",)) == "Bridge opens"


def test_two_kickers_are_no_part_of_the_headline() -> None:
    h1 = ("Riverton - «The bridge opens at last»",)
    assert best(og="New bridge: «The bridge opens at last»", h1=h1) == "«The bridge opens at last»"
    assert best(og="New bridge: it opens", h1=("New bridge: it opens",)) == "New bridge: it opens"
    assert best(og="New: all of the bridge", h1=("Another thing",)) == "New: all of the bridge"
    assert best(og="Of all that was written of it: no", h1=("Else: no",)) == "Of all that was written of it: no"


@pytest.mark.parametrize(
    ("window", "h1", "want"),
    [
        ("Bridge opens - The Paper", ("Local news", "Bridge opens"), "Bridge opens"),
        ("Bridge opens - The Paper", ("The Paper", "Bridge opens"), "Bridge opens"),
        ("Bridge opens at last", ("Our services",), "Bridge opens at last"),
        ("Home", ("Our services",), "Our services"),
        ("Bridge opens at last", ("The bridge",), "The bridge"),
        ("新桥今天 正式 通车", ("全部导航",), "新桥今天 正式 通车"),
        ("", ("Bridge opens", "Bridge closes"), "Bridge opens"),
        ("", ("!",), ""),
        ("", (), ""),
    ],
)
def test_the_heading_that_the_window_repeats(window: str, h1: tuple[str, ...], want: str) -> None:
    assert best(window=window, h1=h1) == want


def test_a_title_without_a_site() -> None:
    assert without_site("Just a title") == "Just a title"
    assert without_site("A long title | Site") == "A long title"


def test_other_words() -> None:
    assert is_reworded(SEO, EDITORS)
    assert is_reworded("新桥通车", "大桥今通车")
    assert not is_reworded("", "Bridge")
