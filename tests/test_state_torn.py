"""States that a machine left in the middle of a write, or that lost bits: sound, or known to be damaged; never believed."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from crawler.errors import StateDamaged
from crawler.state import State
from crawler.state.opening import open_state, set_aside
from tests.conftest import Desk
from tests.fakes import everything
from tests.states import ALL, KEY, NOW, filled, numbered

#: Articles entered one after another, each in a transaction of its own.
ENTERED = 20


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state and its log as a process leaves them that dies after its last commit."""
    folder = tmp_path_factory.mktemp("live")
    state = open_state(f"sqlite:///{folder}/state.db")
    state.sync_sources(ALL, NOW)
    for n in range(ENTERED):
        state.enter(KEY, [numbered(n)], NOW)
    left = tmp_path_factory.mktemp("left")
    for name in ("state.db", "state.db-wal"):
        shutil.copy(folder / name, left)
    state.close()
    return left


def known(state: State) -> int:
    return len(state.known([numbered(n).key for n in range(ENTERED)]))


def test_a_log_that_ends_anywhere_is_played_up_to_its_last_whole_commit(cut_off: Path, tmp_path: Path) -> None:
    """The power may go between any two blocks of it: what was committed before is there, in order, and nothing else."""
    size = (cut_off / "state.db-wal").stat().st_size
    counts: list[int] = []
    for number, end in enumerate([*range(0, size, size // 60), size]):
        here = tmp_path / str(number)
        shutil.copytree(cut_off, here)
        with open(here / "state.db-wal", "r+b") as log:
            log.truncate(end)
        try:
            state = open_state(f"sqlite:///{here}/state.db")
        except StateDamaged:
            counts.append(0)  # before its first commit there was nothing; it is made anew from the archive
            continue
        state.sync_sources(ALL, NOW)
        counts.append(known(state))
        assert state.frontier() == (counts[-1], 0), "entries without gaps"
        state.close()
        with closing(sqlite3.connect(here / "state.db")) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert counts == sorted(counts)
    assert counts[-1] == ENTERED
    assert len(set(counts)) > ENTERED // 2


@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_bit_ends_in_no_traceback(seed: int, tmp_path: Path) -> None:
    """SQLite has no checksums: a bit in a text is not noticed, one in the structure is; neither may stop the crawler."""
    path = tmp_path / "state.db"
    url = f"sqlite:///{path}"
    filled(url, 50)
    data, rng = bytearray(path.read_bytes()), random.Random(seed)
    for _ in range(rng.choice((1, 1, 8, 64))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    try:
        state = open_state(url)
        state.sync_sources(ALL, NOW)
        jobs = state.due_articles(NOW, 99, per_host=99)
        state.source_rows(NOW)
        state.failures(99)
    except StateDamaged:
        set_aside(url, NOW)
        open_state(url).close()
    else:
        assert len(jobs) <= 50
        state.close()


@pytest.mark.parametrize(
    ("rot", "codes"),
    [
        ("UPDATE source SET etag = CAST(X'FF' AS TEXT)", (6, 0)),  # found in the middle of the run
        ('UPDATE run SET tally = \'{"polled": 1, "fAiled": 0}\'', (0,)),
        ("UPDATE meta SET value = CAST(X'FF' AS TEXT) WHERE key = 'whole'", (0,)),  # found at its beginning
        ("ALTER TABLE source RENAME COLUMN active TO acti_e", (0,)),
    ],
)
def test_rot_is_noticed_set_aside_and_the_state_made_anew(rot: str, codes: tuple[int, ...], desk: Desk) -> None:
    desk.run("run")
    before = everything(desk.archive / "_posts")
    with closing(sqlite3.connect(desk.archive / ".crawler/state.db")) as db, db:
        db.execute(rot)
    desk.later(hours=1)
    said = [desk.run("run") for _ in codes]
    assert [one.code for one in said] == list(codes), said
    if codes[0]:
        assert "Could not decode" in said[0].err
        assert "; the next run makes it anew from the archive" in said[0].err
    assert desk.targets in (["/feed"], [])
    assert everything(desk.archive / "_posts") == before
    assert desk.run("verify").code == 0


def test_a_schema_that_is_no_text_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    filled(f"sqlite:///{path}")
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE shard", b"CREATE TABLE sh\xffrd"))
    with pytest.raises(StateDamaged):
        open_state(f"sqlite:///{path}")
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE sh\xffrd", b"CREATE\xff\xff\xff\xff\xffE shard"))
    with pytest.raises(StateDamaged, match="its schema is no text"):
        open_state(f"sqlite:///{path}")
