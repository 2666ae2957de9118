"""The killable processes: feed → entries, page → post, index → addresses.

Parsers meet hostile input here and nowhere else: lxml is quadratic in the attributes of one element (0.7 MB: 44 s),
deep nesting is as bad, and a byte cap does not help. So parsing runs in a process that is killed at a deadline and
replaced, while the run goes on. Rule: a document that breaks its parser becomes a `Failure`, never an exception.
May touch: processes, the packaged `sites.yaml`. No network, no archive, no state.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Protocol, TypeVar

from .errors import ExtractError, ItemError
from .inflate import opened
from .model import CanonicalURL, Draft, Entry, Failure, Fingerprint, Follow, Listing, Onward, Page, Source

if TYPE_CHECKING:
    from pebble import ProcessPool

    from .enumerators import Reading
    from .extractor.rules import Rules, SiteRule
    from .past import Found
    from .sources.proposing import Proposal
    from .writer.earlier import Earlier

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Wall time one document may take. The slowest real page of 980 took 1.4 s on a busy core.
DEADLINE = timedelta(seconds=20)
#: Bytes of address space a worker may have: a 15 MB page needs about 400 MB of tree, the libraries 300 MB.
ADDRESS_SPACE_BYTES = 1536 << 20
#: Documents after which a process is replaced, so that what libraries leak stays small against its bound.
DOCUMENTS_A_PROCESS = 1000
#: Objects that a worker makes between two looks for garbage: a page makes tens of thousands, which go by themselves.
OBJECTS_A_LOOK = 5000
#: Seconds between two looks whether the processes that a document waits for are still there.
LOOK_S = 1.0
#: Processes; the machine the figures come from has two cores, and the shell needs little.
PROCESSES = 2
#: Exit codes, as `multiprocessing` tells them, of a process that somebody ended.
KILLED = frozenset({-signal.SIGKILL, -signal.SIGTERM})


@dataclass(frozen=True, slots=True)
class Task:
    """One article to make: what was fetched, what the feed said, what the user wants."""

    page: Page | None  #: None: the page is gone for good, or the source wants the feed's text
    entry: Entry
    source: Source
    url: CanonicalURL
    now: datetime  #: when its page was read: by us, or by the web archive that has a copy
    own: tuple[SiteRule, ...] = ()  #: the user's rules for the page's host and the article's
    before: Onward | None = None  #: what the page before this one led to
    follow: Follow = "nothing"  #: where this one may lead
    lately: tuple[Fingerprint, ...] = ()  #: of the source's last other articles
    earlier: Earlier | None = None  #: the post whose place this one takes
    archived: str = ""  #: address of the copy in a web archive that the page is from


class Parsers(Protocol):
    """Turn documents into data. No method raises for a bad document: failures are answers."""

    async def listing(self, source: Source, page: Page) -> Listing | Failure: ...

    async def draft(self, task: Task) -> Draft | Onward | Failure: ...

    async def links(self, page: Page) -> tuple[str, ...] | Failure: ...

    async def lists(self, page: Page) -> Proposal | Failure | None: ...

    async def index(self, reading: Reading, page: Page) -> Found | Failure: ...


def as_failure(error: ItemError) -> Failure:
    """Turn an error of one URL into the data that crosses stages and lands in `status`."""
    held = isinstance(error, ExtractError)
    return Failure(error.reason, error.passing, error.retry_after, error.status, held, error.blocks)


def parse_listing(source: Source, page: Page) -> Listing:
    """Read a source's page. Runs in a worker.

    Raises:
        ParseError: it is not of the source's kind.
    """
    from .sources import parse_listing as parse

    return parse(source, page)


def make_draft(task: Task) -> Draft | Onward:
    """Extract an article and render its post, or say which page is needed for it. Runs in a worker.

    Raises:
        FetchError: the page's body is cut off or wrongly coded.
        ParseError, ExtractError: no article could be had.
    """
    from .extractor import Pages, Rules, extract, learn
    from .model import Post, Validators
    from .writer.adopted import refilled
    from .writer.earlier import in_place, labelled
    from .writer.post import render
    from .writer.slugs import post_path

    if task.page is not None:
        task = replace(task, page=opened(task.page))
    rules, pages = Rules(site_rules().rows, task.own, learn(task.lately)), None
    if task.page is not None or task.before is not None:
        pages = Pages(task.page, task.source, rules, task.before, task.follow, task.entry)
        if onward := pages.onward():
            return onward
    article = extract(pages, task.entry, task.source, task.url, rules, task.now)
    article = replace(article, archived=task.archived, categories=task.entry.categories)
    if task.earlier is None:
        data = render(article, task.source)
    else:
        article = in_place(article, task.earlier)
        data = labelled(render(article, task.source), task.earlier)
        data = refilled(data, task.earlier.head) if task.earlier.head else data
    post = Post(post_path(article, task.source), data)
    is_all = task.before is None and article.origin == "page"
    return Draft(article, post, task.page.validators if task.page is not None and is_all else Validators())


def find_links(page: Page) -> tuple[str, ...]:
    """Return the feeds that a site's page names, the likeliest first. Runs in a worker."""
    from .sources.discover import feed_links

    return feed_links(page)


def find_list(page: Page) -> Proposal | None:
    """Find the list of articles on a site's page, with a selector for it. Runs in a worker.

    Raises:
        ParseError: it is no page.
    """
    from .sources.proposing import propose

    return propose(page)


