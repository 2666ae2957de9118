"""`source add` and `import`: more entries under `sources:`, every other byte of the file left as it is.

Edits text, at places that YAML's own marks give, and trusts nothing: the result is parsed again and must say the old
configuration plus the new sources, else nothing is changed and the user is told what to write by hand.
A file that is not there yet is made, for the first source of a new user.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from .. import files
from ..errors import ConfigError
from .read import compose

#: A source as it is to stand in the file: keys in their order, each with one value or several.
Written = Mapping[str, str | Sequence[str]]
#: What a new file says before its first source; who it says one is, and where the posts go.
FIRST = """\
# Configuration of the crawler; after editing, `crawler config check` tells whether all is well.

# Who polls? Owners of sites find this in the User-Agent: put a page or an e-mail address of yours here.
user_agent_contact: "no contact set yet - edit user_agent_contact in config.yaml"

# Where the posts go: a folder, relative to this file.
archive: archive

# What to read. `crawler source add https://example.org` finds a site's feed and adds it here.
sources:
"""
ADVICE = "write it as a list of lines that begin with a dash, or add the source by hand"


def add_sources(path: Path, sources: Sequence[Written]) -> None:
    """Append sources to the file itself, which is replaced at once and keeps its mode and line ends, or is made.

    Raises:
        ConfigError: as `append_sources`, or the file cannot be read or written.
    """
    try:
        target = path.resolve()  # a link stays a link
        before = target.read_bytes().decode() if target.exists() else FIRST
        after = append_sources(before, sources)
        if after != before:
            files.replace(target, after.encode())
    except UnicodeDecodeError as e:
        raise ConfigError(f"{path}: not UTF-8; save the file in that encoding") from e
    except OSError as e:
        raise ConfigError(f"{path}: cannot be changed: {e.strerror}") from e


def append_sources(text: str, sources: Sequence[Written]) -> str:
    """Return the text of config.yaml with more sources at the end of its list, in the order given.

    Args:
        text: as the file has it, line ends included (`read_text` would lose CRLF: decode the bytes).
        sources: `url` and the other keys of each, in the order in which they are to stand, checked by the caller; as
            they are meant: `$` is escaped here.

    Raises:
        ConfigError: the file is no YAML, has one of the addresses already, or is written in a form that cannot be
            extended; then none is added.
    """
    if not sources:
        return text
    root = compose(text, "config.yaml")
    old = _plain(text)
    if not isinstance(old, dict) or not isinstance(old.get("sources") or [], list):
        raise ConfigError(f"sources: cannot be extended: {ADVICE}")
    known = old.get("sources") or []
    there = [source.get("url") for source in known if isinstance(source, dict)]
    for source in sources:
        if source["url"] in there:
            raise ConfigError(f"sources: {source['url']} is there already")
    added = [{key: _escaped(value) for key, value in source.items()} for source in sources]
    new = _insert(text, root, added)
    if _plain(new) != old | {"sources": [*known, *added]}:
        raise ConfigError(f"sources: cannot be extended in the form it has: {ADVICE}")
    return new


def _escaped(value: str | Sequence[str]) -> str | list[str]:
    return _escape(value) if isinstance(value, str) else [_escape(part) for part in value]


def _plain(text: str) -> Any:
    """Return what the text says, {} for nothing, None for what is no YAML any more."""
    try:
        said = yaml.safe_load(text)
    # ValueError: a plain scalar in the shape of a date that is none
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return {} if said is None else said


def _insert(text: str, root: yaml.Node | None, sources: list[dict[str, Any]]) -> str:
    """Put the sources where the list ends; the list is made when there is none."""
    column = root.start_mark.column if root is not None else 0
    pair = next((p for p in root.value if p[0].value == "sources"), None) if root is not None else None
    if pair is None:
        return _with_lines(text, len(text), [" " * column + "sources:", *_lines(sources, column + 2)])
    key, value = pair
    if isinstance(value, yaml.SequenceNode) and value.value:
        if value.flow_style:
            raise ConfigError(f"sources: is written in one [line]: {ADVICE}")
        return _with_lines(text, _end_of_list(text, value), _lines(sources, *_columns(value)))
    if value.end_mark.index > value.start_mark.index:  # `[]`, `null` or `~`
        kept = text[: value.start_mark.index].rstrip(" ") + text[value.end_mark.index :]
        return _insert(kept, compose(kept, "config.yaml"), sources)
    lines = text.splitlines(keepends=True)
    at = sum(len(line) for line in lines[: key.end_mark.line + 1])
    return _with_lines(text, _past_comments(text, at), _lines(sources, column + 2))


def _columns(block: yaml.SequenceNode) -> tuple[int, int]:
    """Return the column of the dashes and the width from a dash to what follows it."""
    dash = block.start_mark.column
    return dash, max(block.value[-1].start_mark.column - dash, 2)


def _end_of_list(text: str, block: yaml.SequenceNode) -> int:
    """Return the index after the list's last line.

    YAML's end mark stands at the next token, behind the comments between. Comments that are indented still belong
    to the list, those at the margin to what follows.
    """
    lines = text[: block.end_mark.index].splitlines(keepends=True)
    while lines and re.match(r"\s*(#|$)", lines[-1]):
        lines.pop()
    return _past_comments(text, sum(map(len, lines)))


def _past_comments(text: str, at: int) -> int:
    end = at
    for line in text[at:].splitlines(keepends=True):
        at += len(line)
        if re.match(r"[ \t]+#", line):
            end = at
        elif line.strip():
            break
    return end


def _with_lines(text: str, at: int, lines: list[str]) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    head = text[:at]
    gap = end if head and not head.endswith("\n") else ""
    return head + gap + "".join(line + end for line in lines) + text[at:]


def _lines(sources: list[dict[str, Any]], dash: int, width: int = 2) -> list[str]:
    return [line for source in sources for line in _lines_of(source, dash, width)]


def _lines_of(source: dict[str, Any], dash: int, width: int) -> list[str]:
    shown = {key: _flow(value) if isinstance(value, list) else _scalar(value, "{}") for key, value in source.items()}
    lines = [f"{' ' * (dash + width)}{key}: {value}" for key, value in shown.items()]
    lines[0] = " " * dash + "-" + lines[0][dash + 1 :]
    return lines


def _flow(values: list[str]) -> str:
    return f"[{', '.join(_scalar(value, '[{}]') for value in values)}]"


def _scalar(value: str, context: str) -> str:
    """Write text bare where YAML reads it back as it is, else between double quotes."""
    if value.isprintable() and _plain(context.format(value)) in (value, [value]):
        return value
    quoted = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=math.inf)
    return str(quoted).removesuffix("\n")


def _escape(text: str) -> str:
    """Double the dollar signs that would begin a variable or a doubled sign."""
    return re.sub(r"\$(?=[${])", "$$", text)
