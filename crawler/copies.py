"""Copies of pages in an archive of the Wayback Machine's kind: their addresses, and what such a page really is.

Pure. `{machine}/web/{time}id_/{original}` is what the machine received from an address at a time, to the byte (`id_`).
Where it has nothing of that very time, it redirects to the capture that is nearest to it. What this says of a copy is
said of its original: nothing of the machine is left in a page but the address of the copy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

from . import urls
from .errors import ParseError
from .model import Page

#: The mark is not optional: without it the machine rewrites links and puts a bar of its own into the page.
COPY = re.compile(r"(?P<machine>https?://[^?#]+?)/web/(?P<time>\d{14})id_/(?P<url>https?:/.+)", re.S)
#: Digits of a time in the machine's spelling: yyyyMMddhhmmss, UTC.
DIGITS = 14
#: Headers of a capture that say something of its body; the others are the machine's own.
OF_THE_BODY = frozenset({"content-type"})


@dataclass(frozen=True, slots=True)
class Copy:
    """What the address of a copy says."""

    machine: str  #: address of the archive, without a slash at the end
    moment: datetime  #: of the capture that is wanted, or that was found
    url: str  #: of the original


def stamp(moment: datetime) -> str:
    """Write a time as the machine does: 14 digits."""
    return re.sub(r"\D", "", moment.astimezone(UTC).isoformat(timespec="seconds")[:19])


def moment_of(digits: str) -> datetime | None:
    """Read a time of the machine's; None for what is none."""
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits):
        return None
    parts = (digits[:4], *(digits[i : i + 2] for i in range(4, DIGITS, 2)))
    try:
        year, month, day, hour, minute, second = map(int, parts)
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def address(machine: str, moment: datetime, url: str) -> str:
    """Return the address of the copy of an original that is nearest to a time."""
    return f"{machine}/web/{stamp(moment)}id_/{url.partition('#')[0]}"


def read(copy: str) -> Copy | None:
    """Read the address of a copy; None for any other address."""
    found = COPY.fullmatch(copy)
    moment = moment_of(found["time"]) if found else None
    if found is None or moment is None:
        return None
    # Some servers take two slashes in a path for one.
    return Copy(found["machine"], moment, re.sub(r"^(https?):/+", r"\1://", found["url"]))


def beside(copy: str, url: str) -> str:
    """Return the address of another page's copy, in the same archive and of the same time; "" for no copy at all."""
    one = read(copy)
    return address(one.machine, one.moment, url) if one else ""


def stays(copy: str, other: str) -> bool:
    """Tell whether an address is of a copy in the same archive as another."""
    one, two = read(copy), read(other)
    return one is not None and two is not None and _bare(one.machine) == _bare(two.machine)


def _bare(machine: str) -> str:
    return machine.partition("://")[2].lower()


def as_original(page: Page) -> Page:
    """Return the page of a copy as its original's server gave it.

    Its time is that of the capture. Its address is the one that was asked for, unless the capture is of another page:
    the machine takes http and https, with and without www., for the same.

    Raises:
        ParseError: the answer is no copy.
    """
    asked, found = read(page.url), read(page.final_url)
    if asked is None or found is None:
        raise ParseError("the archive answered with something else than a copy", passing=False)
    return Page(
        url=asked.url,
        final_url=asked.url if is_same(asked.url, found.url) else spelled(found.url, asked.url),
        status=page.status,
        headers=tuple((name, value) for name, value in page.headers if name in OF_THE_BODY),
        body=page.body,
        fetched=found.moment,
        copy=page.final_url,
    )


def is_same(one: str, other: str) -> bool:
    """Tell whether the machine takes two addresses for the same."""
    return spelled(one, other) == spelled(other, other)


def spelled(url: str, like: str) -> str:
    """Return an address with the scheme and host of another, where both stand on one host, www. aside.

    Captures are of http and of https, as the site was spelled then; an identity has one spelling.
    """
    try:
        parts, pattern = urlsplit(url), urlsplit(like)
    except ValueError:
        return url
    one, other = (urls.host(address).removeprefix("www.") for address in (url, like))
    root = (pattern.scheme, pattern.netloc) if one and one == other else (parts.scheme, urls.host(url))
    return urlunsplit((*root, parts.path or "/", parts.query, ""))
