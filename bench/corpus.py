"""A folder of pages with reference texts: `truth.jsonl` and `pages/*.html.gz`, one JSON object a page.

`id, set, file, url, lang` always; `refs` (texts), or `gate` (segments that must and must not be there); `title`,
`authors`, `date` where they are known.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.extractor.tree import words
from crawler.model import Page

Truth = dict[str, Any]
FETCHED = datetime(2027, 1, 1, tzinfo=UTC)
#: Letters of a country's name at the end of a host.
COUNTRY = 2
#: Second levels of countries that belong to all their sites: bbc.co.uk is a site, and so is taz.de.
SHARED = words("ac co com edu go gob gov gv ne net nom or org")


def read(folder: Path) -> list[Truth]:
    """Return what is known of each page, in the file's order."""
    path = folder / "truth.jsonl"
    if not path.is_file():
        raise SystemExit(f"{path}: not found; --pages wants a folder with truth.jsonl and pages/")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def pages(folder: Path, truths: list[Truth]) -> Iterator[tuple[Truth, bytes]]:
    """Yield each page's bytes as they were fetched."""
    for truth in truths:
        path = folder / "pages" / truth["file"]
        if not path.is_file():
            raise SystemExit(f"{path}: not found, but truth.jsonl names it")
        yield truth, gzip.decompress(path.read_bytes())


def as_page(truth: Truth, body: bytes) -> Page:
    """Return a page as the fetcher would have handed it over; the headers are lost, so that the page tells itself."""
    return Page(truth["url"], truth["url"], 200, (("content-type", "text/html"),), body, FETCHED)


def site(truth: Truth) -> str:
    """Return the site a page is from; made-up hosts (fakehost, example.org) are a site a page."""
    host = re.sub(r"^https?://", "", truth["url"]).partition("/")[0].partition(":")[0].lower()
    if host in ("fakehost", "example.org"):
        return str(truth["id"])
    parts = host.split(".")
    is_shared = len(parts[-1]) == COUNTRY and parts[-2:-1] and parts[-2] in SHARED
    return ".".join(parts[-3:] if is_shared else parts[-2:])
