"""Which task a bead's graph is for, chosen while it runs, from what its steps told the Workflow.

Argo makes no node for a task that no target needs, so a bead that merged at once has none for the repetition, and one that its polecat landed
has none for the merge. A choice asks for what the step told, `templates.OUTCOME_OF`, and means a task also where Argo checks a Workflow
that has no nodes yet. Where nothing is told, the repetition is looked at, and skipped by its own condition.
"""

from workflows.shape import LANDED, MERGED, OUTCOME, WAITING, merge_task, work_task


def outcome(name: str) -> str:
    """What the merge of a bead told."""
    return f"{{{{tasks.{merge_task(name)}.outputs.parameters.{OUTCOME}}}}}"


def merged(name: str) -> str:
    """The merge once it merged, else the repetition."""
    return _task(name, f"{_told(merge_task(name))}=='{MERGED}'?'merge':'again'")


def landed(name: str) -> str:
    """The work once its polecat landed it, else the repetition: a merge is rare then, and most of those end in a conflict."""
    return _task(name, f"{_told(work_task(name))}=='{LANDED}'?'work':'again'")


def looked(name: str, *, again: bool = True) -> str:
    """The next look while the merge waits for people; then the merge, or the repetition where work can be done `again`."""
    told = _told(merge_task(name))
    ended = f"{told}=='{MERGED}'?'merge':'again'" if again else "'merge'"
    return _task(name, f"{told}=='{WAITING}'?'look':{ended}")


def placeholders(name: str) -> tuple[str, ...]:
    """Everything in a bead's graph that Argo expands."""
    return outcome(name), merged(name), landed(name), looked(name), looked(name, again=False)


def _told(step: str) -> str:
    return f"get(workflow?.outputs?.parameters,'{step}-'+replace($env?.node?.name??'','.','_'))"


def _task(name: str, choice: str) -> str:
    return f"{name}-{{{{={choice}}}}}"
