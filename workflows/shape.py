"""The names inside a compiled Workflow: the contract between `compile`, which writes them, and all that reads nodes.

A bead `app-101` is the node `<workflow>.app-101`, a graph of its own template. Its pods are the attempts below
`….app-101.app-101-work` and `….app-101.app-101-merge`; the second has no node where the first landed its work. After a conflict the graph is repeated inside itself, as `….app-101.app-101-again`.
So the name of every pod, in every view, begins with its bead. Where gastown-events looks at pull requests, a merge that waits for people is
followed by `….app-101.app-101-look`: the wait `….app-101-review`, and another merge after it.
"""

CONVOY = "convoy"
"""The entrypoint: the bead graph."""
POLECAT = "polecat"
"""The template of the pod that works a bead, or resolves its conflict."""
MERGE = "merge"
"""The template of the pod that merges."""
BEADS = "beads"
"""The pod that reads a bead store."""

CHECK = "check"
"""The pod that asks a rig's repository whether it answers."""

REVIEW = "review"
"""The node without a pod in which a merge waits for people at its pull request. Argo's resume, or its time, ends it."""

GATE_CACHE = "gate-cache"
"""The volume that gates keep things on between runs."""

TEMPLATES = frozenset({CONVOY, POLECAT, MERGE, REVIEW})
"""Names that no bead's template can have."""

ENDED = frozenset({"Succeeded", "Failed", "Error", "Skipped", "Omitted"})
UNSUCCESSFUL = frozenset({"Failed", "Error"})
"""Phases of a node, as Argo names them."""

POLECAT_OUTPUTS = (
    "reason",
    "summary",
    "cost",
    "commit",
    "branch",
    "commits",
    "files",
    "tokens",
    "ref",
    "sha",
    "base",
)
"""In the order in which Argo's interface shows them: what people look for first, what programs read last."""
LANDING_OUTPUTS = ("outcome", "merged")
"""What a polecat whose pod may land its work puts out besides: `landed`, and the commit on the target."""
MERGE_OUTPUTS = ("reason", "summary", "commit", "branch", "outcome", "sha")
BEADS_OUTPUTS = ("index", "commit")
CHECK_OUTPUTS = ("reason",)

OUTCOME = "outcome"
"""The output in which a merge, or a polecat that lands its work, tells how it went: one of the following, or `none`."""
MERGED = "merged"
LANDED = "landed"
"""As a polecat tells it that its own pod merged its work: no merge follows."""
CONFLICT = "conflict"
WAITING = "waiting"
"""Its pull request waits for people: the merge is over, and another look follows once somebody did something."""


def work_task(task: str) -> str:
    """The task in which a bead is worked."""
    return f"{task}-work"


def merge_task(task: str) -> str:
    """The task in which a bead is merged."""
    return f"{task}-merge"


def is_merge(node: str) -> bool:
    """Whether a node is a merge or one try of it, by its name."""
    return node.partition("(")[0].endswith((f"-{MERGE}", f".{MERGE}"))


def again_task(task: str) -> str:
    """The task in which a bead whose merge conflicted is worked and merged once more."""
    return f"{task}-again"


def review_task(task: str) -> str:
    """The task in which a bead's merge waits for people."""
    return f"{task}-{REVIEW}"


def look_task(task: str) -> str:
    """The task in which a merge waits for people and then looks again."""
    return f"{task}-look"


def look_template(task: str) -> str:
    """The template of that, which holds itself for the look after it."""
    return f"3rd-{task}"


def second_template(task: str) -> str:
    """The template in which a conflict of published work is resolved. No bead's task begins with a digit."""
    return f"2nd-{task}"


COURIER = "courier"
"""The container that reads what the agent makes and prints. Its own log is what the agent printed, as it came."""


def agent_container(agent: str) -> str:
    """The container of an agent: `claude` for claude-code, which people's scripts ask logs of, else the agent's own name."""
    return "claude" if agent == "claude-code" else agent
