"""The way through an article of several pages: what is fetched, when it waits, when it is filed as it is."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.errors import FetchError, RobotsDenied
from crawler.model import Page, Tally
from crawler.siterules import SiteRules
from crawler.slices import pages
from tests.fakes import FEED, A, Answer, FakeWeb, Reply, World, answer, article, paragraphs, prose, rss, stories

HOST = "http://a.example"
URL = f"{HOST}/1"
POST = "_posts/2021-11-20-Story 1.md"
RULE = "single_page_link: //a[@class='print']\nnext_page_link: //a[@class='more']\nbody: //article\n"


def part(n: int, following: int = 0, body: str = "") -> str:
    """Return a page of story 1, with the text of story n."""
    head = f"<link rel=next href='/1/{following}'>" if following else ""
    return article(n, head=head, title="Story 1") + body


def world(
    folder: Path, pages: Mapping[str, Reply], *, text: str = "A summary.", rule: str = "", content: str = "best"
) -> World:
    rules = folder / "rules"
    rules.mkdir(parents=True)
    if rule:
        (rules / "a.example.txt").write_text(rule)
    source = replace(A, content=content)  # type: ignore[arg-type]
    feed = rss(*stories(HOST, 1, text=text))
    return World(folder / "archive", {FEED: feed, **pages}, source, rules=SiteRules(rules))


THREE: dict[str, Reply] = {URL: part(1, 2), f"{URL}/2": part(2, 3), f"{URL}/3": part(3)}


def said(there: World) -> list[int]:
    """Return whose texts the post has, in its order."""
    post = there.archive.read(POST).decode()
    found = {post.index(paragraphs(n)[0]): n for n in range(1, 30) if paragraphs(n)[0] in post}
    return [found[place] for place in sorted(found)]


class TestPages:
    def test_of_one_article_are_one_post(self, tmp_path: Path) -> None:
        there = world(tmp_path, THREE)
        assert there.run() == Tally(polled=1, new=1, fetched=3, archived=1)
        assert there.targets == [FEED, URL, f"{URL}/2", f"{URL}/3"]
        assert there.parsers.drafts == 3, "each page is parsed once"
        assert said(there) == [1, 2, 3]
        assert there.froms == [URL]

    def test_are_asked_for_in_robots_txt_one_by_one(self, tmp_path: Path) -> None:
        asked: list[str] = []

        async def permit(url: str) -> None:
            asked.append(url)

        world(tmp_path, THREE).run(permit=permit)
        assert asked == [URL, f"{URL}/2", f"{URL}/3"]

    @pytest.mark.parametrize(
        ("reply", "reason"),
        [
            (Answer(status=500), "page 3: HTTP 500 Internal Server Error"),
            (FetchError("connection reset"), "page 3: connection reset"),
            (answer(" "), "page 3: empty page"),
            ("<html><body><p>Just a moment...</p></body></html>", "page 3: the page is a bot check"),
        ],
    )
    def test_of_which_one_cannot_be_had_for_now_wait(self, tmp_path: Path, reply: Reply, reason: str) -> None:
        there = world(tmp_path, THREE | {f"{URL}/3": reply})
        tally = there.run()
        assert (tally.archived, tally.retried) == (0, 1)
        assert tally.fetched == (3 if "page" in reason.removeprefix("page 3") else 2)
        assert there.failures()[URL].reason == reason
        assert there.posts == {}
        there.pages |= THREE
        assert there.later(hours=1).run() == Tally(polled=1, unchanged=1, fetched=3, archived=1)
        assert said(there) == [1, 2, 3]

    @pytest.mark.parametrize(
        ("reply", "why"),
        [
            (Answer(status=404), "HTTP 404 Not Found"),
            (Answer(status=410), "HTTP 410 Gone"),
            (RobotsDenied("robots.txt forbids it", passing=False), "robots.txt forbids it"),
            (answer(b"%PDF-1.4 x"), "not a page: PDF data"),
            ("<html><body><p>Subscribe now to continue reading this.</p></body></html>", "the page is a paywall"),
        ],
    )
    def test_of_which_one_is_gone_are_filed_without_and_the_log_says_so(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture, reply: Reply, why: str
    ) -> None:
        there = world(tmp_path, THREE | {f"{URL}/3": reply})
        tally = there.run()
        assert tally.archived == 1
        assert said(there) == [1, 2]
        (warning,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
        assert warning == f"{URL}: taken without what follows: page 3, {URL}/3: {why}"

    def test_that_are_gone_leave_the_feeds_text_where_it_is_the_better_one(self, tmp_path: Path) -> None:
        full = prose(1) + prose(2) + prose(3)
        there = world(tmp_path, {URL: part(1, 2)}, text=full)
        assert there.run() == Tally(polled=1, new=1, fetched=1, archived=1)
        assert said(there) == [1, 2, 3]

    def test_that_stay_away_leave_the_feeds_text_in_the_end(self, tmp_path: Path) -> None:
        there = world(tmp_path, {URL: part(1, 2), f"{URL}/2": Answer(status=500)}, text=prose(7))
        for _ in range(10):
            tally = there.later(days=13).run()
        assert tally.archived == 1
        assert said(there) == [7]

    def test_that_lead_back_are_not_read_again(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        more = "<article>{}</article><a class=more href=/{}>on</a>"
        there = world(
            tmp_path,
            {
                URL: more.format(prose(1), 2),
                f"{HOST}/2": more.format(prose(2), 3),
                f"{HOST}/3": more.format(prose(3), 2),
            },
            rule=RULE,
        )
        assert there.run().fetched == 3
        assert said(there) == [1, 2, 3]
        assert "leads back to a page that was read" in caplog.text

    @pytest.mark.parametrize("final", [URL, "http://elsewhere.example/"])
    def test_that_redirect_elsewhere_are_none(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, final: str
    ) -> None:
        whole = FakeWeb._page

        def redirected(web: FakeWeb, request: object, reply: Answer) -> Page:
            page = whole(web, request, reply)  # type: ignore[arg-type]
            return replace(page, final_url=final) if page.url == f"{URL}/2" else page

        monkeypatch.setattr(FakeWeb, "_page", redirected)
        there = world(tmp_path, THREE)
        assert there.run() == Tally(polled=1, new=1, fetched=2, archived=1)
        assert said(there) == [1]
        assert f"leads elsewhere, to {final}" in caplog.text

    def test_have_an_end(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        there = world(tmp_path, {URL: part(1, 2)} | {f"{URL}/{n}": part(n, n + 1) for n in range(2, 30)})
        assert there.run().fetched == pages.MAX_PAGES
        assert said(there) == list(range(1, pages.MAX_PAGES + 1))
        assert f"taken without what follows: over {pages.MAX_PAGES} pages" in caplog.text

    def test_have_a_size_together(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pages, "MAX_BYTES", 1)
        there = world(tmp_path, THREE)
        assert there.run().fetched == 2
        assert said(there) == [1, 2]
        assert "MB in all" in caplog.text

    def test_of_the_next_article_are_none_of_this(self, tmp_path: Path) -> None:
        there = world(tmp_path, {URL: article(1, head="<link rel=next href='/2'>"), f"{HOST}/2": article(2)})
        assert there.run() == Tally(polled=1, new=1, fetched=1, archived=1)
        assert said(there) == [1]


class TestTheWholeOnOnePage:
    FIRST = part(1, 2, "<a class=print href=/print>Print</a>")
    WHOLE = article(1, title="Story 1").replace("</article>", f"{prose(2)}{prose(3)}</article>")

    def test_is_read_instead(self, tmp_path: Path) -> None:
        there = world(tmp_path, THREE | {URL: self.FIRST, f"{HOST}/print": self.WHOLE}, rule=RULE)
        assert there.run() == Tally(polled=1, new=1, fetched=2, archived=1)
        assert there.targets == [FEED, URL, f"{HOST}/print"]
        assert said(there) == [1, 2, 3]
        assert there.froms == [URL]

    def test_is_waited_for(self, tmp_path: Path) -> None:
        there = world(tmp_path, THREE | {URL: self.FIRST, f"{HOST}/print": Answer(status=503)}, rule=RULE)
        assert there.run().retried == 1
        assert there.failures()[URL].reason == "its single page: HTTP 503 Service Unavailable"

    @pytest.mark.parametrize(
        "reply",
        [Answer(status=404), "<html><body><p>Please log in to print this.</p></body></html>", answer(b"%PDF-1.4")],
    )
    def test_that_is_no_help_leaves_the_pages(
        self, tmp_path: Path, reply: Reply, caplog: pytest.LogCaptureFixture
    ) -> None:
        there = world(tmp_path, THREE | {URL: self.FIRST, f"{HOST}/print": reply}, rule=RULE, text=prose(9))
        assert there.run().archived == 1
        assert said(there) == [1, 2, 3]
        assert f"read page by page, for {HOST}/print is no help" in caplog.text


class TestRulesOfTheUsers:
    def test_are_found_by_the_host(self, tmp_path: Path) -> None:
        page = f"<div id=own>{prose(2)}</div>" + article(1)
        there = world(tmp_path, {URL: page}, rule="body: //div[@id='own']\n")
        there.run()
        assert said(there) == [2]

    def test_clean_the_feeds_text_too(self, tmp_path: Path) -> None:
        there = world(
            tmp_path, {}, text=f"{prose(1)}<div class=promo>{prose(2)}</div>", rule="strip_id_or_class: promo\n"
        )
        there.run()
        assert said(there) == [1]

    def test_are_not_needed(self, tmp_path: Path) -> None:
        there = World(tmp_path, {FEED: rss(*stories(HOST, 1)), **THREE})
        assert there.run().archived == 1
        assert said(there) == [1, 2, 3]

    def test_that_want_their_place_leave_the_feeds_text(self, tmp_path: Path) -> None:
        rule = "body: //div[@id='own']\nautodetect_on_failure: no\n"
        assert world(tmp_path, {URL: article(1)}, rule=rule).run().retried == 1
        there = world(tmp_path / "b", {URL: article(1)}, rule=rule, text=prose(2))
        assert there.run().archived == 1
        assert said(there) == [2]
