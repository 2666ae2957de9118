"""Articles: which text is taken, what waits, what is given up, where posts stand, what is one article."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.engine.local import run_once
from crawler.errors import FetchError, RobotsDenied
from crawler.model import Draft, Failure, Onward, Tally
from crawler.slices import Shop, Want
from crawler.workers import Task
from tests.clock import START
from tests.fakes import FEED, A, Answer, World, answer, article, canonical, entry, prose, rss, stories
from tests.test_article_crash import FULL, HOST, POST, SUMMARY, URL, Crash, Cut, world


class TestWhichText:
    def test_the_pages_comes_first(self, tmp_path: Path) -> None:
        there = world(tmp_path, rss(*stories(HOST, 1, text=prose(2))), article(1))
        assert there.run().fetched == 1
        post = there.archive.read(POST).decode()
        assert "The ferry of harbour 1 " in post
        assert "Printed on paper" not in post

    def test_the_feeds_is_taken_at_once_where_the_page_is_gone(self, tmp_path: Path) -> None:
        there = world(tmp_path, FULL, Answer(status=404))
        assert there.run() == Tally(polled=1, new=1, archived=1)
        assert "The ferry of harbour 1 " in there.archive.read(POST).decode()

    @pytest.mark.parametrize("page", [Answer(status=410), RobotsDenied("robots.txt forbids it", passing=False)])
    def test_or_must_not_be_read(self, tmp_path: Path, page: Answer | FetchError) -> None:
        assert world(tmp_path, FULL, page).run().archived == 1

    def test_no_summary_is_taken_for_an_article(self, tmp_path: Path) -> None:
        there = world(tmp_path, SUMMARY, Answer(status=404))
        assert there.run() == Tally(polled=1, new=1, retried=1)
        failure = there.failures()[URL]
        assert failure.reason == "HTTP 404 Not Found; the page is gone, and there is no full text in the feed"
        assert (failure.kind, failure.state, failure.tries, failure.source) == ("article", "pending", 1, "Harbour")
        assert there.posts == {}

    def test_the_feeds_is_taken_at_once_where_the_page_breaks_its_parser(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        there = World(tmp_path, {FEED: rss(*stories(HOST, 1, text=prose(1))), f"{HOST}/1": article(1)})
        whole = there.parsers.draft

        async def draft(task: Task) -> Draft | Onward | Failure:
            return (
                await whole(task) if task.page is None else Failure("the parser died on it (exit -11)", passing=False)
            )

        monkeypatch.setattr(there.parsers, "draft", draft)
        assert there.run() == Tally(polled=1, new=1, fetched=1, archived=1)

    def test_the_feeds_is_taken_in_the_end_where_the_page_stays_blank(self, tmp_path: Path) -> None:
        there = World(tmp_path, {FEED: rss(*stories(HOST, 1, text=prose(1))), f"{HOST}/1": answer("")})
        assert there.run().retried == 1
        for _ in range(9):
            there.later(days=13).run()
        assert there.froms == [f"{HOST}/1"]

    def test_who_wants_the_page_waits_for_it(self, tmp_path: Path) -> None:
        there = world(tmp_path, FULL, Answer(status=404), "page")
        assert there.run() == Tally(polled=1, new=1, retried=1)
        assert there.failures()[URL].reason == "HTTP 404 Not Found"
        there.pages[URL] = article(1)
        assert there.later(minutes=20).run().archived == 1

    def test_who_wants_the_feed_fetches_no_page(self, tmp_path: Path) -> None:
        there = world(tmp_path, SUMMARY, article(1), "feed")
        assert there.run() == Tally(polled=1, new=1, archived=1)
        assert there.targets == [FEED]
        assert "A summary" in there.archive.read(POST).decode()

    @pytest.mark.parametrize("page", ["", "<html><body><p>Just a moment…</p></body></html>"])
    def test_a_page_without_an_article_is_a_failure_and_no_post(self, tmp_path: Path, page: str) -> None:
        there = world(tmp_path, SUMMARY, page)
        assert there.run() == Tally(polled=1, new=1, fetched=1, retried=1)
        assert there.failures()[URL].reason
        assert there.posts == {}

    def test_an_entry_without_a_link_is_its_own_text(self, tmp_path: Path) -> None:
        item = (
            f"<item><guid>tag:7</guid><title>A letter</title><description><![CDATA[{prose(3)}]]></description></item>"
        )
        there = World(tmp_path, {FEED: rss(item)})
        assert there.run().archived == 1
        assert there.targets == [FEED]
        assert there.froms[0].startswith(f"{FEED}#entry-")


class TestTries:
    def test_a_passing_failure_waits_though_the_feed_has_the_text(self, tmp_path: Path) -> None:
        there = world(tmp_path, FULL, FetchError("connection reset"))
        assert there.run() == Tally(polled=1, new=1, retried=1)
        failure = there.failures()[URL]
        assert failure.reason == "connection reset"
        assert failure.next_try is not None
        assert timedelta(minutes=15) <= failure.next_try - START <= timedelta(minutes=20)
        assert there.later(minutes=10).run() == Tally()
        there.pages[URL] = article(1)
        assert there.later(minutes=10).run().archived == 1

    def test_is_tried_after_it_left_the_feed(self, tmp_path: Path) -> None:
        there = world(tmp_path, FULL, Answer(status=500))
        there.run()
        there.pages |= {FEED: rss(), URL: article(1)}
        assert there.later(hours=1).run().archived == 1
        assert there.froms == [URL]
        assert "Story 1" in there.archive.read(POST).decode(), "what the feed said of it is kept"

    @pytest.mark.parametrize(
        ("feed", "end"), [(SUMMARY, Tally(dead=1)), (FULL, Tally(archived=1))], ids=["given up", "the feed's text"]
    )
    def test_ten_within_a_month_then_the_feeds_text_or_the_end(self, tmp_path: Path, feed: str, end: Tally) -> None:
        there = world(tmp_path, feed, Answer(status=502))
        tallies = [there.run()]
        while there.known(URL).state == "pending":  # type: ignore[union-attr]
            there.pages[FEED] = Answer(status=304)
            due = there.failures()[URL].next_try
            assert due is not None
            there.clock.advance(due - there.clock.now())
            tallies.append(there.work(articles_only))
        assert tallies[1:] == [*[Tally(retried=1)] * 8, end]
        assert timedelta(days=29) < there.clock.now() - START < timedelta(days=32)
        assert there.later(days=100).work(articles_only) == Tally(), "it is left in peace"

    def test_the_dead_are_named_with_their_reason(self, tmp_path: Path) -> None:
        there = world(tmp_path, SUMMARY, Answer(status=404))
        for _ in range(10):
            there.run()
            there.later(days=13)
        failure = there.failures()[URL]
        assert (failure.state, failure.tries, failure.next_try) == ("dead", 10, None)
        assert failure.reason.startswith("HTTP 404")
        assert there.state.frontier() == (0, 1)

    def test_429_silences_the_host_and_costs_the_others_no_try(self, tmp_path: Path) -> None:
        pages = dict.fromkeys([f"{HOST}/{n}" for n in (1, 2, 3)], answer(status=429, Retry_After="3600"))
        there = World(tmp_path, {FEED: rss(*stories(HOST, 1, 2, 3)), **pages})
        assert there.run() == Tally(polled=1, new=3, retried=1)
        assert len(there.targets) == 2
        assert len(there.failures()) == 1
        host = there.state.hosts.get("a.example")
        assert host is not None
        assert host.not_before == START + timedelta(hours=1)
        assert there.later(minutes=59).run() == Tally()
        there.pages |= {f"{HOST}/{n}": article(n) for n in (1, 2, 3)}
        assert there.later(minutes=2).run().archived == 3

    def test_503_silences_the_host_for_a_while_though_it_does_not_say_how_long(self, tmp_path: Path) -> None:
        pages = dict.fromkeys([f"{HOST}/{n}" for n in (1, 2, 3)], Answer(status=503))
        there = World(tmp_path, {FEED: rss(*stories(HOST, 1, 2, 3)), **pages})
        assert there.run() == Tally(polled=1, new=3, retried=1)
        assert len(there.targets) == 2
        assert there.later(minutes=14).run() == Tally()
        there.pages |= {f"{HOST}/{n}": article(n) for n in (1, 2, 3)}
        assert there.later(minutes=7).run().archived == 3

    def test_nor_those_that_already_wait_for_their_turn(self, tmp_path: Path) -> None:
        async def slow() -> Answer:
            await asyncio.sleep(0.01)
            return answer(status=429, Retry_After="3600")

        there = World(tmp_path, {FEED: rss(*stories(HOST, 1, 2, 3)), **{f"{HOST}/{n}": slow for n in (1, 2, 3)}})
        assert there.run(connections=3) == Tally(polled=1, new=3, retried=1)
        assert len(there.targets) == 2

    def test_a_bug_in_a_parser_fails_the_article_alone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError("oh")

        there = World(tmp_path, {FEED: rss(*stories(HOST, 1, 2)), URL: article(1), f"{HOST}/2": "<title>2</title>"})
        monkeypatch.setattr("crawler.extractor.extract", broken)
        assert there.run().retried == 2
        assert there.failures()[URL].reason == "internal error: ZeroDivisionError: oh"


async def articles_only(shop: Shop) -> Tally:
    """Make a pass and leave the polls out of the count."""
    return replace(await run_once(shop, Want()), polled=0, unchanged=0)


class TestPlaces:
    def test_a_foreign_file_is_stepped_round(self, tmp_path: Path) -> None:
        there = world(tmp_path, SUMMARY, article(1))
        foreign = b"---\ntitle: Mine\n---\nNothing of yours.\n"
        there.archive.put(POST, foreign)
        there.run()
        assert there.archive.read(POST) == foreign
        assert there.posts == {POST: "", "_posts/2021-11-20-Story 1-2.md": URL}
        known = there.known(URL)
        assert known is not None
        assert known.path == "_posts/2021-11-20-Story 1-2.md"

    def test_articles_of_one_title_stand_side_by_side(self, tmp_path: Path) -> None:
        numbers = range(1, 5)
        items = [entry(f"{HOST}/{n}", "Same again") for n in numbers]
        there = World(tmp_path, {FEED: rss(*items), **{f"{HOST}/{n}": article(n) for n in numbers}})
        assert there.run().archived == 4
        assert sorted(there.posts) == sorted(f"_posts/2021-11-20-Same again{end}.md" for end in ("", "-2", "-3", "-4"))

    def test_its_own_post_is_found_though_the_state_forgot(self, tmp_path: Path) -> None:
        there = world(tmp_path, SUMMARY, article(1))
        there.run()
        fresh = World(tmp_path, there.pages)
        assert fresh.run().archived == 1
        assert fresh.posts == {POST: URL}

    def test_a_post_that_a_person_edited_is_not_written_again(self, tmp_path: Path) -> None:
        there = world(tmp_path, SUMMARY, article(1))
        with pytest.raises(Crash):
            there.run(state=Cut(there.state, "settle", after=False))
        edited = there.archive.read(POST).replace(b"harbour", b"HARBOUR")
        (tmp_path / POST).write_bytes(edited)
        there.later(hours=1).run()
        assert there.archive.read(POST) == edited
        assert there.posts == {POST: URL}


B = replace(A, name="Lagoon", url="http://b.example/feed")


def two(folder: Path, first: str, second: str, pages: dict[str, str]) -> World:
    """Two sources, the second of which is polled an hour later."""
    there = World(folder, {FEED: first, B.url: Answer(status=500), **pages}, A, B)
    there.run()
    there.pages[B.url] = second
    return there.later(hours=1)


class TestTheSameArticle:
    def test_in_two_sources_at_once_is_one_file(self, tmp_path: Path) -> None:
        feeds = {FEED: SUMMARY, B.url: rss(entry(f"{URL}?utm_source=rss#top", "Story 1"))}
        there = World(tmp_path, {**feeds, URL: article(1)}, A, B)
        assert there.run().archived == 1
        assert there.posts == {POST: URL}
        assert there.targets.count(URL) == 1

    def test_in_a_second_source_later_is_not_fetched(self, tmp_path: Path) -> None:
        there = two(tmp_path, SUMMARY, SUMMARY, {URL: article(1)})
        assert there.run().new == 0
        assert sorted(there.targets) == [FEED, B.url]

    TWIN = f"{HOST}/1?page=amp"

    def test_under_two_addresses_in_one_pass_is_one_file(self, tmp_path: Path) -> None:
        head = canonical(f"{HOST}/1")
        feed = rss(*stories(HOST, 1), entry(self.TWIN, "Story 1"))
        there = World(tmp_path, {FEED: feed, URL: article(1, head=head), self.TWIN: article(1, head=head)})
        tally = there.run()
        assert (tally.archived, tally.new) == (1, 2)
        assert len(there.posts) == 1
        assert there.state.frontier() == (0, 0)
        assert there.later(hours=1).run() == Tally(polled=1, unchanged=1)

    def test_under_two_addresses_that_are_fetched_at_once_is_one_file(self, tmp_path: Path) -> None:
        head = canonical(f"{HOST}/story")
        names = [f"{HOST}/1?v={n}" for n in range(4)]
        feed = rss(*(entry(name, "Story 1") for name in names))
        there = World(tmp_path, {FEED: feed, **dict.fromkeys(names, article(1, head=head))})
        assert there.run(connections=4).archived == 1
        assert len(there.posts) == 1
        assert there.state.frontier() == (0, 0)

    @pytest.mark.parametrize("link", [URL, "/1", "http://a.example:80/1?utm_medium=x", "http://www.a.example/1"])
    def test_under_another_address_later_is_one_file(self, tmp_path: Path, link: str) -> None:
        page = article(1, head=canonical(link))
        there = two(tmp_path, SUMMARY, rss(entry(self.TWIN, "Story 1, again")), {URL: page, self.TWIN: page})
        there.run()
        assert there.posts == {POST: URL}
        twin = there.known(self.TWIN)
        assert twin is not None
        assert (twin.state, twin.path) == ("done", POST)
        there.pages[B.url] = rss(entry(self.TWIN, "Story 1, again and again"))
        assert there.later(hours=1).run().new == 0

    def test_whose_canonical_address_comes_later_is_not_fetched_again(self, tmp_path: Path) -> None:
        page = article(1, head=canonical(URL))
        there = two(tmp_path, rss(entry(self.TWIN, "Story 1")), SUMMARY, {URL: page, self.TWIN: page})
        assert there.run().new == 0
        assert there.froms == [self.TWIN]

    def test_that_a_template_gives_to_every_page_costs_no_article(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        head = canonical(f"{HOST}/news/")
        pages = {f"{HOST}/{n}": article(n, head=head) for n in (1, 2, 3)}
        there = World(tmp_path, {FEED: rss(*stories(HOST, 1, 2)), **pages})
        there.run()
        there.pages[FEED] = rss(*stories(HOST, 1, 2, 3))
        there.later(minutes=16).run()
        assert there.froms == [f"{HOST}/{n}" for n in (1, 2, 3)]
        assert "taken for another article" in caplog.text

    @pytest.mark.parametrize(
        "link", ["http://other.example/1", f"{HOST}/", "http://[", "mailto:me@a.example", f"{HOST}/{'x' * 9000}"]
    )
    def test_is_not_believed_of_other_sites_front_pages_and_nonsense(self, tmp_path: Path, link: str) -> None:
        pages = {f"{HOST}/{n}": article(n, head=canonical(link)) for n in (1, 2)}
        there = World(tmp_path, {FEED: rss(*stories(HOST, 1, 2)), **pages})
        assert there.run().archived == 2
        assert there.froms == [f"{HOST}/1", f"{HOST}/2"]
