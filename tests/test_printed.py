"""What a page prints near its headline: dates and authors in no machine's words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import html

from crawler.extractor import printed
from crawler.extractor.people import Houses
from crawler.moments import Place

HOUSES = Houses(["The Paper"], "www.thepaper.org")
DAY = datetime(2021, 11, 20, tzinfo=UTC)
TIME = datetime(2021, 11, 20, 14, 43, tzinfo=UTC)
BODY = "<article><p>The ferry goes on until March, and then the bridge opens to all.</p></article>"


def page(around: str) -> html.HtmlElement:
    return html.document_fromstring(f"<html><body><div>{around}</div>{BODY}</body></html>")


H1 = "<h1>Bridge</h1>"
DATES = [
    (f"{H1}<div class=date>2021年11月20日 14:43</div>", TIME),
    (f"{H1}<span>20.11.2021</span>", DAY),
    (f"{H1}<p class=article-meta>20.11.2021</p>", DAY),
    (f"{H1}<li class=x-date-full>Veröffentlicht am 20. November 2021 um 14:43</li>", TIME),
    (f"{H1}<p class=meta_date>erstellt: <b>20. November 2021, 14:43</b></p>", TIME),
    (f"{H1}<span class=tarih>20.11.2021 - Güncelleme : 21.11.2021</span>", DAY),
    (f"{H1}<p class=date>samedi, 20 novembre 2021 à 14h43</p>", TIME),
    (f"<span class=pub-time>发布时间：2021-11-20 14:43</span>{H1}", TIME),
    (f"<h1>The Paper</h1><h1>Menu</h1>{H1}<p class=date>二〇二一年十一月二十日</p>", DAY),
    (f"{H1}<p class=date>11月20日 14:43</p>", TIME),
    (f"{H1}<div class=place>20.11.2021</div>", None),
    (f"<div>20.11.2021</div>{H1}", None),
    (f"{H1}<div class=date>On 20 November 2021 it rained</div>", None),
    (f"{H1}<div class=date>更新：2021-11-20</div>", None),
    (f"{H1}<div class=date>2小时前</div>", None),
    (f"{H1}<p class=date>{'20.11.2021 ' * 20}</p>", None),
    ("<ul class=facts><li><strong>Datum</strong> 20.11.2021</li></ul>", DAY),
    ("<ul class=facts><li><strong>Datum</strong> unknown</li></ul>", None),
    ("<ul class=facts><li>Published: <time>20 November 2021</time></li><li>More</li></ul>", DAY),
    ("<p><b>Published:</b></p>", None),
]


@pytest.mark.parametrize(("around", "when"), DATES)
def test_dates(around: str, when: datetime | None) -> None:
    found = printed.date(page(around), "Bridge", Place(year=2021))
    assert (found.when if found else None) == when


AUTHORS = [
    (f"{H1}<a rel=author href=/x>Ann Lee</a>", ("Ann Lee",)),
    (f"{H1}<a rel='author nofollow' href=/x>Ann Lee</a>", ("Ann Lee",)),
    (f"{H1}<p class=ref><span itemprop=author>ale/bra;cos</span></p>", ("ale/bra", "cos")),
    (f"{H1}<p><span itemprop=author><b itemprop=name>Ann Lee</b>, editor at large</span></p>", ("Ann Lee",)),
    (f"{H1}<p class=author>Von Ann Lee, Berlin</p>", ("Ann Lee",)),
    (f"{H1}<p class=byline>Ann Lee | Berlin</p>", ("Ann Lee",)),
    (f"{H1}<p id=authors>Ann Lee</p>", ("Ann Lee",)),
    (f"{H1}<p class=autor>Ann Lee und Bob Ray, dpa</p>", ("Ann Lee", "Bob Ray", "dpa")),
    (f"{H1}<ul><li class=author>Ann Lee</li><li class=author>Bob Ray</li></ul>", ("Ann Lee", "Bob Ray")),
    (f"{H1}<p><a href=/author/ann>Ann Lee</a></p>", ("Ann Lee",)),
    (f"{H1}<p class=author>The Paper</p><p class=author>Ann Lee</p>", ("Ann Lee",)),
    (f"{H1}<p class=author>dpa</p><p class=x>By Ann Lee</p>", ("Ann Lee",)),
    (f"{H1}<ul><li>Von: <a href=/ann>Ann Lee</a>, <a href=/bob>Bob Ray</a></li></ul>", ("Ann Lee", "Bob Ray")),
    (f"{H1}<div><span>Ann Lee |</span> <span>20.11.2021 - Update: 21.11.2021</span></div>", ()),
    (f"{H1}<div><span>Ann Lee |</span> <span>20.11.2021</span></div>", ("Ann Lee",)),
    (f"{H1}<div>New Delhi | 20.11.2021</div>", ()),
    (f"{H1}<div>Ann Lee | 20 people of 2021</div>", ()),
    (f"{H1}<p>By Monday all was over</p>", ()),
    (f"{H1}<div class=comments><p class=author>Ann Lee</p></div>", ()),
    (f"{H1}<aside><p class=author>Ann Lee</p></aside>", ()),
    (f"<p class=author>Ann Lee</p>{H1}", ("Ann Lee",)),
    ("<p class=author>Ann Lee</p>", ()),
    (f"{H1}<p itemprop=author>Ann Lee</p>", ("Ann Lee",)),
    ("<ul><li><strong>Autorin/Autor</strong> Ann Lee</li></ul>", ("Ann Lee",)),
    ("<ul><li><strong>Author:</strong> a friend of the river</li></ul>", ()),
    (f"<p><strong>Author</strong> {'x' * 200}</p>", ()),
    (f"{H1}<p class=author>Ann Lee{'<i></i>' * 40}</p>", ()),
    (H1, ()),
]


@pytest.mark.parametrize(("around", "people"), AUTHORS)
def test_authors(around: str, people: tuple[str, ...]) -> None:
    assert printed.authors(page(around), "Bridge", HOUSES) == people


def test_the_way_to_both_sides_of_an_element() -> None:
    root = html.document_fromstring("<body><a><b></b></a><i><u></u></i><h1><s></s></h1><p><q></q></p></body>")
    heading = root.find(".//h1")
    assert [e.tag for e in printed.following(heading)] == ["p", "q"]
    assert [e.tag for e in printed.preceding(heading)] == ["u", "i", "b", "a"]
