"""The index beside a run: what it does between slices, and at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.archive import FolderArchive
from crawler.cli.indexing import Indexer, Noting
from crawler.cli.parts import Store
from crawler.config import Config, load
from crawler.model import Tally
from crawler.search import Index, search, standing
from crawler.slices import Shop
from tests.fakes import World

POST = b"---\nlayout: post\ntitle: T\nfrom: https://a.example/%d\n---\nlighthouse\n"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "config.yaml").write_text("sources: [{name: A, url: 'https://a.example/feed'}]")
    return load(tmp_path / "config.yaml", {})


def index(config: Config) -> Index:
    return Index(config.search, config.archive)


def found(config: Config) -> int:
    return search(index(config), "lighthouse").total


def work(world: World, config: Config, kind: str, job: Callable[[Shop, Indexer], Awaitable[None]]) -> Indexer:
    """Do a job of a shop with the index kept beside it."""
    indexer = Indexer(config, Store(FolderArchive(config.archive), world.state), world.clock, kind)

    async def at_work(shop: Shop) -> None:
        await job(shop, indexer)

    world.work(indexer.beside(at_work), archive=indexer.store.archive)
    return indexer


async def until_kept(indexer: Indexer) -> None:
    assert indexer._task is not None
    await asyncio.wait((indexer._task,))


def test_what_is_put_is_found_after_the_slice(tmp_path: Path, config: Config) -> None:
    world = World(tmp_path, {})

    async def job(shop: Shop, indexer: Indexer) -> None:
        shop.archive.put("_posts/1.md", POST % 1)
        await shop.beat()
        await until_kept(indexer)
        assert found(config) == 1
        await shop.beat()  # nothing to do
        shop.archive.put("_posts/2.md", POST % 2)

    work(world, config, "run", job)
    assert found(config) == 2
    assert standing(index(config)).walked == world.clock.now()


def test_serve_looks_at_all_files_between_slices(tmp_path: Path, config: Config) -> None:
    world = World(tmp_path, {})
    FolderArchive(config.archive).put("_posts/old.md", POST % 0)

    async def job(shop: Shop, indexer: Indexer) -> None:
        await shop.beat()
        await until_kept(indexer)
        assert found(config) == 1
        FolderArchive(config.archive).put("_posts/new.md", POST % 9)
        for minutes, there in ((6, 1), (60, 2)):
            world.clock.advance(minutes * MINUTE)
            await shop.beat()
            await until_kept(indexer)
            assert found(config) == there

    work(world, config, "serve", job)


def test_a_stop_leaves_the_look_to_the_next_run(tmp_path: Path, config: Config) -> None:
    world = World(tmp_path, {})
    FolderArchive(config.archive).put("_posts/old.md", POST % 0)

    async def job(shop: Shop, indexer: Indexer) -> None:
        shop.archive.put("_posts/1.md", POST % 1)
        shop.stop.set()

    work(world, config, "run", job)
    assert found(config) == 1
    assert standing(index(config)).walked is None

    async def nothing(shop: Shop, indexer: Indexer) -> None:
        """Bring no news."""

    world.state.diary.end_run(world.state.diary.begin_run("run", world.clock.now()), Tally(), world.clock.now())
    work(world, config, "run", nothing)
    assert found(config) == 2


def test_one_that_is_damaged_between_slices_is_made_anew(tmp_path: Path, config: Config) -> None:
    assert config.search is not None
    place = config.search
    world = World(tmp_path, {})

    async def job(shop: Shop, indexer: Indexer) -> None:
        shop.archive.put("_posts/1.md", POST % 1)
        await shop.beat()
        await until_kept(indexer)
        place.write_bytes(b"garbage" * 1000)
        shop.archive.put("_posts/2.md", POST % 2)
        await shop.beat()
        await until_kept(indexer)
        assert found(config) == 1

    work(world, config, "run", job)
    assert found(config) == 2


def test_what_could_not_be_kept_is_tried_again(
    tmp_path: Path, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    assert config.search is not None
    place = config.search
    world = World(tmp_path, {})

    async def job(shop: Shop, indexer: Indexer) -> None:
        place.mkdir(parents=True)
        shop.archive.put("_posts/1.md", POST % 1)
        await shop.beat()
        await until_kept(indexer)
        assert "Is a directory; the next run tries again" in caplog.text
        place.rmdir()

    work(world, config, "run", job)
    assert found(config) == 1


@pytest.mark.parametrize("kind", ["worker", "trial"])
def test_who_keeps_no_index_notes_nothing(tmp_path: Path, config: Config, kind: str) -> None:
    world, archive = World(tmp_path, {}), FolderArchive(config.archive)
    indexer = Indexer(config, Store(archive, world.state), world.clock, kind)
    assert indexer.store.archive is archive


def test_the_archive_that_notes_is_the_archive(tmp_path: Path) -> None:
    archive = FolderArchive(tmp_path)
    noting = Noting(archive)
    noting.put("_posts/1.md", POST % 1)
    assert noting.read("_posts/1.md") == POST % 1
    assert list(noting.list()) == ["_posts/1.md"]
    assert noting.inside(tmp_path / "_posts") == "_posts"
    assert noting.has_news
    assert list(noting.take()) == ["_posts/1.md"]
    assert not noting.has_news
