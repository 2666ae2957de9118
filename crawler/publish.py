"""Publish the archive by git after a run: commit what is new, with a message that counts, and push it.

Runs the user's git as it is: hooks, credentials, signing, remotes are theirs. No shell, no prompt, an end to all of it.
Rule: a fault here is a line in `status` and tried again after the next run; nothing of the archive is touched. Only the
archive is committed, never the program's own corner of it, and nothing that a person staged elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from .archive import CORNER, FolderArchive, facts
from .errors import ArchiveError
from .model import Publish
from .wording import counted, width

#: Seconds for all of it, a slow push and its hooks included; and for a git that is told to stop, to remove its locks.
DEADLINE_S, LAST_WORDS_S = 120.0, 2.0
#: Bytes of git's output that are read: names of files, some hundred bytes each; of its complaints the end.
MAX_OUTPUT, MAX_COMPLAINT = 64_000_000, 4_000
#: Columns of a subject line; a Han character takes two.
WIDTH = 72
#: What is committed: the archive without the state, locks, and files half written.
OURS = (".", f":(exclude){CORNER}", ":(exclude,glob)**/.crawler-*.tmp")
QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}


class GitFailed(Exception):
    """A git command failed; says why."""


@dataclass(slots=True)
class Changes:
    """What is about to be committed."""

    added: Counter[str] = field(default_factory=Counter)  #: articles by source
    rewritten: int = 0
    moved: int = 0
    removed: int = 0
    others: int = 0  #: files that are no posts


async def publish(how: Publish, archive: Path) -> str:
    """Commit and push; returns why that could not be done, or ""."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            await _publish(how, archive)
    except TimeoutError:
        return f"git: no end within {DEADLINE_S:g} s"
    except GitFailed as e:
        return str(e)
    return ""


async def _publish(how: Publish, archive: Path) -> None:
    branch = (await _git(archive, "symbolic-ref", "--short", "HEAD")).decode("utf-8", "replace").strip()
    if how.branch and branch != how.branch:
        raise GitFailed(f"git: the repository is on branch {branch}, not {how.branch}")
    await _git(archive, "add", "-A", "--", *OURS)
    compared = ("diff", "--cached", "--name-status", "--find-renames=100%", "--no-ext-diff", "--relative", "-z")
    staged = await _git(archive, *compared, "--", *OURS)
    if staged:
        told = message(await asyncio.to_thread(count, FolderArchive(archive), staged))
        await _git(archive, "commit", "--quiet", "--file=-", "--", *OURS, given=told.encode())
    if how.push:
        await _git(archive, "push", "--quiet", how.remote, f"HEAD:refs/heads/{branch}")


def count(archive: FolderArchive, staged: bytes) -> Changes:
    """Count what `git diff --name-status -z` lists, by what the posts themselves say of their source."""
    found, words = Changes(), iter(staged.decode("utf-8", "surrogateescape").split("\0"))
    for status in words:
        paths = list(islice(words, 2 if status[:1] in ("R", "C") else 1))
        if not status or not paths:
            break
        if status[0] == "D":
            found.removed += 1
        elif (name := _source(archive, paths[-1])) is None:
            found.others += 1
        elif status[0] == "R":
            found.moved += 1
        elif status[0] == "A":
            found.added[name] += 1
        else:
            found.rewritten += 1
    return found


def _source(archive: FolderArchive, path: str) -> str | None:
    """Return the name of a post's source; None for a file that is no post."""
    try:
        known = facts(archive.read(path) or b"")
    except (ArchiveError, UnicodeError):  # hidden ones, such as earlier texts
        return None
    return None if known is None else next(iter(known.names), "")


def message(changes: Changes) -> str:
    """Return the message of a commit: `5 articles: 联合早报 3, … 2; 1 rewritten`."""
    parts = [counted(changes.added.total(), "article") + _by_source(changes.added)] if changes.added else []
    named = (("rewritten", changes.rewritten), ("moved", changes.moved), ("removed", changes.removed))
    parts += [f"{number} {what}" for what, number in named if number]
    return "; ".join(parts or [counted(changes.others, "file")])


def _by_source(added: Counter[str]) -> str:
    """Name the sources with the most articles, as far as a line has room, and count the rest."""
    told: list[str] = []
    left = added.total()
    for name, number in sorted(added.items(), key=lambda pair: (-pair[1], pair[0])):
        part = f"{' '.join(name.split()) or 'unnamed'} {number}"
        if width(", ".join([*told, part])) > WIDTH - 24:
            break
        told.append(part)
        left -= number
    return f": {', '.join([*told, f'… {left}'] if left else told)}" if told else ""


async def _git(folder: Path, *words: str, given: bytes = b"") -> bytes:
    """Run one git command in a folder and return what it prints.

    Raises:
        GitFailed: it cannot be started, or ended with another code than 0.
    """
    with tempfile.TemporaryFile() as put, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        put.write(given)
        put.seek(0)
        argv = ("git", "-c", "core.quotepath=off", *words)
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, cwd=folder, stdin=put, stdout=out, stderr=err, env=os.environ | QUIET, start_new_session=True
            )
        except OSError as e:
            raise GitFailed(f"git: cannot be started: {e.strerror or e}") from e
        try:
            code = await process.wait()
        finally:
            await _end(process)
        if code:
            raise GitFailed(f"git {words[0]}: {_complaint(err.fileno()) or f'ended with code {code}'}")
        return os.pread(out.fileno(), MAX_OUTPUT, 0)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Stop a git that has not ended, with what it started; it is given a moment to remove its locks."""
    if process.returncode is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), LAST_WORDS_S)
    with contextlib.suppress(ProcessLookupError):  # hooks that take no hint
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _complaint(descriptor: int) -> str:
    """Return what git said is wrong: its own words where it marks them, else the last line."""
    size = os.fstat(descriptor).st_size
    said = os.pread(descriptor, MAX_COMPLAINT, max(0, size - MAX_COMPLAINT)).decode("utf-8", "replace")
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("hint:")]
    marked: Sequence[str] = [line for line in lines if line.startswith(("fatal:", "error:", " ! [", "! ["))]
    return next(iter(marked or lines[-1:]), "")[:300]
