"""A BeadStore on the real apiserver under the real Argo: read at once and by schedule, with no more rights than its pod has."""

import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from harness import folders
from harness.adapters import adapter
from harness.beadreads import BeadReads
from harness.running import Cluster
from harness.towns import Town, condition

from workflows.compile import CompiledStore

TWO = (
    {"id": "ap-1", "title": "First", "status": "open", "issue_type": "task"},
    {
        "id": "ap-2",
        "title": "Second",
        "description": "After the first.",
        "status": "open",
        "dependencies": [{"issue_id": "ap-2", "depends_on_id": "ap-1", "type": "blocks"}],
    },
    {"id": "ap-0", "title": "Old", "status": "closed", "closed_at": "2026-01-01T00:00:00Z"},
)


@pytest.fixture
def reads(light: Cluster, light_workers: str, tmp_path: Path) -> Iterator[BeadReads]:
    """A town with a bead store whose rig is not there yet."""
    with adapter(light, tmp_path, light_workers) as replica:
        town = Town(light, light_workers, replica)
        spec = {"rigRef": light_workers, "prefix": "ap-", "syncInterval": "1m", "writeBack": True}
        town.make("BeadStore", "ap", spec)
        yield BeadReads(town, "ap", tmp_path)
        if town.get("Rig", light_workers):
            town.delete("Rig", light_workers)


def _begin(reads: BeadReads) -> str:
    """Make the rig, and let its first read be what the real step does. Returns the head of what was handed over."""
    town = reads.town
    town.until("RigNotFound", lambda: _synced(reads) == ("False", "RigNotFound"))
    _read(reads, BeadReads.read_now)
    town.rig(gitURL=str(reads.repository))
    town.until("Synced", lambda: _synced(reads) == ("True", "SyncSucceeded"))
    return reads.outputs()["index"]


def _read(reads: BeadReads, *named: Callable[[CompiledStore], str]) -> None:
    reads.read(reads.town.adapter.settings, *named)


def test_a_convoy_waits_for_its_beads_and_takes_what_the_store_has(reads: BeadReads) -> None:
    """It says what it waits for, goes on by itself, and names a bead that nobody pushed; the schedule's own read brings that one."""
    town = reads.town
    commit = reads.push(*TWO)
    town.make(
        "Convoy", "demo", {"description": "d", "rigRef": town.namespace, "trackedBeads": ["ap-1", "ap-2"]}
    )
    town.make("Convoy", "late", {"description": "d", "rigRef": town.namespace, "trackedBeads": ["ap-3"]})
    _begin(reads)
    status = town.status("BeadStore", "ap")
    assert (commit, "Synced", 3, 2, 1, 1) == (
        status["commit"],
        status["phase"],
        status["issueCount"],
        status["openCount"],
        status["closedCount"],
        status["readyCount"],
    )
    town.until("the end", lambda: town.status("Convoy", "demo").get("phase") == "Complete")
    texts = town.get("ConfigMap", "demo-1-tasks-0")["data"]
    assert "After the first." in texts["task.ap-2.json"]
    assert ".beads/issues.jsonl" == json.loads(texts["train.json"])["beads"]
    tasks = town.get("Workflow", "demo-1")["spec"]["templates"][0]["dag"]["tasks"]
    assert {"ap-1": None, "ap-2": "ap-1"} == {each["name"]: each.get("depends") for each in tasks}
    assert "After the first." in _shown(reads, "ap-2")
    town.until("a name", lambda: condition(town.status("Convoy", "late"), "Ready")[1] == "BeadsUnknown")
    (waits,) = town.status("Convoy", "late")["waiting"]
    assert waits["reason"].startswith(
        f"bead ap-3: not in bead store {town.namespace}/ap, which holds 3 beads at "
    )
    _await_schedule(reads)
    town.until("the end", lambda: town.status("Convoy", "late").get("phase") == "Complete", seconds=90)
    town.until("the sum", lambda: town.status("Rig", town.namespace).get("beadCount") == 4)
    assert [] == town.adapter.errors()


