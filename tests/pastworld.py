"""A machine whose source has a feed of one story, and older ones in scripted lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from tests.fakes import FEED, Reply, World, article, rss, stories
from tests.scripted import ROOT, listing, named

HOST = "http://a.example"
OLD = "http://old.example"
DAY = timedelta(days=1)


def of(*numbers: int, host: str = OLD, date: datetime | None = None) -> list[str]:
    return named(*(f"{host}/{n}" for n in numbers), date=date)


def pages(*numbers: int, host: str = OLD) -> dict[str, Reply]:
    return {f"{host}/{n}": article(n) for n in numbers}


def world(folder: Path, *lists: dict[str, Reply], **more: object) -> World:
    """A machine whose source has a feed of one story, and what the lists of a backfill name."""
    there: dict[str, Reply] = {FEED: rss(*stories(HOST, 100)), f"{HOST}/100": article(100)}
    for each in lists:
        there |= each
    return World(folder, there, **more)  # type: ignore[arg-type]


def feed(*lines: str) -> dict[str, Reply]:
    return {f"{ROOT}/feed": listing("offers", *lines)}


def dated(n: int, when: datetime) -> str:
    return article(n, head=f'<meta property="article:published_time" content="{when.isoformat()}">')
