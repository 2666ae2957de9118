"""What a process knows of its sources' last articles: little asked, nothing missed that was made here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crawler import urls
from crawler.memory import KEEP_REFUSED, KEEP_TAKEN, ArticleOutcome
from crawler.model import Fingerprint, Source
from crawler.slices import Shop, prints, tick
from tests.fakes import FEED, A, World
from tests.states import numbered

MANY = [numbered(n, "a.example") for n in range(60)]


def made_of(n: int, *, refused: bool = False) -> Fingerprint:
    return Fingerprint(bytes([n] * 8), refused)


@pytest.fixture
def there(tmp_path: Path) -> World:
    """A world of many articles, of which the first is filed."""
    world = World(tmp_path, {})

    async def begin(shop: Shop) -> None:
        await tick(shop)
        await shop.threads.database(shop.state.enter, urls.key(FEED), MANY, shop.clock.now())

    world.work(begin)
    file(world, 0)
    return world


def file(there: World, n: int) -> None:
    outcome = ArticleOutcome(MANY[n].key, "done", path=f"{n}.md", blocks=made_of(n).blocks)
    there.state.settle([outcome], there.later(minutes=1).clock.now())


def test_the_state_is_asked_once_in_a_while(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    fingerprints = there.state.fingerprints

    def heard(source: bytes) -> Any:
        asked.append(source)
        return fingerprints(source)

    monkeypatch.setattr(there.state, "fingerprints", heard)

    async def job(shop: Shop) -> list[tuple[Fingerprint, ...]]:
        found = [await shop.prints.of(shop, A, but=b"") for _ in range(3)]
        await shop.threads.database(file, there, 1)
        return [*found, await shop.prints.of(shop, A, but=b"")]

    assert there.work(job) == [(made_of(0),)] * 3 + [(made_of(1), made_of(0))]
    assert len(asked) == 2


def test_what_was_made_here_is_known_before_it_is_saved_and_once_when_it_is(there: World) -> None:
    async def job(shop: Shop) -> list[tuple[Fingerprint, ...]]:
        await shop.prints.of(shop, A, but=b"")
        shop.prints.add(shop, A, MANY[1].key, made_of(9))
        shop.prints.add(shop, A, MANY[1].key, made_of(1))
        before = await shop.prints.of(shop, A, but=b"")
        await shop.threads.database(file, there, 1)
        return [before, await shop.prints.of(shop, A, but=b""), await shop.prints.of(shop, A, but=MANY[1].key)]

    assert there.work(job) == [(made_of(1), made_of(0))] * 2 + [(made_of(0),)]


def test_no_more_is_known_than_what_articles_are_compared_with(there: World) -> None:
    async def job(shop: Shop) -> tuple[Fingerprint, ...]:
        await shop.prints.of(shop, A, but=b"")
        for n in range(1, 60):
            shop.prints.add(shop, A, MANY[n].key, made_of(n, refused=n % 2 == 0))
        found = await shop.prints.of(shop, A, but=b"")
        assert isinstance(found, tuple)
        return found

    found = there.work(job)
    assert found[0] == made_of(59)
    assert sum(one.refused for one in found) == KEEP_REFUSED
    assert 12 <= sum(not one.refused for one in found) <= KEEP_TAKEN


def test_what_others_made_since_then_comes_first(there: World) -> None:
    async def job(shop: Shop) -> tuple[Fingerprint, ...]:
        await shop.prints.of(shop, A, but=b"")
        for n in range(1, 26):
            shop.prints.add(shop, A, MANY[n].key, made_of(n))
            await shop.threads.database(file, there, n)
        for n in range(30, 50):
            await shop.threads.database(file, there, n)
        found = await shop.prints.of(shop, A, but=b"")
        assert isinstance(found, tuple)
        return found

    assert there.work(job) == tuple(made_of(n) for n in range(49, 29, -1))


def test_sources_that_were_not_asked_for_lately_are_forgotten(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prints, "SOURCES", 2)
    others = [Source(str(n), f"http://{n}.example/feed") for n in range(2)]

    async def job(shop: Shop) -> list[tuple[Fingerprint, ...]]:
        await shop.prints.of(shop, A, but=b"")
        shop.prints.add(shop, A, MANY[1].key, made_of(1))
        for one in others:
            await shop.prints.of(shop, one, but=b"")
        shop.prints.add(shop, A, MANY[2].key, made_of(2))  # of one that nobody asked for
        return [await shop.prints.of(shop, one, but=b"") for one in (A, *others)]

    assert there.work(job) == [(made_of(0),), (), ()]
