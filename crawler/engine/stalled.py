"""Slices whose workers fell silent: given up, and worked by others.

Rule: a stalled slice is finished as failed, never retried in its place: where its successor waits already, to retry it
would break the rule of one waiting job a shard, and leave the shard stuck. A fresh one is deferred instead.
"""

from __future__ import annotations

import logging

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status

from ..wording import counted
from .jobs import FORGET_S, defer
from .lease import RESCUE_S

log = logging.getLogger(__name__)


async def rescue(app: App) -> None:
    """Give up the jobs of workers that fell silent, and have their shards worked by others.

    A job may be the tick that one of them was at; the next one comes by itself.
    """
    given_up = [
        job
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=RESCUE_S)
        if await _has_ended(app, job)
    ]
    if given_up:
        log.warning("a worker fell silent: %s given up", counted(len(given_up), "job"))
    for job in given_up:
        if job.task_name == "slice":
            await defer(app, int(job.task_kwargs["shard"]), job.priority)  # type: ignore[arg-type]  # we put it there
    await app.job_manager.prune_stalled_workers(FORGET_S)


async def _has_ended(app: App, job: Job) -> bool:
    """End a stalled job as failed; tells whether it was we who did."""
    try:
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
    except ConnectorException:  # it was ended meanwhile, by its worker or by another one's rescue
        return False
    return True
