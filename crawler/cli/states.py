"""`crawler state`: move what is known and owed to another database."""

from __future__ import annotations

import click

from ..errors import StateError
from ..state.opening import copy, exists, name_of, open_reader, open_state
from ..wording import counted
from .common import EXIT_CODES, EXIT_OK, common_options, say


@click.group(name="state", epilog=EXIT_CODES)
def state_group() -> None:
    """Look after the database of what is known and owed."""


@state_group.command(name="copy", epilog=EXIT_CODES)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@common_options
def copy_command(source: str, target: str, config_path: object) -> int:
    """Copy a state into a new one: sqlite:///PATH to postgresql://USER@HOST/DATABASE, or back.

    Runs and workers should rest meanwhile. A state that is there already is never overwritten. Afterwards name the
    new one as `state` in config.yaml; a password is better kept in the environment (PGPASSWORD) than written here.
    """
    if exists(target):
        raise StateError(f"state {name_of(target)}: there is one already, and none is overwritten; name a new one")
    before = open_reader(source)
    after = open_state(target)
    try:
        rows = copy(before, after)
    finally:
        after.close()
    say(f"{counted(rows, 'row')} copied into {name_of(target)}")
    return EXIT_OK
