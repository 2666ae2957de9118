"""What searching costs: an archive of 15,000 posts, an index made of it, and queries of every kind.

    python -m bench.search [--posts 15000] [--texts DIR]

Posts are written in the crawler's own form, half of them Chinese and half English, of sentences that words make in
the frequencies of the language (Zipf); with `--texts`, of the sentences of an archive of yours. Told are the time to
make the index, its size, the time to look for changes where there are none, and of each query how long it takes, cold
(a process's first) and as the median of some. Four Chinese words must be found in just the posts in which a plain scan
of the texts finds them. Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.sitemap import Bars
from crawler.archive import FolderArchive, facts, open_archive
from crawler.model import Article, Source
from crawler.search import Hit, Index, search, update, walk
from crawler.search.texts import text_of
from crawler.urls import canonical
from crawler.writer.post import render

#: What is promised: seconds, milliseconds.
MOST_BUILD_S, MOST_QUERY_MS = 60, 50
#: Two characters each; the plain scan is the truth.
TESTED = ("香港", "中国", "北京", "美国")
#: The worst that people type: frequent characters, alone and together, frequent words, both side by side, long phrases.
WORST = (
    "的",
    "的 是 不",
    "the",
    "the of and",
    "的 中国",
    "中国 的 美国 香港",
    '"of the"',
    '"in the"',
    '"the 的"',
    "1的",
    "A股",
    "中国共产党中央委员会",
    "zzzz",
)
TIMES = 7
ENGLISH = (
    "the of and to in a is that for it was on with as by at from said government minister china market people year"
)
CHINESE = "的 是 不 在 了 和 有 中国 香港 北京 美国 政府 一个 表示 我们 他们 经济 问题 国家 社会 记者 总统 人民 A股 5月"
SENTENCE = re.compile(r"[^。！？.!?\n]{4,400}[。！？.!?]+")
IS_CHINESE = re.compile("[\u4e00-\u9fff]")
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description="Search an archive of thousands of posts.")
    parser.add_argument("--posts", type=int, default=15_000)
    parser.add_argument("--texts", type=Path, help="an archive whose sentences the posts are made of")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        root, bars = Path(name) / "archive", Bars()
        size = write(root, options.posts, sentences(options.texts))
        print(f"{options.posts:,} posts, {size / 1e6:.0f} MB")
        is_exact = measure(Index(Path(name) / "search.db", root), bars)
    return 0 if bars.is_well and is_exact else 1


def measure(index: Index, bars: Bars) -> bool:
    """Make the index and ask it; tell whether the tested words were found exactly."""
    assert index.place is not None  # noqa: S101
    begun, cpu = time.perf_counter(), time.process_time()
    kept = walk(index, NOW)
    took = time.perf_counter() - begun
    print(bars.line("index made in", took, "s", MOST_BUILD_S))
    print(f"{'CPU of that':34} {time.process_time() - cpu:12.2f} s")
    print(f"{'its size':34} {index.place.stat().st_size / 1e6:12.2f} MB of {kept.read:,} posts")
    begun = time.perf_counter()
    walk(index, NOW)
    print(f"{'a look at all files, none changed':34} {(time.perf_counter() - begun) * 1000:12.2f} ms")
    print(f"{'one post more':34} {_one_more(index) * 1000:12.2f} ms")
    for query in (*TESTED, *WORST):
        first, median, total = timed(index, query)
        print(bars.line(f"{query} ({total:,})", median, "ms", MOST_QUERY_MS) + f", the first one {first:.1f}")
    return exact(index)


def _one_more(index: Index) -> float:
    path = next(open_archive(index.root).list())
    place = Path(index.root, path)
    place.write_bytes(place.read_bytes().replace(b"</div>", b"more</div>"))
    begun = time.perf_counter()
    update(index, [path])
    return time.perf_counter() - begun


def timed(index: Index, query: str) -> tuple[float, float, int]:
    """Return how many ms a query took at first, the median, and how many posts it found."""
    took, total = [], 0
    for _ in range(TIMES):
        begun = time.perf_counter()
        total = search(index, query).total
        took.append((time.perf_counter() - begun) * 1000)
    return took[0], statistics.median(took), total


def exact(index: Index) -> bool:
    """Compare the tested words with a plain scan of titles and texts."""
    archive, there = open_archive(index.root), dict[str, set[str]]()
    for path in archive.list():
        data = archive.read(path) or b""
        known = facts(data)
        text = f"{known.title if known else ''}\n{text_of(data)}"
        for word in TESTED:
            if word in text:
                there.setdefault(word, set()).add(path)
    is_exact = True
    for word in TESTED:
        found = {hit.path for hit in _all(index, word)}
        missed, wrong = len(there.get(word, set()) - found), len(found - there.get(word, set()))
        print(f"{word}: {len(found):,} of {len(there.get(word, ())):,}, {missed} missed, {wrong} wrong")
        is_exact &= missed == wrong == 0
    return is_exact


def _all(index: Index, word: str) -> Iterator[Hit]:
    for page in itertools.count():
        hits = search(index, word, limit=1000, offset=1000 * page).hits
        yield from hits
        if not hits:
            return


# --- posts ---


def sentences(folder: Path | None) -> tuple[list[str], list[str]]:
    """Return Chinese and English sentences, of an archive or made up."""
    if folder is None:
        rng = random.Random(1)  # noqa: S311
        return list(made(rng, CHINESE.split(), "", "。")), list(made(rng, ENGLISH.split(), " ", "."))
    archive = FolderArchive(folder)
    texts = (text_of(archive.read(path) or b"") for path in archive.list())
    found = [one.strip() for text in texts for one in SENTENCE.findall(text)]
    return [one for one in found if IS_CHINESE.search(one)], [one for one in found if not IS_CHINESE.search(one)]


def made(rng: random.Random, frequent: list[str], between: str, end: str) -> Iterator[str]:
    """Yield sentences of words, the nth of which is n times as rare as the first."""
    if between:
        words = frequent + ["".join(rng.choices("etaoinshrdlu", k=rng.randint(3, 10))) for _ in range(30_000)]
    else:
        words = frequent + [_word(rng) for _ in range(20_000)]
    weights = list(itertools.accumulate(1 / (n + 2) for n in range(len(words))))
    for _ in range(20_000):
        yield between.join(rng.choices(words, cum_weights=weights, k=rng.randint(6, 24))) + end


def _word(rng: random.Random) -> str:
    """Return a Chinese word: of two characters mostly, a few hundred of which are frequent."""
    return "".join(chr(0x4E00 + int(rng.paretovariate(0.4)) % 6000) for _ in range(rng.choice((1, 2, 2, 2, 3))))


def write(root: Path, posts: int, stock: tuple[list[str], list[str]]) -> int:
    """Write posts; return their bytes."""
    rng, size = random.Random(2), 0  # noqa: S311
    (root / "_posts").mkdir(parents=True)
    for number in range(posts):
        lines = stock[number % 2]
        html, room = "", rng.choice((600, 1200, 2500) if number % 2 == 0 else (1500, 3000, 6000))
        while len(html) < room:
            html += f"<p>{''.join(rng.choices(lines, k=3))}</p>"
        source = Source(f"Source {number % 40}", f"https://{number % 40}.example/feed")
        when = NOW - timedelta(minutes=37 * number)
        url = canonical(f"https://{number % 40}.example/story/{number}")
        title = rng.choice(lines)[:60]
        data = render(Article(url, title, source.name, when, when, html, "page"), source)
        (root / f"_posts/{when:%Y-%m-%d}-{number}.md").write_bytes(data)
        size += len(data)
    return size


if __name__ == "__main__":
    sys.exit(main())
