"""Plays the stories on a light cluster and keeps every state of their Workflows: `python -m harness.recorder` makes the files anew."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from harness import argo, tenants
from harness.cluster import session
from harness.convoys import compiled_for
from harness.errors import Broken
from harness.recorded import FOLDER, Recording, scrubbed
from harness.running import WORKFLOWS, Cluster, program
from harness.site import Mode
from harness.stories import COPIED_FROM, STORIES, Story
from harness.storing import storing

from adapter.objects.annotations import FINALIZER
from crds import Convoy

Manifest = dict[str, Any]

PATIENCE = 240.0
"""Seconds that all stories together may take."""


@dataclass
class Take:
    """A story that is being played: the states so far, and which verbs are still to come."""

    story: Story
    name: str
    states: list[Manifest] = field(default_factory=list)
    spoken: int = 0
    over: bool = False

    def see(self, workflow: Manifest) -> None:
        """Take up a state."""
        self.states.append(workflow)
        if self.spoken == len(self.story.verbs):
            self.over = self.story.until(workflow)

    @property
    def shown(self) -> list[Manifest]:
        """The states to keep: of a story whose nodes are packed not the first, small ones, as no times can be moved in what is packed."""
        if self.story.controller != "packing":
            return self.states
        return [each for each in self.states if not each.get("status", {}).get("nodes")]

    def turn(self) -> tuple[str, ...]:
        """The verb that it is time for, each once; empty for none."""
        if not self.states or self.spoken == len(self.story.verbs):
            return ()
        when, verb = self.story.verbs[self.spoken]
        if not when(self.states[-1]):
            return ()
        self.spoken += 1
        return verb


def play(cluster: Cluster, namespace: str, stories: Mapping[str, Story]) -> dict[str, Recording]:
    """Play stories all at once. Raises Broken, naming those that did not come to their end."""
    try:
        takes = _played(cluster, namespace, stories)
    finally:
        let_go(cluster, namespace)
    return {
        each.name: Recording(
            each.story.about, tuple(scrubbed(each.shown, name=each.name, namespace=namespace))
        )
        for each in takes
    }


def _played(cluster: Cluster, namespace: str, stories: Mapping[str, Story]) -> list[Take]:
    takes = {f"{name}-1": Take(story, name) for name, story in stories.items()}
    directed = dict(stories)
    _direct(cluster, namespace, directed)
    version = int(cluster.kind(WORKFLOWS, "Workflow").get(namespace=namespace).metadata.resourceVersion)
    for name, story in stories.items():
        _submit(cluster, namespace, name, story)
    ends = monotonic() + PATIENCE
    while monotonic() < ends and not all(each.over for each in takes.values()):
        for workflow in _changes(cluster, namespace, version):
            version = max(version, int(workflow["metadata"]["resourceVersion"]))
            take = _take(takes, workflow)
            if take is not None and not take.over:
                take.see(workflow)
                _speak(cluster, take, directed)
        for take in takes.values():
            _speak(cluster, take, directed)
    if late := [each.name for each in takes.values() if not each.over]:
        raise Broken(f"no end of the stories {', '.join(late)} in {PATIENCE:.0f} s: see the controller's log")
    return list(takes.values())


def _take(takes: dict[str, Take], workflow: Manifest) -> Take | None:
    """The story that a Workflow is told in. A copy takes the place of what it was made of."""
    name = workflow["metadata"]["name"]
    original = workflow["metadata"].get("labels", {}).get(COPIED_FROM, "")
    if original in takes:
        takes[name] = takes.pop(original)
        takes[name].states.clear()
    return takes.get(name)


def _direct(cluster: Cluster, namespace: str, stories: Mapping[str, Story]) -> None:
    told = {
        f"{name}-1.{path}".replace("(", "_").replace(")", "_"): json.dumps(part)
        for name, story in stories.items()
        for path, part in story.parts.items()
    }
    cluster.direct(namespace, {"seconds": "0.5", **told})


def _submit(cluster: Cluster, namespace: str, name: str, story: Story) -> None:
    spec = {"description": name, "beads": list(story.beads), **story.spec}
    convoy = Convoy.model_validate({"metadata": {"name": name}, "spec": spec})
    rig = {"gates": [{"name": "test", "command": "true"}], **story.rig}
    (compiled,) = compiled_for(convoy, rig, story.refinery, namespace=namespace, name=name)
    cluster.apply(*compiled.config_maps)
    metadata = compiled.workflow["metadata"] | {"finalizers": [FINALIZER]}
    cluster.create(compiled.workflow | {"metadata": metadata})


def _changes(cluster: Cluster, namespace: str, version: int) -> Iterator[Manifest]:
    """Every state that Workflows come into within a second."""
    workflows = cluster.kind(WORKFLOWS, "Workflow")
    for event in workflows.watch(namespace=namespace, resource_version=str(version), timeout=1):
        if event["type"] != "DELETED":
            yield event["raw_object"]


def _speak(cluster: Cluster, take: Take, directed: dict[str, Story]) -> None:
    """Do what it is time for, if anything. What is retried is no longer `directed`: it fails no more."""
    verb = take.turn()
    if not verb:
        return
    workflow = take.states[-1]
    name, namespace = workflow["metadata"]["name"], workflow["metadata"]["namespace"]
    if verb[0] == "pod":
        pods = cluster.pods(name, namespace)
        wanted = f"{name}.{verb[1]}"
        (pod,) = [
            each
            for each in pods
            if each["metadata"]["annotations"]["workflows.argoproj.io/node-name"] == wanted
        ]
        cluster.kind("v1", "Pod").delete(name=pod["metadata"]["name"], namespace=namespace)
        return
    if verb[0] == "retry":
        del directed[take.name]
        _direct(cluster, namespace, directed)
    subprocess.run(
        [str(program("argo")), verb[0], name, *verb[1:], "-n", namespace],
        env={**os.environ, "KUBECONFIG": str(cluster.kubeconfig), "ARGO_SERVER": ""},
        check=True,
        capture_output=True,
    )


def let_go(cluster: Cluster, namespace: str) -> None:
    """Take our finalizer off all of them, or they and their namespace would stay for ever."""
    workflows = cluster.kind(WORKFLOWS, "Workflow")
    for each in workflows.get(namespace=namespace).items:
        workflows.patch(
            body={"metadata": {"finalizers": None}},
            name=each.metadata.name,
            namespace=namespace,
            content_type="application/merge-patch+json",
        )


_CONTROLLERS: Mapping[str, Callable[[Cluster], AbstractContextManager[object]]] = {
    "usual": lambda _: nullcontext(),
    "packing": lambda cluster: argo.restarted(cluster.own, argo.PACKING),
    "storing": storing,
}


def main(names: list[str]) -> None:
    """Record the stories of these names, or all."""
    chosen = {name: story for name, story in STORIES.items() if not names or name in names}
    with session(Mode.LIGHT, print) as site, tempfile.TemporaryDirectory() as scratch:
        cluster = Cluster(site, Path(scratch))
        namespace = f"recorder-{os.getpid()}"
        cluster.apply(*tenants.played(namespace))
        try:
            for controller in {each.controller for each in chosen.values()}:
                stories = {name: story for name, story in chosen.items() if story.controller == controller}
                with _CONTROLLERS[controller](cluster):
                    for name, recording in play(cluster, namespace, stories).items():
                        recording.save(FOLDER / f"{name}.json")
        finally:
            cluster.kind("v1", "Namespace").delete(name=namespace)


if __name__ == "__main__":
    main(sys.argv[1:])
