"""The nodes of one bead's delivery, and what its merges came to."""

from collections.abc import Mapping

from crds import Manifest
from workflows.exits import Reason
from workflows.observe import nodes as reading
from workflows.observe.graphs import BeadGraph
from workflows.shape import CONFLICT, LANDED, MERGED, WAITING


class Delivery:
    """The nodes of one bead's delivery: its polecat, and the merges and resolutions that follow.

    `over` is whether its Workflow has ended: then what a node put out is all that it ever will, whatever its phase. `held` is whether
    published work stays in the queue until a person lands it.
    """

    def __init__(
        self, nodes: Mapping[str, Manifest], root: str, graph: BeadGraph, *, over: bool, held: bool = False
    ) -> None:
        self.graph = graph
        self.held = held
        self._over = over
        self.node = nodes.get(f"{root}.{graph.task}")
        self.work: list[Manifest] = []
        """Every run of an agent, in order."""
        self.merges: list[Manifest] = []
        self.resolutions: list[Manifest] = []
        self.steps: list[Manifest] = []
        self.wait: Manifest | None = None
        """The node in which its merge waits for people, or did before it ended."""
        for number, each in enumerate(graph.rounds(nodes, root)):
            work, merges = (_run(nodes, name) for name in (each.work, each.merge))
            self.work += work
            self.resolutions += work if number else []
            self.merges += merges
            self.steps += [*work, *merges]
            self.wait = None if merges else nodes.get(each.review, self.wait)

    @property
    def begun(self) -> list[Manifest]:
        """The runs of an agent that had a free polecat to begin with: Argo's nodes start with their wait for one."""
        return [node for node in self.work if not reading.locked_out(node)]

    @property
    def merge(self) -> Manifest | None:
        """The step that reached the target, if one did: a merge, or a polecat that landed its work. Its pod may outlive a controller that
        gave the Workflow up.
        """
        told = (node for node in self.steps if self._over or reading.ended(node))
        return next((node for node in told if reading.outputs(node).get("outcome") in (MERGED, LANDED)), None)

    @property
    def merged(self) -> str:
        """The commit on the target; empty before."""
        told = reading.outputs(self.merge)
        return told.get("merged") or told.get("sha", "")

    @property
    def published(self) -> Manifest | None:
        """The last run of an agent whose work was published."""
        return next((node for node in reversed(self.work) if reading.succeeded(node)), None)

    @property
    def latest(self) -> Manifest | None:
        """The last step; it says what goes on, or why nothing does. They follow each other, so their times, in whole seconds, aren't needed."""
        return self.steps[-1] if self.steps else None


def _run(nodes: Mapping[str, Manifest], name: str) -> list[Manifest]:
    """The attempts of a step; none where it was left out. What a copy took over from its original is left out, too, but tells its outputs."""
    attempts = reading.attempts(nodes, name)
    return [node for node in attempts if node.get("phase") not in reading.LEFT_OUT or reading.outputs(node)]


def conflict(merge: Manifest) -> bool:
    """Whether a merge handed a conflict to the agent, and not the words of people or checks on its pull request."""
    told = reading.outputs(merge)
    return told.get("outcome") == CONFLICT and told.get("reason") != Reason.GATE_FAILED.word


def credentials_refused(node: Manifest | None) -> bool:
    """Whether a step is a run of an agent whose credentials were refused."""
    return node is not None and reading.failed(node) and reading.reason(node) is Reason.CREDENTIALS_EXPIRED


def target_red(delivery: Delivery) -> str:
    """What the last try that ended said of the target, where it is that which does not pass."""
    refused = refused_last(delivery)
    if refused is None or reading.reason(refused) is not Reason.TARGET_RED:
        return ""
    return reading.sentence(refused) or "the target does not pass its own gates"


def gave_way(delivery: Delivery) -> Manifest | None:
    """The last try of its merge that ended, where that gave way to a wait for people."""
    ended = next((node for node in reversed(delivery.merges) if reading.ended(node)), None)
    return ended if reading.outputs(ended).get("outcome") == WAITING else None


def refused_last(delivery: Delivery) -> Manifest | None:
    """The last try of its merge that ended, where that failed."""
    ended = next((node for node in reversed(delivery.merges) if reading.ended(node)), None)
    return ended if ended is not None and reading.failed(ended) else None
