"""One file put in another's place in one step: who reads meanwhile sees the old one or the new one, whole."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def replace(target: Path, data: bytes) -> None:
    """Write a file through to the disk and give it the name of another, whose mode it keeps.

    Args:
        target: need not exist; a new file may be read by whom the umask lets. A link is replaced, not followed.
        data: all of it.

    Raises:
        OSError: it cannot be written; nothing is left behind, and what stood there still stands.
    """
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            beside.chmod(target.stat().st_mode & 0o7777)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
