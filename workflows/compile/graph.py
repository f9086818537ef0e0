"""The DAG templates: the convoy's own graph, and one small graph a bead.

A bead's graph repeats itself after a conflict, with the agent told to resolve it. How often that comes round is counted in the queue's
entry, so no counter stands here. Its target is chosen while it runs: Argo makes no node for a task that no target needs, so a bead that
merged at once has none for the repetition, and one that its polecat landed has none for the merge.
"""

from hera.workflows import DAG, Suspend
from hera.workflows import models as argo

from workflows.plan import Task as PlannedTask
from workflows.plan import Train
from workflows.shape import (
    CONFLICT,
    CONVOY,
    LANDED,
    MERGE,
    MERGED,
    OUTCOME,
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


def bead(task: PlannedTask, *, merges: bool, parks: bool = False, lands: bool = False) -> tuple[DAG, ...]:
    """A bead's way: worked by a polecat and, where it `merges`, then by the refinery. What is published already is merged first; where
    that conflicts, the work after it is merged, too, or only published again. What people keep to themselves is merged, or fails.

    Where it `parks`, a merge that waits for people at its pull request gives way to a node that waits, and to another merge. Where a polecat
    `lands` its work, the merge is for what that could not.
    """
    name, parks = task.name, parks and merges
    work = argo.DAGTask(name=work_task(name), template=POLECAT, arguments=_bead(task))
    if task.unworked and task.unworked.by_hand:
        return _graphs(task, _merging(task), template=name, parks=parks)
    if task.published or task.unworked:
        second = second_template(name)
        first = _graphs(task, _merging(task, again=second), template=name, again=second, parks=parks)
        return (*first, *_worked(task, work, second, merges=merges, parks=parks, lands=lands))
    worked = _worked(task, work, name, merges=merges, parks=parks, lands=lands)
    return (*worked, _looks(task, again=name)) if parks else worked


def review() -> Suspend:
    """The wait for people. It ends by itself now and then, as a change may not have been seen: soon at first, later once a day."""
    return Suspend(name=REVIEW, duration=PAUSES)


def _worked(
    task: PlannedTask, work: argo.DAGTask, template: str, *, merges: bool, parks: bool, lands: bool
) -> tuple[DAG, ...]:
    """The template of a bead that an agent works: merged as often as it conflicts, or only published."""
    if not merges:
        return (DAG(name=template, tasks=[work]),)
    tasks = [work, *_merging(task, again=template, after=work_task(task.name))]
    if lands:
        return (DAG(name=template, tasks=[*tasks], target=target(task.name, lands=True)),)
    return (_graph(task, tasks, template=template, again=template, parks=parks),)


def _graphs(
    task: PlannedTask, tasks: list[argo.DAGTask], *, template: str, again: str = "", parks: bool
) -> tuple[DAG, ...]:
    """A template that begins with a merge and, where it `parks`, that of the looks that follow."""
    first = _graph(task, tasks, template=template, again=again, parks=parks)
    return (first, _looks(task, again=again)) if parks else (first,)


def _graph(task: PlannedTask, tasks: list[argo.DAGTask], *, template: str, again: str, parks: bool) -> DAG:
    name, more = task.name, [_look(task)] if parks else []
    if not again and not parks:
        return DAG(name=template, tasks=[*tasks])
    return DAG(name=template, tasks=[*tasks, *more], target=target(name, parks=parks, again=bool(again)))


def _looks(task: PlannedTask, *, again: str) -> DAG:
    """The looks at a bead's pull request: each waits, merges, and holds the next one."""
    name = task.name
    wait = argo.DAGTask(name=review_task(name), template=REVIEW)
    merging = _merging(task, again=again, after=review_task(name))
    return _graph(task, [wait, *merging], template=look_template(name), again=again, parks=True)


def _look(task: PlannedTask) -> argo.DAGTask:
    return argo.DAGTask(
        name=look_task(task.name),
        template=look_template(task.name),
        depends=merge_task(task.name),
        when=f"{outcome(task.name)}=={WAITING}",
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
            when=f"{outcome(name)}=={CONFLICT}",
        ),
    ]


def placeholders(name: str) -> tuple[str, ...]:
    """Everything in a bead's graph that Argo expands."""
    return outcome(name), target(name), target(name, lands=True)


def parking(name: str) -> tuple[str, ...]:
    """And where its merge gives way to a wait for people."""
    return target(name, parks=True), target(name, parks=True, again=False)


def outcome(name: str) -> str:
    """What the merge of a bead told."""
    return f"{{{{tasks.{merge_task(name)}.outputs.parameters.{OUTCOME}}}}}"


def target(name: str, *, parks: bool = False, again: bool = True, lands: bool = False) -> str:
    """The merge once it merged; until then, and otherwise, the repetition. Where it `parks`, the next look once it waits for people. Where a
    polecat `lands` its work, the work once it did: a merge is rare then, and most of those end in a conflict.

    It asks for what the step told the Workflow, `templates.OUTCOME_OF`, and must mean a task also where Argo checks a Workflow that has no
    nodes yet. Where it is not told, the repetition is looked at, and skipped by its own condition.
    """
    step = work_task(name) if lands else merge_task(name)
    told = f"get(workflow?.outputs?.parameters,'{step}-'+replace($env?.node?.name??'','.','_'))"
    if lands:
        return f"{name}-{{{{={told}=='{LANDED}'?'work':'again'}}}}"
    rest = f"{told}=='{MERGED}'?'merge':'again'" if again else "'merge'"
    return f"{name}-{{{{={told}=='{WAITING}'?'look':{rest}}}}}" if parks else f"{name}-{{{{={rest}}}}}"


def _bead(task: PlannedTask) -> argo.Arguments:
    return argo.Arguments(parameters=[argo.Parameter(name="bead", value=task.bead.id)])
