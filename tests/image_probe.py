"""Start the image that `tests/image.py` built, as engines would, and look at what it does.

    unshare --net python -m tests.image_probe FOLDER

Each container has mounts and processes of its own and a root file system that cannot be written; the network is the
caller's, in which there is the demo's site and nothing else.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from crawler import __version__
from crawler.cli.demo import served
from crawler.demo import Site
from tests.image import Image, load

#: From the start of a container to its first post, and from SIGTERM to its end.
FIRST_POST_S, END_S = 5.0, 10.0
#: How often the first is tried: what else the machine does is no fault of the image.
TRIES = 3
#: How long anything else may take on a machine that does other things, too.
PATIENCE_S = 60.0
SOMEBODY = "4711:4711"  #: whom no passwd names
DEVICES = ("null", "zero", "full", "random", "urandom")
#: $1: the image's root; $2: what stands for /data; $3: /etc/hosts. Then the command.
MOUNTS = f"""
set -e; root=$1 data=$2 hosts=$3; shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
mount --bind "$hosts" "$root/etc/hosts"
mount -t tmpfs dev "$root/dev"
for name in {" ".join(DEVICES)}; do touch "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"; done
mkdir -m 1777 "$root/dev/shm"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount --bind "$data" "$root/data"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """Starts containers of one image."""

    image: Image
    hosts: Path
    volumes: Path  #: folder for them
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def volume(self, owner: str = "", mode: int = 0o755) -> Path:
        """Make a volume: a folder of somebody's, or, by default, what an engine makes of the image's own."""
        made = Path(tempfile.mkdtemp(dir=self.volumes))
        given = self.image.root / "data"
        user, group = map(int, owner.split(":")) if owner else (given.stat().st_uid, given.stat().st_gid)
        made.chmod(mode if owner else given.stat().st_mode & 0o7777)
        os.chown(made, user, group)
        return made

    def start(self, data: Path, *command: str, user: str = "", caps: bool = False, **env: str) -> subprocess.Popen[str]:
        """Start a container; `caps` leaves it an engine's usual capabilities, as root needs them to become another."""
        inside = self._words(user or self.image.user, caps, env, command or self.image.command)
        mounts = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", MOUNTS, "sh"]
        place = [str(self.image.root), str(data), str(self.hosts), "chroot", str(self.image.root)]
        words, pipe = [*mounts, *place, *inside], subprocess.PIPE
        running = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)
        self.started.append(running)
        return running

    def end(self) -> None:
        """End what still runs, as after a failure."""
        for running in self.started:
            if running.poll() is None:
                os.kill(first_process(running), signal.SIGKILL)  # and with it everything in the container
                running.communicate()

    def run(self, data: Path, *words: str, user: str = "", caps: bool = False, **env: str) -> tuple[int, str, str]:
        """Run a command in a container of its own; return exit code, output, errors."""
        running = self.start(data, *words, user=user, caps=caps, **env)
        out, err = running.communicate(timeout=PATIENCE_S)
        return running.returncode, out, err

    def enter(self, running: subprocess.Popen[str], line: str, user: str, **env: str) -> tuple[int, str, str]:
        """Run a shell's line inside a running container, as `docker exec` and the health check do."""
        words = ["nsenter", "--target", str(first_process(running)), "--mount", "--pid", "--root", "--wd"]
        inside = self._words(user, True, env, ("sh", "-c", line), through=())
        done = subprocess.run([*words, *inside], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        return done.returncode, done.stdout, done.stderr

    def _words(
        self, user: str, caps: bool, env: dict[str, str], words: tuple[str, ...], through: tuple[str, ...] | None = None
    ) -> list[str]:
        uid, gid = user.split(":")
        become = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--inh-caps=-all"]
        freedom = [] if caps else ["--bounding-set=-all", "--no-new-privs"]
        known = [f"{name}={value}" for name, value in (self.image.env | env).items()]
        go = ["/usr/bin/env", "-i", *known, "sh", "-c", f'cd {self.image.folder} && exec "$@"', "sh"]
        return [*become, *freedom, *go, *(self.image.entrypoint if through is None else through), *words]


def first_process(running: subprocess.Popen[str]) -> int:
    """Return the number outside of a container's process 1."""
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    return int(children[0])


def until(what: str, is_so: Callable[[], bool], most_s: float) -> float:
    """Wait; return the seconds that it took."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > most_s:
            sys.exit(f"not within {most_s} s: {what}")
        time.sleep(0.02)
    return time.monotonic() - began


def expect(what: str, *, got: object, want: object) -> None:
    """Say that something is as it should be, or end."""
    if got != want:
        sys.exit(f"NOT {what}: {got!r}, not {want!r}")
    print(f"   {what}", flush=True)


def expect_in(what: str, *, part: str, whole: str) -> None:
    """Say that a text is there, or end."""
    if part not in whole:
        sys.exit(f"NOT {what}: {part!r} is not in {whole!r}")
    print(f"   {what}", flush=True)


def owners(data: Path) -> set[tuple[int, int]]:
    """Return whose the things in a volume are."""
    return {(place.stat().st_uid, place.stat().st_gid) for place in data.rglob("*")}


def posts(data: Path) -> list[Path]:
    return sorted(data.glob("archive/_posts/*.md"))


def any_post(data: Path) -> bool:
    return bool(posts(data))


def demo_config(web: Site, data: Path, owner: str) -> None:
    """Put a configuration into a volume that reads the demo's site."""
    text = web.config_text(Path("/data/archive")).replace("fetch: {", "fetch: {allow_private_networks: true, ")
    path = data / "config.yaml"
    path.write_text(text)
    os.chown(path, *map(int, owner.split(":")))


def facts(engine: Engine) -> None:
    """What can be seen without starting it."""
    image = engine.image
    expect("one volume", got=image.volumes, want=("/data",))
    expect("not root by default", got=image.user, want="10001:10001")
    expect("serve by default", got=(*image.entrypoint, *image.command), want=("crawler", "serve"))
    labels = {key.removeprefix("org.opencontainers.image."): value for key, value in image.labels.items()}
    expect("labels: version and revision", got=(labels["version"], labels["revision"]), want=(__version__, "0123abc"))
    left = [place.name for place in (image.root / "opt/crawler/lib").glob("python3*/site-packages/pip")]
    expect("no pip beside the crawler", got=left, want=[])


def first_start(engine: Engine) -> None:
    """A new volume gets its configuration, whoever starts it; what is there stays."""
    for user in (engine.image.user, SOMEBODY, "4711:0"):
        data = engine.volume()
        code, out, err = engine.run(data, "config", "check", user=user, TZ="Asia/Singapore")
        expect(f"as {user}: config.yaml is made and valid", got=code, want=0)
        expect_in("… and said", part="made config.yaml in the volume", whole=err)
        expect("… and theirs", got=owners(data), want={tuple(map(int, user.split(":")))})
        expect("… and nothing else is there", got=[place.name for place in data.iterdir()], want=["config.yaml"])
        expect_in("… with its comments", part="# What to read.", whole=(data / "config.yaml").read_text())
        code, out, err = engine.run(data, "config", "check", user=user, TZ="Nowhere/Land")
        expect_in("… TZ is its time zone", part="'${TZ}' is no time zone", whole=err)
        (data / "config.yaml").write_text("sources: []\n")
        code, out, err = engine.run(data, "config", "check", user=user)
        expect("… and is never replaced", got=((data / "config.yaml").read_text(), err), want=("sources: []\n", ""))
    data = engine.volume("0:0")
    code, out, err = engine.run(data, "status", user=SOMEBODY)
    expect("a folder of somebody else's ends with 2", got=code, want=2)
    expect_in("… and says what to do", part="cannot write into /data as user 4711:4711: give the folder", whole=err)
    code, out, err = engine.run(engine.volume(), "--version", user=SOMEBODY)
    expect("--version", got=(code, out, err), want=(0, f"crawler, version {__version__}\n", ""))
    code, out, err = engine.run(engine.volume(), "demo", user=SOMEBODY)
    expect_in("demo", part="second pass, 15 minutes on: 0 pages fetched", whole=out)


def somebody_serves(engine: Engine, web: Site) -> None:
    """The default command as any user, on a root that cannot be written."""
    for _ in range(TRIES):
        data = engine.volume(SOMEBODY)
        demo_config(web, data, SOMEBODY)
        began = time.monotonic()
        running = engine.start(data, user=SOMEBODY)
        until("the first post", partial(any_post, data), PATIENCE_S)
        took = time.monotonic() - began
        if took < FIRST_POST_S:
            break
        print(f"   the first post {took:.1f} s after the start: once more", flush=True)
        engine.end()
    expect(f"the first post {took:.1f} s after the start", got=took < FIRST_POST_S, want=True)
    until("seven posts", lambda: len(posts(data)) >= 7, PATIENCE_S)
    code, out, err = engine.enter(running, engine.image.health, SOMEBODY)
    expect("the health check is content, though a source fails", got=(code, out, err), want=(0, "", ""))
    code, out, err = engine.enter(running, "crawler run", SOMEBODY)
    expect("a run beside it ends with 5", got=code, want=5)
    code, out, err = engine.enter(running, "touch /opt/x", "0:0")
    expect_in("the root cannot be written", part="Read-only file system", whole=err)
    began = time.monotonic()
    os.kill(first_process(running), signal.SIGTERM)
    out, err = running.communicate(timeout=PATIENCE_S)
    took = time.monotonic() - began
    expect(f"SIGTERM: ended after {took:.1f} s", got=(took < END_S, running.returncode), want=(True, 143))
    expect("everything in the volume is this user's", got=owners(data), want={(4711, 4711)})
    code, out, err = engine.run(data, "verify", user=SOMEBODY)
    expect("verify", got=code, want=0)


def becomes(engine: Engine, web: Site) -> None:
    """PUID and PGID."""
    data = engine.volume("0:0")
    demo_config(web, data, "4712:4713")
    running = engine.start(data, user="0:0", caps=True, PUID="4712", PGID="4713")
    until("posts", lambda: len(posts(data)) >= 7, PATIENCE_S)
    status = Path(f"/proc/{first_process(running)}/status").read_text()
    expect_in(
        "started as root it becomes PUID",
        part="\nUid:\t4712\t4712\t4712\t4712\nGid:\t4713\t4713\t4713\t4713\n",
        whole=status,
    )
    expect_in("… without capabilities", part="\nCapPrm:\t0000000000000000\n", whole=status)
    code, out, err = engine.enter(running, "crawler status --json", "0:0", PUID="4712", PGID="4713")
    expect("… and so does what is run beside it", got=json.loads(out)["crawler"]["health"], want="ok")
    code, out, err = engine.enter(running, engine.image.health, "0:0", PUID="4712", PGID="4713")
    expect("… the health check, too", got=code, want=0)
    os.kill(first_process(running), signal.SIGTERM)
    running.communicate(timeout=PATIENCE_S)
    expect("… whose everything is", got=owners(data) | {(data.stat().st_uid, data.stat().st_gid)}, want={(4712, 4713)})
    data = engine.volume("0:0")
    code, out, err = engine.run(data, "config", "check", user="0:0", caps=True)
    expect("root without PUID becomes 10001", got=(code, owners(data)), want=(0, {(10001, 10001)}))
    for words, part in (
        ({"PUID": "0"}, "PUID=0 is no number of a user other than root"),
        ({"PUID": "me"}, "PUID=me is no number of a user"),
        ({"PUID": "5", "PGID": "x"}, "PGID=x is no number of a group"),
    ):
        code, out, err = engine.run(data, "status", user="0:0", caps=True, **words)
        expect_in(f"{words} ends with {code}", part=part, whole=f"{err}{code == 2 or 'not 2'}")
    code, out, err = engine.run(data, "status", user="0:0", PUID="4712")
    expect_in("root that may not become another says so", part="may not become 4712:4712", whole=err)
    code, out, err = engine.run(data, "status", PUID="4712")
    expect_in("PUID without root says so", part="start it with --user 0, or with --user 4712", whole=err)


@contextmanager
def engine_at(work: Path) -> Iterator[tuple[Engine, Site]]:
    """Serve the demo's site and yield an engine for what was built in a folder."""
    image = load(work / "image.json")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    (image.root / "etc/hosts").touch()
    with tempfile.TemporaryDirectory(dir=work) as folder, served(port=80) as web:
        volumes = Path(folder)
        volumes.chmod(0o755)
        hosts = volumes / "hosts"
        hosts.write_text(f"127.0.0.1 localhost {' '.join(web.hosts)}\n")
        engine = Engine(image, hosts, volumes)
        try:
            yield engine, web
        finally:
            engine.end()


def main() -> None:
    """Probe it all."""
    with engine_at(Path(sys.argv[1]).absolute()) as (engine, web):
        print("== what it is", flush=True)
        facts(engine)
        print("== first start", flush=True)
        first_start(engine)
        print("== serve, as somebody", flush=True)
        somebody_serves(engine, web)
        print("== PUID and PGID", flush=True)
        becomes(engine, web)
    print("the image does what it should", flush=True)


if __name__ == "__main__":
    main()
