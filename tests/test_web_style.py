"""The style sheet can be read by people: contrast of every pair of colours, light and dark (WCAG 2.2, 1.4.3, 1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import crawler.web

FOLDER = Path(crawler.web.__file__).parent
SHEET = (FOLDER / "style.css").read_text()
ROOTS = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", root)) for root in re.findall(r":root \{(.*?)\}", SHEET, re.S)]
LIGHT, DARK = ROOTS[0], ROOTS[0] | ROOTS[1]
#: Text on a ground: 4.5; what must be seen and is no text: 3.
TEXTS = [
    *(
        (text, ground)
        for text in ("ink", "soft", "accent", "good", "bad", "warn", "calm")
        for ground in ("paper", "card")
    ),
    ("ink", "new"),
    ("ink", "gone"),
]
SHAPES = [("edge", "paper"), ("edge", "card"), ("bar", "paper"), ("accent", "paper"), ("good", "new")]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("over", "under", "least"), [(*pair, 4.5) for pair in TEXTS] + [(*pair, 3.0) for pair in SHAPES]
)
def test_contrast(colours: dict[str, str], over: str, under: str, least: float) -> None:
    assert contrast(colours[over], colours[under]) >= least


def test_colours_are_named_in_one_place() -> None:
    rest = re.sub(r":root \{.*?\}", "", SHEET, flags=re.S)
    assert not re.search(r"#[0-9a-f]{3,8}\b(?![^{]*\{)|rgb|hsl", re.sub(r"#failures", "", rest))
    assert set(re.findall(r"var\(--(\w+)\)", SHEET)) <= set(LIGHT) | {"serif", "sans", "mono"}


def test_nothing_comes_from_elsewhere() -> None:
    every = SHEET + "".join(place.read_text() for place in sorted((FOLDER / "templates").iterdir()))
    assert not re.search(r"@import|url\(|<script|\son\w+=|\sstyle=|src=[\"']https?:", every)
