"""Lists of subscriptions, as readers of feeds and the predecessor leave them, and as they like to have them.

Pure. Reads OPML 1 and 2 (http://opml.org/spec2.opml) and the predecessor's `subs.json`, writes OPML 2.
Folders become tags, the outermost first, and tags become folders again. Attributes that OPML does not name are kept
as `name=value`, their namespaces among them, and written again.
Refuses documents that declare entities or are too big or too deep (SPEC §7): whoever shares a list may mean no good.
An entry that cannot be used is told, and the next one is read.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit
from xml.parsers import expat

from . import urls
from .charset import decode
from .errors import ParseError
from .model import Source
from .sources import rsshub
from .sources.text import ILLEGAL, drop_illegal, fold
from .sources.urlset import BARE

#: Bytes of a list: a thousand feeds with every attribute that FreshRSS knows have one megabyte.
MAX_BYTES = 16_000_000
#: Elements in each other; readers allow one or two folders, outliners a dozen.
MAX_DEPTH = 64
#: Sources of one list; people have some hundred.
MAX_SOURCES = 20_000
#: Folders in each other that are written.
MAX_FOLDERS = 16
#: Further attributes of one outline, and characters of one.
MAX_ATTRIBUTES, MAX_CHARACTERS = 32, 2000
#: Characters of a name or an address that are quoted.
QUOTED = 80
#: Attributes that have a place of their own in config.yaml.
OWN = frozenset({"text", "title", "type", "xmlurl", "url"})
#: Types whose address is no feed: OPML's own, and those of FreshRSS for pages and JSON that it reads by XPath.
NO_FEEDS = ("link", "include", "html+xpath", "xml+xpath", "json+dotnotation", "html+xpath+json+dotnotation")
#: Types that say nothing more than that it is a feed.
FEEDS = ("", "rss")
#: An attribute with a prefix at most, and the declaration of one.
NAME = re.compile(r"(?:([^\W\d][\w.-]*):)?[^\W\d][\w.-]*")
#: Prefixes that XML itself declares (Namespaces in XML 1.0 §3).
DECLARED = ("xml", "xmlns")
#: Ways to write that an address is one of a feed, which browsers knew, and what they stand for.
FEED_SCHEMES = ((re.compile(r"(?i)feed:(?://)?(?=https?://)"), ""), (re.compile(r"(?i)feed://"), "http://"))
#: A scheme, and not a host with its port.
SCHEME = re.compile(r"[A-Za-z][\w+.-]*:(?!\d)", re.A)
#: Names of a list, of an address and of a name in JSON; the predecessor's are `site` and `url`.
LISTS = ("subs", "subscriptions", "feeds", "sources")
ADDRESSES = ("url", "xmlUrl", "feed_url", "feed", "rss", "link")
NAMES = ("site", "name", "title", "text")
#: Marks of direction, and controls that XML allows: written as references, so that they move no terminal.
AS_REFERENCE = {
    code: f"&#x{code:X};" for code in (*range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 9, 10, 13)
}


@dataclass(frozen=True, slots=True)
class Subscription:
    """One source of a list."""

    name: str  #: on one line; never empty
    url: str  #: as the list has it, with a scheme, any; not checked further
    folders: tuple[str, ...] = ()  #: in which it stands, the outermost first
    attributes: tuple[str, ...] = ()  #: further ones, name=value


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """What a list holds."""

    found: tuple[Subscription, ...]  #: in its order
    problems: tuple[str, ...] = ()  #: what cannot be used and why, one line each


class Outlines(NamedTuple):
    """A list to give away."""

    text: str  #: OPML 2.0
    links: tuple[str, ...]  #: names of sources that are no feeds and stand in it as links
    bared: tuple[str, ...]  #: names of sources whose addresses stand in it without user name and password


def read(data: bytes) -> Subscriptions:
    """Read a list, whichever kind it is.

    Raises:
        ParseError: it is none, or none that may be read; retrying does not help.
    """
    if len(data) > MAX_BYTES:
        raise ParseError(f"over {MAX_BYTES:,} bytes", passing=False)
    text = decode(data).strip()
    if text.startswith("<"):
        return _from_opml(text)
    if text.startswith(("[", "{")):
        return _from_json(text)
    raise ParseError("neither OPML nor JSON", passing=False)


def as_route(url: str, instances: Iterable[str]) -> str:
    """Return the RSSHub route that an address at one of some instances serves; the address itself where it is none."""
    parts = urlsplit(url)
    for instance in instances:
        base = urlsplit(instance)
        route = parts.path.removeprefix(base.path).strip("/")
        is_there = parts.netloc.lower() == base.netloc.lower() and parts.path.startswith(f"{base.path}/")
        if is_there and route and not base.query:
            return f"{rsshub.SCHEME}{route}" + (f"?{parts.query}" if parts.query else "")
    return url


# --- OPML in ---


def _from_opml(text: str) -> Subscriptions:
    outlines = _Outlines()
    parser = expat.ParserCreate()
    parser.StartElementHandler = outlines.start
    parser.EndElementHandler = outlines.end
    parser.StartDoctypeDeclHandler = _refuse_declarations
    try:
        parser.Parse(BARE.sub(lambda found: "&amp;" if found[0] == "&" else found[0], drop_illegal(text)), True)
    except expat.ExpatError as e:
        raise ParseError(f"not OPML: line {e.lineno}: {expat.ErrorString(e.code)}", passing=False) from e
    return Subscriptions(tuple(outlines.found), tuple(outlines.problems))


def _refuse_declarations(_name: str, _system: str | None, _public: str | None, has_declarations: bool) -> None:
    """Refuse a DOCTYPE that holds more than a name; what it points to is never fetched."""
    if has_declarations:
        raise ParseError("not read: its DOCTYPE has declarations, by which a document can do harm", passing=False)


@dataclass(slots=True)
class _Outlines:
    """Takes the elements as they come."""

    found: list[Subscription] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)  #: of each open element; "" for what is none
    prefixes: list[Mapping[str, str]] = field(default_factory=list)  #: declared at each open element, and outside it

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self.folders and tag.lower() != "opml":
            hint = "; for a feed there is `crawler source add`" if tag.lower() in ("rss", "feed", "rdf:rdf") else ""
            raise ParseError(f"not OPML: a document of <{tag[:QUOTED]}>{hint}", passing=False)
        if len(self.folders) == MAX_DEPTH:
            raise ParseError(f"not read: over {MAX_DEPTH} elements in each other", passing=False)
        outside = self.prefixes[-1] if self.prefixes else {}
        declared = {name[6:]: uri for name, uri in attributes.items() if name.startswith("xmlns:")}
        self.prefixes.append({**outside, **declared} if declared else outside)
        self.folders.append(self._outline(attributes) if tag.lower() == "outline" else "")

    def end(self, _tag: str) -> None:
        self.folders.pop()
        self.prefixes.pop()

    def _outline(self, attributes: dict[str, str]) -> str:
        """Take an outline; return the name of the folder that it is, or ""."""
        own = {name.lower(): fold(value) for name, value in attributes.items() if name.lower() in OWN}
        name, kind = own.get("text") or own.get("title", ""), own.get("type", "").lower()
        address = own.get("xmlurl") or (own.get("url", "") if kind in ("rss", *NO_FEEDS) else "")
        if kind in NO_FEEDS:
            self.problems.append(f"{name[:QUOTED]}: {kind} is no feed: {address[:QUOTED]}")
        elif address:
            self._add(name, address, self._further(attributes, own, name or address))
        return "" if address or kind in NO_FEEDS else name

    def _add(self, name: str, address: str, attributes: tuple[str, ...]) -> None:
        if len(self.found) == MAX_SOURCES:
            raise ParseError(f"not read: over {MAX_SOURCES} sources", passing=False)
        self.found.append(_subscription(name, address, tuple(filter(None, self.folders)), attributes))

    def _further(self, attributes: dict[str, str], own: Mapping[str, str], name: str) -> tuple[str, ...]:
        """Return what of an outline has no place of its own."""
        more = {key: fold(value) for key, value in attributes.items() if _is_further(key)}
        if own.get("title", name) != name:
            more = {"title": own["title"], **more}
        if own.get("type", "").lower() not in FEEDS:
            more = {"type": own["type"], **more}
        spoken = {}
        for key, value in more.items():
            prefix = key.rpartition(":")[0]
            if prefix in self.prefixes[-1]:
                spoken[f"xmlns:{prefix}"] = self.prefixes[-1][prefix]
            if prefix in self.prefixes[-1] or prefix in ("", *DECLARED):
                spoken[key] = value
        kept = [f"{key}={value}" for key, value in spoken.items() if len(value) <= MAX_CHARACTERS]
        if len(kept) < len(spoken) or len(kept) > MAX_ATTRIBUTES:
            self.problems.append(f"{name[:QUOTED]}: has attributes too long or too many to be kept")
        return tuple(kept[:MAX_ATTRIBUTES])


def _is_further(name: str) -> bool:
    return name.lower() not in OWN and name.partition(":")[0] != "xmlns" and NAME.fullmatch(name) is not None


def _subscription(
    name: str, address: str, folders: tuple[str, ...] = (), attributes: tuple[str, ...] = ()
) -> Subscription:
    url = address
    for scheme, meant in FEED_SCHEMES:
        url = meant + url[found.end() :] if (found := scheme.match(url)) else url
    url = url if SCHEME.match(url) else f"https://{url.lstrip('/')}"
    return Subscription(name or urls.host(url) or url, url, folders, attributes)


# --- JSON in ---


def _from_json(text: str) -> Subscriptions:
    try:
        said = json.loads(text)
    except ValueError as e:
        raise ParseError(f"not JSON: {e}"[:200], passing=False) from e
    except RecursionError as e:
        raise ParseError("not read: nested too deeply", passing=False) from e
    found: list[Subscription] = []
    problems: list[str] = []
    for where, name, address in _pairs(said):
        if len(found) == MAX_SOURCES:
            raise ParseError(f"not read: over {MAX_SOURCES} sources", passing=False)
        if address:
            found.append(_subscription(fold(name), fold(address)))
        else:
            problems.append(f"{where[:QUOTED]}: names no address")
    return Subscriptions(tuple(found), tuple(problems))


def _pairs(said: Any) -> Iterator[tuple[str, str, str]]:
    """Yield place, name and address of each entry: of a list of objects or addresses, or of names with addresses."""
    if isinstance(said, dict) and (
        inner := next((said[key] for key in LISTS if isinstance(said.get(key), list)), None)
    ):
        said = inner
    if isinstance(said, dict) and not _first(said, ADDRESSES):
        for name, value in said.items():
            for entry in value if isinstance(value, list) else [value]:
                yield name, *_pair(entry, name)
    else:
        for number, entry in enumerate(said if isinstance(said, list) else [said], 1):
            name, address = _pair(entry, "")
            yield name or f"entry {number}", name, address


def _pair(entry: Any, name: str) -> tuple[str, str]:
    if isinstance(entry, dict):
        return _first(entry, NAMES) or name, _first(entry, ADDRESSES)
    return name, entry if isinstance(entry, str) else ""


def _first(entry: Mapping[str, Any], keys: Iterable[str]) -> str:
    return next((entry[key] for key in keys if isinstance(entry.get(key), str)), "")


# --- OPML out ---


@dataclass(slots=True)
class _Folder:
    """A folder that is being filled."""

    folders: dict[str, _Folder] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


def to_opml(sources: Sequence[Source], instances: Sequence[str], title: str) -> Outlines:
    """Write sources as OPML 2.0, in their order, folder by folder.

    Args:
        sources: with their tags, which become folders, unless they are no more than the name.
        instances: of RSSHub; a route is written as the address at the first one, for other programs know no routes.
        title: of the list.
    """
    root, links, bared = _Folder(), [], []
    for source in sources:
        url = urlsplit(rsshub.addresses(source.url, instances, {})[0] if rsshub.is_route(source.url) else source.url)
        if "@" in url.netloc:
            bared.append(source.name)
        if source.kind != "feed":
            links.append(source.name)
        address = urlunsplit(url._replace(netloc=url.netloc.rpartition("@")[2]))
        at = root
        for name in source.tags[:MAX_FOLDERS] if source.tags != (source.name,) else ():
            at = at.folders.setdefault(name, _Folder())
        at.lines.append(f"<outline{_attributes(_told(source, address))}/>")
    head = f"<head>\n    <title>{_quoted(title)}</title>\n  </head>"
    lines = "".join(f"{line}\n" for line in _indented(root, 2))
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n  {head}\n  <body>\n{lines}  </body>\n</opml>\n'
    )
    return Outlines(text, tuple(links), tuple(bared))


def _told(source: Source, address: str) -> dict[str, str]:
    """Return the attributes of a source's outline; those that other programs need first."""
    kept = dict(part.split("=", 1) for part in source.opml)
    own = {"text": source.name, "title": kept.get("title", source.name)}
    is_feed = source.kind == "feed"
    own |= {"type": kept.get("type", "rss"), "xmlUrl": address} if is_feed else {"type": "link", "url": address}
    return own | {name: value for name, value in kept.items() if _is_sound(name, kept)}


def _is_sound(name: str, kept: Mapping[str, str]) -> bool:
    """Tell whether an attribute may be written: none that is ours, none whose prefix nobody declares."""
    prefix = name.rpartition(":")[0]
    return name.lower() not in OWN and (prefix in ("", *DECLARED) or f"xmlns:{prefix}" in kept)


def _indented(folder: _Folder, level: int) -> Iterator[str]:
    """Yield a folder's lines, those of the folders in it behind its own."""
    for line in folder.lines:
        yield "  " * level + line
    for name, inner in folder.folders.items():
        yield "  " * level + f"<outline{_attributes({'text': name, 'title': name})}>"
        yield from _indented(inner, level + 1)
        yield "  " * level + "</outline>"


def _attributes(named: Mapping[str, str]) -> str:
    return "".join(f' {name}="{_quoted(value)}"' for name, value in named.items())


def _quoted(text: str) -> str:
    return html.escape(ILLEGAL.sub("", text)).replace("&#x27;", "'").translate(AS_REFERENCE)
