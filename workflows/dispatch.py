"""Which trains of a convoy start when: in the order of its plan, each without the beads that can no longer run.

Pure, so that a cluster and one machine submit in the same order.
"""

import dataclasses
from collections.abc import Collection, Iterable, Mapping

from workflows.names import BeadId, WorkflowName, workflow_name
from workflows.observe import Observation, Stage
from workflows.plan import Plan, Train, runnable


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
        elif (part := runnable(train, finished)).tasks:
            submit.append(part)
        else:
            over.add(train.index)
            omit.append(train)
    return Due(submit=tuple(submit), omit=tuple(omit), more=more)


def done_beads(observations: Iterable[Observation]) -> frozenset[BeadId]:
    """The beads that these Workflows finished."""
    return frozenset(bead.bead for each in observations for bead in each.beads if bead.stage is Stage.DONE)
