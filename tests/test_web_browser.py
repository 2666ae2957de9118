"""The pages in a real browser: clicked through, at the width of a phone and of a desk, light and dark."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.types import ASGIApp

from crawler.model import Serve
from crawler.search import Index, search, walk
from crawler.slices import Shop
from crawler.web.serving import address, listen, serving
from tests.browser import PROGRAM, Page, browser
from tests.clock import START
from tests.newsroom import Newsroom

pytestmark = pytest.mark.skipif(PROGRAM is None and not os.environ.get("CI"), reason="there is no Chromium here")


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    room = Newsroom(tmp_path / "room", Serve(admin=True)).run()
    path = room.path(1)
    text = (room.config.archive / path).read_text()
    room.world.revisions.put(f"{path[:-3]}/20211119T060000Z.md", text.replace("dawn", "noon").encode())
    index = Index(room.folder / "search.db", room.config.archive)
    walk(index, START)
    room.search = partial(search, index)
    return room


def browsed(room: Newsroom, job: Callable[[Page, str], Awaitable[Any]]) -> Any:
    """Do something in a browser that sees the web face at a real port."""

    async def at_work(app: ASGIApp, _: Shop) -> Any:
        listener = listen(Serve(port=0))
        async with serving(app, listener), browser() as page:
            return await job(page, address(listener).rstrip("/"))

    return room.open(at_work)


def test_from_the_sources_to_an_article_by_a_search_to_another_and_its_feed(room: Newsroom) -> None:
    async def job(page: Page, base: str) -> None:
        await page.go(f"{base}/")
        assert await page.run("document.title") == "Sources – crawler"
        await page.click(".source h2 a")
        assert await page.run("document.querySelector('h1').textContent") == "Harbour"
        await page.click(".posts li:last-child h3 a")
        assert "The ferry of harbour" in await page.run("document.querySelector('.body').textContent")
        await page.click("nav a[href='/search']")
        await page.run("document.querySelector('[name=q]').value = 'harbour 3'")
        await page.click(".filter button")
        assert "harbour" in await page.run("[...document.querySelectorAll('.snippet mark')].map(e => e.textContent)")
        await page.click(".found a")
        assert await page.run("document.querySelector('h1').textContent") == "Story <3> & more"
        await page.click(".kicker a")
        feed = await page.run("document.querySelector('link[rel=alternate]').href")
        assert feed == f"{base}/feed/Harbour.xml"
        await page.go(feed)
        assert (await page.run("document.body.textContent")).count("<entry>") == 2, "a browser shows it as text"
        assert page.errors == []

    browsed(room, job)


def test_a_button_pauses_and_resumes(room: Newsroom) -> None:
    """The marks of forms, the cookie and the Origin are those that a browser really sends."""

    async def job(page: Page, base: str) -> None:
        await page.go(f"{base}/")
        await page.click("button[value=pause]")
        assert await page.run("document.querySelector('[role=status]').textContent") == "Harbour is paused."
        assert room.row("Harbour").paused is not None
        await page.click("button[value=resume]")
        assert await page.run("document.querySelectorAll('.source .badge.paused').length") == 0
        assert page.errors == []

    browsed(room, job)
    assert room.row("Harbour").paused is None


def test_the_policy_of_content_holds(room: Newsroom) -> None:
    async def job(page: Page, base: str) -> None:
        await page.go(f"{base}/article/{quote(room.path(1))}")
        script = (
            "const s = document.createElement('script'); s.textContent = 'window.acted = 1'; document.body.append(s)"
        )
        await page.run(script)
        assert await page.run("window.acted") is None

    browsed(room, job)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_is_wider_than_the_window_and_each_can_be_read(room: Newsroom, width: int) -> None:
    """What a style sheet alone cannot tell: the size of text and of what is to be touched, the colours as they are."""
    article = quote(room.path(1))

    async def job(page: Page, base: str) -> None:
        for path in ("/", "/archive", "/search?q=harbour", f"/article/{article}", f"/changes/{article}", "/nothing"):
            for dark in (False, True):
                await page.look(width, dark=dark)
                await page.go(base + path)
                root = "document.documentElement"
                assert await page.run(f"{root}.scrollWidth <= {root}.clientWidth"), (path, width)
                ground = await page.run("getComputedStyle(document.body).backgroundColor")
                assert ground == ("rgb(23, 24, 26)" if dark else "rgb(251, 249, 244)")
                small = "[...document.querySelectorAll('main *')].filter(e => parseFloat(getComputedStyle(e).fontSize) < 13)"
                assert await page.run(f"{small}.length") == 0
                low = "[...document.querySelectorAll('button, input:not([type=hidden]), select')]"
                assert await page.run(f"{low}.filter(e => e.getBoundingClientRect().height < 24).length") == 0

    browsed(room, job)


def test_the_keyboard_reaches_the_content_first(room: Newsroom) -> None:
    async def job(page: Page, base: str) -> None:
        await page.go(f"{base}/")
        for kind in ("keyDown", "keyUp"):
            await page.send("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        assert await page.run("document.activeElement.textContent") == "Skip to the content"
        assert await page.run("document.activeElement.getBoundingClientRect().top >= 0")

    browsed(room, job)
