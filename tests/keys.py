"""The tables of keys in docs/configuration.md, made from `crawler/config/keys.py`.

    python -m tests.keys

writes them anew between their marks, `<!-- keys: NAME -->` and `<!-- end -->`; all else in the file stays.
`tests/test_docs.py` fails where the file is not what this would write.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from crawler.config.keys import LABELS, SECTIONS, SHARED, SOURCE, TOP, Key

REFERENCE = Path(__file__).parents[1] / "docs/configuration.md"
#: Name in a mark → rows of its table.
TABLES: dict[str, Sequence[Key]] = {
    "top": TOP,
    **SECTIONS,
    "sources": [key for key in SOURCE if key not in SHARED],
    "labels": LABELS,
}
MARKED = re.compile(r"(^<!-- keys: (\w+) -->\n).*?(^<!-- end -->$)", re.M | re.S)


def default(key: Key) -> str:
    """Return how the table writes what a key is when it is absent."""
    if key.default is None:
        return "must be given"
    if isinstance(key.default, tuple):
        return f"`[{', '.join(key.default)}]`"
    return f"`{key.default}`" if key.default else "empty"


def table(keys: Sequence[Key]) -> str:
    """Return some keys as a table of Markdown."""
    rows = (f"| `{key.name}` | {default(key)} | {key.doc} |\n" for key in keys)
    return "".join(["| key | default | meaning |\n|---|---|---|\n", *rows])


def filled(text: str) -> str:
    """Return a text with the tables between its marks as they should be."""
    return MARKED.sub(lambda found: f"{found[1]}\n{table(TABLES[found[2]])}\n{found[3]}", text)


if __name__ == "__main__":
    REFERENCE.write_text(filled(REFERENCE.read_text()))
