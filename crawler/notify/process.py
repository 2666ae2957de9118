"""Run a program of the user's with some bytes on its standard input, and let nothing of it stay when time is up.

No shell. What it prints goes to our standard error, where cron and containers look; its standard output too, since
ours holds results.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Mapping, Sequence

STDERR = 2


async def run_process(argv: Sequence[str], data: bytes, environ: Mapping[str, str]) -> str:
    """Run a program to its end.

    Cancelling (a deadline of the caller's) kills it with its children, as far as they stayed in its session.

    Args:
        argv: program and arguments.
        data: for its standard input; a file, so that nobody waits for who does not read it.
        environ: variables beside those of this process.

    Returns:
        Why it failed, or "".
    """
    with tempfile.TemporaryFile() as given:
        given.write(data)
        given.seek(0)
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, stdin=given, stdout=STDERR, env={**os.environ, **environ}, start_new_session=True
            )
        except (OSError, ValueError) as e:
            return f"cannot be started: {e.strerror if isinstance(e, OSError) else e}"
        try:
            code = await process.wait()
        finally:
            await _end(process)
    return f"ended with code {code}" if code else ""


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the whole session of a process that has not ended."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
