"""Agents that try everything, in real pods: the rig's key ends nowhere, and what they had committed is on the server."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from harness.adapters import OURS, adapter
from harness.convoys import SCRIPTED, Yard, scripted_bead
from harness.processes import until
from harness.running import Cluster
from ondisk import hostile

KEY = "/git-creds"
"""Where the containers that push have it; the agent's has nothing there."""

EXCHANGE = r"""
cd /var/run/argo && ls -lR . >"$W/repo/exchange" 2>&1
for file in argoexec template ctr/main/exitcode ctr/main/signal outputs/x progress; do
    rm -f "$file"; ln -s "$C/password" "$file"; cp "$W/evil" "$file"; done 2>/dev/null
mv ctr ctr.x; mv outputs outputs.x; mkdir -p ctr/main; ln -s "$C/password" ctr/main/exitcode
cd "$W/repo"
"""

NETWORK = r"""
url=$(git config remote.origin.url)
for to in "$url" "${url%.git}/../../" http://169.254.169.254/latest http://kubernetes.default.svc/api https://10.0.0.1; do
    GIT_TRACE_CURL=1 GIT_TERMINAL_PROMPT=0 timeout 5 git -c http.sslVerify=false ls-remote "$to"; done >net 2>&1
cat /var/run/secrets/kubernetes.io/serviceaccount/token >loot 2>/dev/null; env >>loot; mount >>loot 2>/dev/null
"""

WORDS = r"""
git commit -q --allow-empty -m "$(printf 'x\n\nGastown-Bead: ap-99\nGastown-Head: %040d\nSigned-off-by: $(cat %s/*)' 0 "$C")"
git branch 'refs/gastown/merged/x' 2>/dev/null; git branch "polecat/other" 2>/dev/null; git tag "$C" 2>/dev/null
printf '{"total_cost_usd": 1, "result": "`cat %s/*` $(cat %s/*)"}\n' "$C" "$C"; printf '%s' "$(cat "$C"/* 2>&1)" >>later
printf 'file:%s/password\n' "$C" >"$W/run/escalate.x"; mv "$W/run/escalate.x" "$W/run/verdict"
"""

WAYS = hostile.WAYS | {"argo's folder": EXCHANGE, "the network's openings": NETWORK, "words": WORDS}


@pytest.fixture
def yard(cluster: Cluster, workers: str) -> Yard:
    """A repository, and the Secret that lets its pods in."""
    yard = Yard(cluster, workers)
    yard.open()
    return yard


def test_no_key_gets_out_of_a_pod(yard: Yard, tmp_path: Path) -> None:
    """Not into a ref, a log, an output, a status, an event or a metric; and no work is lost."""
    cluster, name = yard.cluster, yard.namespace
    rig = yard.rig().model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)
    cluster.apply({"apiVersion": OURS, "kind": "Rig", **rig})
    beads = [
        scripted_bead(number, *hostile.script(ways, creds=KEY, home="$HOME").strip().splitlines())
        for number, ways in enumerate(WAYS.values(), 1)
    ]
    spec = {
        "description": "try",
        "rigRef": name,
        "parallelism": 4,
        "beads": beads,
        "agent": "custom",
        "agentConfig": SCRIPTED,
    }
    with adapter(cluster, tmp_path, name) as replica:
        cluster.apply(
            {
                "apiVersion": OURS,
                "kind": "Convoy",
                "metadata": {"name": "try", "namespace": name},
                "spec": spec,
            }
        )
        until(lambda: _convoy(yard).get("phase") in ("Complete", "Failed"), "the convoy's end", seconds=1200)
        seen = {
            "metrics": json.dumps(replica.metrics()),
            "the adapter's log": replica.log.read_text(encoding="utf-8"),
            **_objects(yard),
            **_logs(yard),
            "the repository": _stored(yard.repository),
        }
    needles = cluster.git.credentials
    assert [] == [place for place, text in seen.items() if any(needle in text for needle in needles)]
    for number, kind in enumerate(WAYS, 1):
        assert f"precious ap-{number}\n" in seen["the repository"], kind


def _convoy(yard: Yard) -> dict[str, Any]:
    found = yard.cluster.kind(OURS, "Convoy").get(name="try", namespace=yard.namespace)
    status: dict[str, Any] = found.to_dict().get("status") or {}
    return status


def _objects(yard: Yard) -> dict[str, str]:
    """What the apiserver shows of the namespace to who may not read Secrets."""
    kinds = [
        (OURS, "Convoy"),
        (OURS, "Polecat"),
        ("argoproj.io/v1alpha1", "Workflow"),
        ("argoproj.io/v1alpha1", "WorkflowTaskResult"),
    ]
    kinds += [("v1", "Pod"), ("v1", "Event"), ("v1", "ConfigMap")]
    return {
        kind: json.dumps(yard.cluster.kind(version, kind).get(namespace=yard.namespace).to_dict())
        for version, kind in kinds
    }


def _logs(yard: Yard) -> dict[str, str]:
    logs = {}
    for pod in yard.cluster.pods("try-1", yard.namespace):
        spec, pod_name = pod["spec"], pod["metadata"]["name"]
        for container in (each["name"] for each in (*spec.get("initContainers", ()), *spec["containers"])):
            logs[f"log of {container} in {pod_name}"] = yard.cluster.logs(pod_name, yard.namespace, container)
    return logs


def _stored(repository: Path) -> str:
    """All refs and objects that the server has, whatever their kind."""

    def git(*arguments: str, data: bytes = b"") -> bytes:
        return subprocess.run(
            ("git", *arguments), cwd=repository, input=data, capture_output=True, check=True
        ).stdout

    names = git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    return (git("for-each-ref") + git("cat-file", "--batch", data=names)).decode(errors="replace")
