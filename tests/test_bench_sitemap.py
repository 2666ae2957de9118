"""bench/sitemap.py: a small backfill through a real server, every address once; bars that are missed are told."""

import re
import subprocess
import sys
from pathlib import Path

from bench.sitemap import Bars

ROOT = Path(__file__).parents[1]


def test_reads_every_address_and_files_the_first_meanwhile() -> None:
    command = [sys.executable, "-m", "bench.sitemap", "--addresses", "5000", "--maps", "2", "--delay", "0.01"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    said = re.match(r"5,000 of 5,000 addresses, 2 sitemaps, [\d.]+ s, (\d+) posts meanwhile", done.stdout)
    assert said is not None, done.stdout + done.stderr
    assert int(said[1]) >= 1


def test_a_bar_that_is_missed_is_told() -> None:
    bars = Bars()
    assert "MISSED" not in bars.line("memory", 250, "MB", 300)
    assert bars.is_well
    assert "at least 10,000, MISSED" in bars.line("addresses", 9_999, "/s", 10_000, at_least=True)
    assert not bars.is_well
