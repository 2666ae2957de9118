"""YAML → values by the table of keys: every fault is collected with its key path and line, none stops the reading.

Works on YAML's nodes, not on Python values: so `name: 2024` and `name: yes` stay the text they are, each message can
name its line, and a key given twice is seen. May read the files that `NAME_FILE` variables point to; nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from ..errors import ConfigError
from . import parse
from .keys import SECTIONS, TOP, Key, belongs

NULL = "tag:yaml.org,2002:null"
#: Tags that YAML itself gives to plain scalars; any other was written by hand and means something we do not know.
SCALARS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "value")}
VARIABLE = re.compile(r"\$(?:(\$)|\{([A-Za-z_][A-Za-z0-9_]*)\}|(\{[^}]*\}?))")

Fields = dict[str, yaml.Node]


def _quick_loader() -> type[yaml.SafeLoader] | None:
    """Return a loader that leaves the scanning to libyaml, where PyYAML was built with it; four times as quick.

    Nodes are made in Python all the same: there, what is nested too deeply raises an error instead of a signal.
    """
    try:
        from yaml.cyaml import CParser  # type: ignore[attr-defined]  # not in its stubs
    except ImportError:
        return None
    from yaml.composer import Composer
    from yaml.resolver import Resolver

    class Quick(Composer, CParser, Resolver):  # PyYAML's own way to put loaders together
        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            Composer.__init__(self)
            Resolver.__init__(self)

    return cast("type[yaml.SafeLoader]", Quick)


QUICK = _quick_loader()


def compose(text: str, where: str) -> yaml.Node | None:
    """Parse YAML to its node; None for a document without any.

    Args:
        text: as read from the file, line ends included.
        where: name of the file, for messages.

    Raises:
        ConfigError: not YAML, with line and column; or nested too deeply.
    """
    if QUICK is not None:
        try:
            return QUICK(text).get_single_node()
        except (yaml.YAMLError, RecursionError):
            pass  # the other one says what is wrong, in words that we know
    try:
        return yaml.SafeLoader(text).get_single_node()
    except yaml.reader.ReaderError as e:
        line = text.count("\n", 0, int(e.position)) + 1
        raise ConfigError(f"{where}: line {line}: character U+{ord(text[e.position]):04X} is not allowed") from e
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        hint = "; indent with blanks, YAML takes no tabs" if r"'\t'" in str(e.problem) else ""
        raise ConfigError(f"{where}: {place}{e.problem or e.context}{hint}") from e
    except RecursionError as e:
        raise ConfigError(f"{where}: nested too deeply") from e


@dataclass(slots=True)
class Reading:
    """One pass over a document, with the faults found so far."""

    environ: Mapping[str, str]
    faults: list[str] = field(default_factory=list)

    def fault(self, path: str, message: str, node: yaml.Node | None = None) -> None:
        """Note a fault at a key path, with the line of the node where there is one."""
        line = f" (line {node.start_mark.line + 1})" if node is not None else ""
        said = f"{path}: {message}{line}"
        if said not in self.faults:
            self.faults.append(said)

    def mapping(self, node: yaml.Node, path: str, known: Iterable[str]) -> Fields:
        """Return the fields of a mapping; a key without a value counts as absent."""
        fields: Fields = {}
        if not isinstance(node, yaml.MappingNode):
            self.fault(path or "the file", "must be a mapping, lines of `key: value`", node)
            return fields
        names = frozenset(known)
        for key, value in self._pairs(node, path):
            if not isinstance(key, yaml.ScalarNode):
                self.fault(path or "the file", "has a key that is no single word", key)
                continue
            name = str(key.value)
            here = f"{path}.{name}" if path else name
            if name not in names:
                self.fault(here, f'unknown key "{name}"{belongs(name) or parse.nearest(name, names)}', key)
            elif not _is_null(value):
                fields[name] = value
        return fields

    def _pairs(self, node: yaml.MappingNode, path: str) -> list[tuple[yaml.Node, yaml.Node]]:
        """Return keys and values with `<<` merged in, the mapping's own keys last; keys given twice are faults."""
        seen: dict[str, yaml.Node] = {}
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            name = str(key.value)
            if name in seen:
                here = f"{path}.{name}" if path else name
                self.fault(here, f"given twice, first in line {seen[name].start_mark.line + 1}", key)
            seen[name] = key
        try:
            yaml.SafeLoader("").flatten_mapping(node)
        except yaml.constructor.ConstructorError as e:
            self.fault(path or "the file", str(e.problem), node)
        return list(node.value)

    def pairs(self, node: yaml.Node, path: str) -> list[tuple[str, yaml.Node | None]]:
        """Return a mapping whose keys are words of the user's; None for a key without a value."""
        if not isinstance(node, yaml.MappingNode):
            self.fault(path, "must be a mapping, lines of `word: word`", node)
            return []
        found: list[tuple[str, yaml.Node | None]] = []
        for key, value in self._pairs(node, path):
            if isinstance(key, yaml.ScalarNode):
                found.append((str(key.value), None if _is_null(value) else value))
            else:
                self.fault(path, "has a key that is no single word", key)
        return found

    def items(self, node: yaml.Node, path: str) -> list[yaml.Node]:
        """Return the parts of a list."""
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        self.fault(path, "must be a list: write [a, b] or lines that begin with a dash", node)
        return []

    def values(self, fields: Fields, keys: Iterable[Key], path: str = "") -> dict[str, Any]:
        """Return the values given, by field name; what is wrong is noted and left out."""
        found: dict[str, Any] = {}
        for key in keys:
            here = f"{path}.{key.name}" if path else key.name
            if key.name in fields:
                self._take(found, key, fields[key.name], here)
            elif key.default is None:
                self.fault(here, "must be given")
        return found

    def _take(self, found: dict[str, Any], key: Key, node: yaml.Node, here: str) -> None:
        faults = len(self.faults)
        if key.is_list:
            parts = enumerate(self.items(node, here))
            value: Any = tuple(self.scalar(key, part, f"{here}[{i}]") for i, part in parts)
        else:
            value = self.scalar(key, node, here)
        if len(self.faults) == faults:
            found[key.target] = value

    def scalar(self, key: Key, node: yaml.Node, here: str) -> Any:
        """Return one value; None where it is wrong, which is noted."""
        if not isinstance(node, yaml.ScalarNode) or node.tag not in SCALARS:
            return self.fault(here, "must be a single value", node)
        raw = str(node.value)
        value = raw
        try:
            value = expand(raw, self.environ)
            return key.parse(value) if value or not key.blank else ""
        except ValueError as e:  # said in the file's spelling: the environment may hold secrets
            return self.fault(here, str(e).replace(value, raw) if value else str(e), node)

    def done(self) -> None:
        """Raise all faults found, one a line.

        Raises:
            ConfigError: when there is at least one.
        """
        if self.faults:
            raise ConfigError("\n".join(self.faults))


