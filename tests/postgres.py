"""A PostgreSQL server of the tests' own, on loopback: made in a folder, started, stopped, killed, started again.

`python -m tests.postgres FOLDER COMMAND…` starts one, gives the command its address in `CRAWLER_TEST_POSTGRES`, and
stops it when the command ends. Without that address the tests that need a server are skipped; CI always gives it.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Environment variable with the address of a server whose databases tests may make and drop.
ADDRESS = "CRAWLER_TEST_POSTGRES"
#: Seconds that a server may take to start or stop on a busy machine.
PATIENCE_S = 60
#: Who runs the server where we are root, which it refuses to be run by.
SERVANT = "postgres"


class NoPostgres(Exception):
    """There is no server program on this machine."""


@dataclass(slots=True)
class Server:
    """One server; its data outlive it until their folder is removed."""

    folder: Path
    port: int
    durable: bool = False  #: whether it syncs: what is to survive a kill of the machine; not needed for one of ours

    @property
    def address(self) -> str:
        """Return the address of its first database."""
        return f"postgresql://crawler@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Make the data's folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, SERVANT)
        self._run("initdb", "-D", "data", "-U", "crawler", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "-N")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "on" if self.durable else "off",
            "max_connections": "100",
        }
        said = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._run("pg_ctl", "-D", "data", "-l", "log", "-w", "-t", str(PATIENCE_S), "-o", said, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; mode "immediate" is as if it had crashed."""
        self._run("pg_ctl", "-D", "data", "-w", "-t", str(PATIENCE_S), "-m", mode, "stop")

    @property
    def is_running(self) -> bool:
        """Tell whether it was started and not stopped since."""
        return (self.folder / "data" / "postmaster.pid").exists()

    def _run(self, program: str, *args: str) -> None:
        command = [str(programs() / program), *args]
        if os.geteuid() == 0:
            command = [
                "setpriv",
                f"--reuid={SERVANT}",
                f"--regid={pwd.getpwnam(SERVANT).pw_gid}",
                "--clear-groups",
                *command,
            ]
        with open(self.folder / "said", "ab") as said:
            done = subprocess.run(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False
            )
        if done.returncode:
            raise RuntimeError(f"{program}: {(self.folder / 'said').read_text(errors='replace')[-2000:]}")


def programs() -> Path:
    """Return the folder of the server's programs; of several versions the newest."""
    places = [Path(p) for p in os.environ.get("PATH", "").split(os.pathsep)]
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
    for place in (*debian, *places):
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise NoPostgres("no PostgreSQL server on this machine: apt-get install postgresql")


def free_port() -> int:
    """Return a port of loopback that nobody listens at."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def own(*, durable: bool = True) -> Iterator[Server]:
    """Run a server in a folder of its own, which is gone afterwards; not in one of pytest's, which are root's alone."""
    folder = Path(tempfile.mkdtemp(prefix="crawler-postgres-"))
    server = Server(folder, free_port(), durable)
    try:
        server.make()
        server.start()
        yield server
    finally:
        if server.is_running:
            server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def fresh() -> str:
    """Return the address of a new schema of the server that the tests were given."""
    import psycopg  # which whoever only starts a server need not have

    address, name = os.environ[ADDRESS], f"t{secrets.token_hex(8)}"
    with psycopg.connect(address, autocommit=True) as conn:
        conn.execute(f"CREATE SCHEMA {name}")
    return f"{address}?options=-csearch_path%3D{name}"


def main(folder: str, *command: str) -> int:
    """Run a command beside a server."""
    server = Server(Path(folder).absolute(), free_port())
    server.make()
    server.start()
    try:
        child = subprocess.Popen(command, env=os.environ | {ADDRESS: server.address})
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        return child.wait()
    finally:
        server.stop("immediate")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
