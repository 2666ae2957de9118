"""The user's own site rules: a folder of FiveFilters' site config files, and of `*.yaml` in the form of `sites.yaml`.

FTR's collection has 2,000 files, of which a run needs a few: one is read when its host is first met, and kept.
Rule: a file that cannot be read or used costs its rules and nothing else; `problems` tells of all, a run only at debug.
Reads the folder, writes nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import ConfigError

if TYPE_CHECKING:
    from .extractor.rules import SiteRule

log = logging.getLogger(__name__)

#: Bytes of one file; the longest of FTR's collection has 16 kB.
MAX_FILE_BYTES = 256 * 1024
#: Hosts whose rule, or lack of one, is kept in memory.
MAX_HOSTS = 4096


class SiteRules:
    """A folder of rules. May be asked from several threads.

    Args:
        folder: there when `config` read it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._rows: tuple[SiteRule, ...] | None = None
        self._hosts: dict[str, SiteRule | None] = {}

    def find(self, *urls: str) -> tuple[SiteRule, ...]:
        """Return the rules for the hosts of some addresses."""
        from .extractor.rules import host_of, matches  # lxml takes a while to load, and most runs need none

        with self._lock:
            hosts = dict.fromkeys(map(host_of, urls))
            own = (self._of(name) for name in hosts)
            rows = (row for row in self._of_yaml() if any(matches(row, name) for name in hosts))
            return (*(rule for rule in own if rule is not None), *rows)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with any file of the folder: file, line, directive."""
        from .extractor.ftr import is_rule_file

        for path in sorted(self._folder.iterdir()):
            if path.suffix == ".yaml":
                yield from _read_yaml(path)[1]
            elif is_rule_file(path.name):
                yield from _read_ftr(path, ())[1]

    def _of(self, host: str) -> SiteRule | None:
        from .extractor.ftr import file_names

        if host not in self._hosts:
            if len(self._hosts) >= MAX_HOSTS:
                self._hosts.clear()
            path = next((p for name in file_names(host) if (p := self._folder / name).is_file()), None)
            rule, problems = _read_ftr(path, (host,)) if path else (None, ())
            _note(problems)
            self._hosts[host] = rule
        return self._hosts[host]

    def _of_yaml(self) -> tuple[SiteRule, ...]:
        if self._rows is None:
            found = [_read_yaml(path) for path in sorted(self._folder.glob("*.yaml"))]
            _note(tuple(problem for _, problems in found for problem in problems))
            self._rows = tuple(row for rows, _ in found for row in rows)
        return self._rows


def _note(problems: tuple[str, ...]) -> None:
    for problem in problems:
        log.debug("site_rules: %s", problem)


def _read_ftr(path: Path, hosts: tuple[str, ...]) -> tuple[SiteRule | None, tuple[str, ...]]:
    from .extractor.ftr import parse_ftr

    try:
        return parse_ftr(_text(path), path.name, hosts)
    except OSError as e:
        return None, (f"{path.name}: cannot be read: {e.strerror}",)


def _read_yaml(path: Path) -> tuple[tuple[SiteRule, ...], tuple[str, ...]]:
    import yaml

    from .extractor.rules import parse_rules

    try:
        rows = yaml.safe_load(_text(path)) or []
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            return (), (f"{path.name}: must be a list of rows, as crawler/extractor/sites.yaml is",)
        return parse_rules(rows, path.name, path.name).rows, ()
    except ConfigError as e:
        return (), (str(e),)
    except OSError as e:
        return (), (f"{path.name}: cannot be read: {e.strerror}",)
    except (yaml.YAMLError, ValueError, RecursionError) as e:  # ValueError: a date that is none
        return (), (f"{path.name}: no YAML: {' '.join(str(e).split())[:200]}",)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES).decode("utf-8", "replace")
