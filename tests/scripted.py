"""An enumerator for tests of what surrounds enumerators: its documents say in plain lines what it is to answer.

    list                        the first line, else it is no list
    article ADDRESS [DATE]      an entry
    onward ADDRESS              a document to read after this one
    guess ADDRESS               the same, which may not exist
    offers                      the method works here
    says WORDS                  what is told of it

A method begins at `METHOD` under a root, "sitemap" with a guess; "pages" only where the source has `pages`, "wayback" only
where there is a Wayback Machine. In place of a wrong guess at X comes X-2, as long as that is another guess.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

from crawler import likeness, urls
from crawler.enumerators import ENUMERATORS
from crawler.errors import ParseError
from crawler.model import Entry, Page, Source
from crawler.past import Index, Method, Origin, Step, Window

ROOT = "http://lists.example"


def first(root: str, method: Method, source: Source, origin: Origin, window: Window) -> tuple[Step, ...]:
    is_closed = {"pages": not source.pages, "wayback": not origin.wayback}.get(method, False)
    there = f"{root or urls.join(origin.feeds[0], '/lists')}/{method}"
    return () if is_closed else (Step(method, there, is_guess=method == "sitemap"),)


def read(step: Step, page: Page, source: Source, origin: Origin, window: Window) -> Index:
    head, *lines = page.body.decode().splitlines()
    if head != "list":
        raise ParseError("no list")
    entries, onward, words = list[Entry](), list[Step](), list[str]()
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "article":
            address, _, date = rest.partition(" ")
            entries.append(Entry(url=address, published=datetime.fromisoformat(date) if date else None))
        elif word in ("onward", "guess"):
            onward.append(Step(step.method, rest, is_guess=word == "guess"))
        elif word == "says":
            words.append(rest)
    return Index(tuple(entries), tuple(onward), are_articles=True, offers="offers" in lines, said="; ".join(words))


def missing(step: Step, source: Source, origin: Origin, window: Window) -> Index:
    """Try one more address in place of a guess."""
    if step.url.endswith("-2"):
        return Index(said="neither is there")
    return Index(onward=(Step(step.method, f"{step.url}-2", is_guess=True),))


def no_shapes(addresses: Iterable[str]) -> tuple[str, ...]:
    """Stands in for `likeness.shapes`: what a scripted document names are articles."""
    return ()


def install(root: str = ROOT) -> Callable[[], None]:
    """Let all methods be these, at an address or, for "", in `/lists` beside the feed; return what undoes it."""
    kept, shapes = dict(ENUMERATORS), likeness.shapes
    for method in kept:
        ENUMERATORS[method] = name = f"scripted:{method}"
        module: Any = SimpleNamespace(first=partial(first, root, method), read=read, missing=missing)
        sys.modules[name] = module
    vars(likeness)["shapes"] = no_shapes

    def undo() -> None:
        ENUMERATORS.update(kept)
        vars(likeness)["shapes"] = shapes

    return undo


def listing(*lines: str) -> str:
    """Return a document."""
    return "\n".join(("list", *lines))


def named(*addresses: str, date: datetime | None = None) -> list[str]:
    """Return the lines of some articles."""
    return [f"article {address}" + (f" {date.isoformat()}" if date else "") for address in addresses]
