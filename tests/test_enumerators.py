"""What is kept of the entries that a document names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler import enumerators, urls
from crawler.enumerators import Reading, is_article, sift
from crawler.errors import ParseError
from crawler.model import Entry, Page
from crawler.packing import unpack
from crawler.past import ALWAYS, Found, Origin, Step, Window
from tests.clock import START
from tests.fakes import A
from tests.scripted import ROOT, listing, named

DAY = timedelta(days=1)
ONE = Entry(url="HTTP://a.example:80/1?utm_source=x#top", title="One", published=START)


class TestSifting:
    def test_keys_and_packs(self) -> None:
        (one,), outside, unwanted = sift([ONE], A, Origin(), ALWAYS, are_articles=True)
        assert (outside, unwanted) == (0, 0)
        assert (one.url, one.host, one.published) == ("http://a.example/1", "a.example", START)
        assert one.key == urls.key(one.url)
        assert unpack(one.entry) == ONE

    def test_asks_the_archive_for_copies(self) -> None:
        copy = replace(ONE, copy="https://web.example/web/2021id_/http://a.example/1")
        (one,), *_ = sift([copy], A, Origin(), ALWAYS, are_articles=True)
        assert (one.host, one.url) == ("web.example", "http://a.example/1")

    def test_leaves_out_other_dates_as_the_source_means_them(self) -> None:
        late = replace(A, time_offset=-DAY)
        window = Window(START - DAY / 2)
        assert sift([ONE], A, Origin(), window, are_articles=True)[1:] == (0, 0)
        assert sift([ONE], late, Origin(), window, are_articles=True) == ((), 1, 0)
        assert len(sift([replace(ONE, published=None)], late, Origin(), window, are_articles=True)[0]) == 1

    def test_leaves_out_what_the_source_does_not_want_or_nobody_can_fetch(self) -> None:
        picky = replace(A, exclude=("One",))
        assert sift([ONE], picky, Origin(), ALWAYS, are_articles=True) == ((), 0, 1)
        assert sift([Entry(title="no address")], A, Origin(), ALWAYS, are_articles=True) == ((), 0, 1)

    def test_asks_whether_an_address_is_an_articles_unless_that_is_known(self) -> None:
        strict = replace(A, article_url=r"/story\d+$")
        other = Entry(url="http://a.example/about")
        assert sift([other], strict, Origin(), ALWAYS) == ((), 0, 1)
        assert len(sift([other], strict, Origin(), ALWAYS, are_articles=True)[0]) == 1
        assert is_article("http://a.example/story1", strict, Origin())


@pytest.mark.usefixtures("scripted")
class TestReading:
    def read(self, body: str) -> Found:
        step = Step("feed", f"{ROOT}/feed")
        page = Page(step.url, step.url, 200, (), body.encode(), START)
        return enumerators.read(Reading(step, A, Origin(), Window(START)), page)

    def test_sifts_what_the_enumerator_found(self) -> None:
        early = named("http://a.example/2", date=START - DAY)
        found = self.read(listing(*named("http://a.example/1"), *early, f"onward {ROOT}/2", "offers", "says so"))
        assert [one.url for one in found.listed] == ["http://a.example/1"]
        assert (found.outside, found.unwanted, found.offers, found.said) == (1, 0, True, "so")
        assert [step.url for step in found.onward] == [f"{ROOT}/2"]

    def test_of_what_is_none_is_an_error(self) -> None:
        with pytest.raises(ParseError):
            self.read("<html>")
