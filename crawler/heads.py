"""The front matter of a post read back: ours in any layout, the predecessor's, or one that a person edited.

Takes bytes, touches nothing. What stands in a head is taken for data, never for more than strings and lists of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import yaml

from .writer.scalars import moment

#: Bytes; the longest head we write is some 9 KiB (an address may have 8), a person's may have more.
HEAD_LIMIT = 64 * 1024
BOM = b"\xef\xbb\xbf"
HEAD = re.compile(rb"---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.S | re.M)
LINE = re.compile(r"^(from|title|date|tags|categories):(?:[ \t]+(.*?))?[ \t]*\r?$", re.M)
#: Our own keys below `params`, where Hugo wants them.
PARAMS = re.compile(r"^params:[ \t]*\r?\n(?:  [^\s#-][^\n]*\n)*?  from:[ \t]+(.*?)[ \t]*\r?$", re.M)
#: Scalars that mean just what they show, quoted or not; what else YAML can do is left to it.
QUOTED = re.compile(r'"([^"\\]*)"|\'([^\']*)\'')
BARE = re.compile(r"(?![-?:](?:\s|$))[^\s\"'|>&*!%@`#{}\[\],](?:(?!\s#|:\s|:$).)*")
FLOW = re.compile(r"\[([^\[\]{}\"'#&*!|>%@`:]*)\]")


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What a post's front matter says of the article."""

    url: str  #: `from`, as it stands there
    title: str = ""
    published: datetime | None = None  #: `date`, in UTC; None when it is missing or no time
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return what may be the name of the source, the likelier first: we make it the category, and often the tag."""
        return (*self.categories, *self.tags)


def facts(data: bytes) -> PostFacts | None:
    """Read a post's front matter: ours, the predecessor's, or one that a person edited; None when it names no `from`.

    Ordinary lines are read by hand, at 17 µs a post; PyYAML takes 380 (50 with libyaml, which is not always there).
    """
    head = HEAD.match(data[:HEAD_LIMIT].removeprefix(BOM))
    if head is None:
        return None
    text = head[1].decode("utf-8", "replace")
    lines = {name: value or "" for name, value in LINE.findall(text)}
    if "from" not in lines and (nested := PARAMS.search(text)):
        lines["from"] = nested[1]
    url, title = _scalar(lines.get("from", "")), _scalar(lines.get("title", ""))
    tags, categories = (_flow(lines.get(name, "[]")) for name in ("tags", "categories"))
    plain = PostFacts(url or "", title or "", moment(lines.get("date", "")), tags or (), categories or ())
    if url and title is not None and tags is not None and categories is not None:
        return plain
    return _by_yaml(text) or (plain if url else None)


def _scalar(text: str) -> str | None:
    """Return what a plain scalar says; None for anything else."""
    quoted = QUOTED.fullmatch(text)
    if quoted:
        return quoted[1] if quoted[1] is not None else quoted[2]
    return text if text == "" or BARE.fullmatch(text) else None


def _flow(text: str) -> tuple[str, ...] | None:
    """Return the items of a plain flow list; None for anything else."""
    found = FLOW.fullmatch(text)
    return tuple(item.strip() for item in found[1].split(",") if item.strip()) if found else None


def _by_yaml(text: str) -> PostFacts | None:
    """Read front matter that is more than plain lines; None where it is no YAML, as a person may leave it."""
    try:
        head = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes strings, lists and mappings, nothing else
    except (yaml.YAMLError, RecursionError):
        return None
    if not isinstance(head, dict):
        return None
    params = head.get("params")
    url = head.get("from", params.get("from") if isinstance(params, dict) else None)
    if not isinstance(url, str) or not url.strip():
        return None
    tags, categories = (_listed(head.get(name, [])) for name in ("tags", "categories"))
    date = head.get("date", "")
    published = moment(date) if isinstance(date, str) else None
    return PostFacts(url.strip(), str(head.get("title", "")), published, tags, categories)


def _listed(said: Iterable[object]) -> tuple[str, ...]:
    """Return the words of a list, which Jekyll takes as a string with blanks, too."""
    return tuple(said.split()) if isinstance(said, str) else tuple(one for one in said if isinstance(one, str))
