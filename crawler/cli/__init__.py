"""The command line: commands, options, exit codes. Builds the parts and winds the clock.

Each command is a module of this package and returns its exit code; `main` turns errors into the contract's codes.
"""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from .. import __version__
from ..errors import CrawlerError
from .common import EXIT_CODES, EXIT_FAULTS, EXIT_INT, EXIT_PIPE, complain, exit_code

#: Command → module and name of its function; modules are imported when their command runs (start-up time).
COMMANDS = {
    "run": ("run", "run"),
    "serve": ("run", "serve"),
    "worker": ("worker", "worker"),
    "backfill": ("backfill", "backfill"),
    "fetch": ("fetch", "fetch"),
    "archive": ("shelve", "archive"),
    "source": ("source", "source_group"),
    "status": ("status", "status"),
    "search": ("search", "search"),
    "verify": ("check", "verify"),
    "rebuild": ("check", "rebuild"),
    "import": ("subscriptions", "import_command"),
    "export": ("subscriptions", "export"),
    "state": ("states", "state_group"),
    "config": ("check", "config_group"),
    "notify": ("notify", "notify_group"),
    "demo": ("demo", "demo"),
}

#: Errors of a machine that is short of descriptors, processes or memory, wherever they come up: no bug of ours.
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM})


@contextmanager
def noticing_readers() -> Iterator[None]:
    """End with the code of a broken pipe where its reader left (`crawler status | head`); click's own is for bugs."""
    try:
        yield
    except BrokenPipeError as e:
        raise click.exceptions.Exit(EXIT_PIPE) from e


@contextmanager
def lasting() -> Iterator[None]:
    """Make, without looking for garbage, what lasts as long as the process: a tenth of the time to load a command."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class Lazy(click.Group):
    """A group whose commands are imported when asked for."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the words; `--help` prints already."""
        with noticing_readers():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with noticing_readers():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of `COMMANDS`."""
        return list(COMMANDS)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command; of one that there is not, say which may be meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as e:
            import difflib

            meant = difflib.get_close_matches(args[0], COMMANDS, n=1)
            if not meant:
                raise
            raise click.UsageError(f"{e.message} Did you mean {meant[0]!r}?", ctx) from e

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        module, name = COMMANDS[cmd_name]
        with lasting():
            command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
        return command


@click.command(cls=Lazy, epilog=EXIT_CODES)
@click.version_option(__version__, prog_name="crawler")
def cli() -> None:
    """Archive news feeds as Markdown posts: every article once, in full, for good."""


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line and exit with the contract's code."""
    # A parser's process would load anew what the script at `__file__` loads: all this, of which it needs nothing.
    vars(sys.modules["__main__"]).pop("__file__", None)
    code = outcome(arguments)
    if code == EXIT_PIPE:  # the interpreter flushes at its end what nobody reads any more, and would complain
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
    sys.exit(code)


def outcome(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code; a bug passes through, with its traceback (exit 1)."""
    try:
        return _outcome(arguments)
    except BrokenPipeError:  # stderr's reader left, too
        return EXIT_PIPE


def _outcome(arguments: list[str] | None) -> int:
    try:
        code = cli.main(arguments, prog_name="crawler", standalone_mode=False)
    except click.ClickException as e:
        said = io.StringIO()
        e.show(said)
        complain(said.getvalue().removesuffix("\n"))
        return e.exit_code
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INT
    except CrawlerError as e:
        complain(f"error: {e}")
        return exit_code(e)
    except OSError as e:
        if e.errno not in EXHAUSTED:
            raise
        complain(f"error: the machine has no more to give: {e.strerror}")
        return EXIT_FAULTS
    return code if isinstance(code, int) else 0


__all__ = ["cli", "main", "outcome"]
