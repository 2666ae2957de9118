"""A Dockerfile as data: its stages, instructions, variables, and what of the context it may see.

Pure; a helper of tests and of `tests/image.py`. Knows what our Dockerfile uses, and refuses the rest, so that nothing
in it goes untested unseen. https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

KNOWN = (
    "ARG",
    "FROM",
    "WORKDIR",
    "RUN",
    "COPY",
    "LABEL",
    "ENV",
    "EXPOSE",
    "VOLUME",
    "USER",
    "HEALTHCHECK",
    "ENTRYPOINT",
    "CMD",
)
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction."""

    name: str  #: in upper case
    flags: Mapping[str, str]  #: `--from=build`
    rest: str  #: what follows the flags, on one line; variables as they are written

    @property
    def words(self) -> list[str]:
        """Return the words as an exec form or a shell has them."""
        if self.rest.startswith("["):
            return [str(word) for word in json.loads(self.rest)]
        return shlex.split(self.rest)

    @property
    def pairs(self) -> dict[str, str]:
        """Return `key=value` words; a word alone has none and counts as empty."""
        return {key: value for key, _, value in (word.partition("=") for word in self.words)}


@dataclass(frozen=True, slots=True)
class Stage:
    """One FROM and what follows it."""

    base: str  #: variables replaced
    name: str  #: "" for none
    instructions: tuple[Instruction, ...]


def instructions(text: str) -> Iterable[Instruction]:
    """Yield the instructions, lines that go on joined, comments dropped.

    Raises:
        ValueError: one that is not known here.
    """
    lines = (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n[ \t]*", "", "\n".join(lines)).splitlines():
        name, _, rest = line.strip().partition(" ")
        if name not in KNOWN:
            raise ValueError(f"not known here: {line}")
        flags = {}
        while name not in ("HEALTHCHECK",) and (flag := re.match(r"--([\w-]+)=(\S+)\s+", rest)):
            flags[flag[1]] = flag[2]
            rest = rest[flag.end() :]
        yield Instruction(name, flags, rest.strip())


def stages(text: str, given: Mapping[str, str]) -> tuple[Stage, ...]:
    """Return the stages.

    Args:
        text: of the Dockerfile.
        given: build arguments that override the defaults.
    """
    arguments: dict[str, str] = {}
    found: list[tuple[str, str, list[Instruction]]] = []
    for each in instructions(text):
        if each.name == "FROM":
            base, *more = replaced(each.rest, arguments).split()
            found.append((base, more[1] if more else "", []))
        elif found:
            found[-1][2].append(each)
        else:
            arguments |= {key: given.get(key, value) for key, value in each.pairs.items()}
    return tuple(Stage(base, name, tuple(inside)) for base, name, inside in found)


def replaced(text: str, variables: Mapping[str, str]) -> str:
    """Replace variables; those not set are empty."""
    return VARIABLE.sub(lambda found: variables.get(found[1] or found[2]) or found[3] or "", text)


def is_seen(path: str, ignore: str) -> bool:
    """Tell whether a path of the context is let in by a .dockerignore: the last line that fits it or a folder of it."""
    parts = path.split("/")
    above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    seen = True
    for line in (line.strip() for line in ignore.splitlines()):
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").strip("/")
        if any(_fits(place, pattern) for place in above):
            seen = line.startswith("!")
    return seen


def _fits(place: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch.fnmatchcase(place.rpartition("/")[2], pattern[3:])
    return place.count("/") == pattern.count("/") and fnmatch.fnmatchcase(place, pattern)
