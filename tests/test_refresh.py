"""A predecessor's stubs given their texts: the same file, the same head, and only while nobody edited it."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import urls
from crawler.engine.past import run_past
from crawler.errors import ConfigError, FetchError
from crawler.inventory import rebuild, verify
from crawler.memory import Watch
from crawler.model import Source, Tally
from crawler.slices import Shop, Want, tick
from crawler.slices.refresh import refresh
from tests.fakes import FEED, A, Answer, World, answer, article, paragraphs, rss, stories
from tests.test_article_crash import Crash, Cut, dying
from tests.test_reread_crash import Nth

HOST = "http://a.example"
SUMMARY = "The ferry of harbour 1 left, and people are angry."


def url(n: int = 1) -> str:
    return f"{HOST}/{n}"


def head(n: int = 1, name: str = "Harbour", stated: str = "NaN") -> str:
    return (
        f'---\nlayout: post\ntitle: "The \\"true\\" story {n}"\ndate: 2020-07-2{n}T06:43:44.821Z\nauthor: {name}\n'
        f"from: {url(n)}\ntags: [ news, {name} ]\ncomments: True\ncategories: [ {name} ]\n---\n<!--{stated}-->\n"
        f'[The "true" story {n}]({url(n)})\n------\n\n'
    )


def place(n: int = 1) -> str:
    return f'_posts/2020-07-2{n}-The "true" story {n}.md'


class Predecessor(World):
    """A machine with some posts of a predecessor, which the state has adopted."""

    def __init__(self, folder: Path, *numbers: int, body: str = SUMMARY, name: str = "Harbour", **more: Any) -> None:
        pages: dict[str, Any] = {url(n): article(n, title=f'The "true" story {n}') for n in numbers}
        pages |= {FEED: rss()}
        super().__init__(folder, pages, *more.pop("sources", (A,)), **more)
        self.folder = folder
        (folder / "_posts").mkdir(exist_ok=True)
        for n in numbers:
            self.place(n).write_text(f"{head(n, name)}<div>\n{body}\n</div>\n")
        self.state.sync_sources(self.sources, self.clock.now())
        rebuild(self.archive, self.state, self.clock.now())

    def place(self, n: int = 1) -> Path:
        return self.folder / place(n)

    def text(self, n: int = 1) -> str:
        return self.place(n).read_text()

    def refresh(self, folder: Path | None = None, source: Source = A, **more: Any) -> tuple[int, Tally]:
        """Do what `crawler backfill SOURCE --refresh DIR` does."""
        self.asked.clear()
        limit = more.pop("limit", None)

        async def at_work(shop: Shop) -> tuple[int, Tally]:
            await tick(shop)
            found = await refresh(shop, source, folder or self.folder / "_posts")
            one = frozenset((source.url,))
            return found, await run_past(shop, Want(sources=one, limit=limit, polls=False, refreshed=one))

        done: tuple[int, Tally] = self.work(at_work, **more)
        return done

    def expect_word(self, page: str) -> None:
        """Let the host ask for silence at its first answer, and give this page of story 1 or 2 at each later one."""
        first = answer(status=429, retry_after="300")

        async def says() -> Answer:
            return first if len(self.asked) == 1 else answer(page)

        self.pages |= {url(1): says, url(2): says}

    def watch(self, n: int = 1) -> Watch:
        return self.state.watched([urls.key(url(n))])[urls.key(url(n))]


def full(n: int = 1) -> str:
    """The post of a story as it is to be: the head as it stood, then the page's text."""
    return head(n) + '<div markdown="1">\n\n' + "\n\n".join(paragraphs(n)) + "\n\n</div>\n"


@pytest.fixture
def there(tmp_path: Path) -> Predecessor:
    return Predecessor(tmp_path, 1)


def test_a_stub_becomes_the_article_in_the_same_file_under_the_same_head(there: Predecessor) -> None:
    assert there.refresh() == (1, Tally(fetched=1, revised=1))
    assert there.text() == full()
    assert there.posts == {place(): url()}
    assert list(verify(there.archive, there.state)) == []


def test_twice_fetches_nothing_twice(there: Predecessor) -> None:
    there.refresh()
    assert (there.refresh(), there.targets) == ((0, Tally()), [])
    assert there.later(days=30).refresh() == (0, Tally())


def test_a_page_that_says_no_more_than_the_stub_is_asked_once(tmp_path: Path) -> None:
    there = Predecessor(tmp_path, 1, body="".join(f"<p>{text}</p>" for text in paragraphs(1)))
    assert there.refresh() == (0, Tally()), "whole"
    there.place().write_text(f"{head()}<div>\n{' '.join(paragraphs(1))[:-1]}…</div>\n")
    there.pages[url()] = article(1).replace("missing breakfast.</p>", "missing breakfast…</p>")
    before = there.text()
    assert there.refresh() == (1, Tally(fetched=1))
    assert there.refresh() == (0, Tally())
    assert (there.text(), there.failures()) == (before, {})


