"""What the tests of the state share: every kind of state there is, and things to put into them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler import urls
from crawler.memory import Admission, PollOutcome, SourceState
from crawler.model import Entry, Source
from crawler.state import State
from crawler.state.opening import open_state
from tests import postgres

NOW = datetime(2026, 11, 23, 17, 15, 10, 123456, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

CHINA = Source("联合早报", "https://feeds.example/china")
WORLD = Source("联合早报", "https://feeds.example/world")
ROUTE = Source("路线", "rsshub://zaobao/realtime/china")
ALL = (CHINA, WORLD, ROUTE)
KEY = urls.key(CHINA.url)

#: Add one to run the contract over another kind.
FACTORIES: dict[str, Callable[[Path], State]] = {
    "file": lambda folder: open_state(f"sqlite:///{folder}/deep/state.db"),
    "memory": lambda _: open_state("sqlite://"),
}
if postgres.ADDRESS in os.environ:
    FACTORIES["postgres"] = lambda _: open_state(postgres.fresh())


def entered(url: str, title: str = "") -> Admission:
    address = urls.canonical(url)
    return Admission(urls.key(address), address, urls.host(address), Entry(url=address, title=title))


def polled(*admitted: Admission, key: bytes = KEY, error: str = "", **memory: object) -> PollOutcome:
    state = SourceState(next_poll=NOW + HOUR)
    return PollOutcome(key, replace(state, **memory), error, admitted)  # type: ignore[arg-type]


A, B, C = (entered(f"https://a.example/{n}", title=f"故事 {n}") for n in (1, 2, 3))
D, E = (entered(f"https://d.example/{n}") for n in (1, 2))


def due(state: State, now: datetime = NOW, per_host: int = 9, **only: object) -> list[str]:
    """Return the addresses of the articles that are due."""
    return [job.url for job in state.due_articles(now, 99, per_host=per_host, **only)]  # type: ignore[arg-type]


def filled(url: str, articles: int = 100) -> None:
    """Make a state of some pages' size."""
    state = open_state(url)
    state.sync_sources(ALL, NOW)
    state.enter(KEY, [numbered(n) for n in range(articles)], NOW)
    state.close()


def numbered(n: int, host: str = "n.example") -> Admission:
    """Return one of any number of entries."""
    admission = entered(f"https://{host}/{n}")
    return replace(admission, entry=replace(admission.entry, content="文字 " * 50))
