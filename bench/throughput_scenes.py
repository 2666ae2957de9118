"""The scenes of `bench.throughput`: what is prepared, what is run and measured, one after another.

Each scene yields its figures as they come. What must hold of the crawler's own runs is checked here.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.throughput_gauge import Measured, measure
from bench.throughput_peers import Ours, Peer, Reading, configure, database
from bench.throughput_site import Plan
from bench.throughput_state import make_due, multiply, settle, widen
from bench.throughput_text import Found, count
from bench.throughput_web import LocalWeb

#: Feeds with a host each, and how often a run of half a second is repeated; the fastest counts.
FEEDS, TIMES = 25, 5
#: Hosts that very many feeds share, and the items that each of these shows.
HOSTS, FEW_ITEMS = 200, 10


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose."""

    latency_ms: float = 50.0
    items: int = 40
    polls: int = 10_000
    memory: tuple[int, ...] = (1_000, 10_000)
    known: int = 1_000_000
    sources: int = 100_000
    limit_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class Figures:
    """One measured run."""

    scene: str
    who: str
    run: str
    new: int  #: articles that were there to be fetched
    measured: Measured
    posts: int  #: files that were made
    texts: int  #: articles that are in the files now and were not before
    served: dict[str, Any]  #: see `throughput_site.Counts`; and `cpu_s` of the local web
    found: Found
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class Stage:
    """One who is measured, with the folder and the web that all its runs share."""

    scene: str
    peer: Peer
    folder: Path
    web: LocalWeb
    options: Options
    due: tuple[str, ...] | None = None  #: addresses of the only feeds that become due; None for all

    @property
    def state(self) -> str:
        """Return the address of the crawler's state."""
        return f"sqlite:///{database(self.folder).absolute()}"

    def run(self, name: str, new: int, *, pss: bool = False, limit: int | None = None, is_due: bool = True) -> Figures:
        """Run once.

        Args:
            name: of the run, for people.
            new: how many articles there are to be fetched.
            pss: whether memory is looked at closely.
            limit: most articles that the crawler fetches.
            is_due: whether feeds are due by the crawler's clock.
        """
        peer = replace(self.peer, limit=limit) if isinstance(self.peer, Ours) else self.peer
        if is_due and isinstance(peer, Ours) and database(self.folder).exists():
            make_due(self.state, self.due)
        command, log = peer.command(self.folder, self.web), self.folder.with_suffix(".log")
        before = self.found()
        self.web.ask()
        measured = measure(command, log, self.options.limit_s, pss=pss)
        served, found = self.web.ask(), self.found()
        posts, texts = found.files - before.files, found.texts - before.texts
        figures = Figures(self.scene, peer.name, name, new, measured, posts, texts, served, found)
        feeds = self._polls(peer) if is_due else served["polls"]
        wrong = tuple(faults(figures, feeds)) if isinstance(peer, Ours) else ()
        told = log.read_text("utf-8", "replace").splitlines()[-3:] if wrong else []
        return replace(figures, faults=(*wrong, *told))

    def _polls(self, peer: Peer) -> int:
        """Return how many feeds a run has to ask for when they are due."""
        if isinstance(peer, Reading):
            return 0
        return self.web.plan.feeds if self.due is None else len(self.due)

    def found(self) -> Found:
        """Count what is in the files."""
        return count(path.read_text("utf-8", "replace") for path in self.peer.posts(self.folder))


def faults(figures: Figures, feeds: int) -> Iterator[str]:
    """Yield what must not be.

    Each feed that is due is asked for once, each new article is one post with its text, no page is fetched again.
    """
    if figures.served["polls"] != feeds:
        yield f"{figures.served['polls']} polls of {feeds} feeds that were due"
    if figures.measured.exit_code or figures.measured.is_late:
        yield f"ended with exit code {figures.measured.exit_code}"
    pages = figures.served["pages"]
    if {figures.posts, figures.texts, pages} != {figures.new}:
        yield f"{figures.posts} posts, {figures.texts} texts, {pages} pages of {figures.new} new articles"
    if figures.served["twice"]:
        yield f"{figures.served['twice']} pages were fetched twice"


@contextmanager
def staged(scene: str, peer: Peer, plan: Plan, options: Options) -> Iterator[Stage]:
    """Give a peer an empty folder and a web of its own."""
    with tempfile.TemporaryDirectory(prefix="throughput-") as name:
        folder = Path(name) / "work"
        folder.mkdir()
        with LocalWeb(plan, options.latency_ms) as web:
            yield Stage(scene, peer, folder, web, options)


