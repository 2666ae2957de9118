"""The documentation as tests read it: its files, fenced blocks and commands, and where links may lead."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from crawler.cli import cli

ROOT = Path(__file__).parents[1]
#: What is held to be true by the tests, as paths from the top.
FILES = ("README.md", "CONTRIBUTING.md", *sorted(f"docs/{place.name}" for place in (ROOT / "docs").glob("*.md")))
TEXTS = {name: (ROOT / name).read_text() for name in FILES}
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^#+ (.+)$", re.M)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block."""

    file: str
    line: int  #: of its first line
    text: str

    def __str__(self) -> str:
        """Say where it is, as tests are named."""
        return f"{self.file}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """Return the blocks of some languages, in order."""
    return [
        Block(name, text.count("\n", 0, found.start(2)) + 1, found[2])
        for name, text in TEXTS.items()
        for found in FENCED.finditer(text)
        if found[1] in languages
    ]


def lines(*languages: str) -> list[Block]:
    """Return each line of these blocks as one of its own; some stand more than once, and count once."""
    found = {
        line: Block(block.file, block.line + n, line)
        for block in reversed(blocks(*languages))
        for n, line in reversed(list(enumerate(block.text.splitlines())))
    }
    return list(reversed(found.values()))


def prose(text: str) -> str:
    """Return a document without blocks, tables and comments."""
    return re.sub(r"^```.*?^```$|^\|[^\n]*$|<!--.*?-->", "", text, flags=re.M | re.S)


def anchors(text: str) -> set[str]:
    """Return the names of a document's headings, as GitHub gives them."""
    headings = (re.sub(r"[^\w\- ]", "", LINK.sub("", found).lower()) for found in HEADING.findall(prose(text)))
    return {heading.strip().replace(" ", "-") for heading in headings}


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command of ours with its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        elif command is not None:
            yield (*path, name), command


COMMANDS = dict(commands(cli))


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command that some words name, and the words behind it."""
    count = 1 if tuple(words[:1]) in COMMANDS else 2
    return COMMANDS[tuple(words[:count])], words[count:]


def known(words: list[str]) -> None:
    """Fail where a command of ours, or an option of it, does not exist."""
    command, arguments = command_of(words)
    command.make_context(words[0], arguments)


def steps(line: str) -> list[list[str]]:
    """Return the words of each of the commands in a line, without variables that are set for one."""
    found = []
    for part in line.split(" && "):
        words = shlex.split(part)
        while re.match(r"[A-Z_]+=", words[0]):
            words = words[1:]
        found.append(words)
    return found
