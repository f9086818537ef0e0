"""Executing a compiled Workflow: which nodes exist next, and which pods may start.

Level-triggered, as Argo's controller is: `advance` walks the tree from its root, looks only at what there is, and may be called at any
time and any number of times. It knows the features that `workflows.compile` uses and no more; what outgrows it goes to Argo.
"""

from collections.abc import Mapping

from crds import Manifest
from workflows.clock import Clock
from workflows.exits import Reason
from workflows.local.engine import expressions, templates
from workflows.local.engine.interface import Locks, Pause, PodEnd, PodStart
from workflows.local.engine.nodes import Tree
from workflows.local.engine.placeholders import Placeholders
from workflows.local.engine.retries import Retries
from workflows.local.engine.substitution import substitute
from workflows.shape import ENDED, POLECAT


class Engine:
    """One Workflow's run. Only `advance`, `ended` and `shut_down` change its tree."""

    def __init__(self, workflow: Manifest, tree: Tree, *, locks: Locks, clock: Clock) -> None:
        spec = workflow["spec"]
        self._templates = {template["name"]: template for template in spec["templates"]}
        self._entrypoint: str = spec["entrypoint"]
        self._name: str = workflow["metadata"]["name"]
        self._tree = tree
        self._locks = locks
        self._clock = clock
        self._placeholders = Placeholders(self._name, tree)
        self._running: set[str] = set()
        self._starts: list[PodStart] = []
        self.woken: frozenset[str] = frozenset()
        """Steps between two tries that begin the next one now."""
        self.resting: dict[str, Pause] = {}
        """Steps between two tries."""
        self.suspended = False
        """True starts no further task of the convoy; what is under way goes on."""
        self.logged_out = False
        """True starts no agent, neither anew nor again; merges go on."""
        self.refusal = ""
        """A sentence for which no further polecat is started: its node fails with it, as over budget."""

    @property
    def phase(self) -> str:
        """The Workflow's phase, which is that of its root node."""
        root = self._tree.get(self._name)
        return str(root["phase"]) if root else "Pending"

    def advance(self) -> list[PodStart]:
        """Do all that can be done now; returns the pods to start. Whoever starts them reports back through `ended`."""
        self._starts, self.resting = [], {}
        before: int | None = None
        while before != (before := sum(node["phase"] in ENDED for node in self._tree.all())):
            self._visit(self._name, self._templates[self._entrypoint], {}, boundary=None)
        return self._starts

    def ended(self, node: str, end: PodEnd) -> None:
        """Record how a pod ended."""
        self._running.discard(node)
        self._locks.release(node)
        if self._tree.phase(node) is not None:
            return
        parameters = self._placeholders.parameters(node, end.outputs)
        outputs: Manifest = {"parameters": parameters} if parameters else {}
        if end.code is not None:
            outputs["exitCode"] = str(end.code)
        phase = "Error" if end.code is None else "Failed" if end.code else "Succeeded"
        self._tree.update(node, outputs=outputs or None)
        self._tree.finish(node, phase, end.message)

    def shut_down(self, message: str, *, task: str | None = None) -> None:
        """End everything that has not ended, or all of one task, as Argo's stop does. The pods are already gone."""
        if self._tree.get(self._name) is None:
            self._tree.add(self._name, "DAG", boundary=None, templateName=self._entrypoint)
        for each in self._templates[self._entrypoint]["dag"]["tasks"]:
            child = f"{self._name}.{task}"
            if each["name"] == task and self._tree.get(child) is None:
                self._tree.add(child, "DAG", boundary=self._name, templateName=each["template"])
        for node in self._tree.all():
            if node["phase"] not in ENDED and (task is None or self.belongs(node["name"], task)):
                self._running.discard(node["name"])
                self._locks.release(node["name"])
                self._tree.finish(node["name"], "Failed", message)

    def belongs(self, node: str, task: str) -> bool:
        """Whether a node is a task of the convoy, or lies under it."""
        root = f"{self._name}.{task}"
        return node == root or node.startswith((f"{root}.", f"{root}("))

    def _visit(
        self, name: str, template: Manifest, inputs: Mapping[str, str], *, boundary: str | None
    ) -> None:
        if self._tree.phase(name) is not None:
            return
        inputs = templates.defaults(template) | dict(inputs)
        if "dag" in template:
            self._dag(name, template, inputs, boundary=boundary)
        elif "retryStrategy" in template:
            self._retry(name, template, inputs, boundary=boundary)
        else:
            self._pod(name, template, inputs, boundary=boundary)

    def _dag(self, name: str, template: Manifest, inputs: Mapping[str, str], *, boundary: str | None) -> None:
        if self._tree.get(name) is None:
            self._tree.add(
                name,
                "DAG",
                boundary=boundary,
                templateName=template["name"],
                inputs=templates.parameters(inputs),
            )
        names = self._placeholders.of(name, inputs)
        tasks = templates.needed(template["dag"], substitute(template["dag"].get("target", ""), names))
        held = (self.suspended or self.logged_out) and name == self._name
        limit = 0 if held else template.get("parallelism") or len(tasks)
        active = sum(self._is_active(f"{name}.{task['name']}") for task in tasks)
        for task in tasks:
            child = f"{name}.{task['name']}"
            if self._tree.phase(child) is not None:
                continue
            if self._tree.get(child) is None:
                if active >= limit or not self._may_start(name, task, names):
                    continue
                active += 1
            arguments = {key: substitute(value, names) for key, value in templates.arguments(task).items()}
            self._visit(child, self._templates[task["template"]], arguments, boundary=name)
            self._draw(name, task)
        phases = {self._tree.phase(f"{name}.{task['name']}") for task in tasks}
        if None not in phases:
            worst = next((phase for phase in ("Error", "Failed") if phase in phases), "Succeeded")
            self._tree.finish(name, worst)

    def _is_active(self, name: str) -> bool:
        return self._tree.get(name) is not None and self._tree.phase(name) is None

    def _may_start(self, dag: str, task: Manifest, names: Mapping[str, object]) -> bool:
        """Whether a task without a node gets one that runs; one whose turn can never come is noted as Omitted or Skipped."""
        child = f"{dag}.{task['name']}"
        if "depends" in task:
            holds = expressions.depends(task["depends"], lambda other: self._tree.phase(f"{dag}.{other}"))
            if not holds:
                if holds is False:
                    self._leave_out(child, "Omitted", dag, "omitted: depends condition not met")
                return False
        if "when" in task:
            condition = substitute(task["when"], {**names, "tasks": self._placeholders.put_out(dag, task)})
            if not expressions.when(condition):
                self._leave_out(child, "Skipped", dag, f"when '{condition}' evaluated false")
                return False
        return True

    def _leave_out(self, name: str, phase: str, dag: str, message: str) -> None:
        self._tree.add(name, "Skipped", boundary=dag, phase=phase)
        self._tree.finish(name, phase, message)

    def _draw(self, dag: str, task: Manifest) -> None:
        needs = expressions.names(task["depends"]) if "depends" in task else ()
        for parent in (f"{dag}.{need}" for need in needs) if needs else (dag,):
            self._tree.connect(parent, f"{dag}.{task['name']}")

    def _retry(
        self, name: str, template: Manifest, inputs: Mapping[str, str], *, boundary: str | None
    ) -> None:
        told = {"templateName": template["name"], "inputs": templates.parameters(inputs)}
        node = self._tree.get(name) or self._tree.add(name, "Retry", boundary=boundary, **told)
        retries = Retries(self._tree, name, template["retryStrategy"])
        verdict = retries.verdict(self._clock(), woken=name in self.woken)
        if self.logged_out and template["name"] == POLECAT and verdict.attempt not in ("", *self._running):
            return
        if verdict.last is not None and verdict.wait_until is not None:
            self.resting[name] = Pause(verdict.last, node["startedAt"], verdict.wait_until)
            self._tree.update(name, message=verdict.message)
        elif verdict.phase is not None:
            self._tree.update(name, outputs=verdict.outputs)
            self._tree.finish(name, verdict.phase, verdict.message)
        else:
            self._tree.update(name, message=None)
            self._pod(verdict.attempt, template, inputs, boundary=boundary, retried=True)
            self._tree.connect(name, verdict.attempt)

    def _pod(
        self,
        name: str,
        template: Manifest,
        inputs: Mapping[str, str],
        *,
        boundary: str | None,
        retried: bool = False,
    ) -> None:
        """Start a pod once its locks can be had. One that is Running without us was lost with an earlier runner: it starts again."""
        if name in self._running:
            return
        if self._tree.get(name) is None:
            self._tree.add(
                name,
                "Pod",
                boundary=boundary,
                phase="Pending",
                templateName=template["name"],
                inputs=templates.parameters(inputs),
                nodeFlag={"retried": True} if retried else None,
            )
        if self.refusal and template["name"] == POLECAT:
            code = str(Reason.BUDGET_EXCEEDED.value)
            self._tree.update(name, outputs={"exitCode": code})
            self._tree.finish(name, "Failed", f"main: Error (exit code {code}): {self.refusal}")
            return
        synchronization = template.get("synchronization")
        waiting = self._locks.acquire(name, synchronization) if synchronization else None
        if waiting is not None:
            status = {"waiting": waiting}
            message = f"Waiting for {waiting} lock"
            self._tree.update(name, phase="Pending", message=message, synchronizationStatus=status)
            return
        self._tree.update(name, phase="Running", message=None, synchronizationStatus=None)
        self._running.add(name)
        filled = self._placeholders.fill(name, template, inputs)
        self._starts.append(PodStart(node=name, template=filled))