def read(node: yaml.Node, reading: Reading) -> tuple[Fields, Fields, Fields, dict[str, Fields]]:
    """Return the fields of the top level, of `fetch`, of `defaults`, and of each of `sources` by its key path."""
    top = reading.mapping(node, "", [key.name for key in TOP] + list(SECTIONS))
    fetch, defaults = (
        reading.mapping(top[name], name, [key.name for key in SECTIONS[name]]) if name in top else {}
        for name in ("fetch", "defaults")
    )
    nodes = reading.items(top["sources"], "sources") if "sources" in top else []
    names = [key.name for key in SECTIONS["sources"]]
    sources = {}
    for i, part in enumerate(nodes):
        fields = reading.mapping(part, f"sources[{i}]", names)
        if isinstance(part, yaml.MappingNode):
            sources[f"sources[{i}]"] = fields
    return top, fetch, defaults, sources


def expand(raw: str, environ: Mapping[str, str]) -> str:
    """Put the environment's values in place of `${NAME}`; `$$` is a dollar sign.

    A variable that is not set is read from the file that `NAME_FILE` names, without its last line end
    (the convention of Docker's secrets).

    Raises:
        ValueError: neither is set, the file cannot be read, or the braces are wrong.
    """

    def value(match: re.Match[str]) -> str:
        if match[1]:
            return "$"
        if match[3]:
            raise ValueError(f"${match[3]} names no variable: write ${{NAME}}, or $$ for a dollar sign")
        name = match[2]
        return environ[name] if name in environ else _secret(name, environ)

    return VARIABLE.sub(value, raw)


def _secret(name: str, environ: Mapping[str, str]) -> str:
    path = environ.get(f"{name}_FILE")
    if not path:
        raise ValueError(f"${{{name}}}: neither {name} nor {name}_FILE is set in the environment")
    try:
        return Path(path).read_text("utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as e:
        raise ValueError(f"${{{name}}}: {name}_FILE cannot be read: {e}") from e


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == NULL
