"""Files beside the orders that say that a polecat must not start: put there while the Workflow runs, seen by every pod that starts after.

A pod that is ended from outside is tried again by Argo, which looks at exit codes only; the next one finds the mark, and ends with
a code that is final.
"""

from workflows.exits import Reason
from workflows.orders import SPENT_FILE, ended_file
from workflows.steps.errors import AgentEnded
from workflows.steps.pod.environment import Pod


def heed(pod: Pod) -> None:
    """Raises AgentEnded where somebody terminated this polecat, or its convoy has spent what it may."""
    for name, reason in ((ended_file(pod.bead), Reason.TERMINATED), (SPENT_FILE, Reason.BUDGET_EXCEEDED)):
        try:
            words = (pod.tasks / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        raise AgentEnded(words.strip() or reason.word, reason)
