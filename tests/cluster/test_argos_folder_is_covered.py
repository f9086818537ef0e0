"""Argo's exchange folder, tried from the agent's container: it can replace, signal and forge nothing, and the convoy tells the truth."""

from typing import Any

import pytest
from harness.convoys import Slung, Yard, inline_convoy, scripted_bead

FOLDER = "/var/run/argo"
TARGETS = (
    "argoexec template ctr/main/exitcode ctr/main/signal ctr/wait/signal ctr/courier/signal ctr/courier/exitcode ctr/x "
    "outputs/parameters/out/sha outputs/x"
)


def _trying() -> dict[str, Any]:
    """A bead whose agent writes, removes, moves and links whatever it can name there, and commits what worked."""
    return scripted_bead(
        1,
        "set +x",
        "touch tried.txt",
        f"cd {FOLDER}",
        f"for each in {TARGETS}; do",
        "  { echo 9 > $each; } 2>/dev/null && echo wrote $each >> /workspace/repo/tried.txt",
        "  mkdir -p $each.d 2>/dev/null && rmdir $each.d && echo made $each.d >> /workspace/repo/tried.txt",
        "  ln -sf /bin/false $each 2>/dev/null && echo linked $each >> /workspace/repo/tried.txt",
        "  mv $each $each.old 2>/dev/null && echo moved $each >> /workspace/repo/tried.txt",
        "done",
        "for each in argoexec template ctr outputs; do mv $each x 2>/dev/null && echo moved $each >> /workspace/repo/tried.txt; done",
        "ln -sf /out/sha progress 2>/dev/null || true",
        "cd /workspace/repo && git add . && git commit -q -m Try",
    )


def _try(yard: Yard) -> Slung:
    return yard.sling(inline_convoy("exchange", _trying()), yard.rig())


@pytest.mark.slings(by=_try)
def test_an_agent_changes_nothing_of_argos(slung: Slung) -> None:
    """The bead is merged by what `main` said, whatever the agent tried. `.d` and `.old` of the folder itself are its own litter."""
    slung.ended(seconds=400)
    tried = slung.yard.show("show", "main:tried.txt").splitlines()
    own = {f"made {each}.d" for each in ("argoexec", "template")}
    assert set() == set(tried) - own


@pytest.mark.slings(by=_try)
def test_argos_wait_starts_after_main_and_before_the_agent(slung: Slung) -> None:
    """Kubelet starts containers in the order of the pod, which Argo took from the patch of the template."""
    slung.ended(seconds=400)
    orders = [
        [each["name"] for each in pod["spec"]["containers"]]
        for pod in slung.yard.cluster.pods(slung.name, slung.yard.namespace)
    ]
    assert orders
    assert {tuple(order[:2]) for order in orders} == {("main", "wait")}
