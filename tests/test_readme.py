"""README, config.yaml and CHANGELOG say what is true of this version."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest

from crawler import __version__, config
from crawler.cli import cli
from crawler.cli.common import EXIT_CODES
from crawler.config.keys import ENVIRONMENT, LABELS, SECTIONS, TOP, Key

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


def command_lines() -> Iterator[list[str]]:
    """Yield the words after `crawler` of every command shown."""
    for line in "".join(blocks("sh") + blocks("cron")).splitlines():
        for part in line.split(" && "):
            words = shlex.split(part)
            if words[0].endswith("bin/crawler"):
                yield words[1:]
            elif words[:2] == ["docker", "run"]:
                yield words[words.index("crawler") + 1 :]


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        elif command is not None:
            yield (*path, name), command


COMMANDS = dict(commands(cli))


def shown(key: Key) -> str:
    if key.default is None:
        return "must be given"
    if isinstance(key.default, tuple):
        return f"`[{', '.join(key.default)}]`"
    return f"`{key.default}`" if key.default else "empty"


def test_it_says_what_it_is_in_three_lines() -> None:
    assert len(README.split("\n\n")[1].splitlines()) == 3


def test_the_two_commands_are_there_to_be_copied() -> None:
    assert blocks("sh")[:2] == [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/crawler run\n",
        "python3 -m venv .venv && .venv/bin/pip install '.[dev]' && .venv/bin/python -m pytest\n",
    ]


@pytest.mark.parametrize("words", list(command_lines()), ids=" ".join)
def test_every_command_shown_exists_with_its_options(words: list[str]) -> None:
    if not words:  # the container's default
        return
    command = COMMANDS.get(tuple(words[:1])) or COMMANDS[words[0], words[1]]
    arguments = words[1 if tuple(words[:1]) in COMMANDS else 2 :]
    command.make_context(words[0], arguments)


def test_every_command_is_shown() -> None:
    told = {" ".join(path) for path in COMMANDS if re.search(rf"crawler {' '.join(path)}\b", README)}
    assert {" ".join(path) for path in COMMANDS} - told == set()


def test_the_exit_codes_are_those_of_the_help() -> None:
    told = re.findall(r"^\| (\d[\d, ]*) \| (.+) \|$", README, re.M)
    assert told == re.findall(r"^  (\d[\d, ]*?)  (.+)$", EXIT_CODES, re.M)


@pytest.mark.parametrize(
    "keys",
    [TOP, *(SECTIONS[name] for name in SECTIONS if name != "defaults"), LABELS],
    ids=lambda keys: str(keys[0].name),
)
def test_every_key_is_explained_as_the_table_of_keys_has_it(keys: tuple[Key, ...]) -> None:
    rows = [f"| `{key.name}` | {shown(key)} | {key.doc} |" for key in keys]
    assert "\n".join(["| key | default | meaning |", "|---|---|---|", *rows, ""]) in README


def test_every_variable_is_named() -> None:
    assert {name for name in (*ENVIRONMENT, "CRAWLER_CONFIG") if f"`{name}`" not in README} == set()


@pytest.mark.parametrize("text", blocks("yaml"))
def test_every_configuration_shown_loads(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(text)
    assert config.load(tmp_path / "config.yaml", {"CRAWLER_TOKEN": "correct-horse"}).sources


def test_prose_has_one_sentence_a_line() -> None:
    prose = re.sub(r"^```.*?^```$|^\|.*$", "", README, flags=re.M | re.S)
    assert [line for line in prose.splitlines() if re.search(r"[a-z`)]\. [A-Z`]", line)] == []


def test_the_shipped_configuration_loads() -> None:
    found = config.load(ROOT / "config.yaml", {})
    assert found.archive == ROOT / "archive"
    assert [source.url for source in found.sources][:2] == [
        "rsshub://zaobao/realtime/china",
        "rsshub://zaobao/realtime/world",
    ]
    assert {source.name for source in found.sources[:2]} == {"联合早报"}
    assert len(found.sources) == 5
    assert len(found.rsshub) >= 2
    paces = [source.every for source in found.sources]
    assert all(isinstance(pace, timedelta) and pace >= timedelta(minutes=15) for pace in paces)


def test_what_the_shipped_configuration_leaves_out_loads_too(tmp_path: Path) -> None:
    text = (ROOT / "config.yaml").read_text()
    opened = re.sub(r"^  # (path:|timezone:|- name:|  \w+:)", r"  \1", text, flags=re.M)
    (tmp_path / "config.yaml").write_text(opened)
    found = config.load(tmp_path / "config.yaml", {})
    assert found.sources[-1].remove == (".newsletter", "#donate")
    assert found.defaults.timezone == "Asia/Singapore"


def test_a_source_can_be_added_to_the_shipped_configuration() -> None:
    text = (ROOT / "config.yaml").read_bytes().decode()
    assert config.append_source(text, "New", "https://new.example/feed").startswith(text)


def test_the_changelog_has_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert re.findall(r"^## \[([\d.]+)\]", changelog, re.M)[0] == __version__
    assert "\n### Added\n" in changelog
