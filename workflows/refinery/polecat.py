"""The step `publish`, which lands what it published where nothing has to judge it.

Whatever hinders that is left to the merge step, which follows where this one does not tell that it landed.
"""

from collections.abc import Mapping

from workflows.shape import LANDED, LANDING_OUTPUTS, MERGED
from workflows.steps.errors import StepError
from workflows.steps.pod.environment import Pod
from workflows.steps.pod.private import remove_tree
from workflows.steps.pod.workspace import Workspace
from workflows.steps.publish import step as polecat
from workflows.steps.speech import say

PATIENCE = 2.0
"""Seconds for which a push is tried again here: the merge step has more of them, and holds up no free polecat."""


def publish(pod: Pod, environ: Mapping[str, str]) -> None:
    """Follow the agent to its end, publish its work and, in a pod that `lands`, merge it. Raises what the publication raises, and Stopped."""
    polecat.publish(pod, environ)
    if pod.lands:
        land(pod, environ)


def land(pod: Pod, environ: Mapping[str, str]) -> None:
    """Merge the published work, or leave that to the merge step. Raises Stopped."""
    from workflows.refinery import step  # noqa: PLC0415 - most polecats land nothing, and its imports take a while

    train, task = pod.orders()
    apart, hurried = Workspace(pod.workspace, pod.private / "landing"), pod._replace(patience=PATIENCE)
    remove_tree(apart.out)
    # Not those of a run that was killed: the target may have been set back since.
    Workspace.of(pod).write_outputs(dict.fromkeys(LANDING_OUTPUTS, ""))
    try:
        with step.pushing(hurried, environ) as job:
            step.run(job._replace(workspace=apart), hurried, environ)
        told = {name: (apart.out / name).read_text(encoding="utf-8") for name in ("outcome", "sha")}
    except (StepError, OSError) as error:
        say(f"{task.bead} is published, its merge step goes on: {error}")
        return
    if told["outcome"] == MERGED:
        commit, branch = train.shown_commit(told["sha"]), train.shown_branch(train.target)
        landed = {"merged": told["sha"], "commit": commit, "branch": branch, "outcome": LANDED}
        Workspace.of(pod).write_outputs(landed)
