"""The same article under two addresses, the whole way: feeds that edit addresses, reuse guids, move; a lost state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.errors import ArchiveError
from crawler.inventory import rebuild, verify
from crawler.model import Source, Tally
from tests.clock import START
from tests.fakes import FEED, A, Answer, World, article, canonical, entry, paragraphs, prose, rss, stories

HOST = "http://a.example"
POST = "_posts/2021-11-20-Story 1.md"


def world(folder: Path, *items: str, pages: dict[str, str] | None = None, sources: tuple[Source, ...] = (A,)) -> World:
    """A world whose feed was polled once."""
    there = World(folder, {FEED: rss(*items), **(pages or {})}, *sources)
    there.run()
    return there


def then(there: World, *items: str, feed: str = FEED, **pages: str) -> Tally:
    """Change the feed, and let its next turn come."""
    there.pages[feed] = rss(*items)
    return there.later(minutes=16).run()


def told(there: World, word: str, caplog: pytest.LogCaptureFixture) -> int:
    return sum(word in record.getMessage() for record in caplog.records)


FIRST = {f"{HOST}/1": article(1)}


class TestAnAddressThatChanged:
    @pytest.mark.parametrize(
        "link", [f"{HOST}/story-one", "https://a.example/1", "http://www.a.example/1", "http://new.example/1"]
    )
    def test_brings_no_second_file_and_no_second_fetch(self, tmp_path: Path, link: str) -> None:
        there = world(tmp_path, entry(f"{HOST}/1", "Story 1", guid="tag:1"), pages=FIRST)
        tally = then(there, entry(link, "Story 1", guid="tag:1"))
        assert (tally.new, there.targets) == (0, [FEED])
        known = there.known(link)
        assert known is not None
        assert (known.state, known.path) == ("done", POST)
        assert then(there, entry(link, "Story 1, corrected", guid="tag:1"), *stories(HOST, 2)).new == 1

    def test_with_its_title_is_known_by_its_text(self, tmp_path: Path) -> None:
        there = world(tmp_path, entry(f"{HOST}/1", "Story 1", guid="tag:1"), pages=FIRST)
        there.pages[f"{HOST}/one"] = article(1)
        tally = then(there, entry(f"{HOST}/one", "Story One, edited", guid="tag:1"))
        assert (tally.new, tally.fetched, tally.archived) == (1, 1, 0)
        assert there.froms == [f"{HOST}/1"]

    def test_while_it_waits_is_fetched_at_the_new_one(self, tmp_path: Path) -> None:
        there = world(tmp_path, entry(f"{HOST}/typo", "Story 1", guid="tag:1"))
        assert there.failures()
        there.pages[f"{HOST}/1"] = article(1)
        assert then(there, entry(f"{HOST}/1", "Story 1", guid="tag:1")).archived == 1
        assert (there.froms, there.failures(), there.state.frontier()) == ([f"{HOST}/1"], {}, (0, 0))

    def test_by_a_whole_site_that_moved_doubles_nothing(self, tmp_path: Path) -> None:
        there = world(tmp_path, *stories(HOST, 1, 2, 3), pages={f"{HOST}/{n}": article(n) for n in (1, 2, 3)})
        moved = [item.replace("http://a.example", "https://new.example") for item in stories(HOST, 1, 2, 3)]
        there.pages["https://new.example/4"] = article(4)
        assert then(there, *stories("https://new.example", 4), *moved) == Tally(polled=1, new=1, fetched=1, archived=1)

    def test_of_a_source_whose_own_address_was_changed_in_the_configuration(self, tmp_path: Path) -> None:
        there = world(tmp_path, *stories(HOST, 1), pages=FIRST)
        new = replace(A, url="https://new.example/feed")
        there.sources = (new,)
        moved = [item.replace("http://a.example", "https://new.example") for item in stories(HOST, 1)]
        assert then(there, *moved, feed=new.url).new == 0
        assert there.targets == [new.url]

    def test_is_another_article_where_only_the_path_agrees(self, tmp_path: Path) -> None:
        pages = FIRST | {"http://b.example/1": article(2, title="Story 1")}
        there = world(tmp_path, *stories(HOST, 1), pages=pages)
        later = entry("http://b.example/1", "Story 1", date=START - timedelta(hours=5))
        assert then(there, later).archived == 1
        assert len(there.posts) == 2


class TestGuidsThatAreNone:
    @pytest.mark.parametrize("guid", ["news", "2021-11-20", HOST, "1"])
    def test_cost_no_article_and_are_named_once(
        self, tmp_path: Path, guid: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        items = [entry(f"{HOST}/{n}", f"Story {n}", guid=guid) for n in (1, 2, 3, 4)]
        there = world(tmp_path, *items[:3], pages={f"{HOST}/{n}": article(n) for n in range(1, 5)})
        assert len(there.posts) == 3
        assert then(there, *items[1:]).archived == 1
        assert told(there, "not believed any more", caplog) == 1

    def test_one_at_a_time_cost_none_either(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        dates = [START - timedelta(hours=20 - n) for n in range(5)]
        items = [entry(f"{HOST}/{n}", f"Story {n}", guid="top", date=dates[n]) for n in range(5)]
        there = world(tmp_path, items[0], pages={f"{HOST}/{n}": article(n) for n in range(5)})
        for item in items[1:]:
            then(there, item)
        assert len(there.posts) == 5
        assert told(there, "its guid is that of", caplog) == 1

    def test_of_a_column_of_one_title_cost_none(self, tmp_path: Path) -> None:
        pages = {f"{HOST}/{n}": article(n, title="The weather") for n in range(4)}
        there = world(tmp_path, entry(f"{HOST}/0", "The weather", guid="weather", date=None), pages=pages)
        for n in range(1, 4):
            then(there, entry(f"{HOST}/{n}", "The weather", guid="weather", date=None))
        assert len(there.posts) == 4

    def test_at_once_under_two_addresses_are_one_article_if_the_text_is(self, tmp_path: Path) -> None:
        items = [entry(f"{HOST}/{section}/1", "Story 1", guid="tag:1") for section in ("town", "sea")]
        there = world(tmp_path, *items, pages={f"{HOST}/{section}/1": article(1) for section in ("town", "sea")})
        assert len(there.posts) == 1
        assert there.state.frontier() == (0, 0)

    def test_that_change_with_every_poll_bring_nothing_new(self, tmp_path: Path) -> None:
        there = world(tmp_path, entry(f"{HOST}/1", "Story 1", guid="random-0"), pages=FIRST)
        for n in range(1, 4):
            assert then(there, entry(f"{HOST}/1", "Story 1", guid=f"random-{n}")).new == 0


class TestChangelogs:
    PAGE = f"{HOST}/changelog"

    def items(self, *numbers: int, fragments: bool = True) -> list[str]:
        ends = {n: f"#v{n}" if fragments else "" for n in numbers}
        dates = {n: START - timedelta(days=30 - n) for n in numbers}
        return [entry(self.PAGE + ends[n], f"Version {n}", prose(n), guid=f"v{n}", date=dates[n]) for n in numbers]

    @pytest.mark.parametrize("fragments", [True, False])
    def test_every_entry_is_archived_once(self, tmp_path: Path, fragments: bool) -> None:
        there = world(tmp_path, *self.items(3, 2, 1, fragments=fragments), pages={self.PAGE: article(9)})
        assert len(there.posts) == 3
        assert then(there, *self.items(4, 3, 2, fragments=fragments)).archived == 1
        assert then(there, *self.items(5, 4, 3, fragments=fragments)).archived == 1
        assert len({path for path in there.posts if "Version" in path}) == 5
        assert self.PAGE not in there.targets

    def test_that_begin_with_one_entry_lose_none(self, tmp_path: Path) -> None:
        there = world(tmp_path, *self.items(1), pages={self.PAGE: article(1)})
        assert [then(there, *self.items(*range(n, 0, -1))).archived for n in (2, 3)] == [1, 1]
        assert len(there.posts) == 3

    def test_that_show_the_last_entry_alone_lose_none(self, tmp_path: Path) -> None:
        there = world(tmp_path, *self.items(1), pages={self.PAGE: article(1)})
        assert [then(there, *self.items(n)).archived for n in (2, 3)] == [1, 1]

    def test_are_found_in_a_state_made_anew(self, tmp_path: Path) -> None:
        there = world(tmp_path, *self.items(3, 2, 1), pages={self.PAGE: article(9)})
        fresh = World(tmp_path, there.pages)
        fresh.state.sync_sources(fresh.sources, START)
        rebuild(fresh.archive, fresh.state, START)
        assert fresh.run() == Tally(polled=1)


B = replace(A, name="Lagoon", url="http://b.example/feed", tags=("Lagoon",))


class TestTwoSources:
    def both(self, folder: Path, **more: object) -> World:
        there = World(folder, {FEED: rss(*stories(HOST, 1)), B.url: Answer(status=500), **FIRST}, A, replace(B, **more))  # type: ignore[arg-type]
        there.run()
        there.pages[B.url] = rss(entry(f"{HOST}/1?utm_source=b#top", "Story 1"))
        there.later(hours=1).run()
        return there

    def shared(self, there: World) -> dict[str, tuple[int, int]]:
        return {row.name: (row.all, row.shared) for row in there.state.source_rows(START)}

    def test_have_one_file_with_the_tags_of_the_first_and_the_other_is_noted(self, tmp_path: Path) -> None:
        there = self.both(tmp_path)
        assert "tags: [ Harbour ]" in there.archive.read(POST).decode()
        assert (len(there.posts), self.shared(there)) == (1, {"Harbour": (1, 0), "Lagoon": (0, 1)})

    def test_filters_of_the_second_change_nothing_of_it(self, tmp_path: Path) -> None:
        there = self.both(tmp_path, exclude=("Story",))
        assert (len(there.posts), self.shared(there)) == (1, {"Harbour": (1, 0), "Lagoon": (0, 0)})

    def test_the_first_may_go(self, tmp_path: Path) -> None:
        there = self.both(tmp_path)
        there.sources = (B,)
        there.pages[B.url] = rss(entry(f"{HOST}/1", "Story 1, again"))
        assert there.later(hours=1).run().new == 0
        assert self.shared(there) == {"Lagoon": (1, 0)}
        assert list(verify(there.archive, there.state)) == []

    def test_what_waited_when_it_went_is_fetched_for_the_second(self, tmp_path: Path) -> None:
        there = World(tmp_path, {FEED: rss(*stories(HOST, 1)), B.url: rss(*stories(HOST, 1))}, A, B)
        there.run()
        there.sources = (B,)
        there.pages |= FIRST
        assert there.later(hours=1).run().archived == 1
        assert "tags: [ Lagoon ]" in there.archive.read(POST).decode()


class TestCanonical:
    @pytest.mark.parametrize(
        "twin", ["http://m.a.example/1", "http://amp.a.example/x/1.html", "http://www.a.example/1?amp=1"]
    )
    def test_twins_of_one_site_are_one_file(self, tmp_path: Path, twin: str) -> None:
        there = world(tmp_path, *stories(HOST, 1), pages=FIRST)
        there.pages[twin] = article(1, head=canonical(f"{HOST}/1"))
        then(there, entry(twin, "Story 1: mobile"))
        assert there.froms == [f"{HOST}/1"]

    def test_is_not_believed_across_sites(self, tmp_path: Path) -> None:
        there = world(tmp_path, *stories(HOST, 1), pages=FIRST)
        there.pages["http://copy.example/x"] = article(1, head=canonical(f"{HOST}/1"))
        assert then(there, entry("http://copy.example/x", "Story 1")).archived == 1

    def test_of_a_template_costs_no_column_of_one_title(self, tmp_path: Path) -> None:
        """Each edition a day after the other, another text, and the section's address as canonical."""
        head, dates = canonical(f"{HOST}/briefing/"), [START - timedelta(days=9 - n) for n in range(3)]
        pages = {f"{HOST}/{n}": article(n, head=head, title="Briefing") for n in range(3)}
        items = [entry(f"{HOST}/{n}", "Briefing", date=dates[n]) for n in range(3)]
        there = world(tmp_path, items[0], pages=pages)
        then(there, items[1])
        then(there, items[2])
        assert len(there.posts) == 3

    def test_many_posts_of_one_title_and_day_stand_side_by_side(self, tmp_path: Path) -> None:
        numbers = range(12)
        items = [entry(f"{HOST}/{n}", "In brief", guid=f"{n}") for n in numbers]
        there = world(tmp_path, *items, pages={f"{HOST}/{n}": article(n, title="In brief") for n in numbers})
        assert len(there.posts) == 12

    def test_short_posts_are_not_one_for_their_envelope(self, tmp_path: Path) -> None:
        source = replace(A, content="feed")
        items = [entry(f"{HOST}/{n}", f"Note {n}", f"Note {n}.", guid="g", date=None) for n in (1, 2)]
        there = world(tmp_path, items[0], sources=(source,))
        then(there, items[1])
        assert len(there.posts) == 2


