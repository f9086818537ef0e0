"""One convoy, twice: as processes on this machine, as pods under Argo. What is seen of the two is the same, node by node."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from harness.agents import SCRIPTED as SCRIPTED_AGENT
from harness.convoys import Slung, Yard, inline_convoy, scripted_bead, writing
from harness.processes import until

from crds import Convoy, Rig
from workflows.local.home import Home
from workflows.local.town import LocalTown
from workflows.observe import Observation, observe

COMMIT = "git commit -q -m"
RESOLVING = "if [ -e $(git rev-parse --git-dir)/MERGE_HEAD ]; then echo both > shared.txt; git add .; git commit -q --no-edit; exit 0; fi"
SOMEBODY = """\
#!/bin/sh
# Somebody pushes to main what the bead has just published otherwise: the merge that follows conflicts, however fast it comes.
while read -r _ _ ref; do
    [ "$ref" = refs/heads/polecat/ap-1 ] && [ "$(git rev-list --count main)" = 1 ] || continue
    tree=$(printf '100644 blob %s\\tshared.txt\\n' "$(echo theirs | git hash-object -w --stdin)" | git mktree)
    export GIT_AUTHOR_NAME=Somebody GIT_AUTHOR_EMAIL=s@example.org GIT_COMMITTER_NAME=Somebody GIT_COMMITTER_EMAIL=s@example.org
    git update-ref refs/heads/main "$(git commit-tree -p main -m Theirs "$tree")"
done
"""


def _sharing(number: int) -> dict[str, Any]:
    """A bead that writes a file that somebody else writes too, and writes `both` where it finds a conflict."""
    write = (f"echo {number} > shared.txt", "git add shared.txt", f"{COMMIT} 'Share {number}'")
    return scripted_bead(number, RESOLVING, *write)


CASES = {
    "graph": ([writing(1), writing(2), writing(3, dependsOn=["ap-1", "ap-2"])], {}, {}),
    "ends": (
        [
            scripted_bead(1, "true"),
            scripted_bead(2, "echo 'Which colour?' > $GASTOWN_ESCALATE"),
            scripted_bead(3, "exit 3"),
            writing(4, dependsOn=["ap-3"]),
            writing(5),
        ],
        {},
        {},
    ),
    "conflict": ([_sharing(1)], {}, {}),
    "gates": (
        [writing(1), scripted_bead(2, "echo x > bad.txt", "git add .", f"{COMMIT} Bad")],
        {},
        {"gates": [{"name": "good", "command": "! test -e bad.txt"}]},
    ),
    "published": ([writing(1), writing(2, dependsOn=["ap-1"])], {"mergeStrategy": "published"}, {}),
}


def _sling(yard: Yard, *, case: str) -> Slung:
    beads, convoy_spec, rig_spec = CASES[case]
    if case == "conflict":
        hook = yard.repository / "hooks" / "post-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(SOMEBODY, encoding="utf-8")
        hook.chmod(0o755)
    convoy = inline_convoy(case, *beads, rigRef=yard.namespace, **convoy_spec)
    return yard.sling(convoy, yard.rig(rig_spec))


@pytest.mark.slings(by=_sling)
@pytest.mark.parametrize("case", CASES)
def test_a_convoy_ends_the_same(
    slung: Slung, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Phases, reasons, attempts and outputs; commit ids and times are each run's own."""
    assert f"{case}-1" == slung.name
    origin = _copy(slung.yard, tmp_path)
    local = _on_this_machine(slung.convoy, slung.rig, origin, tmp_path, monkeypatch)
    remote = slung.ended(seconds=400)
    assert _beads(observe(local)) == _beads(observe(remote))
    assert _tree(local) == _tree(remote)


def _copy(yard: Yard, folder: Path) -> Path:
    """The yard's repository as it was at first, its hooks included."""
    copy = folder / "origin.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(copy)], check=True)
    shutil.copytree(yard.repository / "hooks", copy / "hooks", dirs_exist_ok=True)
    first = yard.show("rev-list", "--max-parents=0", "main").strip()
    yard.show("push", "--quiet", str(copy), f"{first}:refs/heads/main")
    return copy


def _on_this_machine(
    convoy: Convoy, rig: Rig, origin: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    monkeypatch.setenv("PATH", f"{SCRIPTED_AGENT.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("GASTOWN_HOME", str(folder / "town"))
    town = LocalTown(Home.of_user())
    spec = rig.spec.model_copy(update={"git_url": str(origin), "git_secret_ref": None})
    town.rigs.create(rig.model_copy(update={"spec": spec}))
    town.convoys.create(convoy)
    name = convoy.metadata.name
    town.convoys.start(name)
    until(lambda: town.convoys.get(name).status.phase in ("Complete", "Failed"), "the local run", seconds=240)
    (workflow,) = town.store.workflows(name)
    return workflow


def _beads(seen: Observation) -> dict[str, tuple[object, ...]]:
    return {
        bead.bead: (
            bead.stage,
            bead.reason,
            bead.attempts,
            bead.conflicts,
            bead.branch,
            bool(bead.base),
            bead.commits,
            bool(bead.merged),
        )
        for bead in seen.beads
    }


_OWN = ("commit", "sha", "base", "merged", "summary")
"""Outputs that name commits, or hold words in which one is named."""


def _tree(workflow: dict[str, Any]) -> dict[str, tuple[object, ...]]:
    """Node name -> type, phase and outputs; of outputs that name commits, only whether there is one."""
    nodes = {node["name"]: node for node in workflow["status"]["nodes"].values()}
    return {
        _place(nodes, node["name"]): (node["type"], node["phase"], _outputs(node))
        for node in nodes.values()
        if node["type"] != "Container" and not _mended(nodes, node["name"])
    }


def _place(nodes: dict[str, Any], name: str) -> str:
    """A node's name, attempts counted without those that were mended."""
    before = [each for each in _attempts(nodes, name) if each < name]
    return f"{name[:-3]}({sum(not _mended(nodes, each) for each in before)})" if name.endswith(")") else name


def _mended(nodes: dict[str, Any], name: str) -> bool:
    """An attempt that failed without a reason of its step, and was made again: a busy machine does that to pods, not the convoy."""
    node = nodes[name]
    silent = node["phase"] in ("Failed", "Error") and not _outputs(node).get("reason")
    return silent and any(each > name for each in _attempts(nodes, name))


def _attempts(nodes: dict[str, Any], name: str) -> list[str]:
    return [f"{name[:-3]}({number})" for number in range(3) if f"{name[:-3]}({number})" in nodes]


def _outputs(node: dict[str, Any]) -> dict[str, object]:
    parameters = node.get("outputs", {}).get("parameters", ())
    values = {parameter["name"]: parameter.get("value", "") for parameter in parameters}
    return {name: bool(value) if name in _OWN else value for name, value in values.items()}
