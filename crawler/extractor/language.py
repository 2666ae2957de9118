"""In which language a page is: what it says, or what its script says.

Rule: a tag is believed, unless it is the English that templates state and the text is in a script that English never
is; for want of any, the script names the language where it belongs to one. Latin letters tell nothing. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from ..markup import text_of

TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
#: Characters of the page's paragraphs that are looked at, and the fewest letters that prove anything.
SAMPLE = 1000
MIN_LETTERS = 20
#: Share of the letters from which on a script is the text's own and no quotation.
MIN_SHARE = 0.5
#: A tag that stands on pages of any language, because it stood in the template.
DEFAULT = "en"

#: Where the Latin letters end.
LAST_LATIN = "\u024f"
#: Scripts that tell the language, and signs among them that tell it apart. Japanese comes before Chinese: its texts
#: are half of Chinese characters; Ukrainian and Belarusian before Russian.
SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]"), re.compile(r"[\u3040-\u309f]")),
    ("zh", re.compile(r"[\u3400-\u9fff]"), None),
    ("ko", re.compile(r"[\uac00-\ud7a3]"), None),
    ("uk", re.compile(r"[\u0400-\u04ff]"), re.compile(r"[їєґ]")),
    ("be", re.compile(r"[\u0400-\u04ff]"), re.compile(r"ў")),
    ("ru", re.compile(r"[\u0400-\u04ff]"), re.compile(r"[ыэ]")),
    ("fa", re.compile(r"[\u0600-\u06ff]"), re.compile(r"[پچژگ]")),
    ("ar", re.compile(r"[\u0600-\u06ff]"), None),
    ("el", re.compile(r"[\u0370-\u03ff]"), None),
    ("he", re.compile(r"[\u0590-\u05ff]"), None),
    ("th", re.compile(r"[\u0e00-\u0e7f]"), None),
    ("ka", re.compile(r"[\u10a0-\u10ff]"), None),
    ("hy", re.compile(r"[\u0530-\u058f]"), None),
)


def language_of(root: HtmlElement, said: Sequence[str]) -> str:
    """Return a page's language as a tag ("zh-Hant-TW"), or "".

    Args:
        root: the page.
        said: what it says elsewhere than in `html lang`, the most trusted first; anything but tags is passed over.
    """
    html = next(root.iter("html"), root)
    tags = [html.get("lang") or html.get("xml:lang") or "", *said]
    stated = next((tag.strip().replace("_", "-") for tag in tags if TAG.fullmatch(tag.strip())), "")
    is_default = stated.lower().partition("-")[0] == DEFAULT
    return script_language(_sample(root)) or stated if is_default or not stated else stated


def _sample(root: HtmlElement) -> str:
    """Return the beginning of the page's title and paragraphs."""
    found, size = [root.findtext(".//title") or ""], 0
    for paragraph in root.iter("p"):
        said = text_of(paragraph)[:SAMPLE]
        found.append(said)
        size += len(said)
        if size > SAMPLE:
            break
    return " ".join(found)[:SAMPLE]


def script_language(text: str) -> str:
    """Return the language that a text's script belongs to, or "" where it belongs to many, as the Latin one does."""
    if text.isascii():  # nearly every page of the languages that tell nothing
        return ""
    said = [sign for sign in text if sign.isalpha()]
    letters = max(len(said), MIN_LETTERS)
    if sum(1 for sign in said if sign <= LAST_LATIN) > letters * MIN_SHARE:
        return ""
    for language, script, sign in SCRIPTS:
        if len(script.findall(text)) >= letters * MIN_SHARE and (sign is None or sign.search(text)):
            return language
    return ""