class TestAfterTheStateIsLost:
    """Other addresses and guids are gone with it; the files tell."""

    def lost(self, there: World, folder: Path) -> World:
        fresh = World(folder, there.pages)
        fresh.clock = there.clock
        fresh.state.sync_sources(fresh.sources, START)
        rebuild(fresh.archive, fresh.state, START)
        return fresh

    @pytest.mark.parametrize("link", [f"{HOST}/story-one", "https://a.example/1", "http://new.example/1"])
    def test_another_address_is_fetched_once_more_and_filed_no_second_time(self, tmp_path: Path, link: str) -> None:
        there = world(tmp_path, *stories(HOST, 1), pages=FIRST | {link: article(1)})
        fresh = self.lost(there, tmp_path)
        tally = then(fresh, entry(link, "Story 1"))
        assert (tally.fetched, tally.archived) == (1, 0)
        assert fresh.froms == [f"{HOST}/1"]
        assert then(fresh, entry(link, "Story 1 again")).new == 0

    @pytest.mark.parametrize(
        ("link", "story", "hours"),
        [(f"{HOST}/x", 2, 1), (f"{HOST}/x", 1, 3), ("http://copy.example/x", 1, 1)],
        ids=["another text", "another time", "another site"],
    )
    def test_what_is_not_the_same_is_filed_beside_it(self, tmp_path: Path, link: str, story: int, hours: int) -> None:
        there = world(tmp_path, *stories(HOST, 1), pages=FIRST | {link: article(story, title="Story 1")})
        fresh = self.lost(there, tmp_path)
        assert then(fresh, entry(link, "Story 1", date=START - timedelta(hours=hours))).archived == 1
        assert len(fresh.posts) == 2

    def test_copies_on_two_sites_that_are_read_are_two_articles(self, tmp_path: Path) -> None:
        feeds = {FEED: rss(*stories(HOST, 1)), B.url: rss(*stories("http://b.example", 1))}
        there = World(tmp_path, feeds | FIRST | {"http://b.example/1": article(1)}, A, B)
        assert there.run().archived == 2
        fresh = self.lost(there, tmp_path)
        assert fresh.later(minutes=16).run().new == 0

    def test_a_post_that_cannot_be_read_is_no_twin(self, tmp_path: Path) -> None:
        """`put` will say what is wrong."""
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "archive").mkdir()
        (tmp_path / "archive" / "_posts").symlink_to(tmp_path / "elsewhere")
        there = World(tmp_path / "archive", {FEED: rss(*stories(HOST, 1)), **FIRST})
        with pytest.raises(ArchiveError, match="leads out"):
            there.run()

    def test_a_persons_page_in_its_place_is_no_twin(self, tmp_path: Path) -> None:
        (tmp_path / "_posts").mkdir()
        date, body = "title: Story 1\ndate: 2021-11-20T05:43:44.821Z", "".join(paragraphs(1))
        for name, head in (("", "title: x"), ("-2", f"from: about:blank\n{date}"), ("-3", "from: http://a.example/x")):
            (tmp_path / f"_posts/2021-11-20-Story 1{name}.md").write_text(f"---\n{head}\n---\n{body}\n")
        there = world(tmp_path, *stories(HOST, 1), pages=FIRST)
        assert f"{HOST}/1" in there.froms
