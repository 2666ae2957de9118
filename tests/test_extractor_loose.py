"""Loose text and its paragraphs."""

from __future__ import annotations

import pytest
from lxml import html

from crawler.extractor.loose import wrap_loose


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<div>a</div>", "<div><p>a</p></div>"),
        ("a <b>b</b> c", "<div><p>a <b>b</b> c</p></div>"),
        (
            "<div>a <i>b</i><p>c</p>d <b>e</b> f<p>g</p></div>",
            "<div><div><p>a <i>b</i></p><p>c</p><p>d <b>e</b> f</p><p>g</p></div></div>",
        ),
        ("<section><a>x</a><p>c</p></section>", "<div><section><p><a>x</a></p><p>c</p></section></div>"),
        ("<div><b><ul>a</ul></b>c</div>", "<div><div><b><ul>a</ul></b><p>c</p></div></div>"),
    ],
)
def test_every_text_gets_its_paragraph(before: str, after: str) -> None:
    root = html.fragment_fromstring(before, create_parent="div")
    wrap_loose(root)
    assert html.tostring(root, encoding="unicode") == after
