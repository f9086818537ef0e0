"""Ends single beads of a running Workflow: a file beside the orders, which every pod that starts reads, then the pod itself.

Argo has no verb for one node. A deleted pod alone would come back as a retry; with the file the retry ends at once, for good.
"""

import dataclasses
from collections.abc import Iterable, Mapping

from adapter.api.changes import Change
from adapter.context import Context
from adapter.errors import Missing
from adapter.objects.keys import Key
from adapter.objects.views import PolecatView, WorkflowView
from workflows.compile.texts import tasks_name
from workflows.exits import Reason
from workflows.names import BeadId
from workflows.observe import Stage
from workflows.orders import SPENT_FILE, ended_file

TERMINATED = "terminated by hand; its branch holds what it had done"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StopFiles:
    """What a Workflow's pods are to find: files with their texts. `pods` are those that run although they must not."""

    workflow: WorkflowView
    files: Mapping[str, str]
    pods: tuple[str, ...]


def stop_files(
    workflows: Iterable[WorkflowView], polecats: Mapping[BeadId, PolecatView], *, spent: str
) -> tuple[StopFiles, ...]:
    """The stop files of every Workflow that runs. `spent` is why no further agent may start, empty while any may.

    What is published is the refinery's: terminating its polecat ends nothing any more. What has ended by its file keeps it.
    """
    live = [each for each in workflows if not each.ended and not each.deleting]
    return tuple(_stop_files_of(each, polecats, spent) for each in live)


def _stop_files_of(view: WorkflowView, polecats: Mapping[BeadId, PolecatView], spent: str) -> StopFiles:
    unwanted = [
        bead
        for bead in view.observation.beads
        if (bead.stage in (Stage.WAITING, Stage.WORKING) or bead.reason == Reason.TERMINATED.word)
        and bead.bead in polecats
        and polecats[bead.bead].desired == "Terminated"
    ]
    files = {ended_file(bead.bead): TERMINATED for bead in unwanted}
    pods = tuple(bead.pod for bead in unwanted if bead.active and bead.pod)
    return StopFiles(workflow=view, files=files | ({SPENT_FILE: spent} if spent else {}), pods=pods)


class StopFileWriter:
    """Writes stop files and deletes pods. It remembers what it wrote while the process lives; writing it again changes nothing."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._made: dict[str, Mapping[str, str]] = {}
        self._ended: dict[str, set[str]] = {}

    async def write(self, wanted: StopFiles) -> None:
        """The files first, then the pods: a pod that starts in between must find them."""
        view = wanted.workflow
        if wanted.files != self._made.get(view.uid, {}):
            await self._write(view, wanted.files)
        for pod in wanted.pods:
            if pod not in self._ended.setdefault(view.uid, set()):
                await self._end(Key("Pod", view.key.namespace, pod))
                self._ended[view.uid].add(pod)

    def forget(self, uid: str) -> None:
        """Drop what is remembered of a Workflow that has ended."""
        self._made.pop(uid, None)
        self._ended.pop(uid, None)

    async def _write(self, view: WorkflowView, files: Mapping[str, str]) -> None:
        key = Key("ConfigMap", view.key.namespace, tasks_name(view.key.name))
        gone = dict.fromkeys(self._made.get(view.uid, {}).keys() - files.keys())
        try:
            found = await self._context.gateway.get(key)
            change = Change(key=key, uid=found["metadata"]["uid"], patch={"data": {**files, **gone}})
            await self._context.writer.change(change)
        except Missing:
            return  # deleted with its convoy, or by a hand: then no pod of it starts any more
        self._made[view.uid] = files

    async def _end(self, pod: Key) -> None:
        try:
            found = await self._context.gateway.get(pod)
        except Missing:
            return
        if not found["metadata"].get("deletionTimestamp"):
            await self._context.writer.delete(pod, uid=found["metadata"]["uid"])
