"""Asks a rig's repository whether it answers, so that the adapter knows without ever holding a credential."""

from collections.abc import Mapping

from workflows import refs
from workflows.exits import Reason
from workflows.orders import CheckOrders
from workflows.steps.errors import (
    BranchMissing,
    Empty,
    HostUnknown,
    OrdersUnread,
    StepError,
    Unworkable,
    WorkspaceFull,
)
from workflows.steps.git import address
from workflows.steps.git.access import opened
from workflows.steps.git.remote import Remote, no_branch
from workflows.steps.pod.environment import Pod
from workflows.steps.pod.workspace import Workspace

PATIENCE = 60.0
"""Seconds that the repository has to answer one question."""

_WORDS = {
    HostUnknown: "HostKeyUnknown",
    Empty: "RepositoryEmpty",
    BranchMissing: "BranchMissing",
    Unworkable: "Unworkable",
}
"""What is told of errors for which the exit code has no word of its own."""


def check(pod: Pod, environ: Mapping[str, str]) -> None:
    """Ask for the rig's branch. Raises the StepError that says what stands in the way, after its word is in the outputs."""
    try:
        orders = CheckOrders.load(pod.tasks)
    except (OSError, ValueError, TypeError) as error:
        raise OrdersUnread(f"the orders of the check in {pod.tasks} cannot be read ({error})") from error
    workspace = Workspace.of(pod)
    try:
        with opened(pod, orders.repository, environ, host_keys=orders.host_keys) as (git, _):
            remote = Remote(git.within_seconds(PATIENCE), orders.repository)
            branch = refs.head(orders.base)
            there = remote.refs(branch, refs.head(refs.IN_THE_WAY))
            if branch not in there:
                raise no_branch(remote, orders.base)
            if problem := refs.unworkable(there[branch], in_the_way=refs.head(refs.IN_THE_WAY) in there):
                raise Unworkable(
                    f"the repository {address.shown(orders.repository)} can't be worked on: {problem}"
                )
    except StepError as error:
        workspace.write_outputs({"reason": _WORDS.get(type(error), _word(error))})
        raise
    workspace.write_outputs({"reason": Reason.COMPLETED.word})


def _word(error: StepError) -> str:
    """Nothing for a full disk: that says nothing of the repository."""
    if isinstance(error, WorkspaceFull):
        return ""
    return error.reason.word if error.reason.final else "Unreachable"
