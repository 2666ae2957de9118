"""The lines by which readers turn an article's pages: "Page 2 of 3", "1 2 3 Next".

Rule: a line goes only if every word of it is of that kind. Pure.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from ..markup import squeeze
from .tree import drop, visible_text, words

#: Characters; what is longer is no line of page numbers.
MAX_LINE = 120
#: Words of such lines: "Page 2 of 3", "1 2 3 Next »", "上一页 1 2 下一页", "第2页/共3页".
TURNING = words(
    "next prev previous weiter zurück suivant suivante précédent précédente 上一页 下一页 上一頁 下一頁 上页 下页"
)
PAGE_WORDS = TURNING | words("page pages of von sur seite seiten first last 第 共 页 頁 首页 末页 尾页 首頁 末頁 尾頁")
WORD = re.compile(r"\d+|[^\W\d]+")
FRACTION = re.compile(r"(\d{1,2})\s?[/／]\s?(\d{1,2})")


def drop_page_lines(root: HtmlElement) -> None:
    """Drop the blocks of a body, in place, that only count its pages."""
    for block in list(root):
        if is_page_line(squeeze(visible_text(block))):
            drop(block)


def is_page_line(text: str) -> bool:
    """Tell whether a line says only which page it stands on and which others there are."""
    said = WORD.findall(text.lower()) if len(text) <= MAX_LINE else []
    numbers = [int(word) for word in said if word.isdecimal()]
    named = PAGE_WORDS & {*said}
    if not said or any(not word.isdecimal() and word not in PAGE_WORDS for word in said):
        return False
    fraction = FRACTION.fullmatch(text)
    is_count = len(numbers) > 1 and numbers == list(range(1, len(numbers) + 1))
    is_share = fraction is not None and int(fraction[1]) <= int(fraction[2])
    return is_count or is_share or bool(named & TURNING) or bool(named and numbers)
