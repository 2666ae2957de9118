"""Whether realtime polls keep their schedule while two workers are at a long backfill.

A poll is late by the time from when the state had it due, by the database, to when its host was asked. What the state
says is read beside the workers; one that is still awaited at the end counts with what it has waited so far.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

import psycopg

from bench.cluster_judge import is_page
from crawler import urls
from crawler.cli.common import SystemClock, read_config
from crawler.model import Entry
from crawler.packing import pack
from crawler.past import Asked, Listed, Origin
from crawler.state.opening import open_state
from tests.cluster import Cluster, Hit, Sites, address, running
from tests.postgres import own

#: Hosts of the backfill; of these some have a source that is polled often, too; and hosts that have nothing else.
PAST_HOSTS, SHARED, OWN = 100, 10, 50
EVERY_S, ITEMS = 30, 3
#: Number of the first story of the past; those of news are smaller.
OLD = 10**7
#: Rows of the backlog that enter in one transaction.
BATCH = 5000
#: Seconds between two looks at what is due.
LOOK_S = 0.25
#: What is promised: seconds that 95 of 100 polls are late at most.
MOST_LATE_S = 10.0


@dataclass(frozen=True, slots=True)
class Due:
    """What the state said of a source at one time, in seconds since 1970."""

    seen: float
    due: float


def measure(addresses: int, minutes: float) -> Iterator[str]:
    """Run it; yield what came of it, with a word of whether it is as promised in the last line."""
    folder = Path(tempfile.mkdtemp(prefix="cluster-polls-"))
    try:
        with own() as server, Sites(PAST_HOSTS + OWN, ITEMS) as sites:
            cluster = Cluster(folder, sites, server.address, delay=0.0)
            _configure(cluster)
            _owe(cluster, addresses)
            with running(cluster):
                for _ in range(2):
                    cluster.start()
                dues = _watched(server.address, minutes * 60)
                ended = time.time()
                codes = cluster.stop()
            yield from _told(sites, dues, ended, codes, minutes * 60)
    finally:
        rmtree(folder)


def _configure(cluster: Cluster) -> None:
    """Have the hosts with news polled often; one more source is there for its past, and is not polled again."""
    numbers = (*range(1, SHARED + 1), *range(PAST_HOSTS + 1, PAST_HOSTS + OWN + 1))
    often = [{"name": f"News {n}", "url": _feed(cluster, n), "every": f"{EVERY_S}s"} for n in numbers]
    past = {"name": "Past", "url": _feed(cluster, PAST_HOSTS), "every": "1d"}
    place = cluster.folder / "config.yaml"
    place.write_text(json.dumps(json.loads(place.read_text()) | {"sources": [*often, past]}))


def _feed(cluster: Cluster, number: int) -> str:
    return f"http://{address(number)}:{cluster.sites.port}/feed"


def _owe(cluster: Cluster, addresses: int) -> None:
    """Put so many addresses into the backlog of a backfill that is under way."""
    now, source = SystemClock().now(), _feed(cluster, PAST_HOSTS)
    with closing(open_state(cluster.state)) as state:
        state.sync_sources(read_config(cluster.folder / "config.yaml").sources, now)
        state.adopt((), now)
        number = state.backfills.begin(source, Asked(("urls",)), Origin(), now)
        for first in range(0, addresses, BATCH):
            numbers = range(first, min(first + BATCH, addresses))
            state.backfills.add(number, [_listed(cluster.sites.port, n) for n in numbers])


def _listed(port: int, n: int) -> Listed:
    url = f"http://{address(1 + n % PAST_HOSTS)}:{port}/{OLD + n}"
    return Listed(urls.key(url), url, urls.host(url), pack(Entry(url=url)), None)


def _watched(database: str, seconds: float) -> Mapping[str, Sequence[Due]]:
    """Return all that the state says on when each source is polled next, as it changes."""
    found: dict[str, list[Due]] = defaultdict(list)
    ends = time.monotonic() + seconds
    with psycopg.connect(database, autocommit=True) as conn:
        while time.monotonic() < ends:
            rows = conn.execute("SELECT url, next_poll FROM source WHERE next_poll IS NOT NULL").fetchall()
            for url, micros in rows:
                if not found[url] or found[url][-1].due != micros / 1e6:
                    found[url].append(Due(time.time(), micros / 1e6))
            time.sleep(LOOK_S)
    return found


def _told(
    sites: Sites, dues: Mapping[str, Sequence[Due]], ended: float, codes: Sequence[int], seconds: float
) -> Iterator[str]:
    hits = list(sites.hits)
    ahead = time.time() - time.monotonic()
    pages = sum(int(hit.path[1:]) >= OLD for hit in hits if is_page(hit))
    yield f"{len(hits)} requests in {seconds:.0f} s, {pages / seconds:.1f} pages of the past a second"
    worst = 0.0
    for name, numbers in (("alone", range(PAST_HOSTS + 1, PAST_HOSTS + OWN + 1)), ("shared", range(1, SHARED + 1))):
        hosts = {address(n) for n in numbers}
        late = sorted(delay for host in hosts for delay in lateness(hits, dues, host, sites.port, ahead, ended))
        worst = max(worst, at(late, 0.95) if late else math.inf)
        yield (
            f"hosts of realtime sources {name}: {len(late)} polls, late by "
            f"p50 {at(late, 0.5):.2f} s, p95 {at(late, 0.95):.2f} s, at most {at(late, 1):.2f} s"
        )
    is_well = worst < MOST_LATE_S and list(codes) == [143, 143]
    yield f"{'PASS' if is_well else 'FAIL'}: p95 {worst:.2f} s, exit codes {tuple(codes)}"


def lateness(
    hits: Iterable[Hit], dues: Mapping[str, Sequence[Due]], host: str, port: int, ahead: float, ended: float
) -> Iterator[float]:
    """Yield by how many seconds each poll of a host's feed was late, and at last what is still awaited.

    Args:
        hits: all requests.
        dues: what the state said of each source.
        host: whose feed it is.
        port: of the feed.
        ahead: seconds by which the clock of `dues` is ahead of that of the hits.
        ended: when the workers were stopped, by the clock of `dues`.
    """
    said = dues.get(f"http://{host}:{port}/feed", ())
    polls = sorted(hit.begun + ahead for hit in hits if hit.host == host and hit.path == "/feed")
    for poll in polls:
        known = bisect_right([one.seen for one in said], poll)
        if known:
            yield max(0.0, poll - said[known - 1].due)
    if said and not (polls and polls[-1] > said[-1].seen) and said[-1].due < ended:
        yield ended - said[-1].due


def at(values: Sequence[float], part: float) -> float:
    """Return the value below which so large a part of sorted values is; 0 of none."""
    return values[max(0, math.ceil(part * len(values)) - 1)] if values else 0.0
