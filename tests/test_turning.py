"""Lines of page numbers, and lines that only look so."""

from __future__ import annotations

import pytest
from lxml import html

from crawler.extractor.clean import allow
from crawler.extractor.turning import drop_page_lines, is_page_line


@pytest.mark.parametrize(
    "line",
    [
        "Page 2 of 3",
        "1 2 3",
        "1 | 2 | 3 Next »",
        "Next",
        "« Previous 1 2",
        "2/3",
        "上一页 1 2 下一页",
        "第2页/共3页",
        "Seite 2",
    ],
)
def test_lines_of_page_numbers(line: str) -> None:
    assert is_page_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "…",
        "7",
        "1984 1985",
        "3 : 2",
        "3/2",
        "First",
        "Next week",
        "Page Turner",
        "12 of them",
        "2 4 6",
        "next " * 30,
    ],
)
def test_other_lines(line: str) -> None:
    assert not is_page_line(line)


def test_lines_of_page_numbers_go_wherever_they_stand() -> None:
    root = html.fragment_fromstring("<div><p>Page 2 of 3</p><p>New.</p><ul><li>1</li><li>2</li></ul></div>")
    drop_page_lines(root)
    assert allow(root) == "<p>New.</p>"
