"""No regular expression of ours is one that a Python we run on reads wrongly."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import crawler

#: A group that is repeated and gives nothing back: Python up to 3.11.4 (Debian 12 has 3.11.2) takes too much where
#: there is a lookahead or a choice in it (gh-100061, gh-106052). Inside brackets these signs stand for themselves.
GREEDY_GROUP = re.compile(r"(?<!\\)\)(?:[*+?]|\{[\d,]+\})\+")
CLASS = re.compile(r"(?<!\\)\[\^?\]?(?:[^\]\\]|\\.)*\]", re.S)


def expressions() -> list[str]:
    """Return the expressions that modules of the program hold, as they are written."""
    names = [module.name for module in pkgutil.walk_packages(crawler.__path__, "crawler.")]
    modules = [importlib.import_module(name) for name in names if not name.endswith("__main__")]
    held = [value for module in modules for value in vars(module).values() if isinstance(value, re.Pattern)]
    return [pattern.pattern for pattern in held if isinstance(pattern.pattern, str)]


def is_misread(expression: str) -> bool:
    return bool(GREEDY_GROUP.search(CLASS.sub("x", expression)))


@pytest.mark.parametrize(
    ("expression", "misread"),
    [
        ("(?:ab)*+", True),
        ("(a|b)++c", True),
        ("(?:a[)]b)?+", True),
        ("(?:a){2,3}+", True),
        ("[^<>]*+", False),
        ("[()*+,]", False),
        (r"\)*+", False),
        ("(?>(?:ab)*)", False),
    ],
)
def test_what_is_misread_is_told(expression: str, misread: bool) -> None:
    assert is_misread(expression) == misread


def test_none_of_ours_is_misread() -> None:
    held = expressions()
    assert len(held) > 100
    assert [expression for expression in held if is_misread(expression)] == []
