"""A peer of `bench.throughput`: a spider of Scrapy that reads feeds and gives pages to trafilatura.

    python throughput_spider.py FEEDS.txt FOLDER

Its memory of what it has fetched is Scrapy's own (JOBDIR, beside the folder). Knows nothing of this project, and runs
in an environment of its own.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import scrapy
import trafilatura
from scrapy.crawler import CrawlerProcess


class Feeds(scrapy.Spider):  # type: ignore[misc] # which has no types where it is not installed
    """Follows the entries of feeds."""

    name = "feeds"
    feeds: Sequence[str] = ()
    folder = Path()

    async def start(self) -> AsyncIterator[Any]:
        """Ask for every feed."""
        for feed in self.feeds:
            yield scrapy.Request(feed, dont_filter=True)

    def parse(self, response: Any) -> Iterator[Any]:
        """Follow what a feed lists."""
        response.selector.remove_namespaces()
        for url in response.xpath("//item/link/text() | //entry/link/@href").getall():
            yield scrapy.Request(url.strip(), self.article)

    def article(self, response: Any) -> None:
        """Write one article."""
        text = trafilatura.extract(
            response.text,
            url=response.url,
            output_format="markdown",
            with_metadata=True,
            include_links=True,
            include_images=True,
        )
        if text:
            name = hashlib.sha256(response.url.encode()).hexdigest()[:16]
            (self.folder / f"{name}.md").write_text(text, "utf-8")


def main(arguments: Sequence[str]) -> None:
    """Crawl once."""
    folder = Path(arguments[1])
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "LOG_LEVEL": "ERROR",
        "ROBOTSTXT_OBEY": True,
        "JOBDIR": f"{folder}.job",
        "TELNETCONSOLE_ENABLED": False,
        "CONCURRENT_REQUESTS": 64,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 2,
        # Not 0: version 2.19 then starts all that waits for a host at once (12 at a limit of 2, counted by the web).
        "DOWNLOAD_DELAY": 0.001,
    }
    process = CrawlerProcess(settings)
    process.crawl(Feeds, feeds=Path(arguments[0]).read_text("utf-8").split(), folder=folder)
    process.start()


if __name__ == "__main__":
    main(sys.argv[1:])
