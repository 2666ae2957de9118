"""Which tables are data, and what becomes of the others."""

from __future__ import annotations

import pytest

from crawler.extractor.clean import clean_html


def row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def table(*rows: str) -> str:
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


LONG = "long " * 150
DATA = {
    "two columns": table(row("a", "b"), row("c", "d")),
    "two columns in one row": table(row("a", "b")),
    "one column with a head": "<table><tbody><tr><th>a</th></tr><tr><td>b</td></tr></tbody></table>",
    "one column with a caption": f"<table><caption>a</caption><tbody>{row('b')}{row('c')}</tbody></table>",
    "a long cell under a head": f"<table><tbody><tr><th>a</th><th>b</th></tr>{row('c', LONG.strip())}</tbody></table>",
    "a list in a cell": table(row("a", "<ul><li>b</li></ul>")),
}
LAYOUT = {
    "one cell": (table(row("<p>a</p>")), "<p>a</p>"),
    "one cell of a head": ("<table><tr><th>a</th></tr></table>", "<p>a</p>"),
    "one column": (table(row("a"), row("b<br>c")), "<p>a</p><p>b<br>c</p>"),
    "a long cell": (table(row("a", LONG)), f"<p>a</p><p>{LONG.strip()}</p>"),
    "a heading": (table(row("a", "<h2>b</h2>c")), "<p>a</p><h2>b</h2><p>c</p>"),
    "an empty caption": (
        f"<table><caption></caption><colgroup><col></colgroup>{row('a')}{row('b')}</table>",
        "<p>a</p><p>b</p>",
    ),
    "a table of data": (table(row("a", table(row("b", "c")))), "<p>a</p>" + table(row("b", "c"))),
    "a table of data under a head": (
        f"<table><tbody><tr><th>a</th></tr>{row(table(row('b', 'c')))}</tbody></table>",
        "<p>a</p>" + table(row("b", "c")),
    ),
    "nothing but cells": ("<table><tbody></tbody></table>", ""),
}


@pytest.mark.parametrize("body", DATA.values(), ids=DATA)
def test_a_table_of_data_stays(body: str) -> None:
    assert clean_html(body, "https://e.org/") == body


@pytest.mark.parametrize(("body", "want"), LAYOUT.values(), ids=LAYOUT)
def test_a_table_that_lays_out_the_page_becomes_blocks(body: str, want: str) -> None:
    assert clean_html(body, "https://e.org/") == want


def test_a_table_in_a_cell_that_lays_it_out_does_not_end_the_outer_one() -> None:
    body = table(row("a", table(row("b"), row("c"))))
    assert clean_html(body, "https://e.org/") == table(row("a", "<p>b</p><p>c</p>"))
