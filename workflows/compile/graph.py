"""The DAG templates: the convoy's own graph, and one small graph a bead.

A bead's graph repeats itself after a conflict, with the agent told to resolve it. How often that comes round is counted in the queue's
entry, so no counter stands here. Its target is chosen while it runs: Argo makes no node for a task that no target needs, so a bead that
merged at once has none for the repetition.
"""

from hera.workflows import DAG, Task
from hera.workflows import models as argo

from workflows.plan import Task as PlannedTask
from workflows.plan import Train
from workflows.shape import (
    CONFLICT,
    CONVOY,
    MERGE,
    MERGED,
    OUTCOME,
    POLECAT,
    again_task,
    merge_task,
    second_template,
    work_task,
)


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
    return argo.DAGTask(name=task.name, template=task.name, depends=" && ".join(task.needs) or None)


def bead(task: PlannedTask, *, merges: bool) -> tuple[DAG, ...]:
    """A bead's way: worked by a polecat and, where it `merges`, then by the refinery. What is published already is merged first; where
    that conflicts, the work after it is merged, too, or only published again. What people keep to themselves is merged, or fails.
    """
    name = task.name
    work = argo.DAGTask(name=work_task(name), template=POLECAT, arguments=_bead(task))
    if task.unworked and task.unworked.by_hand:
        return (DAG(name=name, tasks=_merging(task)),)
    if task.published or task.unworked:
        second = second_template(name)
        first = DAG(name=name, tasks=_merging(task, again=second), target=target(name))
        return first, _worked(task, work, second, merges=merges)
    return (_worked(task, work, name, merges=merges),)


def _worked(task: PlannedTask, work: argo.DAGTask, template: str, *, merges: bool) -> DAG:
    """The template of a bead that an agent works: merged as often as it conflicts, or only published."""
    if not merges:
        return DAG(name=template, tasks=[work])
    tasks: list[Task | argo.DAGTask] = [work, *_merging(task, again=template, after=work_task(task.name))]
    return DAG(name=template, tasks=tasks, target=target(task.name))


def _merging(task: PlannedTask, *, again: str = "", after: str | None = None) -> list[Task | argo.DAGTask]:
    """The merge and, where an agent goes on with what conflicts, the template for that."""
    name = task.name
    merge = argo.DAGTask(name=merge_task(name), template=MERGE, depends=after, arguments=_bead(task))
    if not again:
        return [merge]
    return [
        merge,
        argo.DAGTask(
            name=again_task(name),
            template=again,
            depends=merge_task(name),
            when=f"{outcome(name)}=={CONFLICT}",
        ),
    ]


def placeholders(name: str) -> tuple[str, ...]:
    """Everything in a bead's graph that Argo expands."""
    return outcome(name), target(name)


def outcome(name: str) -> str:
    """What the merge of a bead told."""
    return f"{{{{tasks.{merge_task(name)}.outputs.parameters.{OUTCOME}}}}}"


def target(name: str) -> str:
    """The merge once it merged; until then, and otherwise, the repetition.

    It asks for what the merge told the Workflow, `pods.OUTCOME_OF`, and must mean a task also where Argo checks a Workflow that has no
    nodes yet. Where it is not told, the repetition is looked at, and skipped by its own condition.
    """
    told = f"get(workflow?.outputs?.parameters,'{merge_task(name)}-'+replace($env?.node?.name??'','.','_'))"
    return f"{name}-{{{{={told}=='{MERGED}'?'merge':'again'}}}}"


def _bead(task: PlannedTask) -> argo.Arguments:
    return argo.Arguments(parameters=[argo.Parameter(name="bead", value=task.bead.id)])
