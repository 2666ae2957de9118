"""What a person asks by an address → values: pages, days, sources. Pure; nothing that comes in raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlencode

#: Posts a page of the archive, and the last page that is looked for: numbers have an end.
PAGE, LAST_PAGE = 50, 1_000_000
#: Characters of one value of a query.
LONGEST = 500
#: Bytes and fields of a form of ours.
LARGEST_FORM, MOST_FIELDS = 8_192, 20


def number(text: str) -> int:
    """Return the number of a page; 1 for what is none."""
    return min(max(int(text), 1), LAST_PAGE) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def day(text: str) -> date | None:
    """Return a day of the years that a clock may show; None for what is none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 <= found.year < 9999 else None


def span(first: date | None, last: date | None = None) -> tuple[datetime | None, datetime | None]:
    """Return the moments from the beginning of one day to the end of another (the same one if there is none), UTC."""
    end = last or first
    return (_midnight(first) if first else None), (_midnight(end + timedelta(days=1)) if end else None)


def _midnight(which: date) -> datetime:
    return datetime(which.year, which.month, which.day, tzinfo=UTC)


def word(query: Mapping[str, str], name: str) -> str:
    """Return a value of a query, cut to what is reasonable, without control characters; "" where there is none."""
    return "".join(c for c in query.get(name, "")[:LONGEST] if c.isprintable()).strip()


def form(body: bytes) -> dict[str, str]:
    """Return the fields of a form that was sent (application/x-www-form-urlencoded); none where it is no such thing."""
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}


def address(path: str, **values: object) -> str:
    """Return an address of ours, values that are empty left out."""
    query = urlencode({name: str(value) for name, value in values.items() if value not in ("", None)})
    return quote(path) + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a page stands among the others."""

    number: int
    total: int  #: of what is listed
    size: int = PAGE

    @property
    def last(self) -> int:
        """Return the number of the last page; 1 where nothing is listed."""
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        """Return how many are listed on the pages before."""
        return (self.number - 1) * self.size

    @property
    def newer(self) -> int:
        """Return the number of the page before; 0 where there is none."""
        return min(self.number - 1, self.last)

    @property
    def older(self) -> int:
        """Return the number of the page after; 0 where there is none."""
        return self.number + 1 if self.number < self.last else 0
