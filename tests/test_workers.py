"""Workers: real processes that are killed at a deadline, and the door where failures become data."""

from __future__ import annotations

import asyncio
import errno
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import workers
from crawler.errors import ExtractError, ParseError, TooLarge
from crawler.extractor.ftr import parse_ftr
from crawler.model import Draft, Entry, Failure, Listing, Onward, Page, Source
from crawler.sources.proposing import Proposal
from crawler.urls import canonical
from crawler.workers import Task, Workers, as_failure, at_the_door, make_draft, parse_listing, site_rules
from tests.clock import START
from tests.fakes import article, prose, rss, stories
from tests.lists import LIST, sheet

SOURCE = Source("Harbour", "http://a.example/feed")
URL = canonical("http://a.example/1")


#: The program as it is installed, but that it looks what a parser's process has loaded.
SCRIPT = """
from crawler.cli import main

if __name__ == "__main__":
    import asyncio
    from crawler.workers import Workers

    try:
        main(["--version"])
    except SystemExit:
        with Workers(processes=1) as pool:
            loaded = "{'crawler.cli', 'crawler.workers'} & {*__import__('sys').modules}"
            print(*asyncio.run(pool._do(eval, loaded)))
"""


def page(body: str | bytes, url: str = URL) -> Page:
    data = body.encode() if isinstance(body, str) else body
    return Page(url, url, 200, (("content-type", "text/html; charset=utf-8"),), data, START)


def task(body: str | None, content: str = "") -> Task:
    return Task(None if body is None else page(body), Entry(URL, title="Story 1", content=content), SOURCE, URL, START)


