"""Serve the local web of `bench.throughput` in a process of its own, and speak with the one who measures by pipes.

    python -m bench.throughput_web FEEDS ITEMS HOSTS LATENCY_MS

Listens at 127.0.0.1 and a port that the system picks, for every host there is. A line of JSON that comes in is a wish,
see `throughput_site`; a line of JSON goes out for each, and one at first with the port. Ends when its input does.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from bench.throughput_site import Answer, Plan, Web, feed_path, of_json

#: Bytes of a request's head; nobody who is measured sends so many.
MOST_HEAD = 65_536


class Talk(asyncio.Protocol):
    """One connection."""

    def __init__(self, web: Web, latency_s: float) -> None:
        self._web = web
        self._latency_s = latency_s
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what TCP gives
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole, a while later."""
        self._unread += data
        while b"\r\n\r\n" in self._unread:
            head, _, self._unread = self._unread.partition(b"\r\n\r\n")
            self._request(head.decode("latin-1").split("\r\n"))
        if len(self._unread) > MOST_HEAD:
            self._transport.close()

    def _request(self, lines: list[str]) -> None:
        method, target, _ = [*lines[0].split(" "), "", ""][:3]
        fields = (line.partition(":") for line in lines[1:])
        headers = {name.lower(): value.strip() for name, _, value in fields}
        host = headers.get("host", "")
        self._web.begin(host)
        answer = self._web.answer(target, headers)
        closes = headers.get("connection", "").lower() == "close"
        asyncio.get_running_loop().call_later(self._latency_s, self._send, host, method, answer, closes)

    def _send(self, host: str, method: str, answer: Answer, closes: bool) -> None:
        self._web.end(host)
        if self._transport.is_closing():
            return
        packed = answer.packed(closes=closes)
        self._transport.write(packed[: len(packed) - len(answer.body)] if method == "HEAD" else packed)
        if closes:
            self._transport.close()


async def serve(plan: Plan, latency_s: float) -> None:
    """Serve until the input ends."""
    loop = asyncio.get_running_loop()
    web = Web(plan)
    server = await loop.create_server(lambda: Talk(web, latency_s), "127.0.0.1", 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    wishes = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(wishes), sys.stdin)
    print(json.dumps({"port": port}), flush=True)
    spent = time.process_time()
    while wish := await wishes.readline():
        counts = of_json(json.loads(wish), web)
        since, spent = time.process_time() - spent, time.process_time()
        print(json.dumps(counts | {"cpu_s": round(since, 3)}), flush=True)


class LocalWeb:
    """The served web as the one who measures has it.

    Args:
        plan: what is there at first.
        latency_ms: before each answer.
    """

    def __init__(self, plan: Plan, latency_ms: float = 50.0) -> None:
        self.plan = plan
        self.latency_ms = latency_ms

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "bench.throughput_web", *map(str, (self.plan.feeds, self.plan.items))]
        command += [str(self.plan.hosts), str(self.latency_ms)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port: int = self._said()["port"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def ask(self, **wish: Any) -> dict[str, Any]:
        """Send a wish; return what was counted until then."""
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        print(json.dumps(wish), file=self._process.stdin, flush=True)
        return self._said()

    def _said(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        line = self._process.stdout.readline()
        if not line:
            raise OSError("the local web did not start; what it said stands above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def feeds(self) -> tuple[str, ...]:
        """Return the addresses of all feeds."""
        hosts = names(self.plan.hosts)
        return tuple(f"http://{hosts[n % len(hosts)]}:{self.port}{feed_path(n)}" for n in range(self.plan.feeds))


def names(hosts: int) -> tuple[str, ...]:
    """Return the names of so many hosts."""
    return tuple(f"news{n:03}.example" for n in range(hosts))


def main(arguments: Sequence[str]) -> int:
    """Serve; see the module's docstring."""
    feeds, items, hosts = map(int, arguments[:3])
    asyncio.run(serve(Plan(feeds, items, hosts), float(arguments[3]) / 1000))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
