"""Build the image without an engine, start it, and see that it does what docs/operating.md says of it.

    python -m tests.image [--keep FOLDER [--build | --probe]]

As root, on a machine that reaches a Debian mirror and a package index. Reads the Dockerfile and takes its steps in
roots made by `debootstrap`; the base image's place is taken by the Debian release that it is made of, with that
release's own Python of the same version. What it starts has its own mounts and processes, a root file system that
cannot be written, and no network but the loopback interface, on which the demo's site is served.
The mirror, the certificates and pip's global settings are those of this machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from tests import dockerfile

HERE = Path(__file__).parents[1]
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: What python:X.Y-slim-RELEASE has beside the bare Debian.
PACKAGES = "ca-certificates,netbase,python3,python3-pip,python3-venv,tzdata"


@dataclass(frozen=True, slots=True)
class Image:
    """A root with what a container of it is started with."""

    root: Path
    env: dict[str, str] = field(default_factory=lambda: {"PATH": PATH})
    folder: str = "/"
    user: str = "0:0"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    health: str = ""  #: shell words of the check
    volumes: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)


def save(image: Image, path: Path) -> None:
    """Write down what a container is started with."""
    path.write_text(json.dumps(asdict(image) | {"root": str(image.root)}))


def load(path: Path) -> Image:
    """Read what `save` wrote."""
    fields = json.loads(path.read_text())
    lists = {name: tuple(fields[name]) for name in ("entrypoint", "command", "volumes")}
    return Image(**fields | lists | {"root": Path(fields["root"])})


def build(work: Path, given: dict[str, str]) -> Image:
    """Take the Dockerfile's steps.

    Args:
        work: an empty folder for the roots.
        given: build arguments.

    Raises:
        CalledProcessError: a step failed.
        ValueError: the Dockerfile has something that is not known here.
    """
    built: dict[str, Image] = {}
    image = Image(work)
    for number, stage in enumerate(dockerfile.stages((HERE / "Dockerfile").read_text(), given)):
        root = work / (stage.name or f"stage{number}")
        origin = built[stage.base].root if stage.base in built else base(work, stage.base)
        subprocess.run(["cp", "-a", origin, root], check=True)
        image = Image(root)
        arguments: dict[str, str] = {}
        with mounted(root):
            for step in stage.instructions:
                image = taken(image, step, arguments, given, built)
        built[stage.name] = image
    return image


def base(work: Path, name: str) -> Path:
    """Make the root that stands for python:X.Y-slim-RELEASE, once."""
    found = re.fullmatch(r"python:(\d+\.\d+)-slim-(\w+)", name)
    if found is None:
        raise ValueError(f"no base that is known here: {name}")
    root = work / f"base-{found[2]}"
    if root.exists():
        return root
    root.mkdir(mode=0o755)
    options = ["--variant=minbase", f"--include={PACKAGES}", found[2], str(root), *mirror()]
    quietly(["debootstrap", *options])
    version = said(["chroot", str(root), "python3", "--version"])
    if not version.startswith(f"Python {found[1]}."):
        raise ValueError(f"{name}: the release has {version.strip()}")
    for tool in ("python", "pip"):
        (root / "usr/local/bin" / tool).symlink_to(f"/usr/bin/{tool}3")
    shutil.copy(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
    if Path("/etc/pip.conf").is_file():
        shutil.copy("/etc/pip.conf", root / "etc/pip.conf")
    return root


def mirror() -> list[str]:
    """Return the mirror that this machine's own apt uses for Debian; none for debootstrap's default."""
    sites = said(["apt-get", "indextargets", "--format", "$(SITE)", "Origin: Debian", "Component: main"]).splitlines()
    return [site for site in sites if site.rstrip("/").endswith("/debian")][:1]


@contextlib.contextmanager
def mounted(root: Path) -> Iterator[None]:
    """Give a root what commands need to run in it, and take it away again."""
    resolver = root / "etc/resolv.conf"
    before = resolver.read_bytes() if resolver.exists() else b""
    resolver.write_bytes(Path("/etc/resolv.conf").read_bytes())
    places = [root / "proc", root / "dev"]
    for place in places:
        subprocess.run(["mount", "--rbind", f"/{place.name}", place], check=True)
        subprocess.run(["mount", "--make-rslave", place], check=True)
    try:
        yield
    finally:
        for place in places:
            subprocess.run(["umount", "-R", "-l", place], check=True)
        resolver.write_bytes(before)


def taken(
    image: Image,
    step: dockerfile.Instruction,
    arguments: dict[str, str],
    given: dict[str, str],
    built: dict[str, Image],
) -> Image:
    """Take one step; return the image after it."""
    print(f"   {' '.join([step.name, *(f'--{k}={v}' for k, v in step.flags.items()), step.rest[:100]])}", flush=True)
    known = arguments | image.env
    match step.name:
        case "ARG":
            arguments |= {key: given.get(key, value) for key, value in step.pairs.items()}
        case "RUN":
            run(image, known, step.rest)
        case "COPY":
            copy(image, step, [dockerfile.replaced(word, known) for word in step.words], built)
        case "WORKDIR":
            folder = os.path.normpath(os.path.join(image.folder, dockerfile.replaced(step.rest, known)))
            (image.root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
            return replace(image, folder=folder)
        case _:
            return noted(image, step, known)
    return image


def noted(image: Image, step: dockerfile.Instruction, known: dict[str, str]) -> Image:
    """Return the image with what a step says of its containers."""
    match step.name:
        case "ENV" | "LABEL":
            said = {key: dockerfile.replaced(value, known) for key, value in step.pairs.items()}
            return (
                replace(image, env=image.env | said)
                if step.name == "ENV"
                else replace(image, labels=image.labels | said)
            )
        case "USER":
            return replace(image, user=dockerfile.replaced(step.rest, known))
        case "VOLUME":
            return replace(image, volumes=(*image.volumes, *step.words))
        case "EXPOSE":
            return image  # says what may be published, and does nothing
        case "ENTRYPOINT":
            return replace(image, entrypoint=tuple(step.words))
        case "CMD":
            return replace(image, command=tuple(step.words))
        case "HEALTHCHECK":
            return replace(image, health=step.rest.partition("CMD ")[2])
    raise ValueError(f"not known here: {step}")


def run(image: Image, known: dict[str, str], line: str) -> None:
    """Run a RUN line as its image's user."""
    if image.user != "0:0":
        raise ValueError("RUN behind USER is not known here")
    kept = {name: os.environ[name] for name in ("PIP_CERT",) if name in os.environ}
    env = [f"{name}={value}" for name, value in (known | kept).items()]
    inside = ["sh", "-c", f"cd {image.folder} && {line}"]
    quietly(["chroot", str(image.root), "/usr/bin/env", "-i", "PIP_DISABLE_PIP_VERSION_CHECK=1", *env, *inside])