class TestTheDoor:
    def test_what_went_well_passes(self) -> None:
        draft = at_the_door(make_draft, task(article(1)))
        assert isinstance(draft, Draft)
        assert draft.post.path == "_posts/2021-11-20-Story 1.md"
        assert draft.post.data.startswith(b'---\nlayout: post\ntitle: "Story 1"\n')
        listing = at_the_door(parse_listing, SOURCE, page(rss(*stories("http://a.example", 1, 2))))
        assert isinstance(listing, Listing)
        assert len(listing.entries) == 2

    @pytest.mark.parametrize(
        ("error", "failure"),
        [
            (ParseError("no feed", passing=False), Failure("no feed", False)),
            (ExtractError("empty page"), Failure("empty page", True, held=True)),
            (
                TooLarge("too large", passing=False, retry_after=timedelta(1), status=200),
                Failure("too large", False, timedelta(1), 200),
            ),
            (MemoryError(), Failure("the document needs more than 1536 MB to parse", False)),
            (RecursionError(), Failure("the document is nested too deeply", False)),
            (KeyError("x"), Failure("internal error: KeyError: 'x'", False)),
            (ValueError("y" * 500), Failure("internal error: ValueError: " + "y" * 172, False)),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_what_did_not_becomes_a_failure(self, error: Exception, failure: Failure) -> None:
        def work() -> None:
            raise error

        found = at_the_door(work)
        assert found == failure
        assert pickle.loads(pickle.dumps(found)) == failure

    def test_a_bug_is_told_with_its_traceback(self, caplog: pytest.LogCaptureFixture) -> None:
        at_the_door(lambda: 1 // 0)
        (record,) = caplog.records
        assert (record.levelname, record.exc_info is not None) == ("ERROR", True)

    def test_what_stops_the_process_is_not_held_up(self) -> None:
        def work() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            at_the_door(work)

    def test_an_error_and_its_failure_say_the_same(self) -> None:
        error = ExtractError("gone", passing=False, retry_after=timedelta(hours=1), status=404)
        assert as_failure(error) == Failure("gone", False, timedelta(hours=1), 404, held=True)


def test_the_packaged_rules_are_read_once() -> None:
    assert site_rules() is site_rules()
    assert site_rules().rule_for("https://www.zaobao.com/realtime/china/story20211120-1215302") is not None


# Work for real processes; they import it from here.


def hang() -> None:
    time.sleep(60)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crash() -> None:
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGSEGV)


def leave() -> None:
    os._exit(7)


def gorge() -> int:
    return len(bytearray(2 * workers.ADDRESS_SPACE_BYTES))


def signals() -> tuple[bool, bool]:
    return (
        signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
        signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
    )


def add(one: int, two: int) -> int:
    return one + two


@pytest.fixture(scope="module")
def pool() -> Iterator[Workers]:
    with Workers(processes=1, deadline=timedelta(seconds=30)) as pool:  # a start is slow on a busy machine
        yield pool


def do(pool: Workers, work: Callable[..., object], *args: object) -> object:
    return asyncio.run(pool._do(work, *args))


class TestProcesses:
    def test_none_is_started_before_there_is_work(self) -> None:
        with Workers() as idle:
            assert not idle.started
        assert not idle.started

    def test_read_articles_of_several_pages_by_the_users_rules(self, pool: Workers) -> None:
        rule, _ = parse_ftr("next_page_link: //a[@class='more']\nbody: //article", "a.example.txt", ("a.example",))
        published = '<meta property="article:published_time" content="2021-11-20T06:00:00+08:00">'
        first = page(article(1, head=published) + "<a class=more href=/on>more</a>")

        async def both() -> Draft | Onward | Failure:
            given = replace(task(None), page=first, own=(rule,), follow="next")
            onward = await pool.draft(given)
            assert isinstance(onward, Onward)
            return await pool.draft(replace(given, page=page(article(2), "http://a.example/on"), before=onward))

        draft = asyncio.run(both())
        assert isinstance(draft, Draft)
        assert draft.article.won == "rule //article (a.example.txt); 2 pages"
        assert f"{draft.article.published:%Y-%m-%dT%H:%M%z}" == "2021-11-19T22:00+0000"

    def test_read_feeds_and_make_posts(self, pool: Workers) -> None:
        async def both() -> tuple[Listing | Failure, Draft | Onward | Failure]:
            return await asyncio.gather(
                pool.listing(SOURCE, page(rss(*stories("http://a.example", 1)))), pool.draft(task(None, prose(1)))
            )

        listing, draft = asyncio.run(both())
        assert pool.started
        assert isinstance(listing, Listing)
        assert listing == parse_listing(SOURCE, page(rss(*stories("http://a.example", 1))))
        assert draft == make_draft(task(None, prose(1)))

    def test_hand_failures_back(self, pool: Workers) -> None:
        failure = asyncio.run(pool.listing(SOURCE, page("<html><body>Moved</body></html>")))
        assert failure == Failure("not a feed: an HTML page", True)

    @pytest.mark.parametrize(
        ("work", "reason", "passing"),
        [
            (die, "the parser died on it (exit -9)", True),
            (crash, "the parser died on it (exit -11)", False),
            (leave, "the parser died on it (exit 7)", False),
            (gorge, "the document needs more than 1536 MB to parse", False),
        ],
    )
    def test_that_break_are_replaced(
        self, pool: Workers, work: Callable[[], object], reason: str, passing: bool
    ) -> None:
        failure = do(pool, work)
        assert isinstance(failure, Failure)
        assert (failure.reason, failure.passing) == (reason, passing)
        assert do(pool, add, 1, 2) == 3

    def test_whose_pool_broke_are_replaced(self) -> None:
        """When all processes die while idle (the system kills whom it likes), pebble's pool takes no more work."""

        feed = page(rss(*stories("http://a.example", 1)))

        async def work() -> list[Listing | Failure]:
            with Workers(processes=1) as pool:
                answers = [await pool.listing(SOURCE, feed)]
                assert pool._pool is not None
                pool._pool.stop()  # type: ignore[no-untyped-call]
                pool._pool.join(timeout=10)
                return [*answers, await pool.listing(SOURCE, feed)]

        first, second = asyncio.run(work())
        assert isinstance(first, Listing)
        assert first == second

    def test_that_forgot_a_document_are_replaced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One that comes in the moment in which pebble's pool breaks is in its queue, and nobody looks there again."""
        monkeypatch.setattr(workers, "LOOK_S", 0.01)

        class Forgetful:
            active = False

            def schedule(self, *_: object, **__: object) -> Future[int]:
                return Future()

            def stop(self) -> None:
                pass

            def join(self, timeout: float) -> None:
                pass

        with Workers(processes=1) as pool:
            vars(pool)["_pool"] = Forgetful()
            assert do(pool, add, 1, 2) == 3

    def test_that_cannot_be_started_are_no_fault_of_the_document(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refused(*_: object, **__: object) -> None:
            raise OSError(errno.EMFILE, "Too many open files")

        with Workers(processes=1) as pool:
            for target in ("_open", "_answer"):
                with monkeypatch.context() as short:
                    short.setattr(pool, target, refused)
                    failure = do(pool, add, 1, 2)
                assert failure == Failure("the parser's processes cannot be started: too many open files", True)
            assert do(pool, add, 1, 2) == 3

    def test_find_the_feeds_that_a_page_names(self, pool: Workers) -> None:
        site = page("<html><head><link rel=alternate type=application/rss+xml href=/feed.xml></head></html>")
        assert asyncio.run(pool.links(site)) == ("http://a.example/feed.xml",)

    def test_find_the_list_on_a_page_and_read_it(self, pool: Workers) -> None:
        there = sheet(LIST)
        found = asyncio.run(pool.lists(there))
        assert isinstance(found, Proposal)
        assert (found.item, found.count) == (".list li", 6)
        listing = asyncio.run(pool.listing(Source("a", there.url, kind="list", item=found.item), there))
        assert isinstance(listing, Listing)
        assert len(listing.entries) == 6

    def test_leave_signals_to_the_parent(self, pool: Workers) -> None:
        assert do(pool, signals) == (True, True)

    def test_are_replaced_after_so_many_documents(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a library leaks goes with them; those that end by themselves tell coverage what they ran."""
        monkeypatch.setattr(workers, "DOCUMENTS_A_PROCESS", 1)
        with Workers(processes=1) as short:
            found = [do(short, os.getpid) for _ in range(3)]
        assert len(set(found)) == 3

    def test_load_nothing_of_the_program_that_starts_them(self, tmp_path: Path) -> None:
        script = tmp_path / "crawler"
        script.write_text(SCRIPT)
        env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
        done = subprocess.run([sys.executable, script], env=env, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "crawler.workers"

    def test_that_take_too_long_are_killed(self) -> None:
        with Workers(processes=1, deadline=timedelta(seconds=0.3)) as hasty:
            begun = time.monotonic()
            failure = do(hasty, hang)
            assert failure == Failure("parsing took over 0.3 s and was stopped", False)
            assert time.monotonic() - begun < 20

    def test_go_when_the_run_goes(self) -> None:
        async def cut_off(leaving: Workers) -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(leaving._do(hang), 0.2)

        begun = time.monotonic()
        with Workers(processes=1) as leaving:
            asyncio.run(cut_off(leaving))
        assert time.monotonic() - begun < 20
        assert not leaving.started


def test_the_module_that_hangs_lxml_is_held_at_the_deadline(tmp_path: Path) -> None:
    """DESIGN §3: lxml is quadratic in the attributes of one element."""
    attributes = " ".join(f"a{n}" for n in range(60_000))
    evil = f"<html><body><p {attributes}>{'x' * 300}.</p></body></html>"
    with Workers(processes=1, deadline=timedelta(seconds=1)) as pool:
        failure = asyncio.run(pool.draft(task(evil)))
    assert isinstance(failure, Failure)
    assert failure.reason == "parsing took over 1 s and was stopped"