def test_a_refreshed_post_is_read_again_as_others_are(tmp_path: Path) -> None:
    there = Predecessor(tmp_path, 1, sources=(replace(A, recheck=(timedelta(days=9000),)),))
    there.refresh(source=there.sources[0])
    there.pages[url()] = there.pages[url()].replace("before the tide turned", "before the rain came")  # type: ignore[union-attr]
    assert there.later(days=9000).run().revised == 1
    assert there.text() == full().replace("before the tide turned", "before the rain came")


class TestOnlyWhileUnedited:
    def test_after_it_was_found(self, there: Predecessor) -> None:
        there.work(lambda shop: refresh(shop, A, there.folder))
        there.place().write_text(mine := there.text().replace("angry", "furious"))
        assert there.run().revised == 0
        assert (there.text(), there.watch().is_over) == (mine, True)
        assert there.refresh() == (0, Tally())

    def test_that_the_state_knows_by_another_hash(self, there: Predecessor) -> None:
        there.refresh()
        there.place().write_text(mine := f"{head()}<div>\nMine.\n</div>\n")
        assert (there.refresh(), there.text()) == ((0, Tally()), mine)

    def test_a_removed_one_is_not_made_anew(self, there: Predecessor) -> None:
        there.work(lambda shop: refresh(shop, A, there.folder))
        there.place().unlink()
        there.run()
        assert there.posts == {}


class TestAPageThatIsNotThere:
    def test_leaves_the_stub_and_tells_why(self, there: Predecessor) -> None:
        there.pages[url()] = answer(status=404)
        before = there.text()
        assert there.refresh() == (1, Tally())
        failure = there.failures()[url()]
        assert (failure.reason, failure.state) == ("the post stays a stub: HTTP 404 Not Found", "dead")
        assert there.text() == before
        there.pages[url()] = article(1)
        assert there.later(days=1).run().revised == 0, "not by itself"
        assert there.refresh() == (1, Tally(fetched=1, revised=1))
        assert there.failures() == {}

    def test_for_now_is_tried_again_by_any_run(self, there: Predecessor) -> None:
        page, there.pages[url()] = there.pages[url()], FetchError("timed out")
        assert there.refresh() == (1, Tally())
        failure = there.failures()[url()]
        assert (failure.state, failure.next_try) == ("pending", there.clock.now() + timedelta(minutes=15))
        there.pages[url()] = page
        assert there.later(minutes=16).run().revised == 1
        assert (there.text(), there.failures()) == (full(), {})

    def test_or_is_no_article(self, there: Predecessor) -> None:
        there.pages[url()] = "<html><body><h1>Just a moment...</h1></body></html>"
        before = there.text()
        assert there.refresh() == (1, Tally(fetched=1))
        assert "stays a stub" in there.failures()[url()].reason
        assert there.text() == before

    def test_or_has_less_than_the_stub(self, tmp_path: Path) -> None:
        there = Predecessor(tmp_path, 1, body="".join(paragraphs(2) + paragraphs(3) + paragraphs(4)) + "…")
        before = there.text()
        assert there.refresh()[1].revised == 0
        assert "much shorter" in there.failures()[url()].reason
        assert there.text() == before

    def test_of_a_host_that_wants_silence_is_waited_for(self, there: Predecessor) -> None:
        there.place(2).write_text(f"{head(2)}<div>\n\n</div>\n")
        there.expect_word(article(2))
        before = there.clock.now()
        assert there.refresh() == (2, Tally(fetched=1, revised=1))
        assert there.clock.now() - before >= timedelta(seconds=300)
        assert len(there.targets) == 2


