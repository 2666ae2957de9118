"""A Wayback Machine of our own: what it holds in memory, what it answers as its documents say.

The index is the CDX server of https://github.com/internetarchive/wayback (wayback-cdx-server/README.md), as far as the
crawler asks it. Copies are replayed as RFC 7089 has it: `Memento-Datetime` marks what was captured, its status
included; what has none is the machine's own word. The nearest capture is told by a redirect.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import groupby
from urllib.parse import parse_qs, quote_plus, urljoin, urlsplit

from tests.webserver import Handler, Line

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
EXCLUDED = "org.archive.wayback.exception.RobotAccessControlException: Blocked By Robots\n"


def surt(url: str) -> str:
    """Return the key under which the machine sorts an address: http and https, www. or not, are one."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    labels = (parts.hostname or "").removeprefix("www.").split(".")
    query = f"?{parts.query}" if parts.query else ""
    return (",".join(reversed(labels)) + ")" + (parts.path or "/") + query).lower()


@dataclass(frozen=True, slots=True)
class Held:
    """One capture."""

    url: str
    time: str  #: 14 digits
    body: bytes = b""
    status: int = 200
    kind: str = "text/html"
    location: str = ""

    @property
    def row(self) -> dict[str, str]:
        digest = base64.b32encode(hashlib.sha1(self.body, usedforsecurity=False).digest()).decode()
        values = (surt(self.url), self.time, self.url, self.kind, str(self.status), digest, str(len(self.body)))
        return dict(zip(FIELDS, values, strict=True))

    @property
    def memento(self) -> str:
        moment = datetime.strptime(self.time, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return format_datetime(moment, usegmt=True)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of the machine."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Machine:
    """What is held, and what is asked."""

    base: str = "http://archive.example"
    held: list[Held] = field(default_factory=list)
    excluded: set[str] = field(default_factory=set)  #: hosts whose owners want nothing shown
    instead: list[Said] = field(default_factory=list)  #: said to the next requests, whatever they ask
    most_rows: int = 150_000  #: in one answer, whatever limit is asked for
    plain: bool = False  #: answers in plain text, whatever is asked for
    asked: list[str] = field(default_factory=list)

    def hold(self, url: str, time: str, body: str = "", **more: object) -> None:
        """Capture a page; digits that are not given are those of a day's, or a year's, beginning."""
        full = time + "00000101000000"[len(time) :]
        self.held.append(Held(url, full, body.encode(), **more))  # type: ignore[arg-type]

    def say(self, target: str) -> Said:
        """Answer a request."""
        self.asked.append(target)
        if self.instead:
            return self.instead.pop(0)
        if target.startswith("/cdx/search/cdx?"):
            return self._index(parse_qs(target.partition("?")[2]))
        wanted = re.fullmatch(r"/web/(\d+)id_/(.+)", target)
        return self._copy(wanted[1], wanted[2]) if wanted else Said(404)

    # --- copies ---

    def _copy(self, time: str, url: str) -> Said:
        if urlsplit(url).hostname in self.excluded:
            return Said(403, EXCLUDED.encode())
        mine = [one for one in self.held if surt(one.url) == surt(url)]
        if not mine:
            return Said(404, b"The Wayback Machine has not archived that URL.")
        nearest = min(mine, key=lambda one: abs(int(one.time) - int(time)))
        if nearest.time != time:
            return Said(302, headers={"Location": f"{self.base}/web/{nearest.time}id_/{nearest.url}"})
        headers = {"Memento-Datetime": nearest.memento, "Content-Type": nearest.kind, "ETag": '"the machine\'s"'}
        if nearest.location:
            headers["Location"] = f"{self.base}/web/{time}id_/{urljoin(nearest.url, nearest.location)}"
        return Said(nearest.status, nearest.body, headers)

    # --- the index ---

    def _index(self, query: dict[str, list[str]]) -> Said:
        if urlsplit(query["url"][0]).hostname in self.excluded:
            return Said(403, EXCLUDED.encode())
        rows = [row for row in sorted((one.row for one in self.held), key=_order) if _is_asked(row, query)]
        for name in query.get("collapse", ()):
            rows = [next(group) for _, group in groupby(rows, key=lambda row, name=name: row[name])]  # type: ignore[misc]
        limit = min(int(query.get("limit", ["0"])[0]) or self.most_rows, self.most_rows)
        shown, rest = rows[:limit], rows[limit:]
        names = query.get("fl", [",".join(FIELDS)])[0].split(",")
        key = ""
        if rest and query.get("showResumeKey") == ["true"]:
            key = quote_plus(f"{shown[-1]['urlkey']} {shown[-1]['timestamp']}!")
        table = [[row[name] for name in names] for row in shown]
        is_json = query.get("output") == ["json"] and not self.plain
        return Said(200, (_json(names, table, key) if is_json else _plain(table, key)).encode())

    @property
    def handler(self) -> Handler:
        """Return a handler of a real server."""

        async def handle(line: Line) -> None:
            said = self.say(line.seen.target)
            await line.answer(said.status, said.body, **said.headers)

        return handle


def _order(row: dict[str, str]) -> str:
    return f"{row['urlkey']} {row['timestamp']}"


def _is_asked(row: dict[str, str], query: dict[str, list[str]]) -> bool:
    key, time = surt(query["url"][0]), row["timestamp"]
    match query.get("matchType", ["exact"])[0]:
        case "host":
            is_in = row["urlkey"].partition(")")[0] == key.partition(")")[0]
        case "prefix":
            is_in = row["urlkey"].startswith(key)
        case _:
            is_in = row["urlkey"] == key
    after = query.get("resumeKey", [""])[0]
    start, end = query.get("from", [""])[0], query.get("to", [""])[0]
    is_in = is_in and time >= start and (not end or time <= end or time.startswith(end)) and _order(row) > after
    return is_in and all(_passes(row, said) for said in query.get("filter", ()))


def _passes(row: dict[str, str], said: str) -> bool:
    name, _, pattern = said.removeprefix("!").partition(":")
    return (re.fullmatch(pattern, row[name]) is not None) != said.startswith("!")


def _json(names: list[str], table: list[list[str]], key: str) -> str:
    if not table:
        return "[]"
    return json.dumps([names, *table, *([[], [key]] if key else [])])


def _plain(table: list[list[str]], key: str) -> str:
    lines = [" ".join(row) for row in table] + (["", key] if key else [])
    return "".join(f"{line}\n" for line in lines)