def articles(options: Options, peers: Sequence[Peer]) -> Iterator[Figures]:
    """All is new, then nothing, then one in a hundred."""
    for peer in peers:
        with staged("articles", peer, Plan(FEEDS, options.items, FEEDS), options) as stage:
            yield stage.run("all new", FEEDS * options.items, pss=True)
            yield stage.run("nothing new", 0)
            few = max(1, FEEDS * options.items // 100)
            stage.web.ask(add=few)
            yield stage.run("1 % new", few)


def idle(options: Options, _: Sequence[Peer]) -> Iterator[Figures]:
    """Nothing is new, again and again; the fastest run is told."""
    with staged("idle", Ours(), Plan(FEEDS, options.items, FEEDS), options) as stage:
        _known_all(stage, FEEDS * options.items)
        runs = [stage.run(f"nothing new, best of {TIMES}", 0) for _ in range(TIMES)]
        yield min(runs, key=lambda figures: (bool(figures.faults), figures.measured.wall_s))


def _known_all(stage: Stage, articles: int) -> Figures:
    """Poll everything once, and take the articles as done without asking for them."""
    first = stage.run("first polls", 0, limit=0)
    polls = first.served["polls"]
    while 0 < polls < stage.web.plan.feeds:  # what a run leaves out is a fault, and told; the next one makes it good
        more = stage.run("polls left out", 0, limit=0, is_due=False).served["polls"]
        polls = polls + more if more else 0
    settled = settle(stage.state)
    if settled != articles:
        raise RuntimeError(f"{settled} of {articles} articles came into the frontier; {'; '.join(first.faults)}")
    return first


def polls(options: Options, _: Sequence[Peer]) -> Iterator[Figures]:
    """Very many feeds: at first, all unchanged in both ways, and one in twenty changed."""
    plan = Plan(options.polls, FEW_ITEMS, min(HOSTS, options.polls))
    with staged("polls", Ours(), plan, options) as stage:
        yield _known_all(stage, plan.feeds * plan.items)
        yield stage.run("all 304", 0)
        few = max(1, plan.feeds // 20)
        stage.web.ask(add=few)
        yield stage.run("5 % changed, polls", 0, limit=0)
        yield stage.run("5 % changed, articles", few, is_due=False)
        stage.web.ask(validators=False)
        yield stage.run("all 200, equal", 0)


def memory(options: Options, _: Sequence[Peer]) -> Iterator[Figures]:
    """Few and many new articles at a time."""
    for number in options.memory:
        plan = Plan(FEEDS, max(1, number // FEEDS), FEEDS)
        with staged("memory", Ours(), plan, options) as stage:
            yield stage.run("all new", plan.feeds * plan.items, pss=True)


def known(options: Options, _: Sequence[Peer]) -> Iterator[Figures]:
    """The same runs with little and with very much in the state.

    Very many sources are all configured, and 25 of them are due; reading such a configuration is told apart.
    """
    plan = Plan(options.sources, options.items, FEEDS)
    few = max(1, FEEDS * options.items // 100)
    with staged("known", Ours(), plan, options) as small:
        small.due = small.web.feeds()[:FEEDS]
        configure(small.folder, small.due)
        _well(small.run("all new", FEEDS * options.items))
        large, wide = (_copied(small, name) for name in ("large", "wide"))
        multiply(database(large.folder), options.known)
        configure(wide.folder, small.web.feeds())
        widen(wide.state, database(wide.folder), wide.folder / "config.yaml")
        sizes = f"{options.known:,} known", f"{options.sources:,} sources"
        yield small.run("nothing new", 0)
        yield large.run(f"nothing new, {sizes[0]}", 0)
        yield wide.run(f"nothing new, {sizes[1]}", 0)
        yield replace(wide, peer=Reading()).run(f"configuration alone, {sizes[1]}", 0)
        small.web.ask(add=few, among=FEEDS)
        yield small.run("1 % new", few)
        small.web.ask(forget=True)
        yield large.run(f"1 % new, {sizes[0]}", few)


def _well(figures: Figures) -> Figures:
    """Return what others build upon.

    Raises:
        RuntimeError: it is not as it must be.
    """
    if figures.faults:
        raise RuntimeError(f"{figures.scene}, {figures.run}: {'; '.join(figures.faults)}")
    return figures


def _copied(stage: Stage, name: str) -> Stage:
    folder = stage.folder.with_name(name)
    shutil.copytree(stage.folder, folder)
    configure(folder, stage.web.feeds()[:FEEDS])
    return replace(stage, folder=folder)


SCENES = {"articles": articles, "idle": idle, "polls": polls, "memory": memory, "known": known}
