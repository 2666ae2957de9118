"""How many slices a worker leaves to others: one that came late, or was away, is to have its part of the work.

Rule: asks the engine who does what, and decides; to end slices is the worker's.
"""

from __future__ import annotations

from procrastinate import App

from .jobs import QUEUES
from .lease import RESCUE_S

WORKERS = (
    "SELECT count(*) AS workers FROM procrastinate_workers"
    " WHERE last_heartbeat > now() - (%(seconds)s || ' SECOND')::INTERVAL"
)


async def surplus(app: App, worker_id: int) -> int:
    """Return how many slices a worker is to leave to workers that have fewer."""
    doing = [job.worker_id for job in await app.job_manager.list_jobs_async(queue="slices", status="doing")]
    alive = await app.connector.execute_query_one_async(WORKERS, seconds=RESCUE_S)
    return doing.count(worker_id) - fair_share(len(doing), alive["workers"] // len(QUEUES))


def fair_share(slices: int, workers: int) -> int:
    """Return how many slices a worker may have before it leaves some to others: a quarter more than its part."""
    return 1 + -(-5 * slices // (4 * max(1, workers)))
