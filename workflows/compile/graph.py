"""The DAG templates: the convoy's own graph, and one small graph a bead.

A bead's graph repeats itself after a conflict, with the agent told to resolve it. How often that comes round is counted in the queue's
entry, so no counter stands here. Its target is chosen while it runs.
"""

import enum

from hera.workflows import DAG, Suspend
from hera.workflows import models as argo

from workflows.compile import targets
from workflows.plan import Task as PlannedTask
from workflows.plan import Train
from workflows.shape import (
    CONFLICT,
    CONVOY,
    MERGE,
    POLECAT,
    REVIEW,
    WAITING,
    again_task,
    look_task,
    look_template,
    merge_task,
    review_task,
    second_template,
    work_task,
)

PAUSES = (
    "{{=let n=len(split(trimPrefix(node.name,workflow.name+'.'),'.'));n<5?'15m':n<8?'1h':n<12?'6h':'24h'}}"
)
"""How long a merge waits for people before it looks by itself, by how often it has looked."""


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


class Landing(enum.Enum):
    """Who brings to the target what a polecat made."""

    NONE = enum.auto()
    """Nobody: it is published, or held."""
    MERGE = enum.auto()
    """The refinery, in a step of its own."""
    REVIEW = enum.auto()
    """The refinery; where it waits for people at a pull request, it gives way to a node that waits, and to another merge."""
    POLECAT = enum.auto()
    """Its own pod; the step of the refinery is for what that could not land."""


def bead(task: PlannedTask, landing: Landing) -> tuple[DAG, ...]:
    """A bead's way: worked by a polecat and then landed. What is published already is merged first; where that conflicts, the work after it
    is merged, too, or only published again. What people keep to themselves is merged, or fails.
    """
    name = task.name
    if task.unworked and task.unworked.by_hand:
        return _from_merge(task, name, landing)
    if task.published or task.unworked:
        second = second_template(name)
        return (*_from_merge(task, name, landing, again=second), *_worked(task, second, landing))
    worked = _worked(task, name, landing)
    return (*worked, _looks(task, again=name)) if landing is Landing.REVIEW else worked


def review() -> Suspend:
    """The wait for people. It ends by itself now and then, as a change may not have been seen: soon at first, later once a day."""
    return Suspend(name=REVIEW, duration=PAUSES)


def _worked(task: PlannedTask, template: str, landing: Landing) -> tuple[DAG, ...]:
    """The template of a bead that an agent works: merged as often as it conflicts, or only published."""
    work = argo.DAGTask(name=work_task(task.name), template=POLECAT, arguments=_bead(task))
    if landing is Landing.NONE:
        return (DAG(name=template, tasks=[work]),)
    tasks = [work, *_merging(task, again=template, after=work_task(task.name))]
    if landing is Landing.POLECAT:
        return (DAG(name=template, tasks=[*tasks], target=targets.landed(task.name)),)
    return (_graph(task, tasks, template=template, landing=landing, again=template),)


def _from_merge(task: PlannedTask, template: str, landing: Landing, *, again: str = "") -> tuple[DAG, ...]:
    """A template that begins with a merge and, where that gives way to people, that of the looks that follow."""
    first = _graph(task, _merging(task, again=again), template=template, landing=landing, again=again)
    return (first, _looks(task, again=again)) if landing is Landing.REVIEW else (first,)


def _graph(
    task: PlannedTask, tasks: list[argo.DAGTask], *, template: str, landing: Landing, again: str
) -> DAG:
    name = task.name
    if landing is Landing.REVIEW:
        target = targets.looked(name, again=bool(again))
        return DAG(name=template, tasks=[*tasks, _look(task)], target=target)
    return DAG(name=template, tasks=[*tasks], target=targets.merged(name) if again else None)


def _looks(task: PlannedTask, *, again: str) -> DAG:
    """The looks at a bead's pull request: each waits, merges, and holds the next one."""
    name = task.name
    wait = argo.DAGTask(name=review_task(name), template=REVIEW)
    merging = _merging(task, again=again, after=review_task(name))
    return _graph(task, [wait, *merging], template=look_template(name), landing=Landing.REVIEW, again=again)


def _look(task: PlannedTask) -> argo.DAGTask:
    return argo.DAGTask(
        name=look_task(task.name),
        template=look_template(task.name),
        depends=merge_task(task.name),
        when=f"{targets.outcome(task.name)}=={WAITING}",
    )


def _merging(task: PlannedTask, *, again: str = "", after: str | None = None) -> list[argo.DAGTask]:
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
            when=f"{targets.outcome(name)}=={CONFLICT}",
        ),
    ]


def _bead(task: PlannedTask) -> argo.Arguments:
    return argo.Arguments(parameters=[argo.Parameter(name="bead", value=task.bead.id)])
