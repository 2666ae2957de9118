"""The command line: commands, options, exit codes. Builds the parts and winds the clock.

Each command is a module of this package and returns its exit code; `main` turns errors into the contract's codes.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from .. import __version__
from ..errors import CrawlerError
from .common import EXIT_BUG, EXIT_CODES, EXIT_INT, exit_code, plain

#: Command → module and name of its function; modules are imported when their command runs (start-up time).
COMMANDS = {
    "run": ("run", "run"),
    "serve": ("run", "serve"),
    "fetch": ("fetch", "fetch"),
    "source": ("source", "source_group"),
    "status": ("status", "status"),
    "verify": ("check", "verify"),
    "rebuild": ("check", "rebuild"),
    "config": ("check", "config_group"),
    "demo": ("demo", "demo"),
}


class Lazy(click.Group):
    """A group whose commands are imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
        return command


@click.command(cls=Lazy, epilog=EXIT_CODES)
@click.version_option(__version__, prog_name="crawler")
def cli() -> None:
    """Archive news feeds as Markdown posts: every article once, in full, for good."""


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line and exit with the contract's code."""
    sys.exit(outcome(arguments))


def outcome(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code; a bug passes through, with its traceback (exit 1)."""
    try:
        code = cli.main(arguments, prog_name="crawler", standalone_mode=False)
    except click.ClickException as e:
        e.show()
        return e.exit_code
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INT
    except CrawlerError as e:
        click.echo(f"error: {plain(e)}", err=True)
        return exit_code(e)
    except BrokenPipeError:
        # The reader of a pipe left (`crawler status | head`); nothing more can be said to it.
        sys.stderr.close()
        return EXIT_BUG
    return code if isinstance(code, int) else 0


__all__ = ["cli", "main", "outcome"]
