"""Pictures of posts that are there already: of days before they were wanted, of a lost state, of a predecessor."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.engine.past import run_past
from crawler.errors import ConfigError
from crawler.inventory import rebuild, verify
from crawler.model import Source, Tally
from crawler.slices import Shop, Want, tick
from crawler.slices.images import enlist
from crawler.state.opening import open_state
from crawler.writer.pictures import MOST_PICTURES
from tests.conftest import Desk
from tests.fakes import FEED, A, Answer, World, answer, rss, says, stories
from tests.pictures import PNG, asset, shows
from tests.test_gallery import HOST, KEEPS, POST, P, Q, text, world
from tests.test_refresh import Predecessor, head, place


def bring(there: World, source: Source = KEEPS, limit: int | None = None) -> tuple[int, Tally]:
    """Do what `crawler backfill SOURCE --images` does."""
    there.asked.clear()

    async def at_work(shop: Shop) -> tuple[int, Tally]:
        await tick(shop)
        found = await enlist(shop, source, limit)
        one = frozenset((source.url,))
        return found, await run_past(shop, Want(sources=one, polls=False, pictured=one))

    done: tuple[int, Tally] = there.work(at_work)
    return done


@pytest.fixture
def there(tmp_path: Path) -> World:
    """A world with a post of the days when pictures stayed where they were; now they are wanted."""
    there = world(tmp_path, P, source=A)
    there.run()
    there.sources = (KEEPS,)
    return there


def test_posts_of_earlier_days_get_theirs_and_twice_asks_for_nothing_twice(there: World) -> None:
    assert there.later(minutes=20).run().pictures == 0, "not by itself"
    assert bring(there) == (1, Tally(pictures=1, hung=1))
    assert f"(../{asset(PNG)})" in text(there)
    assert there.targets == [P]
    assert list(verify(there.archive, there.state)) == []
    assert (bring(there), there.targets) == ((0, Tally()), [])


def test_so_they_do_when_the_state_was_lost(there: World) -> None:
    there.state = open_state("sqlite://")
    there.state.sync_sources(there.sources, there.clock.now())
    rebuild(there.archive, there.state, there.clock.now())
    assert bring(there) == (1, Tally(pictures=1, hung=1))
    assert list(verify(there.archive, there.state)) == []


def test_what_a_person_edited_stays(there: World, tmp_path: Path) -> None:
    (tmp_path / POST).write_text(mine := text(there) + "mine")
    assert bring(there) == (0, Tally())
    assert text(there) == mine


def test_a_removed_post_is_passed_over(there: World, tmp_path: Path) -> None:
    (tmp_path / POST).unlink()
    assert bring(there) == (0, Tally())


def test_what_was_given_up_is_not_asked_for_again(there: World) -> None:
    there.pages[P] = answer(status=404)
    assert bring(there) == (1, Tally())
    assert (bring(there), there.targets) == ((0, Tally()), [])


def test_what_failed_is_left_to_later_runs(there: World) -> None:
    there.pages[P] = answer(status=500)
    assert bring(there) == (1, Tally())
    assert there.targets == [P]
    there.pages[P] = answer(PNG)
    assert there.later(minutes=20).run() == Tally(polled=1, unchanged=1, pictures=1, hung=1)


def test_a_host_that_wants_silence_is_waited_for(tmp_path: Path) -> None:
    there = world(tmp_path, P, f"{P}&n=2", source=A)
    there.run()
    there.sources = (KEEPS,)

    async def says_wait() -> Answer:
        return answer(status=429, retry_after="300") if len(there.asked) == 1 else answer(PNG)

    there.pages |= {P: says_wait, f"{P}&n=2": says_wait}
    began = there.clock.now()
    assert bring(there) == (1, Tally(pictures=1, hung=1))
    assert len(there.targets) == 2, "the one that was refused is left to later runs"
    assert there.clock.now() - began >= timedelta(seconds=300)


def test_the_limit_counts_posts_and_the_rest_comes_the_next_time(tmp_path: Path) -> None:
    pages = {f"{HOST}/{n}": shows(f"{P}&n={n}", n=n) for n in (1, 2, 3)}
    pages |= {f"{P}&n={n}": answer(PNG + bytes([n])) for n in (1, 2, 3)}  # type: ignore[misc]
    there = World(tmp_path, {FEED: rss(*stories(HOST, 1, 2, 3)), **pages}, A)
    there.run()
    there.sources = (KEEPS,)
    assert bring(there, limit=2) == (2, Tally(pictures=2, hung=2))
    assert bring(there, limit=2) == (1, Tally(pictures=1, hung=1))


def test_a_gallery_gets_the_first_ones_and_twice_gets_no_more(tmp_path: Path) -> None:
    many = [f"{P}&n={n}" for n in range(MOST_PICTURES + 5)]
    there = world(tmp_path, *many)
    there.pages |= {one: answer(PNG) for one in many}
    assert there.run().pictures == MOST_PICTURES
    assert (bring(there), there.targets) == ((0, Tally()), [])
    assert f"({many[-5]})" in text(there)


def test_only_the_lead_where_that_is_wanted(there: World) -> None:
    there.sources = (source := replace(KEEPS, images="lead"),)
    (there.archive._root / POST).write_text(text(there))
    assert bring(there, source) == (1, Tally(pictures=1, hung=1))


def test_a_source_that_wants_links_has_none_to_bring(there: World) -> None:
    there.sources = (A,)
    with pytest.raises(ConfigError, match="Harbour leaves its pictures where they are; give it `images: download`"):
        bring(there, A)


def test_a_predecessors_posts_get_theirs(tmp_path: Path) -> None:
    body = f"<p>A story</p><img alt='x' src='{P}'><a href='{P}'><img src={Q}></a>"
    there = Predecessor(tmp_path, 1, body=body, sources=(KEEPS,))
    there.pages |= {P: answer(PNG), Q: answer(status=404)}
    assert bring(there) == (1, Tally(pictures=1, hung=1))
    want = body.replace(f"src='{P}'", f"src='../{asset(PNG)}'")
    assert there.text() == f"{head()}<div>\n{want}\n</div>\n"
    assert there.posts == {place(): f"{HOST}/1"}


class TestTheCommand:
    @pytest.fixture
    def desk(self, desk: Desk) -> Desk:
        desk.routes |= {
            "/1": says(shows(f"{desk.base}/p.png"), Content_Type="text/html"),
            "/p.png": says(PNG),
            "/feed": says(rss(*stories(desk.base, 1)), ETag='"1"'),
        }
        desk.configure()
        assert desk.run("run").code == 0
        return desk.configure(defaults={"images": "download"})

    def test_says_what_came_of_it(self, desk: Desk) -> None:
        said = desk.run("backfill", "Harbour", "--images", "--dry-run")
        assert (said.code, said.out) == (0, "1 post with pictures to bring home\n")
        assert desk.targets == []
        said = desk.run("backfill", "Harbour", "--images")
        assert (said.code, said.out) == (0, "1 picture brought home; 1 post rewritten\n")
        said = desk.run("backfill", "Harbour", "--images", "--json")
        assert (said.code, said.out) == (0, '{\n  "posts": 0,\n  "pictures": 0,\n  "rewritten": 0\n}\n')

    @pytest.mark.parametrize(
        ("words", "fault"),
        [
            (("--since", "2021"), "--images: takes posts of any date; give it without --since and --until"),
            (("--dead",), "--images: reads posts, and no lists; give it without --from, --urls and --dead"),
            (("--refresh", "archive"), "--images and --refresh do two different things: give one"),
        ],
    )
    def test_refuses_what_it_does_not_do(self, desk: Desk, words: tuple[str, ...], fault: str) -> None:
        said = desk.run("backfill", "Harbour", "--images", *words)
        assert (said.code, said.err) == (2, f"error: {fault}\n")
