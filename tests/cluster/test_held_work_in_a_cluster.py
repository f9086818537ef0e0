"""Hold, inbox, reject, answer, land, revert and submit on the real Argo: a person's verbs are fields of the Convoy, and no pod waits for them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.stories import ESCALATED
from harness.towns import Town, bead

from kubectl_gt.main import run

Gt = Callable[..., str]

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # the client leaves its connection behind


@pytest.fixture
def gt(town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Gt:
    """`kubectl gt` in the town; tells what it printed."""
    monkeypatch.delenv("GASTOWN_LOCAL", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(town.cluster.kubeconfig))

    def command(*arguments: str) -> str:
        capsys.readouterr()
        code = run([*arguments, "-n", town.namespace], name="kubectl-gt")
        told = capsys.readouterr()
        assert code == 0, told.err + told.out
        return told.out

    return command


def _reason(town: Town, name: str) -> str:
    return str(town.polecats().get(name, {}).get("reason", ""))


def _phase(town: Town, name: str = "demo") -> str:
    return str(town.status("Convoy", name).get("phase", ""))


def _pods(town: Town) -> list[str]:
    found = town.all("Pod")
    return [each["metadata"]["name"] for each in found if each["status"]["phase"] in {"Pending", "Running"}]


def _steps(town: Town, workflow: str) -> set[str]:
    nodes = (town.get("Workflow", workflow).get("status") or {}).get("nodes", {}).values()
    return {each["name"].partition(".")[2].partition("(")[0] for each in nodes if each["type"] == "Pod"}


def test_work_is_held_sent_back_answered_and_landed(town: Town, gt: Gt) -> None:
    """Each verb begins the next attempt of what it is about, and of nothing else; what lands is merged by no agent."""
    town.play({"seconds": "0.3", "demo-1.ap-2.ap-2-work_0_": json.dumps(ESCALATED)})
    town.convoy("demo", bead(1), bead(2), held=True)
    town.until("the hold", lambda: _reason(town, "ap-1") == "Held" and _reason(town, "ap-2") == "Escalated")
    assert [] == _pods(town)
    told = gt("inbox")
    assert "ap-1" in told
    assert "ap-2" in told
    gt("reject", "ap-1", "-m", "Shorter, please.")
    town.until("it is worked again", lambda: "ap-1.ap-1-work" in _steps(town, "demo-1-r1"))
    town.until("the second hold", lambda: _reason(town, "ap-1") == "Held" and not _pods(town))
    assert "ap-2.ap-2-work" not in _steps(town, "demo-1-r1")
    gt("answer", "ap-2", "Call it Purse.")
    town.until("the answer", lambda: "ap-2.ap-2-work" in _steps(town, "demo-1-r2"))
    town.until("the third hold", lambda: _reason(town, "ap-2") == "Held" and not _pods(town))
    gt("land", "demo")
    town.until("the end", lambda: _phase(town) == "Complete")
    assert {"ap-1.ap-1-merge", "ap-2.ap-2-merge"} == _steps(town, "demo-1-r3")
    assert [] == town.adapter.errors()


@pytest.mark.parametrize(
    "more",
    [{"reverts": {"convoy": "demo", "bead": "ap-1"}}, {"branch": "fix-typo"}],
    ids=["revert", "submit"],
)
def test_work_without_an_agent_is_merged_alone(town: Town, more: dict[str, object]) -> None:
    """A revert and a branch of one's own, as kubectl and GitOps write them: one merge, no agent."""
    town.play({"seconds": "0.3"})
    town.convoy("mine", {"id": "mine-1", "title": "Mine", **more})
    town.until("the end", lambda: _phase(town, "mine") == "Complete")
    assert {"mine-1.mine-1-merge"} == _steps(town, "mine-1")
    assert "Merged" == _reason(town, "mine-1")
    assert [] == town.adapter.errors()
