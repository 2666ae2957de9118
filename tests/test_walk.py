"""The whole way, from a real server on the loopback interface to files on the disk.

Real fetcher with its address checks and robots.txt, real archive and state file; processes once, else parsers in this
process. The crawler is built by `cli.shop`, as `crawler run` builds it; only host names are pinned to the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Self

import pytest

from crawler import __version__
from crawler.cli import parts
from crawler.cli import shop as cli_shop
from crawler.cli.parts import Store, locked_store, trial_store
from crawler.cli.shop import open_shop
from crawler.config import Config
from crawler.engine.local import run_once
from crawler.errors import Locked
from crawler.fetcher import Limits
from crawler.inventory import verify
from crawler.model import Source, Tally
from crawler.slices import Shop, Want
from tests.clock import START, FakeClock
from tests.fakes import InProcess, article, canonical, entry, prose, rss, says, stories
from tests.webserver import Handler, Seen, WebServer, gzipped, page, redirect

SITE, OTHER = "http://site.example", "http://other.example"
NEWS = Source("联合", f"{SITE}/feed", tags=("联合",))
STAMP = "Sat, 20 Nov 2021 05:00:00 GMT"
ROUTES: dict[str, Handler] = {
    "/robots.txt": page(b"User-agent: *\nDisallow: /private/\n"),
    "/feed": says(rss(*stories(SITE, 1, 2, 3)), ETag='W/"x,é"', Last_Modified=STAMP),
    **{f"/{n}": page(article(n).encode(), Content_Type="text/html; charset=utf-8") for n in range(1, 6)},
}


class Machine:
    """A configuration, a clock and a server's routes; passes come and go."""

    def __init__(self, folder: Path, routes: dict[str, Handler], *sources: Source) -> None:
        self.folder = folder
        self.routes = routes
        self.clock = FakeClock()
        self.config = Config(
            archive=folder / "archive",
            state=f"sqlite:///{folder}/archive/.crawler/state.db",
            user_agent_contact="https://example.org/bot",
            rsshub=(SITE, OTHER),
            limits=Limits(timedelta(seconds=10), 1_000_000, timedelta()),
            sources=sources or (NEWS,),
            path=folder / "config.yaml",
            defaults=Source("", ""),
        )
        self.seen: list[Seen] = []

    def run(self, opening: Callable[..., object] = locked_store, **want: object) -> Tally:
        """Make one pass, as a process of its own would."""

        async def at_work(store: Store) -> Tally:
            async with WebServer(self.routes) as server:
                pins = dict.fromkeys(("site.example", "other.example"), server.endpoint)
                async with open_shop(self.config, store, self.clock, connect_to=pins) as shop:
                    tally = await self._pass(shop, Want(**want))  # type: ignore[arg-type]
                self.seen = server.requests
                return tally

        with opening(self.config, self.clock) as store:  # type: ignore[attr-defined]
            return asyncio.run(at_work(store))

    async def _pass(self, shop: Shop, want: Want) -> Tally:
        return await asyncio.wait_for(run_once(shop, want), 120)

    def later(self, **time: float) -> Self:
        self.clock.advance(timedelta(**time))
        return self

    @property
    def targets(self) -> list[str]:
        return [seen.target for seen in self.seen]

    @property
    def posts(self) -> list[str]:
        return sorted(place.name for place in self.config.archive.rglob("*.md"))

    def findings(self) -> list[str]:
        with trial_store(self.config, self.clock) as store:
            return [f"{finding.kind} {finding.path}" for finding in verify(store.archive, store.state)]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> InProcess:
    """Parse in this process."""
    parsers = InProcess()
    monkeypatch.setattr(cli_shop, "Workers", lambda: parsers)
    return parsers


@contextmanager
def state_file(there: Machine) -> Iterator[Path]:
    yield there.folder / "archive/.crawler/state.db"


POSTS = [f"2021-11-20-Story {n}.md" for n in (1, 2, 3)]


