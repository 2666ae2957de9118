"""`crawler import` and `crawler export`: lists of subscriptions into config.yaml, and out of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

from .. import subscriptions, urls
from ..config import Config, add_sources, parse
from ..config.edit import Written
from ..errors import ConfigError, ParseError
from ..sources import rsshub
from ..wording import counted
from .common import (
    EXIT_CODES,
    EXIT_OK,
    common_options,
    complain,
    config_to_extend,
    introduce,
    is_quiet,
    read_config,
    say,
)

TITLE = "Sources of the crawler"


class Taken(NamedTuple):
    """What becomes of one subscription."""

    entry: Written | None = None  #: as it is to stand in config.yaml, where it is added
    line: str = ""  #: for the user
    problem: str = ""  #: why it cannot be used


@click.command(name="import", epilog=EXIT_CODES)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Only show what would be added.")
@common_options
def import_command(file: Path, dry_run: bool, config_path: Path) -> int:
    """Add the sources of an OPML file, or of a subs.json, to config.yaml; its comments stay.

    FILE may be - for standard input. What is there already is skipped; folders become tags.
    Without a config.yaml it makes one.
    """
    config, is_new = config_to_extend(config_path)
    given = _read(file)
    taken = list(_taken(config, given.found))
    entries = [each.entry for each in taken if each.entry]
    if not dry_run:
        add_sources(config.path, entries)
    shown = [each.line for each in taken if not each.problem]
    done = "would be added; nothing was written" if dry_run else "added"
    if not is_quiet():
        say("\n".join([*shown, f"{counted(len(entries), 'source')} {done}"]))
    if is_new and entries and not dry_run:
        introduce(config)
    for problem in (*given.problems, *(each.problem for each in taken if each.problem)):
        complain(f"left out: {problem}")
    return EXIT_OK


def _read(file: Path) -> subscriptions.Subscriptions:
    """Read a list, no more of it than is allowed.

    Raises:
        ConfigError: the file cannot be read, or is no list.
    """
    most = subscriptions.MAX_BYTES + 1
    try:
        if str(file) == "-":
            if sys.stdin is None:  # as Python has it where it was closed
                raise ConfigError("-: standard input is closed")
            return subscriptions.read(sys.stdin.buffer.read(most))
        with file.open("rb") as opened:
            return subscriptions.read(opened.read(most))
    except OSError as e:
        raise ConfigError(f"{file}: cannot be read: {e.strerror}") from e
    except ParseError as e:
        raise ConfigError(f"{file}: {e.reason}") from e


def _taken(config: Config, found: tuple[subscriptions.Subscription, ...]) -> Iterator[Taken]:
    """Yield what becomes of each subscription, in their order."""
    there = {spelled(source.url) for source in config.sources}
    for each in found:
        try:
            name = parse.text(each.name)
            url = parse.source_address(subscriptions.as_route(each.url, config.rsshub))
            one_spelling = spelled(url)
        except ValueError as e:
            yield Taken(problem=f"{each.name}: {e}")
            continue
        if one_spelling in there:
            yield Taken(line=f"is there already: {url}")
            continue
        there.add(one_spelling)
        more = {"tags": each.folders, "opml": each.attributes}
        yield Taken({"name": name, "url": url, **{k: v for k, v in more.items() if v}}, f"{name}: {url}")


def spelled(url: str) -> str:
    """Return the one spelling by which sources are told apart."""
    return url if rsshub.is_route(url) else urls.canonical(url)


@click.command(epilog=EXIT_CODES)
@click.option("--opml", is_flag=True, help="Write OPML 2.0, the one form in this version.")
@common_options
def export(opml: bool, config_path: Path) -> int:
    """Print the sources of config.yaml as a list that readers of feeds take."""
    if not opml:
        raise click.UsageError("say in which form: --opml")
    config = read_config(config_path)
    outlines = subscriptions.to_opml(config.sources, config.rsshub, TITLE)
    click.echo(outlines.text, nl=False)
    for what, names in (("no feeds, written as links", outlines.links), ("written without password", outlines.bared)):
        if names and not is_quiet():
            complain(f"{what}: {', '.join(names)}")
    return EXIT_OK
