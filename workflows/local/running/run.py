"""One Workflow that is being executed."""

import asyncio
import contextlib
import dataclasses
import datetime
from collections.abc import Iterator

from crds import Manifest
from workflows.local.engine.engine import Engine
from workflows.local.engine.interface import PodEnd
from workflows.local.engine.nodes import Tree
from workflows.local.processes.pods import PodSettings


@dataclasses.dataclass(slots=True)
class Run:
    """Its engine, and the pods that run for it, by node."""

    name: str
    engine: Engine
    tree: Tree
    settings: PodSettings
    deadline: datetime.datetime | None
    pods: dict[str, asyncio.Task[PodEnd]] = dataclasses.field(default_factory=dict)

    def ended(self) -> Iterator[tuple[str, PodEnd]]:
        """How pods ended, each told once."""
        for node in [node for node, pod in self.pods.items() if pod.done()]:
            yield node, self.pods.pop(node).result()

    async def cancel(self, task: str | None = None) -> None:
        """End the pods of the Workflow, or of one of its tasks."""
        chosen = [node for node in self.pods if task is None or self.engine.belongs(node, task)]
        for node in chosen:
            self.pods[node].cancel()
        for node in chosen:
            with contextlib.suppress(asyncio.CancelledError):
                await self.pods[node]
            del self.pods[node]


def deadline(workflow: Manifest, now: datetime.datetime) -> datetime.datetime | None:
    """When its time is over: never later than all of it from now, which a clock that was set back would make of it."""
    limit = workflow["spec"].get("activeDeadlineSeconds")
    if limit is None:
        return None
    started = workflow.get("status", {}).get("startedAt")
    begin = datetime.datetime.fromisoformat(started) if started else now
    return min(begin, now) + datetime.timedelta(seconds=limit)
