"""A peer of `bench.throughput`: the script that people write for themselves, one request after another.

    python throughput_script.py FEEDS.txt FOLDER

feedparser, httpx, readability-lxml, markdownify. A file that is there is not made again. Knows nothing of this project.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import feedparser
import httpx
from markdownify import markdownify
from readability import Document

AGENT = "newsscript/1.0"


def main(arguments: Sequence[str]) -> int:
    """Make a Markdown file of every article of the feeds; 1 when one failed."""
    feeds, folder = Path(arguments[0]).read_text("utf-8").split(), Path(arguments[1])
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    robots: dict[str, RobotFileParser] = {}
    with httpx.Client(follow_redirects=True, timeout=20, headers={"User-Agent": AGENT}) as client:
        for feed in feeds:
            for entry in feedparser.parse(client.get(feed).content).entries:
                place = folder / f"{hashlib.sha256(entry.link.encode()).hexdigest()[:16]}.md"
                try:
                    if not place.exists() and _allowed(client, robots, entry.link):
                        place.write_text(_post(client, entry), "utf-8")
                except (httpx.HTTPError, OSError) as e:
                    failed += 1
                    print(f"{entry.link}: {e!r}", file=sys.stderr)
    return int(failed > 0)


def _allowed(client: httpx.Client, robots: dict[str, RobotFileParser], url: str) -> bool:
    root = f"http://{urlsplit(url).netloc}"
    if root not in robots:
        robots[root] = RobotFileParser()
        robots[root].parse(client.get(f"{root}/robots.txt").text.splitlines())
    return robots[root].can_fetch(AGENT, url)


def _post(client: httpx.Client, entry: feedparser.FeedParserDict) -> str:
    answer = client.get(entry.link)
    answer.raise_for_status()
    document = Document(answer.text)
    text = markdownify(document.summary(html_partial=True), heading_style="ATX")
    return f'---\ntitle: "{entry.title}"\ndate: {entry.get("published", "")}\nfrom: {entry.link}\n---\n\n{text}\n'


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
