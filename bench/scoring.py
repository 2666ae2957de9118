"""How well a text matches its reference, as scrapinghub/article-extraction-benchmark counts it.

A page: runs of four words, each as often as it occurs; of a set: the harmonic mean of mean precision and mean recall.
F1c is the same with every Chinese, Japanese, Korean and Thai character a word of its own. Pages with segments that
must and must not occur give one F1 over all segments of the set. Title and authors: equal after folding case, width
and blanks; date: the same day, the same minute.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock
from typing import Any

from .labels import RUN, TOKEN

WORD = re.compile(r"\w+")
#: F1 under which a page is bad.
BAD = 0.5
#: Dates as sites write them, and the time behind: 2021-11-20T06:43:44Z, 2021/11/20 06:43, 2021年11月20日.
WHEN = re.compile(
    r"(\d{4})[-/年](\d{1,2})[-/月](\d{1,2})日?"
    r"(?:[T\s]+(\d{1,2}):(\d\d)(?::\d\d)?(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?)?"
)


@dataclass(frozen=True, slots=True)
class Match:
    """Shares of a page's runs, which sum to 1: in both, only in the text, only in the reference."""

    both: float
    extra: float
    missing: float

    @property
    def precision(self) -> float:
        """Return how much of the text is in the reference; 1 for two empty ones."""
        return _share(self.both, self.extra, is_empty=self == Match(0, 0, 0))

    @property
    def recall(self) -> float:
        """Return how much of the reference is in the text."""
        return _share(self.both, self.missing, is_empty=self == Match(0, 0, 0))

    @property
    def f1(self) -> float:
        """Return their harmonic mean."""
        return _share(2 * self.both, self.extra + self.missing, is_empty=self == Match(0, 0, 0))


def _share(right: float, wrong: float, *, is_empty: bool) -> float:
    return 1.0 if is_empty else right / (right + wrong) if right + wrong else 0.0


def match(reference: str, text: str, token: re.Pattern[str] = WORD) -> Match:
    """Compare one text with one reference."""
    want, got = _runs(reference, token), _runs(text, token)
    counts = ((want & got).total(), (got - want).total(), (want - got).total())
    total = sum(counts)
    return Match(*(count / total for count in counts)) if total else Match(0, 0, 0)


def _runs(text: str, token: re.Pattern[str]) -> Counter[tuple[str, ...]]:
    said = token.findall(text)
    return Counter(run for i in range(max(1, len(said) - RUN + 1)) if (run := tuple(said[i : i + RUN])))


def best(references: Sequence[str], text: str, token: re.Pattern[str] = WORD) -> Match:
    """Compare with the reference that fits best."""
    return max((match(reference, text, token) for reference in references), key=lambda found: found.f1)


def set_f1(found: Sequence[Match]) -> float:
    """Return the F1 of a set."""
    shares = (
        [m.precision for m in found if m.both + m.extra] or [0.0],
        [m.recall for m in found if m.both + m.missing] or [0.0],
    )
    precision, recall = map(statistics.mean, shares)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def row(truth: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Score one page: what was said of it against what is known."""
    text = said.get("text") or ""
    marks: dict[str, Any] = {"id": truth["id"], "set": truth["set"], "cpu": said.get("cpu_s")}
    marks["held"] = "error" in said
    if truth.get("refs"):
        marks["f1"], marks["f1c"] = best(truth["refs"], text), best(truth["refs"], text, TOKEN)
    if truth.get("gate"):
        body = " ".join(text.split())
        right, wrong = (sum(" ".join(s.split()) in body for s in part) if body else 0 for part in truth["gate"])
        marks["gate"] = (right, wrong, len(truth["gate"][0]) - right)
    if truth.get("title"):
        marks["title"] = fold(said.get("title") or "") == fold(truth["title"])
    if truth.get("authors"):
        marks["author"] = {*map(fold, truth["authors"])} == {*map(fold, said.get("author") or ())}
    if truth.get("date"):
        marks["day"], marks["minute"] = same_time(truth["date"], said.get("date") or "")
    return marks


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return the figures of one set."""
    figures: dict[str, float] = {"pages": len(rows)}
    if found := [r["f1"] for r in rows if "f1" in r]:
        figures |= {"f1": set_f1(found), "f1c": set_f1([r["f1c"] for r in rows if "f1c" in r])}
        figures["bad"] = sum(m.f1 < BAD for m in found)
    if gates := [r["gate"] for r in rows if "gate" in r]:
        right, wrong, missing = (sum(gate[i] for gate in gates) for i in range(3))
        figures["f1"] = 2 * right / max(2 * right + wrong + missing, 1)
    if held := sum(r["held"] for r in rows):
        figures["held"] = held
    for name in ("title", "author", "day", "minute"):
        if marks := [r[name] for r in rows if name in r]:
            figures[name] = statistics.mean(marks)
    if times := [r["cpu"] for r in rows if r["cpu"]]:
        figures["cpu_ms"] = 1000 * statistics.mean(times)
    return figures


def fold(text: str) -> str:
    """Fold case, width and blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def same_time(want: str, got: str) -> tuple[bool, bool]:
    """Tell whether two times are of the same day, and of the same minute, on the first one's clock."""
    (known, _), (said, is_timed) = _when(want), _when(got)
    if known is None or said is None:
        return False, False
    if known.tzinfo and said.tzinfo:
        said = said.astimezone(known.tzinfo)
    is_day = known.date() == said.date()
    return is_day, is_day and is_timed and known.replace(tzinfo=None) == said.replace(tzinfo=None)


def _when(text: str) -> tuple[datetime | None, bool]:
    """Return the first time that a text says, to the minute, and whether it says more than the day."""
    found = WHEN.search(text)
    if not found:
        return None, False
    year, month, day, hour, minute = (int(part or 0) for part in found.groups()[:5])
    zone = datetime.strptime(found[6], "%z").tzinfo if found[6] else None
    try:
        return datetime.combine(date(year, month, day), clock(hour, minute, tzinfo=zone)), found[4] is not None
    except ValueError:  # the 31st of June: whoever says so has not found the date
        return None, False
