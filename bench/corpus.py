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

from crawler.model import Page

Truth = dict[str, Any]
FETCHED = datetime(2027, 1, 1, tzinfo=UTC)
#: Second levels that belong to the country, not to the site.
SHARED = 3


def read(folder: Path) -> list[Truth]:
    """Return what is known of each page, in the file's order."""
    path = folder / "truth.jsonl"
    if not path.is_file():
        raise SystemExit(f"{path}: not found; --pages wants a folder with truth.jsonl and pages/")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def pages(folder: Path, truths: list[Truth]) -> Iterator[tuple[Truth, bytes]]:
    """Yield each page's bytes as they were fetched."""
    for truth in truths:
        yield truth, gzip.decompress((folder / "pages" / truth["file"]).read_bytes())


def as_page(truth: Truth, body: bytes) -> Page:
    """Return a page as the fetcher would have handed it over; the headers are lost, so that the page tells itself."""
    return Page(truth["url"], truth["url"], 200, (("content-type", "text/html"),), body, FETCHED)


def site(truth: Truth) -> str:
    """Return the site a page is from; made-up hosts (fakehost, example.org) are a site a page."""
    host = re.sub(r"^https?://", "", truth["url"]).partition("/")[0].partition(":")[0].lower()
    if host in ("fakehost", "example.org"):
        return str(truth["id"])
    parts = host.split(".")
    return ".".join(parts[-3:] if len(parts) > 2 and len(parts[-2]) <= SHARED else parts[-2:])
