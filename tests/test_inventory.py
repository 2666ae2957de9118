"""Archive against state: every kind of difference, and a state made anew from the files alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler import urls
from crawler.archive import FolderArchive
from crawler.inventory import Finding, rebuild, verify
from crawler.model import Tally
from crawler.state import Adopted
from crawler.state.opening import open_state
from crawler.urls import canonical
from tests.clock import START
from tests.fakes import FEED, World, article, rss, stories

HOST = "http://a.example"
POST = "_posts/2021-11-20-Story {}.md"


@pytest.fixture
def there(tmp_path: Path) -> World:
    """A world with three posts."""
    world = World(tmp_path, {FEED: rss(*stories(HOST, 1, 2, 3)), **{f"{HOST}/{n}": article(n) for n in (1, 2, 3)}})
    assert world.run().archived == 3
    return world


def findings(world: World) -> list[tuple[str, str]]:
    return [(finding.kind, finding.path) for finding in verify(world.archive, world.state)]


class TestVerify:
    def test_finds_nothing_where_all_is_well(self, there: World) -> None:
        assert findings(there) == []

    def test_finds_a_post_that_is_missing(self, there: World, tmp_path: Path) -> None:
        (tmp_path / POST.format(2)).unlink()
        (found,) = verify(there.archive, there.state)
        assert (found.kind, found.path, found.is_fault) == ("missing", POST.format(2), True)
        assert f"{HOST}/2" in found.text

    def test_finds_a_post_that_a_person_edited_and_calls_it_no_fault(self, there: World, tmp_path: Path) -> None:
        place = tmp_path / POST.format(1)
        place.write_text(place.read_text() + "\nPS: true.\n")
        (found,) = verify(there.archive, there.state)
        assert (found.kind, found.path, found.is_fault) == ("edited", POST.format(1), False)

    @pytest.mark.parametrize("text", ["", "no front matter", "---\ntitle: x\n---\n", "---\nfrom: http://a.example/1\n"])
    def test_finds_a_post_that_can_no_longer_be_read(self, there: World, tmp_path: Path, text: str) -> None:
        (tmp_path / POST.format(3)).write_text(text)
        (found,) = verify(there.archive, there.state)
        assert (found.kind, found.path, found.is_fault) == ("broken", POST.format(3), True)
        assert f"{HOST}/3" in found.text

    def test_finds_a_stranger_that_looks_like_a_post_and_is_none(self, there: World, tmp_path: Path) -> None:
        (tmp_path / "_posts/2021-01-01-half.md").write_text("---\nlayout: post\n")
        assert findings(there) == [("broken", "_posts/2021-01-01-half.md")]

    def test_leaves_other_files_in_peace(self, there: World, tmp_path: Path) -> None:
        (tmp_path / "README.md").write_text("About this archive\n")
        (tmp_path / "index.html").write_text("---\nlayout: home\n---\n")
        assert findings(there) == []

    def test_finds_a_post_that_the_state_does_not_know(self, there: World, tmp_path: Path) -> None:
        text = (tmp_path / POST.format(1)).read_text()
        (tmp_path / "_posts/2020-01-01-old.md").write_text(text.replace(f"{HOST}/1", f"{HOST}/0"))
        assert findings(there) == [("unknown", "_posts/2020-01-01-old.md")]

    def test_beside_a_run_finds_nothing_wrong_with_what_is_written_meanwhile(
        self, there: World, tmp_path: Path
    ) -> None:
        """The state was read before the run settled its articles, the files were listed after that."""
        (tmp_path / "_posts/2020-01-01-old.md").write_text(f"---\nlayout: post\nfrom: {HOST}/0\n---\n")
        there.pages |= {FEED: rss(*stories(HOST, 4, 5)), **{f"{HOST}/{n}": article(n) for n in (4, 5)}}

        class Busy(FolderArchive):
            def list(self) -> Iterator[str]:
                assert there.later(hours=1).run().archived == 2
                return super().list()

        found = list(verify(Busy(tmp_path), there.state))
        assert [(finding.kind, finding.path) for finding in found] == [("unknown", "_posts/2020-01-01-old.md")]

    def test_knows_a_post_whose_article_is_about_to_be_settled(self, there: World, tmp_path: Path) -> None:
        there.pages |= {FEED: rss(*stories(HOST, 4))}
        there.later(hours=1).run()
        key, path = urls.key(f"{HOST}/4"), POST.format(4)
        assert there.state.reserve(key, [path]) == path
        text = (tmp_path / POST.format(1)).read_text()
        (tmp_path / path).write_text(text.replace(f"{HOST}/1", f"{HOST}/4"))
        assert findings(there) == []
        (tmp_path / path).rename(tmp_path / "_posts/elsewhere.md")
        assert findings(there) == [("unknown", "_posts/elsewhere.md")]

    @pytest.mark.parametrize("name", ["_posts/2020-01-01-a.md", "_posts/2022-01-01-z.md"])
    def test_finds_an_article_that_is_there_twice(self, there: World, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_bytes((tmp_path / POST.format(1)).read_bytes())
        kinds = dict(findings(there))
        assert "double" in kinds
        assert kinds["double"] == max(name, POST.format(1))

    def test_reads_more_posts_than_one_batch(self, tmp_path: Path) -> None:
        world = World(tmp_path, {})
        world.state.adopt((Adopted(canonical(f"{HOST}/{n}"), f"_posts/{n}.md") for n in range(1234)), START)
        assert len(findings(world)) == 1234

    def test_leaves_the_users_own_pages_alone(self, there: World, tmp_path: Path) -> None:
        (tmp_path / "_posts/2021-01-01-odd.md").write_text("---\nfrom: about:blank\n---\n")
        (tmp_path / "_posts/2021-01-02-own.md").write_text("---\ntitle: my own\n---\ntext\n")
        assert findings(there) == []


class TestRebuild:
    def test_makes_every_article_known_so_that_nothing_is_fetched(self, there: World, tmp_path: Path) -> None:
        fresh = World(tmp_path, there.pages)
        fresh.state.sync_sources(fresh.sources, START)
        assert rebuild(fresh.archive, fresh.state, START)[:2] == (3, ())
        assert findings(fresh) == []
        assert fresh.run() == Tally(polled=1)
        assert fresh.targets == [FEED]
        (row,) = fresh.state.source_rows(START)
        assert row.all == 3

    def test_tells_what_it_does_not_take_for_a_post(self, there: World, tmp_path: Path) -> None:
        (tmp_path / "_posts/2021-01-01-odd.md").write_text("---\nfrom: about:blank\n---\n")
        (tmp_path / "_posts/2021-01-02-half.md").write_text("---\nlayout: post\n")
        (tmp_path / "README.md").write_text("About this archive\n")
        state = open_state("sqlite://")
        state.sync_sources(there.sources, START)
        count, problems, _ = rebuild(there.archive, state, START)
        assert count == 3
        assert len([p for p in problems if p.startswith("_posts/2021-01-01-odd.md: from: ")]) == 1
        assert "_posts/2021-01-02-half.md: it has no front matter" in problems
        assert not [p for p in problems if p.startswith("README.md")], "a README is no problem"

    def test_twice_changes_nothing(self, there: World) -> None:
        assert rebuild(there.archive, there.state, START)[:2] == (0, ())
        assert findings(there) == []

    def test_knows_the_predecessors_spelling(self, tmp_path: Path) -> None:
        world = World(tmp_path, {FEED: rss(*stories(HOST, 1))})
        (tmp_path / "_posts").mkdir()
        (tmp_path / "_posts/2020-01-01-old.md").write_text(
            '---\nlayout: post\ntitle: "Old"\nfrom: HTTP://A.example:80/1?utm_source=x#top\n---\n'
        )
        world.state.sync_sources(world.sources, START)
        assert rebuild(world.archive, world.state, START)[0] == 1
        assert world.run() == Tally(polled=1)


def test_a_finding_says_whether_it_is_a_fault() -> None:
    assert Finding("p", "broken", "").is_fault
    assert not Finding("p", "edited", "").is_fault
