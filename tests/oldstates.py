"""States as earlier versions left them: `schemas/NNNN.sql`, one for each version of the schema.

Those up to 0003 were written by the programs of their time, filled through their own doors. A new migration wants a
file of its own: `python -m tests.oldstates` makes what is missing, from the one before it, by the steps there are now.
Files that are there are never written anew: that is what they are for.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import update

from crawler.state import sqlite
from crawler.state.migrations import LATEST, STEPS, VERSION
from crawler.state.schema import meta

FOLDER = Path(__file__).with_name("schemas")


def stored(version: int) -> Path:
    return FOLDER / f"{version:04}.sql"


def versions() -> list[int]:
    return sorted(int(path.stem) for path in FOLDER.glob("*.sql"))


def restore(version: int, path: Path) -> str:
    """Make a database of a stored state; returns its address."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(stored(version).read_text("utf-8"))
    return f"sqlite:///{path}"


def make(version: int) -> None:
    """Store the state of the version before, one step further."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.db"
        restore(version - 1, path)
        engine = sqlite.connect(path)
        with engine.begin() as conn:
            STEPS[version - 1](conn)
            conn.execute(update(meta).where(meta.c.key == VERSION).values(value=str(version)))
        engine.dispose()
        with closing(sqlite3.connect(path)) as db:
            stored(version).write_text("".join(f"{line}\n" for line in db.iterdump()), "utf-8")


if __name__ == "__main__":
    for missing in range(versions()[-1] + 1, LATEST + 1):
        make(missing)
