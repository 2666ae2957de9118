"""Whole walks over sitemaps: polled as a source, and read for the past of a feed."""

import gzip
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.model import Source
from crawler.past import Window
from tests.clock import START
from tests.fakes import A, Reply, World, answer, article, rss, stories

ROOT = "http://a.example"
MAP = Source("Harbour", f"{ROOT}/sitemap.xml", kind="sitemap", every=timedelta(minutes=15), article_url="/news/")
NUMBERS = range(1, 13)


def url(number: int) -> str:
    return f"{ROOT}/news/story-{number}"


def dated(number: int) -> str:
    return f'<meta property="article:published_time" content="{(START - timedelta(days=number)).isoformat()}">'


def pages(numbers: Sequence[int] = NUMBERS) -> dict[str, Reply]:
    return {url(n): article(n, head=dated(n)) for n in numbers}


def urlset(*numbers: int, more: str = "") -> str:
    places = "".join(
        f"<url><loc>{url(n)}</loc><lastmod>{(START - timedelta(days=n, hours=-1)).isoformat()}</lastmod></url>"
        for n in numbers
    )
    return f"<urlset>{places}{more}</urlset>"


def index(*names: str, changed: str = "") -> str:
    found = "".join(f"<sitemap><loc>{ROOT}/{name}</loc>{changed}</sitemap>" for name in names)
    return f"<sitemapindex>{found}</sitemapindex>"


ABOUT = f"<url><loc>{ROOT}/about</loc></url><url><loc>{ROOT}/tag/news</loc></url>"
LIST = rss(*(item.replace("/news/", "/news/story-") for item in stories(f"{ROOT}/news", *range(1, 6))))


# --- the past of a feed ---


def test_files_what_the_sitemaps_of_robots_txt_name(tmp_path: Path) -> None:
    maps: dict[str, Reply] = {
        f"{ROOT}/robots.txt": f"User-agent: *\nSitemap: {ROOT}/i.xml\nsitemap: {ROOT}/extra.txt",
        f"{ROOT}/i.xml": index("1.xml.gz", "author-sitemap.xml"),
        f"{ROOT}/1.xml.gz": answer(gzip.compress(urlset(*range(1, 11), more=ABOUT).encode())),
        f"{ROOT}/extra.txt": f"{url(11)}\n{url(12)}\n{ROOT}/world/story-13\n",
    }
    world = World(tmp_path, {A.url: LIST, **maps, **pages()})
    tally, backfill = world.past("sitemap")
    assert world.froms == sorted(url(n) for n in NUMBERS)
    assert (backfill.state, backfill.method, tally.archived) == ("done", "sitemap", 12)
    assert backfill.counts.unwanted == 3
    assert f"{ROOT}/author-sitemap.xml" not in world.targets
    assert f"{ROOT}/sitemap.xml" not in world.targets
    assert len(world.targets) == len(set(world.targets))


def test_guesses_and_finds(tmp_path: Path) -> None:
    there: dict[str, Reply] = {
        f"{ROOT}/sitemap.xml": answer("<!doctype html><html><p>Not found"),
        f"{ROOT}/wp-sitemap.xml": urlset(*NUMBERS),
    }
    world = World(tmp_path, {A.url: LIST, **there, **pages()})
    _, backfill = world.past("sitemap")
    assert [target.removeprefix(f"{ROOT}/") for target in world.targets if "/news/" not in target] == [
        "feed", "robots.txt", "sitemap.xml", "sitemap_index.xml", "wp-sitemap.xml",
    ]  # fmt: skip
    assert (backfill.state, len(world.froms)) == ("done", 12)


def test_says_where_there_is_no_sitemap(tmp_path: Path) -> None:
    world = World(tmp_path, {A.url: LIST, **pages()})
    _, backfill = world.past("sitemap")
    assert (backfill.state, world.froms) == ("failed", [])
    assert "sitemap: offers nothing older" in backfill.said


def test_minds_the_window_without_believing_the_last_change(tmp_path: Path) -> None:
    """All were changed just now; the pages know when they were published."""
    body = "".join(f"<url><loc>{url(n)}</loc><lastmod>{START.isoformat()}</lastmod></url>" for n in NUMBERS)
    maps = {f"{ROOT}/robots.txt": f"Sitemap: {ROOT}/1.xml", f"{ROOT}/1.xml": f"<urlset>{body}</urlset>"}
    world = World(tmp_path, {A.url: LIST, **maps, **pages()})
    window = Window(START - timedelta(days=8, hours=1), START - timedelta(days=4, hours=-1))
    _, backfill = world.past("sitemap", window=window)
    assert world.froms == sorted(url(n) for n in range(4, 9))
    assert backfill.counts.outside == 7


