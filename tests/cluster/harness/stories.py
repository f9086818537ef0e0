"""Everything that Argo can make of a Workflow of ours, as short stories for the player: what its pods do, and what hands do.

They follow the list of traps that observing has to know; each is played on the real controller.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from harness.towns import Manifest, bead

When = Callable[[Manifest], bool]
"""Tells of a Workflow whether it has come so far."""

FAILED_POLECATS = ("--restart-successful", "--node-field-selector", "templateName=polecat,phase=Failed")
ESCALATED = {"code": 11, "outputs": {"reason": "Escalated"}}
CONFLICT = {"outputs": {"outcome": "conflict", "reason": "Conflict", "sha": ""}}
LANDS = {"outputs": {"outcome": "landed", "merged": "e" * 40}}
RED = {"code": 31, "outputs": {"reason": "GateFailed", "outcome": "none", "sha": ""}}
LONG = {"seconds": 600}
REVIEW = "12-0123456789abcdef"
AWAITED = {
    "outputs": {
        "outcome": "waiting",
        "reason": "AwaitingReview",
        "sha": REVIEW,
        "summary": "pull request 12 waits",
    }
}
FORGE: Mapping[str, Any] = {
    "forge": {"kind": "gitea", "apiURL": "https://git.example.org", "repository": "o/r"},
    "forgeTokenSecretRef": {"name": "forge", "key": "token"},
}
BY_PULL = {"mode": "pr"}
LOOKED = "ap-1.ap-1-look"
ASKED = {"outputs": {"outcome": "conflict", "reason": "GateFailed", "sha": ""}}
RESUME = ("resume", "--node-field-selector", "displayName=ap-1-review")


def completed(workflow: Manifest) -> bool:
    """True once it has ended for good, as far as Argo knows."""
    return bool(workflow["metadata"].get("labels", {}).get("workflows.argoproj.io/completed") == "true")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One Workflow. `parts` are what pods do, by the node's name less the Workflow's; `verbs` are what hands do, each when it is time.

    A verb is the arguments of `argo`, or `pod <node>` to delete a node's pod. The story ends when `until` holds. Of a Workflow that is
    resubmitted, the copy is what is told.
    """

    about: str
    beads: tuple[Manifest, ...]
    parts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict)
    rig: Mapping[str, Any] = field(default_factory=dict)
    """With gates, where it names none: without them polecats land their work."""
    refinery: Mapping[str, Any] = field(default_factory=dict)
    verbs: tuple[tuple[When, tuple[str, ...]], ...] = ()
    until: When = completed
    controller: Literal["usual", "packing", "storing"] = "usual"
    """Whether the controller leaves nodes as they are, packs them, or keeps them in a database."""


def at(path: str, *phases: str, **fields: Any) -> When:
    """When a node is in one of these phases, and its fields are so."""

    def holds(workflow: Manifest) -> bool:
        nodes = ((workflow.get("status") or {}).get("nodes") or {}).values()
        name = f"{workflow['metadata']['name']}.{path}"
        found: Manifest = next((node for node in nodes if node["name"] == name), {})
        return found.get("phase") in phases and all(found.get(key) == value for key, value in fields.items())

    return holds


def old(path: str, *, seconds: float = 25) -> When:
    """When a node has run for so long."""
    running = at(path, "Running")

    def holds(workflow: Manifest) -> bool:
        if not running(workflow):
            return False
        name = f"{workflow['metadata']['name']}.{path}"
        (started,) = [
            node["startedAt"] for node in workflow["status"]["nodes"].values() if node["name"] == name
        ]
        return datetime.now(tz=UTC) - datetime.fromisoformat(started) > timedelta(seconds=seconds)

    return holds


COPIED_FROM = "workflows.argoproj.io/resubmitted-from-workflow"


def _copy_completed(workflow: Manifest) -> bool:
    return completed(workflow) and COPIED_FROM in workflow["metadata"]["labels"]


WORKING = at("ap-1.ap-1-work(0)", "Running")

