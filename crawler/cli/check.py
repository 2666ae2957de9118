"""`crawler verify`, `crawler rebuild`, `crawler config check`: is what we have sound?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from ..archive import caveat, lock, open_archive
from ..inventory import Finding
from ..inventory import rebuild as rebuild_state
from ..inventory import verify as verify_archive
from ..siterules import SiteRules
from ..state.opening import exists, open_state, set_aside
from ..wording import counted
from .common import EXIT_CODES, EXIT_FAULTS, EXIT_OK, SystemClock, common_options, complain, is_quiet, read_config, say
from .indexing import index_anew
from .parts import reading_store


@click.command(epilog=EXIT_CODES)
@common_options
def verify(config_path: Path) -> int:
    """Check every file of the archive against the state."""
    config = read_config(config_path)
    if not exists(config.state):
        complain("there is no state: the files are checked by themselves; `crawler run` or `crawler rebuild` makes one")
    with reading_store(config, SystemClock()) as store:
        return _verdict(verify_archive(store.archive, store.state))


def _verdict(findings: Iterable[Finding]) -> int:
    faults = 0
    for finding in findings:
        faults += finding.is_fault
        if finding.is_fault or not is_quiet():
            say(f"{finding.kind}: {finding.path}: {finding.text}")
    if faults or not is_quiet():
        say(counted(faults, "fault") if faults else "all is well")
    return EXIT_FAULTS if faults else EXIT_OK


@click.command(epilog=EXIT_CODES)
@common_options
def rebuild(config_path: Path) -> int:
    """Make the state and the search index anew from the files of the archive alone; the old state is set aside."""
    config, clock = read_config(config_path), SystemClock()
    archive = open_archive(config.place)
    archive.check_writable()
    with lock(config.archive):
        if exists(config.state):
            say(f"the old state is kept as {set_aside(config.state, clock.now(), 'before-rebuild')}")
        state = open_state(config.state)
        try:
            state.sync_sources(config.sources, clock.now())
            built = rebuild_state(archive, state, clock.now(), config.sources)
        finally:
            state.close()
        is_searched = index_anew(config, clock.now())
    for line in built.lines():
        say(line)
    say(f"{counted(built.articles, 'article')} known from the archive; none of them is fetched again")
    if is_searched:
        say("the search index was made anew, too")
    return EXIT_OK


@click.group(name="config", epilog=EXIT_CODES)
def config_group() -> None:
    """Look after config.yaml."""


@config_group.command(epilog=EXIT_CODES)
@common_options
def check(config_path: Path) -> int:
    """Validate the configuration; every error names the key path and the nearest known key.

    What cannot be used in the folder of `site_rules` is told on stderr, and is no error.
    """
    config = read_config(config_path)
    for problem in SiteRules(config.site_rules).problems() if config.site_rules else ():
        complain(f"warning: site_rules: {problem}")
    if told := caveat(config.place):
        complain(f"warning: archive: {told}")
    if not is_quiet():
        read = counted(len(config.sources), "source")
        say(f"{config.path}: fine; {read}, archive {config.place}, state {config.state}")
    return EXIT_OK
