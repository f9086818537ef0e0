"""The DAG templates: the convoy's own graph, and how one bead is delivered and landed.

`land` calls itself while a merge ends in conflict: the agent resolves, and the merge is tried again. A conflict is an outcome,
not a failure; how often it comes round is counted in the queue's entry, so no counter stands here.
"""

from hera.workflows import DAG, Parameter, Task
from hera.workflows import models as argo

from workflows.plan import Task as PlannedTask
from workflows.plan import Train
from workflows.shape import AGAIN, CONFLICT, CONVOY, DELIVER, LAND, MERGE, POLECAT, RESOLVE

_CONFLICT = f"{{{{tasks.{MERGE}.outputs.parameters.outcome}}}} == {CONFLICT}"


def convoy(train: Train, *, parallelism: int) -> DAG:
    """One task a bead; its edges are the plan's. `parallelism` 0 means no limit."""
    return DAG(
        name=CONVOY,
        fail_fast=False,
        parallelism=parallelism or None,
        tasks=[_bead_task(task) for task in train.tasks],
    )


def _bead_task(task: PlannedTask) -> argo.DAGTask:
    # Argo's model and a string for `depends`: Hera's own Task costs four times as much to build, and its `>>` is quadratic
    # in fan-in (1.2 s for 2,000 edges into one task).
    bead = argo.Parameter(name="bead", value=task.bead.id)
    return argo.DAGTask(
        name=task.name,
        template=DELIVER,
        depends=" && ".join(task.needs) or None,
        arguments=argo.Arguments(parameters=[bead]),
    )


def deliver(*, merges: bool) -> DAG:
    """A bead's way: worked by a polecat and, unless publishing is all that is asked, landed by the refinery."""
    dag = DAG(name=DELIVER, inputs=_inputs(), fail_fast=False)
    with dag:
        Task(name=POLECAT, template=POLECAT, arguments=_pass_on())
        if merges:
            Task(name=LAND, template=LAND, depends=POLECAT, arguments=_pass_on())
    return dag


def land() -> DAG:
    """Merge; where that conflicts, let the agent resolve it and land again."""
    dag = DAG(name=LAND, inputs=_inputs(), fail_fast=False)
    with dag:
        Task(name=MERGE, template=MERGE, arguments=_pass_on())
        Task(
            name=RESOLVE,
            template=POLECAT,
            depends=MERGE,
            when=_CONFLICT,
            arguments=[*_pass_on(), Parameter(name="mode", value="resolve")],
        )
        Task(name=AGAIN, template=LAND, depends=RESOLVE, when=_CONFLICT, arguments=_pass_on())
    return dag


def _inputs() -> list[Parameter]:
    return [Parameter(name="bead")]


def _pass_on() -> list[Parameter]:
    return [Parameter(name="bead", value="{{inputs.parameters.bead}}")]
