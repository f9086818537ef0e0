"""RETRY, the first button of Argo's interface: what failed is worked again by real pods, in the same Workflow."""

import os
import subprocess

from harness.convoys import Yard, inline_convoy, scripted_bead, writing
from harness.running import Cluster, program

from workflows.observe import Stage


def test_what_failed_is_worked_again(cluster: Cluster, workers: str) -> None:
    """An agent that found nothing to do finds it once a person has pushed what it lacked; the bead behind it runs then, too."""
    yard = Yard(cluster, workers)
    yard.open()
    convoy = inline_convoy(
        "demo", scripted_bead(1, "if test -e go; then echo 1 > 1.txt; fi"), writing(2, dependsOn=["ap-1"])
    )
    slung = yard.sling(convoy, yard.rig())
    before = {bead.bead: (bead.stage, bead.reason) for bead in slung.observed(seconds=400).beads}
    assert before == {
        "ap-1": (Stage.FAILED, "NoChanges"),
        "ap-2": (Stage.FAILED, "DependencyFailed"),
    }

    yard.commit({"go": "\n"}, "What ap-1 lacked")
    subprocess.run(
        [str(program("argo")), "retry", slung.name, "-n", workers],
        env={**os.environ, "KUBECONFIG": str(cluster.kubeconfig), "ARGO_SERVER": ""},
        check=True,
        capture_output=True,
        text=True,
    )
    assert {bead.stage for bead in slung.observed(seconds=400).beads} == {Stage.DONE}
    assert ["1.txt", "2.txt"] == yard.show("ls-tree", "--name-only", "main", "1.txt", "2.txt").split()
