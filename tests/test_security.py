"""SECURITY.md names tests that exist, and claims nothing without one."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROWS = re.findall(r"^\| (?!---|threat)(.+?) \| (.+?) \| (.+?) \|$", (ROOT / "SECURITY.md").read_text(), re.M)


def test_every_defence_names_tests_that_exist() -> None:
    assert len(ROWS) > 15
    for threat, _, tests in ROWS:
        names = re.findall(r"`(test_\w+\.py)`", tests)
        assert names, threat
        for name in names:
            assert (ROOT / "tests" / name).is_file(), f"{threat}: {name}"