def test_from_feed_to_posts_and_nothing_twice_with_real_processes(tmp_path: Path) -> None:
    there = Machine(tmp_path, dict(ROUTES))
    assert there.run() == Tally(polled=1, new=3, fetched=3, archived=3)
    assert there.posts == POSTS
    assert sorted(there.targets) == ["/1", "/2", "/3", "/feed", "/robots.txt"]
    agents = {seen.header("User-Agent") for seen in there.seen}
    assert agents == {f"crawler/{__version__} (+https://example.org/bot)".encode()}
    text = (there.config.archive / "_posts" / POSTS[0]).read_text()
    assert text.splitlines()[:12] == [
        "---",
        "layout: post",
        'title: "Story 1"',
        "date: 2021-11-20T05:43:44.000Z",
        "author: 联合",
        "from: http://site.example/1",
        "tags: [ 联合 ]",
        "categories: [ 联合 ]",
        "---",
        "<!--1637387024000-->",
        "[Story 1](http://site.example/1)",
        "------",
    ]
    assert "Printed on paper" not in text

    assert there.later(minutes=16).run() == Tally(polled=1, unchanged=1)
    (again,) = there.seen
    assert again.target == "/feed"
    assert again.header("If-None-Match") == 'W/"x,é"'.encode()
    assert again.header("If-Modified-Since") == STAMP.encode()
    assert there.findings() == []