def copy(image: Image, step: dockerfile.Instruction, words: list[str], built: dict[str, Image]) -> None:
    """Copy files from the context, or from an earlier stage; folders by what is in them."""
    *sources, target = words
    place = Path(
        os.path.normpath(image.root / (target if target[0] == "/" else f"{image.folder}/{target}").lstrip("/"))
    )
    ignore = (HERE / ".dockerignore").read_text()
    for source in sources:
        origin = built[step.flags["from"]].root / source.lstrip("/") if "from" in step.flags else HERE / source
        seen = "from" in step.flags or dockerfile.is_seen(source, ignore)
        if not seen or not origin.exists():
            raise ValueError(f"COPY {source}: is not in the context")

        def left_out(folder: str, names: list[str]) -> list[str]:
            inside = os.path.relpath(folder, HERE)
            return [name for name in names if not dockerfile.is_seen(f"{inside}/{name}", ignore)]

        if origin.is_dir():
            hidden = None if "from" in step.flags else left_out
            shutil.copytree(origin, place, symlinks=True, dirs_exist_ok=True, ignore=hidden)
            continue
        at = place / origin.name if target.endswith("/") or place.is_dir() else place
        at.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(origin, at)
        if "chmod" in step.flags:
            at.chmod(int(step.flags["chmod"], 8))


def quietly(words: Sequence[str]) -> None:
    """Run a command; what it said is shown where it fails."""
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        sys.stdout.write(done.stdout.decode("utf-8", "replace")[-5000:])
        raise subprocess.CalledProcessError(done.returncode, list(words))


def said(words: Sequence[str]) -> str:
    """Return what a command says."""
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Build; probe in a network of its own."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    options.add_argument("--keep", type=Path, help="build in this folder and leave it there")
    part = options.add_mutually_exclusive_group()
    part.add_argument("--build", action="store_true", help="only build what is kept")
    part.add_argument("--probe", action="store_true", help="only probe what was built and kept")
    chosen = options.parse_args()
    work = chosen.keep
    with contextlib.ExitStack() as stack:
        if work is None:
            work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="image-")))
        work.mkdir(parents=True, exist_ok=True)
        work.chmod(0o755)
        if not chosen.probe:
            image = build(work, {"REVISION": "0123abc"})
            save(image, work / "image.json")
            print(f"{said(['du', '-sh', str(image.root)]).split()[0]} in all", flush=True)
        if chosen.build:
            return
        # Nothing but the loopback interface: what is asked for is asked of the demo's site.
        probe = [sys.executable, "-m", "tests.image_probe", str(work)]
        sys.exit(subprocess.run(["unshare", "--net", *probe], check=False).returncode)


if __name__ == "__main__":
    main()
