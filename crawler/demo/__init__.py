"""The bundled tiny site: half a dozen small sites of reserved names, served on the loopback interface.

Everything in `site/` is in words of our own. `chenguang.example` has the shape of Zaobao's pages (two layouts, with
advertising boxes and subscription banners) and `rsshub.example` a feed of it in the shape of RSSHub's, Singapore time
stated as UTC; no row of `sites.yaml` names these hosts, so the general extractor must do. `harbour-notes.example` has
an Atom feed, `allotment-letter.example` a JSON Feed. Two faults are meant: the page of `laojie.example` is gb2312 and
says utf-8, its other page is gone, and `broken.example` answers 500.

Serves files and nothing else: no name is resolved, no request leaves the machine, nothing is written.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

LOOPBACK = "127.0.0.1"
#: A caller who says nothing must not keep the server from closing.
REQUEST_TIMEOUT_S = 5.0
#: Answers 500 to everything.
BROKEN = "broken.example"
#: Of all files; the day the site was written.
LAST_MODIFIED = "Thu, 19 Nov 2026 08:00:00 GMT"
#: Pages are said to be utf-8 whatever they are; the gb2312 one is labelled wrongly on purpose.
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".xml": "application/xml",
    ".json": "application/feed+json",
    ".txt": "text/plain; charset=utf-8",
}
#: Name in config.yaml → address, in the order of the tour.
SOURCES = {
    "晨光报": "rsshub://chenguang/realtime/town",
    "Harbour Notes": "http://harbour-notes.example/feeds/atom.xml",
    "Allotment Letter": "http://allotment-letter.example/feed.json",
    "老街通讯": "http://laojie.example/rss.xml",
    "Broken Weekly": f"http://{BROKEN}/feed.xml",
}
CONFIG = """\
# Written by `crawler demo`: the hosts below exist only while it runs.
archive: {archive}
user_agent_contact: crawler demo on this machine
rsshub: [http://rsshub.example]
fetch: {{per_host_delay: 0s, timeout: 10s}}
sources:
{sources}"""


@dataclass(frozen=True, slots=True)
class Request:
    """One request that the site has answered."""

    method: str
    host: str
    path: str
    status: int
    conditional: bool  #: whether it carried a validator


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the site, as served."""

    body: bytes
    media_type: str

    @property
    def etag(self) -> str:
        """Return a strong validator made of the body."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass(frozen=True, slots=True)
class Site:
    """The running site."""

    port: int
    documents: Mapping[tuple[str, str], Document]  #: by host and path
    requests: list[Request] = field(default_factory=list)  #: in the order answered

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the names the site answers to, in alphabetical order."""
        return tuple(sorted({host for host, _ in self.documents} | {BROKEN}))

    @property
    def connect_to(self) -> dict[str, tuple[str, int]]:
        """Return where each host is really found, for the fetcher's pins."""
        return dict.fromkeys(self.hosts, (LOOPBACK, self.port))

    def config_text(self, into: Path) -> str:
        """Return a config.yaml that polls every source of the site into a folder."""
        lines = (f"  - name: {name}\n    url: {url}\n" for name, url in SOURCES.items())
        # JSON's strings are YAML's double-quoted ones, a dollar sign is doubled for our own expansion
        archive = json.dumps(str(into.absolute()), ensure_ascii=False).replace("$", "$$")
        return CONFIG.format(archive=archive, sources="".join(lines))

    def answer(self, method: str, host: str, path: str, headers: Mapping[str, str]) -> bytes:
        """Return the whole answer to a request, which is noted.

        Args:
            method: GET or HEAD; others are refused.
            host: of the Host field, lower case, without a port.
            path: of the request line, without query.
            headers: names in lower case.
        """
        document = self.documents.get((host, path))
        status = self._status(method, host, document, headers)
        conditional = "if-none-match" in headers or "if-modified-since" in headers
        self.requests.append(Request(method, host, path, status, conditional))
        if document is None or status not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            body = f"{status} {HTTPStatus(status).phrase}\n".encode()
            return _message(status, {"content-type": "text/plain"}, body, method)
        fields = {"content-type": document.media_type, "etag": document.etag, "last-modified": LAST_MODIFIED}
        return _message(status, fields, document.body, method)

    @staticmethod
    def _status(method: str, host: str, document: Document | None, headers: Mapping[str, str]) -> int:
        if method not in ("GET", "HEAD"):
            return HTTPStatus.METHOD_NOT_ALLOWED
        if host == BROKEN:
            return HTTPStatus.INTERNAL_SERVER_ERROR
        if document is None:
            return HTTPStatus.NOT_FOUND
        if "if-none-match" in headers:  # RFC 9110 §13.2.2: it goes before the date
            same = document.etag in headers["if-none-match"].split(", ")
        else:
            same = headers.get("if-modified-since") == LAST_MODIFIED
        return HTTPStatus.NOT_MODIFIED if same else HTTPStatus.OK


def _message(status: int, fields: Mapping[str, str], body: bytes, method: str) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "connection: close"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    if status != HTTPStatus.NOT_MODIFIED:
        lines.append(f"content-length: {len(body)}")
    shown = body if method != "HEAD" and status != HTTPStatus.NOT_MODIFIED else b""
    return "\r\n".join([*lines, "", ""]).encode() + shown


def documents() -> dict[tuple[str, str], Document]:
    """Return every file of the site by host and path; `.html` and `.xml` may be left out of the path."""
    found: dict[tuple[str, str], Document] = {}
    for host in files(__name__).joinpath("site").iterdir():
        for path, file in _walk(host, ""):
            stem, dot, ending = path.rpartition(".")
            document = Document(file.read_bytes(), MEDIA_TYPES[dot + ending])
            found[host.name, path] = document
            if ending in ("html", "xml"):
                found[host.name, stem] = document
    return found


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for child in folder.iterdir():
        here = f"{path}/{child.name}"
        if child.is_dir():
            yield from _walk(child, here)
        else:
            yield here, child


@asynccontextmanager
async def serve(port: int = 0) -> AsyncIterator[Site]:
    """Serve the site on the loopback interface, by default on a free port, for as long as the context lasts."""
    sites: list[Site] = []  # the port is known once the server listens, and nobody asks before

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await _reply(sites[0], reader))
            await writer.drain()
        except ConnectionError:
            return  # the caller went away
        finally:
            writer.close()

    server = await asyncio.start_server(connected, LOOPBACK, port)
    sites.append(Site(server.sockets[0].getsockname()[1], documents()))
    async with server:
        yield sites[0]


async def _reply(site: Site, reader: asyncio.StreamReader) -> bytes:
    """Read one request and answer it; what is no request gets a 400 and is not noted."""
    try:
        async with asyncio.timeout(REQUEST_TIMEOUT_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request_line, *lines = head.rstrip("\r\n").split("\r\n")
        method, target, _ = request_line.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    except (ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return _message(HTTPStatus.BAD_REQUEST, {}, b"", "GET")
    host = headers.get("host", "").partition(":")[0].lower()
    return site.answer(method, host, target.partition("?")[0], headers)
