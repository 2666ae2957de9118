"""A desk with a terminal: the command line in this process, a web server beside it, a clock set by hand."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, Self

import pytest
from hypothesis import settings

from crawler.cli import outcome, shop
from crawler.cli.common import SystemClock
from crawler.state import State
from tests import compiled
from tests import scripted as scripts
from tests.clock import FakeClock
from tests.fakes import InProcess, article, rss, says, served, stories
from tests.states import ALL, FACTORIES, NOW
from tests.webserver import Handler, WebServer

#: How long an example takes tells of the machine and of what else it does; what code may cost is tested by name.
#: The same examples each time: what a test covers, and whether it passes, is no matter of luck. `bench.fuzz` tries others.
settings.register_profile("crawler", deadline=None, derandomize=True, database=None)
settings.load_profile("crawler")
compiled.share()


class Said(NamedTuple):
    """What a command said."""

    code: int
    out: str
    err: str


@dataclass
class Desk:
    """Runs commands on the configuration in its folder."""

    folder: Path
    routes: dict[str, Handler]
    server: WebServer
    clock: FakeClock
    parsers: InProcess
    capsys: pytest.CaptureFixture[str]
    words: list[str] = field(default_factory=list)  # before those of each command

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def posts(self) -> list[str]:
        return sorted(place.name for place in self.archive.rglob("*.md"))

    @property
    def targets(self) -> list[str]:
        return self.server.targets

    def configure(self, *sources: dict[str, Any], **top: Any) -> Self:
        """Write config.yaml; by default with the server's feed as the one source."""
        fetch = {"allow_private_networks": True, "per_host_delay": "0s", "timeout": "5s"}
        listed = sources or ({"name": "Harbour", "url": f"{self.base}/feed"},)
        # JSON is YAML.
        self.config.write_text(
            json.dumps({"fetch": fetch, "serve": {"port": 0}, "sources": listed} | top, ensure_ascii=False)
        )
        return self

    def serve(self, *numbers: int) -> Self:
        """Put some stories and their feed on the server."""
        self.routes |= {f"/{n}": says(article(n), Content_Type="text/html") for n in numbers}
        self.routes["/feed"] = says(rss(*stories(self.base, *numbers)), ETag='"1"')
        return self

    def run(self, *words: str) -> Said:
        self.server.requests.clear()
        self.capsys.readouterr()
        code = outcome([*words, "--config", str(self.config)])
        return Said(code, *self.capsys.readouterr())

    def later(self, **time: float) -> Self:
        self.clock.advance(timedelta(**time))
        return self


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name packed bytes by their argument: they hold the time, and pytest-xdist wants one name in all processes."""
    return argname if isinstance(val, bytes) and b"\x1f\x8b" in val else None


@pytest.fixture(scope="session", autouse=True)
def _nobody_is_trusted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Trust no certificate, but where a test names one: to load all that the world trusts is a fifth of a small run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("certificates")))
        yield


@contextmanager
def own_log() -> Iterator[None]:
    """Leave the log as it was: commands set it up for themselves."""
    logger = logging.getLogger("crawler")
    before = logger.handlers[:], logger.level, logger.propagate
    yield
    logger.handlers[:], logger.propagate = before[0], before[2]
    logger.setLevel(before[1])


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    with own_log():
        yield


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk whose server has three stories; parsing is done in this process."""
    clock, parsers, routes = FakeClock(), InProcess(), dict[str, Handler]()
    for name in ("now", "monotonic", "sleep"):
        method = getattr(clock, name)
        monkeypatch.setattr(SystemClock, name, lambda _, *args, method=method: method(*args))
    monkeypatch.setattr(shop, "Workers", lambda: parsers)
    monkeypatch.delenv("CRAWLER_CONFIG", raising=False)
    with served(routes) as server:
        yield Desk(tmp_path, routes, server, clock, parsers, capsys).serve(1, 2, 3).configure()


@pytest.fixture(params=FACTORIES)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    """A state that knows its sources, of each kind there is."""
    opened = FACTORIES[request.param](tmp_path)
    opened.sync_sources(ALL, NOW)
    yield opened
    opened.close()


@pytest.fixture
def scripted() -> Iterator[None]:
    """Enumerators that read lists as `tests.scripted` describes them."""
    undo = scripts.install()
    yield
    undo()
