"""`crawler search`: find posts by their words."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from .. import search as index_room
from ..archive import Place, below
from ..config import Config
from ..errors import ConfigError, SearchDamaged, SearchError, SearchMissing
from ..past import Window
from ..search import Hit, Hits, Index, Part
from ..wording import counted
from .common import EXIT_CODES, EXIT_OK, SystemClock, common_options, complain, is_quiet, read_config, say, say_json
from .window import window

log = logging.getLogger(__name__)

#: All files are looked at first where that was not done for so long, by their number: a look costs some 10 to 20 µs a
#: file, so this is some thirtieth of the time of somebody who does nothing but search.
REST_A_FILE = timedelta(microseconds=400)
#: Posts after which it is told how far a long reading is.
TELL_EVERY = 2000
#: Round what was looked for: no signs of a terminal, and rare in texts.
MARKS = "«{}»"


@click.command(epilog=EXIT_CODES)
@click.argument("words", metavar="QUERY...", nargs=-1, required=True)
@click.option("--source", metavar="NAME", default="", help="Only posts of this source: its name, or a tag.")
@click.option("--since", metavar="DATE", help="Only what was published then or later: 2021, 2021-11, 2021-11-20.")
@click.option("--until", metavar="DATE", help="Only what was published then or earlier.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, metavar="N",
              help="Show at most N posts.")  # fmt: skip
@click.option("--json", "in_json", is_flag=True, help="Print them as JSON.")
@common_options
def search(
    words: tuple[str, ...],
    source: str,
    since: str | None,
    until: str | None,
    limit: int,
    in_json: bool,
    config_path: Path,
) -> int:
    """Find posts that have all these words, in their titles or texts; the most relevant first, then the newest.

    Words in quotation marks must follow one another: '"climate change"'.
    """
    config, query = read_config(config_path), " ".join(words)
    if config.search is None:
        raise ConfigError("search: is off in the configuration, so there is no index; leave that key out to have one")
    index_room.read_query(query)  # before anything takes long
    when = window(since, until, config.defaults)
    hits = found(config, Index(config.search, config.place), query, named(config, source), when, limit)
    if not hits.hits and source and not is_known(config, named(config, source)):
        if not is_source(config, source):
            raise ConfigError(f"no source is called {source!r}, and no post is of one; see crawler source list")
        complain(f"no post is filed under {source!r}: posts keep the names that they were archived under")
    if in_json:
        say_json(as_json(query, hits))
    else:
        say(as_text(config.place, hits))
    return EXIT_OK


def named(config: Config, source: str) -> str:
    """Return the name of a source, which the user may give by its url."""
    return next((one.name for one in config.sources if source == one.url), source)


def is_source(config: Config, source: str) -> bool:
    """Tell whether a source is called so."""
    return any(source in (one.name, one.url, *one.tags) for one in config.sources)


def is_known(config: Config, name: str) -> bool:
    """Tell whether any post is filed under a name."""
    try:
        return config.search is None or index_room.is_known(Index(config.search, config.place), name)
    except SearchError:
        return True  # who knows


def found(config: Config, index: Index, query: str, source: str, when: Window, limit: int) -> Hits:
    """Search, after a look at the files; without an index that can be written, all of them are read."""
    bounds, now = (source, when.since, when.until, limit), SystemClock().now()
    try:
        freshen(index, now)
    except SearchMissing:
        raise
    except SearchError as e:
        log.info("%s; it is searched as it is", e)
    try:
        return mended(index, query, bounds, now)
    except SearchMissing:
        raise
    except SearchError as e:
        complain(f"{e}; all posts are read instead")
        return index_room.search_files(config.place, query, *bounds, saw=tell)


def mended(index: Index, query: str, bounds: tuple[str, datetime | None, datetime | None, int], now: datetime) -> Hits:
    """Search; once more where the index was damaged and could be made anew."""
    try:
        return index_room.search(index, query, *bounds)
    except SearchDamaged as e:
        log.info("%s; it is made anew", e)
    index_room.walk(index, now, saw=tell)
    return index_room.search(index, query, *bounds)


def freshen(index: Index, now: datetime) -> None:
    """Look at all files, unless that was done a moment ago.

    Raises:
        SearchError: the index cannot be written.
    """
    stands = index_room.standing(index)
    if stands.walked is None or abs(now - stands.walked) >= stands.files * REST_A_FILE:
        index_room.walk(index, now, saw=tell)


def tell(read: int) -> None:
    """Tell how many posts were read, now and then."""
    if read and read % TELL_EVERY == 0 and not is_quiet():
        complain(f"{counted(read, 'post')} read into the search index")


def as_text(archive: Place, hits: Hits) -> str:
    """Write what was found, for people."""
    lines = [] if is_quiet() else [head(hits)]
    for hit in hits.hits:
        day = f"{hit.published:%Y-%m-%d}" if hit.published else "no date   "
        lines += ["", f"{day}  {hit.source}: {index_room.plain(hit.title)}"]
        lines += [f"  {shown(hit.snippet)}"] if hit.snippet else []
        lines += [f"  {below(archive, hit.path)}"]
    return "\n".join(lines).removeprefix("\n")


def head(hits: Hits) -> str:
    """Return the first line."""
    more = f", {len(hits.hits)} shown" if len(hits.hits) < hits.total else ""
    part = "" if hits.is_whole else "; the index is not complete yet"
    return f"{counted(hits.total, 'post')} found{more}{part}" if hits.total else f"nothing found{part}"


def shown(parts: tuple[Part, ...]) -> str:
    """Write a text with its hits marked."""
    return "".join(MARKS.format(part.text) if part.is_hit else part.text for part in parts)


def as_json(query: str, hits: Hits) -> dict[str, Any]:
    """Return what was found, for programs; keys are added to, never renamed."""
    found = [_hit(hit) for hit in hits.hits]
    return {"query": query, "total": hits.total, "complete": hits.is_whole, "hits": found}


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "path": hit.path,
        "url": hit.url,
        "title": index_room.plain(hit.title),
        "source": hit.source,
        "published": hit.published,
        "snippet": [{"text": part.text, "hit": part.is_hit} for part in hit.snippet],
    }