class TestAStateThatIsLost:
    """SPEC §5.6: the files are the truth."""

    def machine(self, folder: Path) -> Machine:
        there = Machine(folder, dict(ROUTES))
        assert there.run().archived == 3
        return there.later(minutes=16)

    def written(self, there: Machine) -> dict[str, tuple[int, bytes]]:
        places = there.config.archive.rglob("*.md")
        return {place.name: (place.stat().st_mtime_ns, place.read_bytes()) for place in places}

    @pytest.mark.parametrize(
        "damage",
        [
            lambda place: place.unlink(),
            lambda place: place.write_bytes(b""),
            lambda place: place.write_bytes(b"garbage " * 1000),
            lambda place: place.write_bytes(place.read_bytes()[:5000]),
            lambda place: place.write_bytes(place.read_bytes()[:4096] + b"\xff" * 9000 + place.read_bytes()[13096:]),
        ],
        ids=["deleted", "empty", "garbage", "cut", "scribbled over"],
    )
    def test_is_made_anew_by_the_run_itself(
        self, tmp_path: Path, quick: InProcess, damage: Callable[[Path], object], caplog: pytest.LogCaptureFixture
    ) -> None:
        there = self.machine(tmp_path)
        before = self.written(there)
        place = tmp_path / "archive/.crawler/state.db"
        deleted = damage(place) is None
        caplog.clear()
        assert there.run() == Tally(polled=1)
        assert there.targets == ["/feed"]
        assert self.written(there) == before
        assert "made anew from 3 posts" in caplog.text
        aside = [path for path in place.parent.iterdir() if "damaged" in path.name and path.suffix.endswith("Z")]
        assert len(aside) == (0 if deleted else 1)
        assert there.findings() == []

    def test_in_the_middle_of_being_made_anew_is_made_again(
        self, tmp_path: Path, quick: InProcess, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        there = self.machine(tmp_path)
        (tmp_path / "archive/.crawler/state.db").unlink()
        with monkeypatch.context() as cut:
            cut.setattr(parts, "learn", _crash)
            with pytest.raises(Crash):
                there.run()
        assert there.run() == Tally(polled=1)
        assert there.targets == ["/feed"]

    def test_names_the_files_that_are_no_posts(
        self, tmp_path: Path, quick: InProcess, caplog: pytest.LogCaptureFixture
    ) -> None:
        there = self.machine(tmp_path)
        (tmp_path / "archive/_posts/2021-01-01-half.md").write_text("---\nlayout: post\n")
        (tmp_path / "archive/.crawler/state.db").unlink()
        assert there.run() == Tally(polled=1)
        assert "not taken for a post: _posts/2021-01-01-half.md: it has no front matter" in caplog.text

    def test_is_no_reason_to_write_in_a_dry_run(self, tmp_path: Path, quick: InProcess) -> None:
        there = self.machine(tmp_path)
        (tmp_path / "archive/.crawler/state.db").unlink()
        assert there.run(trial_store, articles=False) == Tally(polled=1)
        assert not (tmp_path / "archive/.crawler/state.db").exists()


class Crash(BaseException):
    """The power is cut."""


def _crash(*_: object, **__: object) -> int:
    raise Crash


def test_what_a_crash_left_half_written_is_swept_away(
    tmp_path: Path, quick: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Machine(tmp_path, dict(ROUTES))
    with monkeypatch.context() as cut:
        cut.setattr("os.rename", _crash)
        cut.setattr("crawler.archive.folder._remove", lambda *_: None)
        with pytest.raises(Crash):
            there.run()
    assert list(tmp_path.rglob("*.tmp"))
    assert there.later(minutes=16).run().archived == 3
    assert list(tmp_path.rglob("*.tmp")) == []


def test_two_at_once_are_one_too_many(tmp_path: Path, quick: InProcess) -> None:
    there = Machine(tmp_path, dict(ROUTES))
    with locked_store(there.config, there.clock), pytest.raises(Locked):
        there.run()
    assert there.run().archived == 3


class TestManners:
    def test_robots_forbid_pages_and_are_asked_once_a_day(self, tmp_path: Path, quick: InProcess) -> None:
        feed = rss(entry(f"{SITE}/private/1", "Secret"), *stories(SITE, 2))
        there = Machine(tmp_path, {**ROUTES, "/feed": says(feed), "/private/1": page(article(1).encode())})
        assert there.run() == Tally(polled=1, new=2, fetched=1, archived=1, retried=1)
        assert "/private/1" not in there.targets
        there.routes["/feed"] = says(rss(*stories(SITE, 3)))
        assert there.later(minutes=30).run().archived == 1
        assert "/robots.txt" not in there.targets, "what the state remembers is not asked again"

    def test_robots_may_be_switched_off_by_the_user(self, tmp_path: Path, quick: InProcess) -> None:
        feed = rss(entry(f"{SITE}/private/1", "Open"))
        there = Machine(tmp_path, {**ROUTES, "/feed": says(feed), "/private/1": page(article(1).encode())})
        there.config = replace(there.config, limits=replace(there.config.limits, robots=False))
        assert there.run().archived == 1
        assert "/robots.txt" not in there.targets

    def test_silence_that_was_asked_for_outlives_the_process(self, tmp_path: Path, quick: InProcess) -> None:
        there = Machine(tmp_path, {**ROUTES, "/2": page(b"", 429, Retry_After="3600")})
        first = there.run()
        assert first.retried == 1
        asked = there.targets
        assert asked.index("/2") == len(asked) - 1, "nothing is asked after it"
        there.routes |= ROUTES
        assert there.later(minutes=59).run(force=True) == Tally()
        assert there.targets == []
        there.later(minutes=2).run(force=True)
        assert there.posts == POSTS

    def test_a_page_behind_a_redirect_belongs_to_its_feeds_address(self, tmp_path: Path, quick: InProcess) -> None:
        there = Machine(tmp_path, {**ROUTES, "/1": redirect(f"{OTHER}/5")})
        assert there.run().archived == 3
        texts = [place.read_text() for place in there.config.archive.rglob("*Story 1.md")]
        assert "from: http://site.example/1\n" in texts[0]
        assert "harbour 5 " in texts[0]


def test_hostile_answers_fail_alone(tmp_path: Path, quick: InProcess) -> None:
    pages: dict[str, Handler] = {
        "/1": page(b"x" * 2_000_000),
        "/2": gzipped(b"\0" * 50_000_000),
        "/4": redirect("http://127.0.0.1/secret"),
        "/5": redirect("/5"),
    }
    there = Machine(tmp_path, {**ROUTES, "/feed": says(rss(*stories(SITE, 1, 2, 3, 4, 5))), **pages})
    assert there.run() == Tally(polled=1, new=5, fetched=2, archived=1, retried=4)
    assert there.posts == ["2021-11-20-Story 3.md"]


class TestRSSHub:
    def test_the_second_instance_serves_and_is_asked_first_the_next_time(
        self, tmp_path: Path, quick: InProcess
    ) -> None:
        route = Source("联合", "rsshub://town/news")
        feed = says(rss(*stories(SITE, 1, text=prose(1))), ETag='"1"')

        def by_host(line: object) -> object:
            host = line.seen.header("Host")  # type: ignore[attr-defined]
            return feed(line) if host == b"other.example" else page(b"", 500)(line)  # type: ignore[arg-type]

        there = Machine(tmp_path, {**ROUTES, "/town/news": by_host}, route)  # type: ignore[dict-item]
        assert there.run().archived == 1
        there.later(minutes=16).run()
        assert [(seen.header("Host"), seen.header("If-None-Match")) for seen in there.seen] == [
            (b"other.example", b'"1"')
        ]


def test_the_same_article_on_two_sites_feeds_is_one_post(tmp_path: Path, quick: InProcess) -> None:
    head = canonical(f"{SITE}/1")
    there = Machine(
        tmp_path,
        {
            **ROUTES,
            "/1?ref=home": page(article(1, head=head).encode()),
            "/1": page(article(1, head=head).encode()),
            "/second": says(rss(entry(f"{SITE}/1?ref=home", "Story 1"), entry(f"{SITE}/2#x", "Story 2"))),
        },
        NEWS,
        replace(NEWS, name="Second", url=f"{OTHER}/second"),
    )
    assert there.run().archived == 3
    assert len(there.posts) == 3
    assert there.clock.now() >= START


def test_an_article_of_three_pages_is_one_post(tmp_path: Path, quick: InProcess) -> None:
    """Each page is asked for in robots.txt, and none is fetched that it forbids."""
    machine, rules = Machine(tmp_path, dict(ROUTES)), tmp_path / "rules"
    rules.mkdir()
    (rules / "site.example.txt").write_text("next_page_link: //a[@class='more']\nbody: //article\n")
    machine.config = replace(machine.config, site_rules=rules)
    more = '<a class="more" href="{}">more</a>'
    for n, following in ((1, "/1/b"), (2, "/private/2"), (3, "/3?page=2")):
        text = article(n, head='<link rel="next" href="/3?page=2">' if n == 3 else "")
        body = text + (more.format(following) if n < 3 else "")
        machine.routes[f"/{n}"] = page(body.encode(), Content_Type="text/html; charset=utf-8")
    for path, n, following in (("/1/b", 4, "/1/c"), ("/1/c", 5, ""), ("/3?page=2", 6, "")):
        body = article(n) + (more.format(following) if following else "")
        machine.routes[path] = page(body.encode(), Content_Type="text/html; charset=utf-8")
    assert machine.run() == Tally(polled=1, new=3, fetched=6, archived=3)
    assert sorted(machine.targets) == ["/1", "/1/b", "/1/c", "/2", "/3", "/3?page=2", "/feed", "/robots.txt"]
    assert machine.targets.index("/1") < machine.targets.index("/1/b") < machine.targets.index("/1/c")
    for n, numbers in ((1, (1, 4, 5)), (2, (2,)), (3, (3, 6))):
        text = next(place for place in machine.config.archive.rglob(f"*Story {n}.md")).read_text()
        assert [m for m in range(1, 7) if f"The ferry of harbour {m} " in text] == list(numbers)
    assert machine.findings() == []
