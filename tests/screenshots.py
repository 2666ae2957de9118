"""The pictures of the documentation: what the demo archived, as the web face shows it in a headless Chromium.

    python -m tests.screenshots [FOLDER]

Writes `post.png` and `status.png` into docs/pictures, or into another folder. Everything happens on the loopback
interface. Who changes how the pages look makes the pictures anew, and looks at them.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path
from urllib.parse import quote

from crawler.archive import open_archive
from crawler.cli.common import SystemClock
from crawler.cli.demo import one_pass, served, write_config
from crawler.cli.parts import locked_store
from crawler.cli.run import work
from crawler.cli.web import web_face
from crawler.config import Config, load
from crawler.model import Serve, Tally
from crawler.slices import Shop
from crawler.web.serving import address, listen
from tests.browser import browser

PICTURES = Path(__file__).parents[1] / "docs/pictures"
#: Words of the post that is shown: it has a heading, code and a table.
POST = "tide-gauge"
#: Name of a picture → how much of the page it shows, in points: width and height.
SIZES = {"post": (760, 1050), "status": (960, 1075)}


async def look(config: Config, into: Path, shop: Shop) -> Tally:
    """Take the pictures; a job as `work` runs it."""
    archive = open_archive(config.place)
    (post,) = (path for path in archive.list() if POST in (archive.read(path) or b"").decode())
    listener = listen(Serve(port=0))
    base = address(listener).rstrip("/")
    async with web_face(shop, lambda: config, listener), browser() as page:
        await page.send("Emulation.setScrollbarsHidden", hidden=True)
        for name, path in (("status", "/"), ("post", f"/article/{quote(post)}")):
            width, height = SIZES[name]
            await page.look(width, dark=False)
            await page.go(base + path)
            await page.picture(into / f"{name}.png", most=height)
        assert page.errors == []
    listener.close()
    return Tally()


def make(into: Path) -> None:
    """Let the demo crawl, and make both pictures."""
    into.mkdir(parents=True, exist_ok=True)
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder, served() as web:
        config = load(write_config(Path(folder), web.config_text(Path(folder) / "archive")), {})
        one_pass(config, web, clock)
        with locked_store(config, clock) as store:
            work(config, store, clock, partial(look, config, into), kind="demo", shown=False, connect_to=web.connect_to)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if sys.argv[1:] else PICTURES)