class TestWhose:
    def test_those_of_other_sources_and_folders_are_left(self, tmp_path: Path) -> None:
        other = replace(A, name="Other", url=f"{HOST}/other")
        there = Predecessor(tmp_path, 1, 2, sources=(A, other))
        (tmp_path / "drafts").mkdir()
        (tmp_path / "drafts/3.md").write_text(f"{head(3)}<div>\n\n</div>\n")
        there.place(2).write_text(there.text(2).replace("Harbour", "Other"))
        assert there.refresh(source=other) == (0, Tally()), "the state took it for the first's"
        assert there.refresh(tmp_path / "drafts", other) == (0, Tally()), "by its name the first's"
        assert there.refresh() == (2, Tally(fetched=2, revised=2))
        assert there.refresh(tmp_path / "drafts")[0] == 1

    def test_known_by_name_where_the_state_knows_no_source(self, tmp_path: Path) -> None:
        there = Predecessor(tmp_path, 1, sources=(replace(A, name="Else"),))
        assert there.refresh(source=there.sources[0]) == (0, Tally())
        there.sources = (A,)
        assert there.refresh() == (1, Tally(fetched=1, revised=1))

    def test_a_post_that_was_copied_in_since_is_adopted_by_the_way(self, there: Predecessor) -> None:
        there.pages[url(2)] = article(2)
        there.place(2).write_text(f"{head(2)}<div>\n\n</div>\n")
        assert there.refresh()[0] == 2
        assert there.text(2) == full(2)

    def test_the_second_file_of_an_article_is_left(self, there: Predecessor) -> None:
        (there.folder / "_posts/other.md").write_text(f"{head()}<div>\n\n</div>\n")
        assert there.refresh() == (1, Tally(fetched=1, revised=1))

    def test_files_that_are_no_posts_are_passed_over(self, there: Predecessor) -> None:
        (there.folder / "README.md").write_text("# Mine\n")
        (there.folder / "odd.md").write_text("---\nfrom: ftp://a.example/\n---\n")
        assert there.refresh(there.folder)[0] == 1

    def test_a_folder_elsewhere_is_a_mistake(
        self, there: Predecessor, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        elsewhere = tmp_path_factory.mktemp("old")
        with pytest.raises(ConfigError, match=r"does not lie in the archive .*copy them there first"):
            there.refresh(elsewhere)
        with pytest.raises(ConfigError, match="is no folder"):
            there.refresh(there.folder / "nothing")

    def test_a_source_without_pages_has_none(self, there: Predecessor) -> None:
        with pytest.raises(ConfigError, match="content: best"):
            there.refresh(source=replace(A, content="feed"))


def test_a_text_of_the_feed_is_replaced_where_the_pages_are_wanted_now(tmp_path: Path) -> None:
    there = Predecessor(tmp_path, sources=(replace(A, content="feed"),))
    there.pages |= {FEED: rss(*stories(HOST, 1)), url(): article(1)}
    assert there.run().archived == 1
    there.sources = (A,)
    (path,) = there.posts
    before = there.archive.read(path).decode()
    assert there.refresh() == (1, Tally(fetched=1, revised=1))
    assert there.archive.read(path).decode() == before.replace("A summary.", "\n\n".join(paragraphs(1)))
    assert there.refresh() == (0, Tally())


def test_as_many_as_the_user_wants(tmp_path: Path) -> None:
    there = Predecessor(tmp_path, 1, 2, 3)
    assert there.refresh(limit=2)[1].revised == 2
    assert there.refresh(limit=0)[1] == Tally()
    assert there.refresh()[1].revised == 1


def test_a_stop_ends_it_and_the_next_run_goes_on(there: Predecessor) -> None:
    async def stopped(shop: Shop) -> int:
        found = await refresh(shop, A, there.folder)
        shop.stop.set()
        await run_past(shop, Want(polls=False, refreshed=frozenset((FEED,))))
        return found + await refresh(shop, A, there.folder)

    assert there.work(stopped) == 1
    assert there.run().revised == 1


def test_what_is_found_is_logged(there: Predecessor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        there.refresh()
    assert f"{place()}: a stub: its text has {len(SUMMARY)} characters" in caplog.messages


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("part", "method", "cut"),
    [
        ("state", "enlist", Cut),
        ("state", "watch", Cut),
        ("revisions", "put", Cut),
        ("archive", "put", Cut),
        ("state", "watch", Nth),
    ],
)
def test_a_crash_at_each_step_loses_and_doubles_nothing(
    tmp_path: Path, part: str, method: str, cut: type[Cut], after: bool
) -> None:
    source = replace(A, keep_revisions=True)
    there = Predecessor(tmp_path, 1, sources=(source,))
    before = there.text()
    with pytest.raises(Crash):
        there.refresh(source=source, **dict[str, Any]({part: cut(getattr(there, part), method, after=after)}))
    assert there.text() in (before, full())
    there.refresh(source=source)
    there.run()
    assert there.text() == full()
    kept = list((tmp_path / ".revisions").rglob("*.md"))
    assert [path.read_text() for path in kept] == [before]
    watch = there.watch()
    assert (watch.revised, watch.is_over, watch.next_hash, watch.error) == (1, False, b"", "")
    assert list(verify(there.archive, there.state)) == []
    assert there.posts == {place(): url()}


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("after", [False, True], ids=["before the rename", "after it"])
def test_a_crash_within_a_write_loses_and_doubles_nothing(
    tmp_path: Path, number: int, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = replace(A, keep_revisions=True)
    there = Predecessor(tmp_path, 1, sources=(source,))
    before = there.text()
    with dying(number, monkeypatch, after=after):
        there.refresh(source=source)
    assert there.text() in (before, full())
    there.refresh(source=source)
    there.run()
    assert there.text() == full()
    assert [path.read_text() for path in (tmp_path / ".revisions").rglob("*.md")] == [before]
    assert (there.watch().revised, there.watch().is_over) == (1, False)


def test_an_edit_between_crash_and_healing_is_a_persons(there: Predecessor) -> None:
    with pytest.raises(Crash):
        there.refresh(archive=Cut(there.archive, "put", after=False))
    there.place().write_text("mine")
    there.run()
    assert there.text() == "mine"


def test_what_the_feed_says_of_it_is_learned_and_no_cause_to_read_it_again(there: Predecessor) -> None:
    there.refresh()
    there.pages[FEED] = rss(*stories(HOST, 1))
    assert there.later(hours=1).run() == Tally(polled=1)
    assert there.later(hours=9).run() == Tally(polled=1, unchanged=1)
    there.pages |= {FEED: rss(*stories(HOST, 1, text="Corrected.")), url(): article(1).replace("dawn", "noon")}
    assert there.later(hours=1).run().revised == 1
    assert there.text() == full().replace("dawn", "noon"), "the head stays for ever"
