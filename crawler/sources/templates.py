"""Addresses of the older pages of a list: `https://example.org/news?page={n}`, `https://example.org/{date:%Y/%m/%d}`.

Pure. A template has one of the two marks, once; the form of a date is that of `strftime`, numbers only, so that it is
the same in every language.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

MARK = re.compile(r"\{(n|date)(?::([^{}]*))?\}")
#: How a date is written where the template does not say.
PLAIN = "%Y-%m-%d"
DIRECTIVE = re.compile(r"%(.?)")
DIRECTIVES = ("Y", "y", "m", "d", "j")
#: Days until the address of a day differs from the one before at the latest: a template may name years alone.
LONGEST = 366


def fault(template: str) -> str:
    """Return what is wrong with a template, or ""."""
    marks = MARK.findall(template)
    if len(marks) != 1 or re.search(r"[{}]", MARK.sub("", template)):
        return f"{template!r} must have one mark, {{n}} or {{date}}, once"
    name, form = marks[0]
    if name == "n":
        return f"{template!r}: {{n}} takes no form" if form else ""
    used = DIRECTIVE.findall(form or PLAIN)
    unknown = next((one for one in used if one not in DIRECTIVES), None)
    if unknown is not None:
        known = ", ".join(f"%{one}" for one in DIRECTIVES)
        return f"{template!r}: %{unknown} is not known: write {known}"
    return "" if {"Y", "y"} & set(used) else f"{template!r}: the date has no year: write {{date:%Y%m%d}}"


def is_dated(template: str) -> bool:
    """Tell whether a template goes by dates."""
    return any(name == "date" for name, _ in MARK.findall(template))


def numbered(template: str, number: int) -> str:
    """Return the address of the page of a number."""
    return MARK.sub(str(number), template)


def dated(template: str, day: date) -> str:
    """Return the address of a day's page."""
    return MARK.sub(lambda mark: day.strftime(mark[2] or PLAIN), template)


def day_before(template: str, day: date) -> date | None:
    """Return the last day whose page is another than that of a day; None where the calendar begins."""
    here = dated(template, day)
    try:
        return next((d for n in range(1, LONGEST + 1) if dated(template, d := day - timedelta(n)) != here), None)
    except OverflowError:
        return None
