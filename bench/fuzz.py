"""Spoiled feeds and pages, all the way to posts: nothing may raise, hang, or come out in another form.

    python -m bench.fuzz [--minutes 10] [--seed 1] [--case N]

Each case is a function of seed and number: feed bytes → listing → page bytes → post, by the parsers of the worker
processes, here without a process. A finding is an exception that is not one of `errors.py`, a post that breaks the form
(SPEC §4), more than the deadline of CPU time, or more memory than a worker may have. It is printed with
the words that repeat it. Exit code 1: there was one.
"""

from __future__ import annotations

import argparse
import faulthandler
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import TypeVar

import yaml

from bench.fuzz_seeds import TOKENS, feeds, pages, spoiled
from crawler import changes
from crawler.archive import facts
from crawler.errors import ItemError
from crawler.memory import Admission
from crawler.model import Draft, Page, Source
from crawler.workers import ADDRESS_SPACE_BYTES, DEADLINE, Task, make_draft, parse_listing
from crawler.writer.names import MAX_NAME_BYTES
from crawler.writer.post import timestamp
from tests.live import live
from tests.rendering import READERS

T = TypeVar("T")

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://e.org/news/feed"
SOURCES = tuple(
    Source("联合早报", URL, body=body, content=content, path=path)
    for body in ("markdown", "html")
    for content in ("best", "feed")
    for path in ("_posts/{date}-{title}.md", "{source}/{year}/{title}.md")
)
MEDIA = (
    "text/html",
    "text/html; charset=utf-8",
    "text/html; charset=gb2312",
    "application/xhtml+xml",
    "text/plain",
    "",
)
FEED_MEDIA = (
    "application/rss+xml",
    "text/xml; charset=utf-8",
    "application/json",
    "application/feed+json",
    "text/html",
    "",
)
#: Articles made of one feed.
ENTRIES = 3
#: Seconds after which a call into C that never returns ends the process, with a traceback.
LAST_RESORT_S = 300
#: Wall seconds between two lines on stderr.
PULSE_S = 60


class TooSlowError(Exception):
    """The deadline of CPU time is over."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What went wrong in a case."""

    what: str  #: one line, the same for what is likely the same fault
    details: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run cases until the time is up; return the exit code."""
    options = _options(arguments)
    _bound()
    if options.case is not None:
        found = list(run(options.seed, options.case, Counter()))
        print(*([finding.details for finding in found] or ["no finding"]), sep="\n")
        return 1 if found else 0
    return _many(options.seed, options.minutes * 60, options.cases)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Feed spoiled documents to the parsers.")
    parser.add_argument("--minutes", type=float, default=10, metavar="N")
    parser.add_argument("--cases", type=int, default=sys.maxsize, metavar="N", help="end after so many")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--case", type=int, metavar="N", help="repeat this one alone")
    return parser.parse_args(arguments)


def _bound() -> None:
    """Take the memory of a worker, and let CPU time raise."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, hard))
    signal.signal(signal.SIGVTALRM, _too_slow)


def _too_slow(*_: object) -> None:
    raise TooSlowError


def _many(seed: int, seconds: float, most: int) -> int:
    began, told, tally = time.monotonic(), time.monotonic(), Counter[str]()
    kinds: Counter[str] = Counter()
    case = 0
    while case < most and time.monotonic() - began < seconds:
        for finding in run(seed, case, tally):
            kinds[finding.what] += 1
            if kinds[finding.what] == 1:
                print(
                    f"\n{finding.what}\n{finding.details}\nrepeat: python -m bench.fuzz --seed {seed} --case {case}",
                    flush=True,
                )
        case += 1
        if time.monotonic() - told > PULSE_S:
            told = time.monotonic()
            print(f"{case} cases, {dict(tally)}, {kinds.total()} findings", file=sys.stderr)
    print(f"seed {seed}: {case} cases in {time.monotonic() - began:.0f} s; {_told(tally)}")
    print(*([f"{n} times: {what}" for what, n in kinds.most_common()] or ["no finding"]), sep="\n")
    return 1 if kinds else 0


def _told(tally: Counter[str]) -> str:
    return ", ".join(f"{n} {what}" for what, n in sorted(tally.items()))


def run(seed: int, case: int, tally: Counter[str]) -> Iterator[Finding]:
    """Work one case.

    Args:
        seed: of the series.
        case: number in it.
        tally: what came of feeds and pages is counted there.
    """
    rng = Random(f"{seed}/{case}")  # noqa: S311 - repeats cases
    tags = (token.decode("utf-8", "replace") for token in rng.choices(TOKENS, k=rng.randrange(3)))
    source = replace(rng.choice(SOURCES), tags=tuple(tags))
    feed = _page(spoiled(rng, feeds()), rng.choice(FEED_MEDIA), URL)
    admissions = yield from _guarded(tally, "feeds", lambda: changes.keyed(parse_listing(source, feed), source)[0])
    for admission in (admissions or ())[:ENTRIES]:
        page = _page(spoiled(rng, pages()), rng.choice(MEDIA), admission.url)
        task = _task(source, admission, page)
        for each in (task, replace(task, page=None)):
            made = yield from _guarded(tally, "drafts", partial(make_draft, each))
            if isinstance(made, Draft):
                tally["posts"] += 1
                yield from (Finding(f"form: {fault.partition(':')[0]}", fault) for fault in faults(made, each))


