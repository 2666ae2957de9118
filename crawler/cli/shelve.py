"""`crawler archive`: move old posts out of the way, without forgetting them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import click

from ..archive import open_archive
from ..batches import batches
from ..config import parse
from ..shelving import BATCH, Old, find, shelve
from ..wording import counted
from .common import EXIT_CODES, EXIT_OK, SystemClock, common_options, is_quiet, read_config, say
from .parts import locked_store, trial_store
from .watch import give_out, here

#: Years enough for any archive.
OLDEST = timedelta(days=200 * 366)


def _age(context: click.Context, option: click.Parameter, value: str) -> timedelta:
    try:
        return parse.duration(timedelta(days=1), OLDEST)(value)
    except ValueError as e:
        raise click.BadParameter(str(e)) from e


def _folder(context: click.Context, option: click.Parameter, value: str) -> str:
    """Return the path of a folder in the archive, by the rules for the paths of posts."""
    folder = value.strip("/")
    try:
        parse.template(f"{folder}/{{title}}.md")
    except ValueError as e:
        raise click.BadParameter(f"{value!r} is no folder inside the archive, such as _archive") from e
    if "{" in folder:
        raise click.BadParameter(f"{value!r} is no folder inside the archive, such as _archive")
    return folder


@click.command(epilog=EXIT_CODES)
@click.option(
    "--older-than",
    "age",
    required=True,
    callback=_age,
    metavar="AGE",
    help="Move what was published so long ago: 480d.",
)
@click.option("--into", callback=_folder, default="_archive", show_default=True, help="The folder, inside the archive.")
@click.option("--dry-run", is_flag=True, help="List what would move; move nothing.")
@common_options
def archive(age: timedelta, into: str, dry_run: bool, config_path: Path) -> int:
    """Move old posts to a folder of their own; they stay known, and are not fetched again."""
    config, clock = read_config(config_path), SystemClock()
    before, count, folder = clock.now() - age, 0, open_archive(config.place)
    with (trial_store if dry_run else locked_store)(config, clock) as store:
        posts = list(find(folder, store.state, before, into))  # before any of them moves
        for batch in batches(posts, BATCH):
            count += _listed(batch) if dry_run else len(shelve(folder, store.state, batch))
        if count and not dry_run:
            asyncio.run(give_out(config, store.state, clock.now(), here, is_new=True))
    if dry_run:
        say(f"{counted(count, 'post')} to move; nothing was moved")
    elif not is_quiet():
        say(f"{counted(count, 'post')} moved into {into}")
    return EXIT_OK


def _listed(posts: list[Old]) -> int:
    for post in posts:
        say(f"{post.path} -> {post.to}")
    return len(posts)
