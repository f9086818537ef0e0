"""Workers: each takes a key, reconciles its object and gives the key back, as long as the adapter runs."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from adapter.errors import Denied, Missing, Retry
from adapter.metrics.registry import Metrics
from adapter.objects.keys import Key
from adapter.queue.workqueue import WorkQueue
from workflows.errors import WorkflowsError

log = logging.getLogger(__name__)

Reconcile = Callable[[Key], Awaitable[None]]


async def work(queue: WorkQueue, reconcilers: Mapping[str, Reconcile], metrics: Metrics) -> None:
    """Reconcile until the queue is closed. A key whose reconcile failed is queued again with back-off; it delays no other."""
    while (key := await queue.get()) is not None:
        reconcile = reconcilers.get(key.kind)
        begun = time.perf_counter()
        result = "done" if reconcile is None else await _reconcile(key, reconcile)
        if reconcile is not None:
            metrics.seconds.labels(key.kind).observe(time.perf_counter() - begun)
            metrics.reconciles.labels(key.kind, result).inc()
        queue.done(key, failed=result != "done")
        metrics.depth.set(queue.depth)


async def _reconcile(key: Key, reconcile: Reconcile) -> str:
    about = {"kind": key.kind, "namespace": key.namespace, "object": key.name}
    try:
        await reconcile(key)
    except Missing:
        return "done"
    except Retry as error:
        log.info("reconcile will be retried", extra=about | {"reason": str(error)})
        return "retry"
    except (Denied, WorkflowsError) as error:
        log.warning("reconcile refused", extra=about | {"reason": str(error)})
        return "refused"
    except Exception:
        log.exception("reconcile failed", extra=about)
        return "failed"
    return "done"


def start(
    count: int, queue: WorkQueue, reconcilers: Mapping[str, Reconcile], metrics: Metrics
) -> list[asyncio.Task[None]]:
    """Start so many workers."""
    return [
        asyncio.create_task(work(queue, reconcilers, metrics), name=f"worker {number}")
        for number in range(count)
    ]
