"""A headless Chromium, driven by the DevTools protocol: pictures of pages, and clicks through them.

The browser is Debian's package `chromium`; nothing is downloaded. It sees the loopback interface alone.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
#: Seconds for the browser to start, and for a page to load.
PATIENCE_S = 30.0


class Page:
    """One tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.errors: list[str] = []  #: what the browser complained of

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Do one command of the protocol, and return what it answers."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        while True:
            said = await self._next()
            if said.get("id") == self._number:
                assert "error" not in said, said
                result = said["result"]
                assert isinstance(result, dict)
                return result

    async def _next(self) -> dict[str, Any]:
        said: dict[str, Any] = await asyncio.wait_for(self._socket.receive_json(), PATIENCE_S)
        if said.get("method") == "Log.entryAdded":
            self.errors.append(said["params"]["entry"]["text"])
        return said

    async def _until(self, event: str) -> None:
        while (await self._next()).get("method") != event:
            pass

    async def go(self, url: str) -> None:
        """Load a page and wait until it is there."""
        await self.send("Page.navigate", url=url)
        await self._until("Page.loadEventFired")

    async def click(self, selector: str) -> None:
        """Click on what a selector finds, as a person would, and wait for the page that follows."""
        # The script of DevTools is none of the page: its policy of content does not concern it.
        await self.run(f"document.querySelector({selector!r}).click()")
        await self._until("Page.loadEventFired")

    async def run(self, script: str) -> Any:
        """Run a script beside the page's own; returns its value."""
        found = await self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    async def look(self, width: int, *, dark: bool) -> None:
        """Set the width of the window and whether the reader likes it dark."""
        is_phone = width < 600
        scale = 2 if is_phone else 1
        await self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=scale, mobile=is_phone
        )
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.send("Emulation.setEmulatedMedia", features=[feature])

    async def picture(self, place: Path, *, most: int = 2400) -> None:
        """Take a picture of the whole page, down to some height."""
        size = (await self.send("Page.getLayoutMetrics"))["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], most), "scale": 1}
        taken = await self.send("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        place.write_bytes(base64.b64decode(taken["data"]))


@asynccontextmanager
async def browser() -> AsyncIterator[Page]:
    """Start a browser of its own with one tab, and end it."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        words += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--remote-debugging-port=0"]
        words += [f"--user-data-dir={profile}", "about:blank"]
        silent = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(PROGRAM, *words, stdout=silent, stderr=silent)
        try:
            async with _tab(Path(profile)) as page:
                yield page
        finally:
            process.kill()
            await process.wait()


@asynccontextmanager
async def _tab(profile: Path) -> AsyncIterator[Page]:
    port = await asyncio.wait_for(_port(profile / "DevToolsActivePort"), PATIENCE_S)
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
            tabs = await answer.json()
        address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
        async with session.ws_connect(address, max_msg_size=0) as socket:
            page = Page(socket)
            for domain in ("Page", "Runtime", "Log"):
                await page.send(f"{domain}.enable")
            yield page


async def _port(place: Path) -> int:
    """Wait for the file in which the browser says where it listens."""
    while True:
        lines = place.read_text().splitlines() if place.exists() else []
        if lines:
            return int(lines[0])
        await asyncio.sleep(0.05)
