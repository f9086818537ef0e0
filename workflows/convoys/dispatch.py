"""Which trains of a convoy start when: in the order of its plan, each without the beads that can no longer run.

Pure, so that a cluster and one machine submit in the same order.
"""

import dataclasses
import datetime
from collections.abc import Collection, Iterable, Mapping

from crds import Convoy, seconds
from workflows.names import BeadId, WorkflowName, workflow_name
from workflows.observe import Observation, Stage
from workflows.plan import ALL, Plan, Scope, Train, runnable


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is to be done now: trains to submit, as they can run, and trains in which nothing can run any more.

    `more` is whether further trains wait for their turn.
    """

    submit: tuple[Train, ...] = ()
    omit: tuple[Train, ...] = ()
    more: bool = False


def due(
    plan: Plan,
    present: Mapping[WorkflowName, Observation],
    *,
    attempt: int,
    done: Collection[BeadId],
    omitted: Collection[WorkflowName] = (),
    scope: Scope = ALL,
) -> Due:
    """What a plan asks for, given what its Workflows show. `done` are beads of earlier attempts, `omitted` trains that were passed over."""
    finished = done_beads(present.values()) | frozenset(done)
    over: set[int] = set()
    submit: list[Train] = []
    omit: list[Train] = []
    more = False
    for train in plan.trains:
        name = workflow_name(plan.convoy, train.index, attempt)
        submitted = present.get(name)
        if submitted is not None:
            over |= {train.index} if submitted.ended else set()
        elif name in omitted:
            over.add(train.index)
        elif not over.issuperset(train.after):
            more = True
        elif (part := runnable(train, finished, scope)).tasks:
            submit.append(part)
        elif not (scope.held and _awaits_person(present.values(), scope)):
            over.add(train.index)
            omit.append(train)
    return Due(submit=tuple(submit), omit=tuple(omit), more=more)


def begun(convoy: Convoy, observations: Iterable[Observation]) -> Convoy:
    """The convoy at the attempt that runs: a new one begins when those before it have ended, or two would work the same bead at once."""
    earlier = [each.attempt for each in observations if not each.ended and each.attempt < convoy.spec.attempt]
    update = {"attempt": max(earlier, default=convoy.spec.attempt)}
    return convoy.model_copy(update={"spec": convoy.spec.model_copy(update=update)})


def scope_of(convoy: Convoy, observations: Iterable[Observation]) -> Scope:
    """What the convoy's attempt takes up of what earlier ones left: no held bead, and where it names beads none that failed by itself,
    but for those that it names. Of the held ones that it names, and of those that the queue refused, it merges those that a person lands and works
    the others again.
    """
    spec = convoy.spec
    earlier = (each for each in observations if each.attempt < spec.attempt)
    latest = {bead.bead: bead for each in sorted(earlier, key=_attempt) for bead in each.beads}
    held = {name for name, bead in latest.items() if bead.held}
    refused = {name for name, bead in latest.items() if bead.refused_by_queue}
    failed = {name for name, bead in latest.items() if bead.failed_itself} if spec.retry else set()
    return Scope(
        without=frozenset((held | failed) - set(spec.retry)),
        lands=frozenset((held | refused) & set(spec.retry) & set(spec.land)),
        held=spec.held,
    )


def _awaits_person(present: Iterable[Observation], scope: Scope) -> bool:
    """Whether held work may still be landed, so that what waits for it is not over."""
    return bool(scope.without) or any(bead.held for each in present for bead in each.beads)


def _attempt(observation: Observation) -> int:
    return observation.attempt


def left(convoy: Convoy, observations: Iterable[Observation], *, now: datetime.datetime) -> float | None:
    """Seconds until the deadline of the convoy's present attempt, which begins with its first Workflow; None without one."""
    limit = seconds(convoy.spec.deadline)
    if not limit:
        return None
    begun = [each.started for each in observations if each.started and each.attempt == convoy.spec.attempt]
    # A clock that was set back since gives nobody more than all of it.
    return min(limit, limit - (now - min(begun)).total_seconds()) if begun else limit


def in_time(convoy: Convoy, observations: Iterable[Observation], *, now: datetime.datetime) -> Convoy:
    """The convoy with what is left of its time: a later train must not get all of it again."""
    rest = left(convoy, observations, now=now)
    if rest is None:
        return convoy
    update = {"deadline": f"{max(1, round(rest))}s"}
    return convoy.model_copy(update={"spec": convoy.spec.model_copy(update=update)})


def overspent(convoy: Convoy, observations: Iterable[Observation]) -> str:
    """That the convoy's budget is spent, as a sentence without the next step; empty while it is not."""
    total = convoy.spec.budget.total_usd if convoy.spec.budget else 0.0
    spent = sum(bead.cost or 0.0 for each in observations for bead in each.beads) if total else 0.0
    return f"the convoy's budget of ${total:g} is spent (${spent:.2f})" if total and spent >= total else ""


def done_beads(observations: Iterable[Observation]) -> frozenset[BeadId]:
    """The beads that these Workflows finished."""
    return frozenset(bead.bead for each in observations for bead in each.beads if bead.stage is Stage.DONE)
