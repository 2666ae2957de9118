"""`crawler fetch URL`: one article by hand."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crawler.archive import lock
from crawler.state.store import SqlState
from tests.clock import START
from tests.conftest import Desk
from tests.fakes import entry, everything, prose, rss, says
from tests.webserver import page

POST = "_posts/2021-11-20-Story 7.md"


@pytest.fixture
def desk7(desk: Desk) -> Desk:
    """A desk whose server has a story that is in no feed."""
    return desk.serve(1, 2, 3, 7).configure()


class TestFetch:
    def test_archives_an_article_that_is_in_no_feed(self, desk7: Desk) -> None:
        assert desk7.run("fetch", f"{desk7.base}/7") == (0, f"{POST}\n", "")
        text = (desk7.archive / POST).read_text()
        assert f"from: {desk7.base}/7\n" in text
        assert "author: Harbour\n" in text, "it is filed under the source of its site"
        assert desk7.targets == ["/robots.txt", "/7"]

    @pytest.mark.parametrize("spelled", ["/7", "/7#top", "/7?utm_source=me"])
    def test_of_an_archived_one_fetches_nothing(self, desk7: Desk, spelled: str) -> None:
        desk7.run("fetch", f"{desk7.base}/7")
        before = everything(desk7.archive / "_posts")
        assert desk7.run("fetch", f"{desk7.base}{spelled}") == (0, f"already archived: {POST}\n", "")
        assert desk7.targets == []
        assert everything(desk7.archive / "_posts") == before

    def test_is_not_fetched_again_by_a_run(self, desk7: Desk) -> None:
        desk7.run("fetch", f"{desk7.base}/7")
        desk7.run("run")
        assert "/7" not in desk7.targets
        assert len(desk7.posts) == 4

    def test_of_a_site_without_a_source_is_filed_under_its_host(self, desk7: Desk) -> None:
        desk7.configure({"name": "Elsewhere", "url": "http://elsewhere.example/feed"})
        assert desk7.run("fetch", f"{desk7.base}/7").code == 0
        text = (desk7.archive / POST).read_text()
        assert f'tags: [ "127.0.0.1:{desk7.server.port}" ]' in text

    def test_takes_the_settings_of_the_source_that_is_named(self, desk7: Desk) -> None:
        desk7.configure(
            {"name": "Elsewhere", "url": "http://elsewhere.example/feed", "path": "own/{title}.md", "tags": ["A", "B"]},
            {"name": "Harbour", "url": f"{desk7.base}/feed"},
        )
        assert desk7.run("fetch", f"{desk7.base}/7", "--source", "Elsewhere").out == "own/Story 7.md\n"
        assert "tags: [ A, B ]" in (desk7.archive / "own/Story 7.md").read_text()

    def test_takes_the_page_even_where_the_source_wants_the_feeds_text(self, desk7: Desk) -> None:
        desk7.configure({"name": "Harbour", "url": f"{desk7.base}/feed", "content": "feed"})
        assert desk7.run("fetch", f"{desk7.base}/7").code == 0
        assert "The ferry of harbour 7 " in (desk7.archive / POST).read_text()

    def test_knows_no_source_of_another_name(self, desk7: Desk) -> None:
        said = desk7.run("fetch", f"{desk7.base}/7", "--source", "Lagoon")
        assert (said.code, said.out) == (2, "")
        assert "no source is called 'Lagoon'" in said.err

    @pytest.mark.parametrize("url", ["nonsense", "ftp://a.example/1", "http://", "javascript:alert(1)"])
    def test_refuses_what_is_no_address(self, desk7: Desk, url: str) -> None:
        said = desk7.run("fetch", url)
        assert said.code == 2
        assert said.err.startswith("error: URL: ")

    def test_that_fails_says_why_and_is_retried_by_later_runs(self, desk7: Desk) -> None:
        desk7.routes["/7"] = page(b"", 503, Retry_After="60")
        said = desk7.run("fetch", f"{desk7.base}/7")
        assert said == (3, "", f"{desk7.base}/7: HTTP 503 Service Unavailable; runs try it again\n")
        desk7.serve(1, 2, 3, 7)
        desk7.later(minutes=30).run("run")
        assert f"{POST}".removeprefix("_posts/") in desk7.posts

    def test_of_an_article_whose_post_was_removed_leaves_it_so(self, desk7: Desk) -> None:
        desk7.run("fetch", f"{desk7.base}/7")
        (desk7.archive / POST).unlink()
        said = desk7.run("fetch", f"{desk7.base}/7")
        assert (said.code, said.out) == (3, "")
        assert said.err.endswith(f": {POST} was removed, which is heeded; `crawler rebuild` forgets it\n")
        desk7.run("rebuild")
        assert desk7.run("fetch", f"{desk7.base}/7").out == f"{POST}\n"

    def test_of_a_host_that_asked_for_silence_says_so(self, desk7: Desk) -> None:
        desk7.routes["/7"] = page(b"", 429, Retry_After="3600")
        desk7.run("fetch", f"{desk7.base}/7")
        said = desk7.run("fetch", f"{desk7.base}/1")
        assert said.code == 3
        assert "asked for silence until 2021-11-20 07:43" in said.err
        assert desk7.targets == []

    def test_of_a_dead_article_tries_once_more(self, desk7: Desk) -> None:
        desk7.routes["/feed"] = says(rss(entry(f"{desk7.base}/8", "Story 8", "")))
        for _ in range(10):
            desk7.run("run")
            desk7.later(days=13)
        assert " 1 dead" in desk7.run("status").out
        assert desk7.run("fetch", f"{desk7.base}/8").code == 3
        desk7.routes["/8"] = desk7.routes["/7"]
        assert desk7.run("fetch", f"{desk7.base}/8").code == 0
        assert " 0 dead" in desk7.run("status").out

    def test_of_one_that_waits_counts_as_one_more_try(self, desk7: Desk) -> None:
        desk7.routes |= {"/feed": says(rss(entry(f"{desk7.base}/8", "Story 8", ""))), "/8": page(b"", 500)}
        for tries in (1, 2):
            desk7.run("run")
            assert self.failure(desk7)["tries"] == tries
            desk7.later(days=13)
        assert desk7.run("fetch", f"{desk7.base}/8").code == 3
        assert (self.failure(desk7)["tries"], self.failure(desk7)["state"]) == (3, "pending")

    def failure(self, desk: Desk) -> dict[str, Any]:
        (found,) = json.loads(desk.run("status", "--json").out)["failures"]
        assert isinstance(found, dict)
        return found

    @pytest.mark.parametrize("elsewhere", [False, True])
    def test_of_one_that_waits_knows_what_its_feed_said(self, desk7: Desk, elsewhere: bool) -> None:
        """Its text stands in for a page that is gone, its title and time are the feed's, its source is its own."""
        waiting = entry(f"{desk7.base}/8", "Of the harbour", prose(8), date=START - timedelta(days=30))
        desk7.routes |= {"/feed2": says(rss(waiting)), "/8": page(b"", 500), "/feed": says(rss())}
        sources = [{"name": name, "url": f"{desk7.base}/{path}"} for name, path in (("A", "feed"), ("B", "feed2"))]
        desk7.configure(*sources)
        desk7.run("run")
        del desk7.routes["/8"]
        words = ("--source", "A") if elsewhere else ()
        shown = desk7.run("fetch", "--dry-run", f"{desk7.base}/8", *words)
        assert "from the feed" in shown.err
        assert desk7.run("fetch", f"{desk7.base}/8", *words).out == "_posts/2021-10-21-Of the harbour.md\n"
        text = (desk7.archive / "_posts/2021-10-21-Of the harbour.md").read_text()
        assert text == shown.out
        assert f"tags: [ {'A' if elsewhere else 'B'} ]" in text

    def test_of_one_whose_source_is_gone_takes_another(self, desk7: Desk) -> None:
        desk7.routes |= {"/feed": says(rss(entry(f"{desk7.base}/7", "From the feed", ""))), "/7": page(b"", 500)}
        desk7.run("run")
        desk7.serve(1, 2, 3, 7).configure({"name": "Other", "url": f"{desk7.base}/other"})
        assert desk7.run("fetch", f"{desk7.base}/7").out == "_posts/2021-11-20-From the feed.md\n"
        assert "tags: [ Other ]" in (desk7.archive / "_posts/2021-11-20-From the feed.md").read_text()

    def test_uses_the_state_from_its_own_thread_only(self, desk7: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        threads: dict[str, set[str]] = {}
        for name in ("known", "enter", "failures", "job", "record"):
            method = getattr(SqlState, name)

            def noted(*args: Any, name: str = name, method: Callable[..., Any] = method, **kwargs: Any) -> Any:
                threads.setdefault(name, set()).add(threading.current_thread().name.partition("_")[0])
                return method(*args, **kwargs)

            monkeypatch.setattr(SqlState, name, noted)
        assert desk7.run("fetch", f"{desk7.base}/7").code == 0
        assert desk7.run("fetch", f"{desk7.base}/9").code == 3
        assert threads == {name: {"state"} for name in ("known", "enter", "failures", "job", "record")}

    def test_of_a_twin_says_where_the_article_is(self, desk7: Desk) -> None:
        head = f'<link rel="canonical" href="{desk7.base}/7">'
        text = f"<html><head><title>Story 7</title>{head}</head><body><article>{prose(7)}</article></body></html>"
        desk7.routes["/7?view=print"] = says(text)
        desk7.run("fetch", f"{desk7.base}/7")
        assert desk7.run("fetch", f"{desk7.base}/7?view=print").code == 0
        assert len(desk7.posts) == 1
        said = desk7.run("fetch", f"{desk7.base}/7?view=print")
        assert said.out == "already archived: _posts/2021-11-20-Story 7.md\n"

    def test_waits_for_no_other_run(self, desk7: Desk) -> None:
        with lock(desk7.archive):
            assert desk7.run("fetch", f"{desk7.base}/7").code == 5


class TestDryRun:
    def test_prints_the_post_and_tells_how_it_was_found(self, desk7: Desk) -> None:
        before = everything(desk7.folder)
        said = desk7.run("fetch", "--dry-run", f"{desk7.base}/7")
        assert said.code == 0
        path, body, sure, left_out = said.err.splitlines()
        assert path == f"path: {POST}"
        assert re.fullmatch(r"body: \S.*, from the page", body)
        assert re.fullmatch(r"sure: \d+%", sure)
        assert left_out == "left out: 0 blocks that the source repeats"
        assert everything(desk7.folder) == before
        desk7.run("fetch", f"{desk7.base}/7")
        written = (desk7.archive / POST).read_text()
        assert said.out == written

    def test_names_the_users_own_rule(self, desk7: Desk) -> None:
        desk7.configure({"name": "Harbour", "url": f"{desk7.base}/feed", "body_selector": "article"})
        said = desk7.run("fetch", "--dry-run", f"{desk7.base}/7")
        assert "body: rule article, from the page\nsure: 100%\n" in said.err

    def test_of_an_archived_one_shows_what_would_be_written_now(self, desk7: Desk) -> None:
        desk7.run("fetch", f"{desk7.base}/7")
        assert desk7.run("fetch", "--dry-run", f"{desk7.base}/7").out == (desk7.archive / POST).read_text()

    def test_that_fails_says_why(self, desk7: Desk) -> None:
        assert desk7.run("fetch", "--dry-run", f"{desk7.base}/9") == (
            3,
            "",
            f"{desk7.base}/9: HTTP 404 Not Found\n",
        )
        assert not desk7.archive.exists()


def test_says_which_rule_of_the_users_won(desk7: Desk) -> None:
    rules = desk7.folder / "rules"
    rules.mkdir()
    (rules / "127.0.0.1.txt").write_text("body: //div[@id='none']\nbody: //article\n")
    desk7.configure(site_rules="rules")
    said = desk7.run("fetch", "--dry-run", f"{desk7.base}/7")
    assert said.err.splitlines()[1:3] == ["body: rule //article (127.0.0.1.txt), from the page", "sure: 100%"]
