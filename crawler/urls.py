"""Addresses: the one spelling we store, its key, its host.

Pure. Knows nothing of networks: whether an address may be connected to is `fetcher.addresses`' business.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, quote, urljoin, urlsplit, urlunsplit

from .errors import ParseError
from .model import CanonicalURL
from .tracking import is_tracking

#: Fragments that name a document of their own: hashbang routes, and the addresses we make (`entry_address`).
MEANT_FRAGMENT = re.compile(r"![\w/%].*|entry-[0-9a-f]{16}", re.S)
#: Bytes; longer ones are data, not addresses (browsers and servers refuse them from 2,048 to 65,536 on).
MAX_LENGTH = 8192
#: Names that resolvers bear (underscores are against RFC 952 and in use) and IPv6 addresses without a zone.
HOST_NAME = re.compile(r"[A-Za-z0-9._-]*[A-Za-z0-9_-]|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*")
DEFAULT_PORTS = {"http": 80, "https": 443}
#: Addresses, as most are, in which nothing is to be changed, and their hosts; found out in a tenth of the time.
PLAIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+/[\w%/:@!$&'()*+,;=.~|-]*", re.A)
PLAIN_HOST = re.compile(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?:[/?#]|\Z)")
#: Absolute addresses that stand for themselves wherever they are resolved, as most do.
ABSOLUTE = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[\w%/:@!$&'()*+,=.~|-]*(?:\?[\w%/:@!$&'()*+,;=.~|?-]+)?)?", re.A
)
SAFE = "%/:?#[]@!$&'()*+,;=-._~|"


def canonical(url: str) -> CanonicalURL:
    """Return the one spelling of an http(s) address.

    Scheme and host lowered (the host in IDNA form), default port, tracking parameters and fragment dropped,
    blanks and controls removed, other characters percent-encoded as a browser would. Idempotent.

    Raises:
        ParseError: not an absolute http(s) address; retrying does not help.
    """
    if len(url) <= MAX_LENGTH and PLAIN.fullmatch(url):
        return CanonicalURL(url)
    return _cleaned(url)


def _cleaned(url: str) -> CanonicalURL:
    whole = url.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # JSON may state half a character
    text = re.sub(r"[\x00-\x20\x7f]+", lambda m: "%20" if m.group().strip(" ") == "" else "", whole.strip())
    if len(text) > MAX_LENGTH:
        raise ParseError(f"address over {MAX_LENGTH} bytes", passing=False)
    try:
        parts = urlsplit(text)
        port = parts.port
        name = (parts.hostname or "").rstrip(".")
        name = name if name.isascii() else name.encode("idna").decode("ascii").rstrip(".")
    except (ValueError, UnicodeError) as e:
        raise ParseError(f"not an address: {text[:80]!r}", passing=False) from e
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not HOST_NAME.fullmatch(name):
        raise ParseError(f"not an http(s) address: {text[:80]!r}", passing=False)
    netloc = f"[{name}]" if ":" in name else name.lower()
    if port is not None and port != DEFAULT_PORTS[scheme]:
        netloc += f":{port}"
    fragment = parts.fragment if MEANT_FRAGMENT.fullmatch(parts.fragment) else ""
    cleaned = urlunsplit((scheme, netloc, parts.path or "/", without_tracking(parts.query), fragment))
    stored = quote(cleaned, safe=SAFE)
    if len(stored) > MAX_LENGTH:  # again: a Chinese character takes nine bytes
        raise ParseError(f"address over {MAX_LENGTH} bytes", passing=False)
    return CanonicalURL(stored)


def without_tracking(query: str) -> str:
    """Drop the tracking parameters of a query string, leaving the others as they are spelled."""
    if not query:
        return ""
    kept = [part for part in query.split("&") if part and not is_tracking(_name_of(part))]
    return "&".join(kept)


def _name_of(parameter: str) -> str:
    pairs = parse_qsl(parameter, keep_blank_values=True)
    return pairs[0][0] if pairs else ""


def entry_address(feed_url: str, identity: str) -> CanonicalURL:
    """Return an address for an entry without a link: the feed's, with a fragment made from its identity.

    Args:
        feed_url: the source's address; an rsshub:// route is written as a path of https://rsshub.app.
        identity: the guid, or whatever tells the entry from its neighbours.
    """
    base = re.sub(r"(?i)^rsshub://", "https://rsshub.app/", feed_url)
    digest = hashlib.blake2b(identity.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return canonical(urlunsplit((*urlsplit(canonical(base))[:4], f"entry-{digest}")))


def key(url: str) -> bytes:
    """Return the 16 bytes by which the state knows an address; shards and indexes are made of them."""
    return hashlib.blake2b(url.encode("utf-8", "replace"), digest_size=16).digest()


def host(url: str) -> str:
    """Return the host by which we are polite, lower case with a port that is not the scheme's own, or ""."""
    if plain := PLAIN_HOST.match(url):
        return plain[1]
    try:
        parts = urlsplit(url)
        name, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    return name if port is None or port == DEFAULT_PORTS.get(parts.scheme.lower()) else f"{name}:{port}"


def same_site(one: str, other: str) -> bool:
    """Tell whether two addresses are of one site: the same host, www., m. and amp. aside."""
    return bare(host(one)) == bare(host(other)) != ""


def bare(name: str) -> str:
    """Return a host without www., m., amp. or mobile. before it."""
    return re.sub(r"^(?:www|m|amp|mobile)\.", "", name)


def place(url: str) -> str:
    """Return what an address says below its host, path and query; "" for a front page and for `entry_address`."""
    parts = urlsplit(url)
    told = parts.query or parts.fragment or parts.path.strip("/")
    return f"{parts.path}?{parts.query}#{parts.fragment}" if told and not parts.fragment.startswith("entry-") else ""


def anchor(url: str) -> str:
    """Return the fragment that may name a part of a page; "" for one that says who sent the reader (`xtor=RSS-1`)."""
    try:
        fragment = urlsplit(url).fragment
    except ValueError:
        return ""
    return "" if "=" in fragment else fragment


def join(base: str, link: str) -> str:
    """Resolve a link against an address; "" for what cannot be resolved or is not http(s)."""
    link = link.strip()
    if ABSOLUTE.fullmatch(link):
        return link
    try:
        joined = urljoin(base, link)
        return joined if urlsplit(joined).scheme.lower() in DEFAULT_PORTS and urlsplit(joined).hostname else ""
    except ValueError:
        return ""
