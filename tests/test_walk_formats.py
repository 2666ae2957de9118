"""Articles in every layout, the whole way: filed once, re-read in place, edited ones left, known after the state is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.archive import facts
from crawler.inventory import rebuild, verify
from crawler.model import Content, FromFeed, Layout, Source, Tally
from crawler.state.opening import open_state
from crawler.writer.post import FORMATS
from tests.fakes import FEED, A, World, article, canonical, entry, rss
from tests.test_layouts import TEMPLATE

HOST = "http://a.example"
URL = f"{HOST}/1"
PATHS = {
    "jekyll": ("_posts/{date}-{title}.md", "_posts/2021-11-20-Story 1.md"),
    "hugo": ("content/posts/{date}-{title}/index.md", "content/posts/2021-11-20-Story 1/index.md"),
    "obsidian": ("{source}/{date}-{title}.md", "Harbour/2021-11-20-Story 1.md"),
    "template": ("_posts/{date}-{title}.md", "_posts/2021-11-20-Story 1.md"),
}
LABELLED = replace(
    A,
    tags_of_feed=FromFeed(True),
    categories=("ships",),
    categories_of_feed=FromFeed(False, (("tides", "water"),)),
    recheck=(timedelta(minutes=30),),
)


def item(text: str = "A summary.", title: str = "Story 1", url: str = URL) -> str:
    words = "<category>Tides</category><category>News</category></item>"
    return entry(url, title, text).replace("</item>", words)


@pytest.fixture(params=FORMATS)
def source(request: pytest.FixtureRequest) -> Source:
    layout = TEMPLATE if request.param == "template" else None
    return replace(LABELLED, format=request.param, path=PATHS[request.param][0], layout=layout)


@pytest.fixture
def there(tmp_path: Path, source: Source) -> World:
    world = World(tmp_path, {FEED: rss(item()), URL: article(1)}, source)
    assert world.run().archived == 1
    return world


def path(source: Source) -> str:
    return PATHS[source.format][1]


def is_sound(there: World) -> bool:
    return list(verify(there.archive, there.state)) == []


def test_is_filed_under_its_labels_and_known(there: World, source: Source) -> None:
    assert there.posts == {path(source): URL}
    known = facts(there.archive.read(path(source)))
    assert known is not None
    assert known.title == "Story 1"
    assert known.tags == ("Harbour", "Tides", "News")
    assert known.categories == ("Harbour", "ships", "water")
    assert is_sound(there)
    assert there.later(minutes=20).run() == Tally(polled=1, unchanged=1)


def test_is_rewritten_in_place_with_its_labels(there: World, source: Source) -> None:
    before = there.archive.read(path(source)).decode()
    there.pages[URL] = article(1).replace("before the tide turned", "before the rain came")
    there.pages[FEED] = rss(entry(URL, "Story 1", "A summary."))  # without its categories
    assert there.later(minutes=31).run().revised == 1
    assert there.archive.read(path(source)).decode() == before.replace("the tide turned", "the rain came")
    assert is_sound(there)


def test_is_not_rewritten_where_nothing_changed(there: World) -> None:
    tally = there.later(minutes=31).run()
    assert (tally.fetched, tally.revised) == (1, 0)


def test_edited_ones_are_left(there: World, source: Source, tmp_path: Path) -> None:
    place = tmp_path / path(source)
    place.write_text(place.read_text() + "mine\n")
    there.pages[URL] = article(1).replace("before the tide turned", "before the rain came")
    assert there.later(minutes=31).run().revised == 0
    assert place.read_text().endswith("mine\n")
    assert [finding.kind for finding in verify(there.archive, there.state)] == ["edited"]


def test_is_known_after_the_state_is_lost(there: World, source: Source) -> None:
    there.state = open_state("sqlite://")
    there.state.sync_sources(there.sources, there.clock.now())
    assert rebuild(there.archive, there.state, there.clock.now())[:2] == (1, ())
    assert is_sound(there)
    tally = there.later(minutes=20).run()
    assert (tally.fetched, tally.archived) == (0, 0)
    assert [row.all for row in there.state.source_rows(there.clock.now())] == [1], "it is its source's"


def test_has_no_twin_under_another_address_though_the_state_is_lost(there: World, source: Source) -> None:
    there.state = open_state("sqlite://")
    there.state.sync_sources(there.sources, there.clock.now())
    rebuild(there.archive, there.state, there.clock.now())
    other = f"{HOST}/one"
    there.pages |= {FEED: rss(item(url=other)), other: article(1)}
    assert there.later(minutes=20).run().fetched == 1
    assert list(there.posts) == [path(source)]


def test_has_no_twin_by_the_address_its_page_names(there: World, source: Source) -> None:
    other = f"{HOST}/one"
    there.pages |= {FEED: rss(item(), item(url=other)), other: article(1, head=canonical(URL))}
    there.later(minutes=20).run()
    assert list(there.posts) == [path(source)]


def test_another_of_its_name_stands_beside_it(there: World, source: Source) -> None:
    other = f"{HOST}/2"
    there.pages |= {FEED: rss(item(), item(url=other)), other: article(2, title="Story 1")}
    assert there.later(minutes=20).run().archived == 1
    beside = path(source).replace("Story 1", "Story 1-2")
    assert there.posts == {path(source): URL, beside: other}
    assert is_sound(there)


class TestATemplateThatFails:
    BAD = Layout("my.md", TEMPLATE.text + "{{ authors[9] }}\n")

    @pytest.mark.parametrize("content", ["best", "page"])
    def test_lets_the_article_wait_and_is_told_with_its_line(self, tmp_path: Path, content: Content) -> None:
        bad = replace(A, format="template", layout=self.BAD, content=content)
        there = World(tmp_path, {FEED: rss(item()), URL: article(1)}, bad)
        assert there.run().retried == 1
        failure = there.failures()[URL]
        assert failure.state == "pending"
        assert failure.reason.startswith("template my.md, line 11: list object has no element 9")
        assert [row.held for row in there.state.source_rows(there.clock.now())] == [0], "its text is not in doubt"
        there.sources = (replace(bad, layout=TEMPLATE),)
        assert there.later(days=1).run().archived == 1
        assert there.failures() == {}

    def test_costs_no_post_its_text(self, tmp_path: Path) -> None:
        good = replace(A, format="template", layout=TEMPLATE, recheck=(timedelta(minutes=30),))
        there = World(tmp_path, {FEED: rss(item()), URL: article(1)}, good)
        there.run()
        before = there.archive.read(path(good))
        there.sources = (replace(good, layout=self.BAD),)
        assert there.later(minutes=31).run().revised == 0
        assert there.archive.read(path(good)) == before
