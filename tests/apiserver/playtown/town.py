"""A namespace as people, Argo and the tests see it: resources in, statuses out, and time that passes when the test waits."""

import asyncio
import contextlib
import datetime
import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from inmemory import Apiserver, Manifest
from inmemory.admission import Place
from inmemory.ownership import Manager
from inmemory.patches import merged
from inmemory.refusals import Refused
from inmemory.resources import RESOURCES, Resource

from adapter.settings import AdapterSettings
from playtown import argo
from playtown.argo import Bead
from playtown.replica import Replica

OURS = "gastown.gastown.io/v1alpha1"
BEGIN = datetime.datetime(2026, 5, 1, 12, 0, tzinfo=datetime.UTC)

_BY_KIND = {each.kind: each for each in RESOURCES}
_PERSON = Manager("person", "Update")
_ARGO = Manager("workflow-controller", "Update")

HOME = "gastown-system"
"""The adapter's own namespace."""


class Town:
    """One apiserver with a namespace `town`, a rig `ap` where a test makes one, and a replica of the adapter."""

    def __init__(self, **settings: Any) -> None:
        values = {
            "namespace": HOME,
            "listen": "127.0.0.1",
            "port": 0,
            "lease": None,
            "compile": {"namespace": HOME},
            **settings,
        }
        self.settings = AdapterSettings.model_validate(values)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Boot the apiserver, and start the adapter."""
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="town-"))
        self.server = await self._stack.enter_async_context(
            Apiserver(Path(folder) / "apiserver", now=self.now)
        )
        for name in (HOME, "town"):
            self.make("Namespace", name, {})
        self.adapter = self.replica("replica-1")
        self.adapter.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything."""
        await self._stack.aclose()

    def replica(self, identity: str, **settings: Any) -> Replica:
        """Another replica, not started yet; it is ended with the town."""
        chosen = AdapterSettings.model_validate(self.settings.model_dump() | settings)
        found = Replica(self.server, chosen, self.now, identity=identity)
        self._stack.push_async_callback(found.kill)
        return found

    def now(self) -> datetime.datetime:
        """The wall clock."""
        return BEGIN + datetime.timedelta(seconds=asyncio.get_running_loop().time())

    @property
    def time(self) -> str:
        """The same, as manifests have it."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def make(self, kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> Manifest:
        """Create a resource; its name may tell where, as `gastown-system/ap-witness`."""
        place = self._place(kind, name)
        body = {
            "apiVersion": place.resource.api_version,
            "kind": kind,
            "metadata": {"name": place.name, **metadata},
            **({"spec": dict(spec)} if spec else {}),
        }
        return self.server.store.create(place.resource, place.namespace, body, _PERSON)

    def put(self, manifest: Manifest) -> None:
        """Create what a manifest says, in the town."""
        resource = _BY_KIND[manifest["kind"]]
        self.server.store.create(resource, "town" if resource.namespaced else "", manifest, _PERSON)

    def plant(self, kind: str, name: str, spec: Mapping[str, Any]) -> None:
        """An object that its definition does not allow any more."""
        self.server.store.plant(self._place(kind, name), spec)

    def rig(self, **spec: Any) -> None:
        """The town's rig."""
        self.make("Rig", "ap", {"gitURL": "https://git.test/town.git", "beadsPrefix": "ap", **spec})

    def convoy(self, name: str, *beads: Mapping[str, Any], **spec: Any) -> None:
        """A convoy of inline beads."""
        self.make("Convoy", name, {"description": name, "rigRef": "ap", "beads": list(beads), **spec})

    def patch(self, kind: str, name: str, change: Mapping[str, Any], *, status: bool = False) -> None:
        """Merge a change into a resource, as `kubectl patch --type=merge` does."""
        manager = Manager("person", "Update", "status" if status else "")
        self.server.store.edit(self._place(kind, name), lambda old: dict(merged(old, change)), manager)

    def delete(self, kind: str, name: str) -> None:
        """Delete as `kubectl delete` does."""
        self.server.store.delete(self._place(kind, name))

    def get(self, kind: str, name: str) -> Manifest:
        """A resource as it stands; empty where it is not there."""
        try:
            return self.server.store.get(self._place(kind, name))
        except Refused:
            return {}

    def all(self, kind: str) -> list[Manifest]:
        """All of a kind in the town."""
        resource = _BY_KIND[kind]
        return list(self.server.store.all(resource, "town" if resource.namespaced else ""))

    def status(self, kind: str, name: str) -> Manifest:
        """The status of a resource; empty where there is none."""
        return dict(self.get(kind, name).get("status") or {})

    def polecats(self) -> dict[str, Manifest]:
        """The statuses of all Polecats, by bead."""
        return {
            each["spec"].get("beadID", each["metadata"]["name"]): each.get("status") or {}
            for each in self.all("Polecat")
        }

    def phases(self) -> dict[str, str]:
        """The phases of all Polecats, by bead."""
        return {name: each.get("phase", "") for name, each in self.polecats().items()}

    def argo(self, kind: str, name: str, change: Callable[[Manifest], Manifest]) -> None:
        """Write as Argo's controller does."""
        self.server.store.edit(self._place(kind, name), change, _ARGO)

    def show(self, workflow: str, **beads: Bead) -> None:
        """Let Argo show how far beads are, by their names with `_` for `-`; an empty Bead was not reached."""
        named = {name.replace("_", "-"): each for name, each in beads.items()}
        self.argo("Workflow", workflow, lambda old: argo.show(old, named, at=self.time))

    def prints(self, bead: str, *lines: str, container: str = "claude") -> None:
        """Let the agent of a bead print, in the pod that its Polecat names."""
        pod = self.polecats()[bead]["podName"]
        if not self.get("Pod", pod):
            spec = {"nodeName": "node-1", "containers": [{"name": "courier"}, {"name": container}]}
            self.make("Pod", pod, spec)
        self.server.logs.write("town", pod, container, *lines)

    def end(self, workflow: str, phase: str = "Succeeded", message: str = "") -> None:
        """Let a Workflow end."""
        self.argo("Workflow", workflow, lambda old: argo.end(old, phase, at=self.time, message=message))

    async def until(self, what: str, holds: Callable[[], bool], *, seconds: float = 60) -> None:
        """Wait for something; when it does not come, what the statuses say goes into the message."""
        loop = asyncio.get_running_loop()
        late = loop.time() + seconds
        while not holds():
            if loop.time() >= late:
                statuses = {
                    f"{kind} {each['metadata']['name']}": each.get("status")
                    for kind in ("Convoy", "Polecat", "Rig")
                    for each in self.all(kind)
                }
                raise AssertionError(f"{what} did not come\n{json.dumps(statuses, indent=1)[-6000:]}")
            changed = self.server.store.changed
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await changed.wait()

    async def workflow(self, name: str) -> Manifest:
        """Wait until a Workflow is there."""
        await self.until(f"Workflow {name}", lambda: bool(self.get("Workflow", name)))
        return self.get("Workflow", name)

    async def rest(self, seconds: float = 5) -> None:
        """Let time pass: sums wait for half a second, and repetitions for a few."""
        await asyncio.sleep(seconds)

    @staticmethod
    def resource(kind: str) -> Resource:
        """How a kind is served."""
        return _BY_KIND[kind]

    def _place(self, kind: str, name: str) -> Place:
        """Where an object of a name stands: in the town, or where its name says, as `gastown-system/ap-witness`."""
        resource = _BY_KIND[kind]
        namespace, _, own = name.rpartition("/")
        return Place(resource, (namespace or "town") if resource.namespaced else "", own)


def bead(number: int, *needs: int, **fields: Any) -> Manifest:
    """A bead `ap-<number>` that depends on others of this form."""
    depends = [f"ap-{each}" for each in needs]
    return {"id": f"ap-{number}", "title": f"Bead {number}", "dependsOn": depends, **fields}


def condition(status: Mapping[str, Any], kind: str) -> tuple[str, str]:
    """A condition's status and reason; empty ones where it is not there."""
    for each in status.get("conditions") or ():
        if each["type"] == kind:
            return each["status"], each["reason"]
    return "", ""
