"""What the crawler learns to leave out of a source's articles, shown on an archive of posts.

    python -m bench.boilerplate FOLDER

FOLDER holds a folder of posts for each channel. Their bodies go through the extractor in the order of their dates, as
if a feed had brought them one by one; each article is compared with the last ones of its channel, as a run does it.
Printed for each channel: articles, refused ones, share of the text left out, and every block that was, with how often.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from crawler.errors import Repeated
from crawler.extractor import Rules, from_feed, learn
from crawler.extractor.tree import fragment, visible_text
from crawler.markup import weigh
from crawler.memory import KEEP_REFUSED, KEEP_TAKEN
from crawler.model import Article, Entry, Fingerprint, Source
from crawler.urls import canonical

FEED = Source("bench", "https://bench.example/feed")  # whoever asks for the feed alone gets what repeats, too
NOW = datetime(2026, 1, 1, tzinfo=UTC)
#: Characters shown of a block.
SHOWN = 110


@dataclass(slots=True)
class Channel:
    """What became of a channel's posts."""

    articles: list[Article] = field(default_factory=list)
    whole: list[Article] = field(default_factory=list)  #: the same ones, had nothing been learned
    refused: list[tuple[str, str]] = field(default_factory=list)  #: title and reason

    @property
    def left_out(self) -> Counter[str]:
        """Return each block that was left out, with how often."""
        return Counter(block for article in self.articles for block in article.boilerplate)

    @property
    def share(self) -> float:
        """Return which share of the text was left out."""
        before, after = (sum(weigh(text_of(a)) for a in some) for some in (self.whole, self.articles))
        return 1 - after / max(before, 1)


def text_of(article: Article) -> str:
    """Return an article's text as a reader sees it, one line a block."""
    return visible_text(fragment(article.html)) if article.html else ""


def entries(folder: Path) -> Iterator[Entry]:
    """Yield a channel's posts as a feed's entries, the oldest first."""
    posts = [path.read_text("utf-8") for path in sorted(folder.iterdir()) if path.is_file()]
    for post in sorted(posts, key=lambda post: _fact(post, "date")):
        body = post.partition("\n------\n")[2]
        yield Entry(url=_fact(post, "from"), title=_fact(post, "title").strip('"'), content=body)


def _fact(post: str, key: str) -> str:
    found = re.search(rf"^{key}: (.*)$", post, re.M)
    return found[1] if found else ""


def learned_from(bodies: Iterable[Entry]) -> Channel:
    """Put the entries through the extractor one by one, each with what was learned of those before it."""
    seen, taken, refused = Channel(), deque[Fingerprint](maxlen=KEEP_TAKEN), deque[Fingerprint](maxlen=KEEP_REFUSED)
    for entry in bodies:
        url = canonical(entry.url)
        rules = Rules(learned=learn((*taken, *refused)))
        try:
            article = from_feed(entry, FEED, url, rules, NOW)
        except Repeated as e:
            seen.refused.append((entry.title, e.reason))
            refused.append(Fingerprint(e.blocks, refused=True))
            continue
        seen.articles.append(article)
        seen.whole.append(from_feed(entry, FEED, url, replace(rules, learned=learn(())), NOW))
        taken.append(Fingerprint(article.blocks))
    return seen


def main(folder: str) -> None:
    """Print what is left out, channel by channel."""
    for channel in sorted(path for path in Path(folder).iterdir() if path.is_dir()):
        seen = learned_from(entries(channel))
        counts = f"{len(seen.articles)} articles, {len(seen.refused)} refused"
        print(f"{channel.name}: {counts}, {seen.share:.2%} of the text left out")
        for block, times in seen.left_out.most_common():
            print(f"  {times:3} x {block[:SHOWN]}")
        for title, reason in seen.refused:
            print(f"  refused: {title[:40]}: {reason}")


if __name__ == "__main__":
    main(*sys.argv[1:])