def test_does_not_ask_for_what_cannot_be_in_the_window(tmp_path: Path) -> None:
    maps = {f"{ROOT}/robots.txt": f"Sitemap: {ROOT}/1.xml", f"{ROOT}/1.xml": urlset(*NUMBERS)}
    world = World(tmp_path, {A.url: LIST, **maps, **pages()})
    world.past("sitemap", window=Window(since=START - timedelta(days=3, hours=1)))
    assert [target for target in world.targets if "/news/" in target] == [url(1), url(2), url(3)]


def test_goes_on_where_it_was_stopped_and_asks_for_nothing_twice(tmp_path: Path) -> None:
    maps = {f"{ROOT}/robots.txt": f"Sitemap: {ROOT}/1.xml", f"{ROOT}/1.xml": urlset(*NUMBERS)}
    world = World(tmp_path, {A.url: LIST, **maps, **pages()})
    world.past("sitemap", limit=5)
    assert len(world.froms) == 5
    first = {target for target in world.targets if "/news/" in target}
    world.past("sitemap")
    assert len(world.froms) == 12
    assert not first & {*world.targets}
    world.past("sitemap")
    assert [target for target in world.targets if "/news/" in target] == []


def test_the_past_of_a_source_that_is_a_sitemap(tmp_path: Path) -> None:
    world = World(tmp_path, {MAP.url: urlset(*NUMBERS, more=ABOUT), **pages()}, MAP)
    world.past("sitemap", source=MAP)
    assert world.froms == sorted(url(n) for n in NUMBERS)
    assert f"{ROOT}/robots.txt" not in world.targets


# --- polled ---


def test_polls_a_sitemap_and_files_what_is_new(tmp_path: Path) -> None:
    world = World(tmp_path, {MAP.url: urlset(3, 2, more=ABOUT), **pages()}, MAP)
    assert world.run().archived == 2
    assert world.later(hours=1).run().unchanged == 1
    world.pages[MAP.url] = urlset(3, 2, 1)
    assert world.later(hours=1).run().archived == 1
    assert world.froms == [url(1), url(2), url(3)]


def indexed(**maps: str) -> dict[str, Reply]:
    return {MAP.url: answer(index(*maps), etag='"i"'), **{f"{ROOT}/{name}": body for name, body in maps.items()}}


def test_polls_the_sitemaps_of_an_index_though_it_stays_the_same(tmp_path: Path) -> None:
    world = World(tmp_path, indexed(a=urlset(3), b=urlset(2)) | pages(), MAP)
    assert world.run().archived == 2
    assert world.later(hours=1).run().unchanged == 1
    assert {target for target in world.targets if "/news/" not in target} == {MAP.url, f"{ROOT}/a", f"{ROOT}/b"}
    world.pages[f"{ROOT}/b"] = urlset(2, 1)
    assert world.later(hours=1).run().archived == 1
    assert world.memory(MAP).validators.etag == ""


def test_follows_an_index_in_an_index_and_no_further_than_it_may(tmp_path: Path) -> None:
    world = World(tmp_path, indexed(a=index("c"), b=urlset(2)) | {f"{ROOT}/c": index("d", "e")} | pages(), MAP)
    world.pages |= {f"{ROOT}/{name}": urlset(3) for name in "de"}
    world.run()
    asked = [target.removeprefix(f"{ROOT}/") for target in world.targets if "/news/" not in target]
    assert asked == ["sitemap.xml", "a", "c", "d"]
    assert world.froms == [url(3)]


def test_asks_once_for_a_sitemap_that_is_named_again(tmp_path: Path) -> None:
    world = World(tmp_path, indexed(a=index("a"), b=urlset(2)) | pages(), MAP)
    world.run()
    assert world.targets.count(f"{ROOT}/a") == 1


def test_one_sitemap_that_fails_is_a_problem_and_all_are_a_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(tmp_path, indexed(a=urlset(3), b=urlset(2)) | pages(), MAP)
    world.pages[f"{ROOT}/a"] = answer(status=404)
    with caplog.at_level("INFO"):
        assert world.run().archived == 1
    assert f"{ROOT}/a: HTTP 404" in caplog.text
    world.pages[f"{ROOT}/b"] = "<!doctype html><html>"
    tally = world.later(hours=1).run()
    assert (tally.failed, tally.unreached) == (1, 0)


def test_the_source_is_asked_anew_when_the_user_calls_other_addresses_articles(tmp_path: Path) -> None:
    world = World(tmp_path, {MAP.url: urlset(1, 2), **pages()}, replace(MAP, article_url="-1$"))
    assert world.run().archived == 1
    world.sources = (replace(MAP, article_url="-2$"),)
    assert world.later(hours=1).run().archived == 1


def test_a_large_sitemap_may_come_whole(tmp_path: Path) -> None:
    world = World(tmp_path, {MAP.url: urlset(1), **pages()}, MAP)
    world.run()
    assert world.asked[0].min_cap_bytes == 52_428_800
