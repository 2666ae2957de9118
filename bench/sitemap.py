"""What a backfill from huge sitemaps costs: an index of a million addresses, of which the first posts come at once.

    python -m bench.sitemap [--addresses 1000000] [--maps 20] [--delay 1]

The crawler works in a process of its own, against a real server on the loopback interface that serves pages of our
own; the delay between two requests is that of an unconfigured crawler. It is stopped when the last sitemap was read.
Told are addresses a second into the backlog, memory of the process and of its workers, when the first post was
there, and what it costs to pick an article out of the whole backlog. Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.backfill_site import PastSite
from tests.webserver import Handler, Line, WebServer

HOST = "sitemap.example"
ROOT = f"http://{HOST}"
#: What is promised: at least so many addresses a second, at most so many MB, seconds, milliseconds.
LEAST_A_SECOND, MOST_MB, MOST_FIRST_S, MOST_PICK_MS = 10_000, 300, 5, 1
ON_FEED = 20
#: A crawler that has not ended by then, never will.
LONGEST_S = 1800.0
PAGES = PastSite(0)


class Bars:
    """Compares figures with what is promised."""

    def __init__(self) -> None:
        self.is_well = True

    def line(self, what: str, figure: float, unit: str, bar: float, *, at_least: bool = False) -> str:
        """Return a line for people, and remember whether the bar was missed."""
        holds = figure >= bar if at_least else figure <= bar
        self.is_well &= holds
        told = f"{'at least' if at_least else 'at most'} {bar:,g}"
        return f"{what:34} {figure:12,.2f} {unit:4} ({told}{'' if holds else ', MISSED'})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description="Read the past of a site from sitemaps of a million addresses.")
    parser.add_argument("--addresses", type=int, default=1_000_000)
    parser.add_argument("--maps", type=int, default=20)
    parser.add_argument("--delay", type=float, default=1.0, help="seconds between two requests to the host")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        figures = asyncio.run(measure(options.addresses, options.maps, options.delay, Path(name)))
    bars = Bars()
    rate = figures["owed"] / figures["seconds"]
    for line in (
        f"{figures['owed']:,.0f} of {options.addresses:,} addresses, {options.maps} sitemaps, "
        f"{figures['seconds']:.1f} s, {figures['posts']:.0f} posts meanwhile, state of {figures['state_mb']:.0f} MB",
        bars.line("into the backlog", rate, "/s", LEAST_A_SECOND, at_least=True),
        bars.line("memory of the crawler's process", figures["main_mb"], "MB", MOST_MB),
        bars.line("memory of its largest worker", figures["worker_mb"], "MB", MOST_MB),
        bars.line("first post after", figures["first_s"], "s", MOST_FIRST_S),
        bars.line("a pick out of the whole backlog", figures["pick_ms"], "ms", MOST_PICK_MS),
    ):
        print(line, flush=True)
    return 0 if bars.is_well and figures["owed"] == options.addresses - figures["known"] else 1


async def measure(addresses: int, maps: int, delay_s: float, folder: Path) -> dict[str, float]:
    """Let the crawler read all sitemaps; return its figures."""
    async with WebServer(Site(addresses, maps)) as server:
        command = [sys.executable, "-m", "bench.sitemap_run", str(folder), str(server.port), str(delay_s), str(maps)]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        try:
            async with asyncio.timeout(LONGEST_S):
                told, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
    figures: dict[str, float] = json.loads(told)
    return figures


class Site(dict[str, Handler]):
    """A site of so many articles, in so many sitemaps.

    Args:
        addresses: of articles; the last one is the newest.
        maps: gzipped files that list them.
    """

    def __init__(self, addresses: int, maps: int) -> None:
        self.addresses = addresses
        size = -(-addresses // maps)
        cuts = [range(at, min(at + size, addresses)) for at in range(0, addresses, size)]
        self.packed = [gzip.compress("".join(urlset(cut)).encode(), 4) for cut in cuts]

    def get(self, target: str, _: Any = None) -> Handler | None:  # type: ignore[override]
        return self._answer if target.startswith(("/feed", "/robots", "/map", "/news/")) else None

    async def _answer(self, line: Line) -> None:
        target = line.seen.target
        if target.startswith("/map-"):
            number = int(target.removeprefix("/map-").removesuffix(".xml.gz"))
            await line.answer(200, self.packed[number], Content_Type="application/gzip")
        else:
            kind = "text/html; charset=utf-8" if target.startswith("/news/") else "text/plain; charset=utf-8"
            await line.answer(200, self._text(target).encode(), Content_Type=kind)

    def _text(self, target: str) -> str:
        if target == "/robots.txt":
            return f"User-agent: *\nSitemap: {ROOT}/map.xml\n"
        if target == "/map.xml":
            maps = "".join(f"<sitemap><loc>{ROOT}/map-{n}.xml.gz</loc></sitemap>" for n in range(len(self.packed)))
            return f"<sitemapindex>{maps}</sitemapindex>"
        if target == "/feed.xml":
            items = "".join(
                f"<item><title>Story {n}</title><link>{address(n)}</link></item>"
                for n in range(self.addresses - ON_FEED, self.addresses)
            )
            return f'<rss version="2.0"><channel><title>Large</title>{items}</channel></rss>'
        return PAGES.reply(target).body.decode()


def address(number: int) -> str:
    """Return an article's address."""
    return f"{ROOT}/news/{2000 + number % 24}/{number % 12 + 1:02}/{number % 28 + 1:02}/the-story-number-{number}"


def urlset(numbers: range) -> Iterator[str]:
    """Yield a sitemap, with what most of them say of an address."""
    yield '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    for n in numbers:
        time = f"{2000 + n % 24}-{n % 12 + 1:02}-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}:00+00:00"
        yield f"\n<url><loc>{address(n)}</loc><lastmod>{time}</lastmod><changefreq>never</changefreq></url>"
    yield "</urlset>"


if __name__ == "__main__":
    sys.exit(main())