def read_index(reading: Reading, page: Page) -> Found:
    """Read a document that lists old articles. Runs in a worker.

    Raises:
        ParseError: it is not what it should be.
    """
    from .enumerators import read

    return read(reading, page)


@cache
def site_rules() -> Rules:
    """Load the packaged site rules; once a process."""
    from importlib.resources import files

    import yaml

    from .extractor.rules import parse_rules

    return parse_rules(yaml.safe_load(files("crawler.extractor").joinpath("sites.yaml").read_text("utf-8")))


def at_the_door(work: Callable[..., T], *args: object) -> T | Failure:
    """Do the work of one document; whatever it raises becomes a `Failure` (STYLE: a worker's door)."""
    try:
        return work(*args)
    except ItemError as e:
        return as_failure(e)
    except MemoryError:
        return Failure(f"the document needs more than {ADDRESS_SPACE_BYTES >> 20} MB to parse", passing=False)
    except RecursionError:
        return Failure("the document is nested too deeply", passing=False)
    except Exception as e:
        log.exception("a bug, please report it")
        return Failure(f"internal error: {type(e).__name__}: {e}"[:200], passing=False)


def prepare() -> None:
    """Prepare a worker: Ctrl-C is the parent's business, memory is bounded, and one thread is enough.

    numpy's OpenBLAS takes address space for as many threads as there are cores, which on large machines is over the
    bound; it reads its environment when it is loaded, with the first page.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(OBJECTS_A_LOOK)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = ADDRESS_SPACE_BYTES if hard == resource.RLIM_INFINITY else min(ADDRESS_SPACE_BYTES, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit and refuses to set it
        resource.setrlimit(resource.RLIMIT_AS, (bound, hard))


class Workers:
    """A pool of processes, started when the first document arrives. Use as `with`."""

    def __init__(self, processes: int = PROCESSES, deadline: timedelta = DEADLINE) -> None:
        self._processes = processes
        self._deadline = deadline
        self._too_late = f"parsing took over {deadline.total_seconds():g} s and was stopped"
        self._pool: ProcessPool | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._close(self._pool)

    @property
    def started(self) -> bool:
        """Tell whether any document needed a process."""
        return self._pool is not None

    async def listing(self, source: Source, page: Page) -> Listing | Failure:
        """Read a source's page in a worker."""
        return await self._do(parse_listing, source, page)

    async def draft(self, task: Task) -> Draft | Onward | Failure:
        """Make a post in a worker, or learn which page is needed for it."""
        answer = await self._do(make_draft, task)
        if isinstance(answer, Failure) and answer.reason == self._too_late and task.source.layout is not None:
            why = f"{answer.reason}; look for loops without an end in the template {task.source.layout.name}"
            return replace(answer, reason=why, passing=True)
        return answer

    async def links(self, page: Page) -> tuple[str, ...] | Failure:
        """Find the feeds that a page names in a worker."""
        return await self._do(find_links, page)

    async def lists(self, page: Page) -> Proposal | Failure | None:
        """Find the list of articles on a page in a worker."""
        return await self._do(find_list, page)

    async def index(self, reading: Reading, page: Page) -> Found | Failure:
        """Read a document that lists old articles in a worker."""
        return await self._do(read_index, reading, page)

    async def _do(self, work: Callable[..., T], *args: object) -> T | Failure:
        """Let a process do the work; a pool whose processes all died while idle is replaced once."""
        why = ""
        for _ in range(2):
            pool = self._pool
            try:
                pool = self._open()
                return await self._answer(pool, work, *args)
            except RuntimeError:  # pebble's BrokenProcessPool is one: the system killed what was waiting for work
                why = ""
            except OSError as e:  # no descriptor or process is left to start one with
                why = f": {e.strerror or e}".lower()
            self._close(pool)
        return Failure(f"the parser's processes cannot be started{why}")

    async def _answer(self, pool: ProcessPool, work: Callable[..., T], *args: object) -> T | Failure:
        from pebble import ProcessExpired

        seconds = self._deadline.total_seconds()
        answer: asyncio.Future[T | Failure] = asyncio.wrap_future(
            pool.schedule(at_the_door, args=(work, *args), timeout=seconds)
        )
        try:
            while not (await asyncio.wait((answer,), timeout=LOOK_S))[0]:
                if not pool.active:  # a document that came in the moment in which the pool broke was never looked at
                    raise RuntimeError("the pool broke")
            return answer.result()
        except TooLate:
            return Failure(self._too_late, passing=False)
        except ProcessExpired as e:
            # Killed from outside, most likely for want of memory: another time it may pass. A crash is the document's.
            return Failure(f"the parser died on it (exit {e.exitcode})", passing=e.exitcode in KILLED)
        finally:
            answer.cancel()

    def _close(self, pool: ProcessPool | None) -> None:
        """Let go of a pool; several jobs may find it broken."""
        if pool is not None and pool is self._pool:
            self._pool = None
            pool.stop()  # type: ignore[no-untyped-call]  # pebble types the rest
            pool.join(timeout=5)

    def _open(self) -> ProcessPool:
        if self._pool is None:
            from pebble import ProcessPool

            # forkserver: a process with threads and an event loop must not be forked.
            context = multiprocessing.get_context("forkserver")
            self._pool = ProcessPool(self._processes, DOCUMENTS_A_PROCESS, initializer=prepare, context=context)
        return self._pool