def _task(source: Source, admission: Admission, page: Page) -> Task:
    return Task(page, admission.entry, source, admission.url, NOW)


def _page(body: bytes, media_type: str, url: str) -> Page:
    return Page(url, url, 200, (("content-type", media_type),), body, NOW)


def _guarded(tally: Counter[str], what: str, work: Callable[[], T]) -> Generator[Finding, None, T | None]:
    """Do a piece of work; our own errors and the two that a worker's door expects are answers."""
    signal.setitimer(signal.ITIMER_VIRTUAL, DEADLINE.total_seconds())
    faulthandler.dump_traceback_later(LAST_RESORT_S, exit=True)
    try:
        done = work()
    except ItemError:
        tally[f"{what} refused"] += 1
        return None
    except RecursionError:
        tally[f"{what} nested too deeply"] += 1
        return None
    except TooSlowError:
        yield Finding(f"{what}: over {DEADLINE.total_seconds():g} s of CPU time at {_where()}", traceback.format_exc())
        return None
    except Exception as e:  # noqa: BLE001 - this is what is looked for
        yield Finding(f"{what}: {type(e).__name__} at {_where()}", traceback.format_exc())
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        faulthandler.cancel_dump_traceback_later()
    tally[what] += 1
    return done


def _where() -> str:
    """Return the last line of ours in the traceback."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    ours = [frame for frame in frames if "/crawler/" in frame.filename] or list(frames)
    return f"{ours[-1].filename.rpartition('/crawler/')[2]}:{ours[-1].lineno} ({ours[-1].name})"


def faults(draft: Draft, task: Task) -> Iterator[str]:
    """Return how a post breaks the form of SPEC §4; nothing of it where it does not."""
    data, article = draft.post.data, draft.article
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        yield f"not UTF-8: {e}"
        return
    yield from _path_faults(draft.post.path)
    head, _, body = text.removeprefix("---\n").partition("\n---\n")
    try:
        loaded = yaml.safe_load(head)
    except yaml.YAMLError as e:
        yield f"front matter is no YAML: {e}\n{head}"
        return
    names = [task.source.name]
    want = {"title": article.title, "author": article.author, "from": article.url, "categories": names}
    want["tags"] = list(task.source.tags) or names
    got = {key: loaded.get(key) for key in want}
    if got != want:
        yield f"front matter says something else: {got} for {want}"
    known = facts(data)
    if known is None or (known.url, known.title) != (article.url, article.title):
        yield f"a rebuild would read something else: {known} for {want}"
    if article.published > NOW or f"\ndate: {timestamp(article.published)}\n" not in text:
        yield f"date: {article.published} is later than the crawl, or not what is written"
    if "\0" in text or "\r" in text:
        yield "a NUL or CR in the text"
    if "{{" in text or "{%" in text:
        yield f"Liquid: {text[max(0, text.find('{') - 60) : text.find('{') + 60]!r}"
    yield from _body_faults(body, task.source)


def _path_faults(path: str) -> Iterator[str]:
    parts = path.split("/")
    if any(len(part.encode()) > MAX_NAME_BYTES for part in parts):
        yield f"a name over {MAX_NAME_BYTES} bytes: {path}"
    if path.startswith("/") or {"", ".", ".."} & set(parts) or "\\" in path:
        yield f"a path outside: {path}"


def _body_faults(text: str, source: Source) -> Iterator[str]:
    comment, link, dashes, blank, *body = text.removesuffix("\n").split("\n")
    if not (comment.startswith("<!--") and comment.endswith("-->") and (dashes, blank) == ("------", "")):
        yield f"the lines above the body are not in their form: {text[:300]!r}"
    envelope = ("<div>", "</div>") if source.body == "html" else ('<div markdown="1">', "</div>")
    if (body[0], body[-1]) != envelope or (source.body == "html" and len(body) != 3):
        yield f"the body is not in its envelope: {text[:300]!r}"
    if not "".join(body[1:-1]).strip():
        yield "an empty body"
    whole = "\n".join(body)
    shown = [whole] if source.body == "html" else [reader.render(whole) for reader in READERS]
    for page in (*shown, READERS[0].renderInline(link)):
        if found := live(page):
            yield f"live markup: {found[:5]}"
            return


if __name__ == "__main__":
    sys.exit(main())