STORIES = {
    "merged": Story(
        about="Three beads, the last after the others, all merged.", beads=(bead(1), bead(2), bead(3, 1, 2))
    ),
    "landed": Story(
        about="Nothing judges work here: polecats land theirs, the last one after a conflict.",
        beads=(bead(1), bead(2, 1), bead(3, 2)),
        parts={
            "ap-1.ap-1-work(0)": LANDS,
            "ap-2.ap-2-work(0)": LANDS,
            "ap-3.ap-3-merge(0)": CONFLICT,
            "ap-3.ap-3-again.ap-3-work(0)": LANDS,
        },
        rig={"gates": []},
    ),
    "published": Story(
        about="Published is enough: there are no merges.",
        beads=(bead(1), bead(2, 1)),
        spec={"mergeStrategy": "published"},
    ),
    "retried": Story(
        about="The first attempt runs out of memory, the second does it.",
        beads=(bead(1),),
        parts={"ap-1.ap-1-work(0)": {"code": 137}},
    ),
    "given-up": Story(
        about="Three attempts fail; the bead behind it is omitted, the one beside it is not.",
        beads=(bead(1), bead(2, 1), bead(3)),
        parts={
            f"ap-1.ap-1-work({number})": {"code": 1, "outputs": {"reason": "Failed"}} for number in range(3)
        },
    ),
    "escalated": Story(
        about="An exit code that another try can't help.",
        beads=(bead(1), bead(2, 1)),
        parts={"ap-1.ap-1-work(0)": ESCALATED},
    ),
    "conflict": Story(
        about="A merge finds a conflict, the agent resolves it, the second merge lands.",
        beads=(bead(1),),
        parts={"ap-1.ap-1-merge(0)": CONFLICT},
    ),
    "reviewed": Story(
        about="A merge waits for people without a pod, twice; then it lands, and the bead behind it begins.",
        beads=(bead(1), bead(2, 1)),
        parts={"ap-1.ap-1-merge(0)": AWAITED, f"{LOOKED}.ap-1-merge(0)": AWAITED},
        verbs=(
            (at(f"{LOOKED}.ap-1-review", "Running"), RESUME),
            (at(f"{LOOKED}.ap-1-look.ap-1-review", "Running"), RESUME),
        ),
        rig=FORGE,
        refinery=BY_PULL,
    ),
    "asked-for-changes": Story(
        about="A merge waits for people, who ask for changes: the agent makes them, and the merge after that lands.",
        beads=(bead(1),),
        parts={"ap-1.ap-1-merge(0)": AWAITED, f"{LOOKED}.ap-1-merge(0)": ASKED},
        verbs=((at(f"{LOOKED}.ap-1-review", "Running"), RESUME),),
        rig=FORGE,
        refinery=BY_PULL,
    ),
    "stopped-in-review": Story(
        about="Stopped while its merge waits for people.",
        beads=(bead(1), bead(2, 1)),
        parts={"ap-1.ap-1-merge(0)": AWAITED},
        verbs=((at(f"{LOOKED}.ap-1-review", "Running"), ("stop",)),),
        rig=FORGE,
        refinery=BY_PULL,
    ),
    "gate": Story(
        about="A gate refuses.",
        beads=(bead(1),),
        parts={"ap-1.ap-1-merge(0)": RED},
    ),
    "no-slot": Story(
        about="The rig's one slot is taken: the second bead waits for the semaphore.",
        beads=(bead(1), bead(2)),
        parts={"ap-1.ap-1-work(0)": {"seconds": 3}, "ap-2.ap-2-work(0)": {"seconds": 3}},
        rig={"settings": {"maxPolecats": 1}},
    ),
    "no-slot-for-a-conflict": Story(
        about="A conflict is found while the rig's one slot is taken: the bead has published, and waits to resolve.",
        beads=(bead(1), bead(2)),
        parts={
            "ap-1.ap-1-work(0)": {"seconds": 1},
            "ap-1.ap-1-merge(0)": CONFLICT,
            "ap-2.ap-2-work(0)": {"seconds": 5},
        },
        rig={"settings": {"maxPolecats": 1}},
    ),
    "narrow": Story(
        about="The convoy works one bead at a time.", beads=(bead(1), bead(2)), spec={"parallelism": 1}
    ),
    "late-outputs": Story(
        about="The pod has ended, its outputs are still on their way: Succeeded, and not final.",
        beads=(bead(1),),
        parts={"ap-1.ap-1-work(0)": {"late": 3}, "ap-1.ap-1-merge(0)": {"late": 3}},
    ),
    "pod-deleted": Story(
        about="A hand deletes a pod that worked for longer than Argo's ten seconds of grace: Error, and another attempt.",
        beads=(bead(1),),
        parts={"ap-1.ap-1-work(0)": LONG},
        verbs=((old("ap-1.ap-1-work(0)"), ("pod", "ap-1.ap-1-work(0)")),),
    ),
    "pod-deleted-early": Story(
        about="A hand deletes a pod that has just started: Argo makes it again, and the node is the same.",
        beads=(bead(1),),
        parts={"ap-1.ap-1-work(0)": {"seconds": 2}},
        verbs=((WORKING, ("pod", "ap-1.ap-1-work(0)")),),
    ),
    "late": Story(
        about="The convoy's deadline passes while an agent works.",
        beads=(bead(1), bead(2, 1)),
        parts={"ap-1.ap-1-work(0)": LONG},
        spec={"deadline": "4s"},
    ),
    "suspended": Story(
        about="Suspended while the first works, and resumed when that has published.",
        beads=(bead(1), bead(2, 1)),
        parts={"ap-1.ap-1-work(0)": {"seconds": 2}},
        verbs=((WORKING, ("suspend",)), (at("ap-1.ap-1-work(0)", "Succeeded"), ("resume",))),
    ),
    "stopped": Story(
        about="Stopped while the first works.",
        beads=(bead(1), bead(2, 1)),
        parts={"ap-1.ap-1-work(0)": LONG},
        verbs=((WORKING, ("stop",)),),
    ),
    "terminated": Story(
        about="Terminated while the first works.",
        beads=(bead(1), bead(2, 1)),
        parts={"ap-1.ap-1-work(0)": LONG},
        verbs=((WORKING, ("terminate",)),),
    ),
    "retry": Story(
        about="Failed, and then retried by hand with the failed polecats named: the end is taken back, and comes again.",
        beads=(bead(1), bead(2, 1), bead(3)),
        parts={"ap-1.ap-1-work(0)": ESCALATED},
        verbs=((completed, ("retry", *FAILED_POLECATS)),),
        until=lambda workflow: completed(workflow) and (workflow["status"]["phase"] == "Succeeded"),
    ),
    "retry-plain": Story(
        about="Failed, and then retried by hand, as with the button of Argo's interface: what failed runs again.",
        beads=(bead(1), bead(2, 1)),
        parts={"ap-1.ap-1-work(0)": ESCALATED},
        verbs=((completed, ("retry",)),),
        until=lambda workflow: completed(workflow) and (workflow["status"]["phase"] == "Succeeded"),
    ),
    "retry-gate": Story(
        about="A gate refuses, and then retried by hand: what was published is merged, and no agent runs again.",
        beads=(bead(1), bead(2, 1)),
        parts={"ap-1.ap-1-merge(0)": RED},
        verbs=((completed, ("retry",)),),
        until=lambda workflow: completed(workflow) and (workflow["status"]["phase"] == "Succeeded"),
    ),
    "resubmitted": Story(
        about="Failed, and then resubmitted: a copy under another name, which begins anew and does it.",
        beads=(bead(1), bead(2, 1), bead(3)),
        parts={"ap-1.ap-1-work(0)": ESCALATED},
        verbs=((completed, ("resubmit",)),),
        until=_copy_completed,
    ),
    "resubmitted-memoized": Story(
        about="Failed, and resubmitted with what succeeded taken over: that is Skipped, the rest runs, under another name.",
        beads=(bead(1), bead(2, 1), bead(3)),
        parts={"ap-1.ap-1-work(0)": ESCALATED},
        verbs=((completed, ("resubmit", "--memoized")),),
        until=_copy_completed,
    ),
    "packed": Story(
        about="More nodes than the controller writes as they are: it packs them.",
        beads=(*(bead(number) for number in range(1, 6)), bead(6, 5)),
        parts={"ap-5.ap-5-work(0)": ESCALATED},
        controller="packing",
    ),
    "stored": Story(
        about="The controller keeps the nodes in its database: what the Workflow shows has none.",
        beads=(bead(1), bead(2, 1)),
        controller="storing",
    ),
    "deleted-at-the-end": Story(
        about="Deleted when it had ended, as by its time to live, and held by a finalizer.",
        beads=(bead(1),),
        verbs=((completed, ("delete",)),),
        until=lambda workflow: bool(workflow["metadata"].get("deletionTimestamp")),
    ),
    "deleted": Story(
        about="Deleted while it runs, and held by a finalizer.",
        beads=(bead(1),),
        parts={"ap-1.ap-1-work(0)": LONG},
        verbs=((WORKING, ("delete",)),),
        until=lambda workflow: bool(workflow["metadata"].get("deletionTimestamp")),
    ),
}
"""By name, which is the convoy's and the rig's too."""
