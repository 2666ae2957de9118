"""A run that brings pictures home, killed before each change it makes to a file, and the plain run after it.

Whatever the kill hit, the second run ends with every post showing every picture from the archive, byte for byte as in
a run that nobody killed; each picture was asked for once more at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.crashing import Crashing
from tests.crashsite import SHARES, Site
from tests.fakes import rss, says, served, stories
from tests.pictures import PNG, shows
from tests.webserver import Handler

NUMBERS = range(1, 5)
WANT: dict[str, Any] = {"defaults": {"images": "download"}}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Four articles, each with a picture of its own and one that two of them share."""
    routes: dict[str, Handler] = {f"/{n}.png": says(PNG + bytes([n])) for n in range(9)}
    with served(routes) as server, Crashing() as crashing:
        base = f"http://127.0.0.1:{server.port}"
        for n in NUMBERS:
            page = shows(f"{base}/{n}.png", f"{base}/{n // 2 + 5}.png", n=n)
            routes[f"/{n}"] = says(page, Content_Type="text/html")
        routes["/feed"] = says(rss(*stories(base, *NUMBERS)), ETag='"1"')
        site = Site(server, routes, crashing, tmp_path_factory.mktemp("crash") / "machine")
        site.begin(**WANT)
        code, _, said = site.run(rehearsal=True)
        assert code == 0, said
        site.whole = site.posts()
        assert len(site.whole) == len(NUMBERS) + 7
        assert sum(data.count(b"](../assets/") for data in site.whole.values()) == 2 * len(NUMBERS)
        yield site


@pytest.mark.parametrize("share", SHARES)
def test_a_kill_before_any_change_loses_no_picture(share: int, site: Site) -> None:
    site.begin(**WANT)
    for where in site.kills(share):
        assert site.run()[0] == 0, where
        assert site.posts() == site.whole, where
        assert site.leftovers() == [], where
        assert site.faults() == [], where
        assert max(asked(site).values()) <= 2, where
        assert sum(asked(site).values()) <= 7 + 1, f"only the one in work again, {where}"
    assert site.changes > 9 * len(NUMBERS)


def asked(site: Site) -> Mapping[str, int]:
    return Counter(seen.target for seen in site.server.requests if Path(seen.target).suffix == ".png")
