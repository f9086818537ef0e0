"""The names inside a compiled Workflow: the contract between `compile`, which writes them, and all that reads nodes.

A bead's nodes are `<workflow>.<task>.polecat`, `<workflow>.<task>.land.merge`, and after a conflict
`….land.resolve` and `….land.again.merge`; a retry adds `(<n>)`.
"""

CONVOY = "convoy"
"""The entrypoint: the bead graph."""
DELIVER = "deliver"
"""A bead's way from work to target."""
LAND = "land"
"""A bead's way through the refinery."""
POLECAT = "polecat"
"""The pod that works a bead, or resolves its conflict."""
MERGE = "merge"
"""The pod that merges."""
RESOLVE = "resolve"
"""The task that hands a conflict back to the agent."""
AGAIN = "again"
"""The task that lands once more after a conflict was resolved."""
BEADS = "beads"
"""The pod that reads a bead store."""

CHECK = "check"
"""The pod that asks a rig's repository whether it answers."""

ENDED = frozenset({"Succeeded", "Failed", "Error", "Skipped", "Omitted"})
UNSUCCESSFUL = frozenset({"Failed", "Error"})
"""Phases of a node, as Argo names them."""

POLECAT_OUTPUTS = ("branch", "sha", "base", "commits", "files", "reason", "summary", "tokens", "cost")
MERGE_OUTPUTS = ("outcome", "sha", "reason", "summary")
BEADS_OUTPUTS = ("index", "commit")
CHECK_OUTPUTS = ("reason",)

MERGED = "merged"
CONFLICT = "conflict"
"""What a merge's output `outcome` says."""


def agent_container(agent: str) -> str:
    """The container of an agent: `claude` for claude-code, which people's scripts ask logs of, else the agent's own name."""
    return "claude" if agent == "claude-code" else agent
