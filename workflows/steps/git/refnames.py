"""Which names git accepts for a ref, checked without a process, before anything is changed."""

import re

from workflows import refs
from workflows.globs import matches_any
from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.errors import Refused

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|\.$|/$|^/|^\.|^-|^@$")


def valid(name: str) -> bool:
    """True for what `git check-ref-format --branch` accepts."""
    return bool(name) and not _FORBIDDEN.search(name)


def check(train: TrainOrders, task: TaskOrders) -> None:
    """Refuse orders whose names cannot be refs. Raises Refused, which no retry helps."""
    named = {
        f"the base branch of rig {train.rig}": train.base,
        f"the target branch of rig {train.rig}": train.target,
        f"the work branch of bead {task.bead}": task.branch,
        f"the id of bead {task.bead}": refs.wip(task.bead),
        f"the name of convoy {train.convoy}": refs.merged(train.convoy, task.bead),
    }
    for what, name in named.items():
        if not valid(name):
            raise Refused(
                f"{what}, {name!r}, is not a name that git accepts: choose another and submit again"
            )
    if task.branch in (train.base, train.target):
        raise Refused(
            f"the work branch of bead {task.bead} is {task.branch!r}, which others share: give the bead a branch of its own"
        )
    allowed = train.branches or refs.WORK_BRANCHES
    own = refs.work_branch(task.bead)
    # A branch that a person submits is read, and never pushed to.
    if task.branch != own and not task.taken_up and not matches_any(task.branch, allowed):
        raise Refused(
            f"the work branch of bead {task.bead} is {task.branch!r}, which is none of {', '.join(allowed)}: name one of these, "
            f"or have the owner of rig {train.rig} add it to workBranches"
        )