def _shown(reads: BeadReads, bead: str) -> str:
    """What `kubectl gt beads show` prints, with the repository out of its reach."""
    place = ("--kubeconfig", str(reads.town.cluster.kubeconfig), "-n", reads.town.namespace)
    away = reads.repository.rename(reads.repository.with_suffix(".away"))
    done = subprocess.run(
        (sys.executable, "-m", "kubectl_gt", *place, "beads", "show", bead, reads.town.namespace),
        env={**os.environ, "PYTHONPATH": str(folders.PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    away.rename(reads.repository)
    assert 0 == done.returncode, done.stderr
    return done.stdout


def _await_schedule(reads: BeadReads) -> None:
    """Push a third bead, and direct the next reads of the schedule to bring it."""
    reads.push(*TWO, {"id": "ap-3", "title": "Third", "status": "open"})
    minute = int(time.time()) // 60 * 60
    _read(reads, *(partial(_scheduled, each) for each in range(minute, minute + 240, 60)))


def _scheduled(moment: int, compiled: CompiledStore) -> str:
    return f"{compiled.cron['metadata']['name']}-{moment}"


def test_a_bad_line_is_named_and_the_last_good_beads_stay(reads: BeadReads) -> None:
    """The annotation has the store read at once; the status names file and line; convoys still get what was there before."""
    town = reads.town
    reads.push(*TWO)
    good = _begin(reads)
    reads.push(*TWO, raw='{"id": "ap-3", "title":\n')
    _read(reads, lambda compiled: BeadReads.read_now(compiled, before=f"{compiled.digest}-", asked="now"))
    town.patch("BeadStore", "ap", {"metadata": {"annotations": {"gastown.io/read-again": "now"}}})
    town.until("the line", lambda: _synced(reads) == ("False", "BeadsUnreadable"))
    status = town.status("BeadStore", "ap")
    (synced,) = [each for each in status["conditions"] if each["type"] == "Synced"]
    assert synced["message"].startswith(".beads/issues.jsonl:4: not JSON")
    assert ("Error", good, 3) == (status["phase"], status["index"], status["issueCount"])
    assert ("True", "Ready") == condition(status, "Ready")
    town.convoy("demo", {"id": "x-1", "title": "x", "dependsOn": ["ap-0"]})
    town.until("the end", lambda: town.status("Convoy", "demo").get("phase") == "Complete")


def test_what_a_hand_deletes_is_read_again(reads: BeadReads) -> None:
    """The beads are gone when the adapter starts anew: it says so, and has the store read at once, though nothing was pushed."""
    town = reads.town
    reads.push(*TWO)
    index = _begin(reads)
    town.adapter.stop()
    town.cluster.kind("v1", "ConfigMap").delete(name=index, namespace=town.namespace)
    town.adapter.start()
    town.until("BeadsGone", lambda: _synced(reads) == ("False", "BeadsGone"))
    town.until("another read", lambda: len(_reads(town)) == 2)
    assert "Error" == town.status("BeadStore", "ap")["phase"]
    _read(reads, lambda compiled: BeadReads.read_now(compiled, before=f"{compiled.digest}-", asked="now"))
    assert town.get("ConfigMap", index)
    town.patch("BeadStore", "ap", {"metadata": {"annotations": {"gastown.io/read-again": "now"}}})
    town.until("Synced", lambda: _synced(reads) == ("True", "SyncSucceeded"))


def _reads(town: Town) -> list[str]:
    return [each["metadata"]["name"] for each in town.all("Workflow") if "-now-" in each["metadata"]["name"]]


def test_the_pods_account_may_create_and_nothing_else(reads: BeadReads) -> None:
    """A second run finds what is there and writes nothing; the same token can neither read nor delete it."""
    reads.push(*TWO)
    index = _begin(reads)
    town = reads.town
    before = town.get("ConfigMap", index)["metadata"]["resourceVersion"]
    done = reads.step(town.get("ConfigMap", "ap-beads-orders")["data"]["store.json"])
    assert (0, True) == (done.returncode, "as it was handed over before" in done.stderr)
    assert before == town.get("ConfigMap", index)["metadata"]["resourceVersion"]
    assert {403} == {_asked(reads, verb, index) for verb in ("GET", "DELETE", "PUT")}
    assert "bead-store" in str(town.get("ConfigMap", index)["metadata"]["labels"])


def _asked(reads: BeadReads, verb: str, name: str) -> int:
    cluster = reads.town.cluster
    trust = ssl.create_default_context(cafile=str(cluster.authority))
    url = f"{cluster.url}/api/v1/namespaces/{reads.town.namespace}/configmaps/{name}"
    headers = {"Authorization": f"Bearer {reads.token()}", "Content-Type": "application/json"}
    body = b"{}" if verb == "PUT" else None
    request = urllib.request.Request(url, method=verb, headers=headers, data=body)
    try:
        with urllib.request.urlopen(request, context=trust, timeout=10) as answer:
            status: int = answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    return status


def _synced(reads: BeadReads) -> tuple[str, str]:
    return condition(reads.town.status("BeadStore", "ap"), "Synced")
