"""Disks that are full, read-only or broken, limits that are reached: said with an exit code, and nothing is lost."""

from __future__ import annotations

import errno
import itertools
import os
import resource
from collections.abc import Iterator

import pytest

from tests.crashsite import STRIDE, Site, crash_site

FAULTS = (errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with crash_site(tmp_path_factory.mktemp("disk")) as site:
        yield site


def of_run(said: str) -> str:
    """Return what was said without what befell the search index, which is no error of a run."""
    return "".join(line for line in said.splitlines(keepends=True) if not line.startswith("warning: search index: "))


def recovers(site: Site, where: str) -> None:
    """Look at what a failed run left, run again, and look once more."""
    assert site.visible().items() <= site.whole.items(), f"a part of a post is seen, {where}"
    code, _, said = site.run()
    assert code == 0, f"{where}: {said}"
    site.check_whole(where)


@pytest.mark.parametrize("fault", FAULTS, ids=errno.errorcode.__getitem__)
def test_a_disk_that_fails_from_any_change_on_is_said(fault: int, site: Site) -> None:
    def failed(number: int) -> bool:
        site.begin()
        code, changes, said = site.run(before=number, fault=fault)
        if code == 0:
            return False
        where = f"failed from change {number} on, {changes[number - 1]}: {said}"
        assert code == 6, where
        assert os.strerror(fault) in said, where
        assert "Traceback" not in said, where
        recovers(site, where)
        return True

    numbers = list(itertools.takewhile(failed, itertools.count(FAULTS.index(fault) + 1, len(FAULTS) * STRIDE)))
    assert len(numbers) >= 3


@pytest.mark.parametrize("size", [400, 700, 4096, 20_000, 40_000, 65_536, 80_000])
def test_a_limit_on_the_size_of_files_is_said(size: int, site: Site) -> None:
    site.begin()
    code, _, said = site.run(limits=((resource.RLIMIT_FSIZE, size),))
    said = of_run(said)
    assert code in (0, 6), said
    assert (code == 6) == any(w in said for w in ("File too large", "disk is full", "disk I/O error")), said
    assert "Traceback" not in said
    recovers(site, said)


@pytest.mark.parametrize("files", range(6, 17, 2))
def test_a_limit_on_open_files_is_said(files: int, site: Site) -> None:
    site.begin()
    code, _, said = site.run(limits=((resource.RLIMIT_NOFILE, files),))
    said = of_run(said)
    assert code in (0, 6), said
    assert (code == 6) == ("Too many open files" in said), said  # asyncio may complain of a loop it half made, too
    recovers(site, said)


@pytest.mark.parametrize("files", [14, 18, 22])
def test_parsers_that_cannot_be_started_put_their_documents_off(files: int, site: Site) -> None:
    site.begin()
    code, _, said = site.run(limits=((resource.RLIMIT_NOFILE, files),), processes=True)
    assert code in (0, 3), said
    assert (code == 3) == ("parser's processes cannot be started" in said), said
    assert site.visible() == (site.whole if code == 0 else {})
    code, _, said = site.run("--force")
    assert code == 0, said
    site.check_whole(said)
