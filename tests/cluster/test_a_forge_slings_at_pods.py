"""A real Gitea on one side, and on the other all that the chart installs, in pods of their own images: from a label to a merged change,
and eight beads by pull requests onto a protected branch.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from harness import eight, tenants
from harness.convoys import SCRIPTED
from harness.gitea import Gitea, gitea
from harness.gitserver import secret
from harness.installed import Installed, installable
from harness.network import HOST
from harness.place import Place, new_place
from harness.processes import until
from harness.rights import rights
from harness.running import Cluster
from harness.site import Mode
from harness.skipping import have
from harness.towns import OURS

pytestmark = [pytest.mark.usefixtures("helm"), pytest.mark.late]

RIGS = ("first", "protected")
EVENTS = {
    "enabled": True,
    "secrets": [f"{rig}-forge" for rig in RIGS],
    # No poll comes while these tests run, but the one at the start: what happens came by webhook.
    "poll": 3600,
    "reviews": 5,
}
TASK = """\
Please, by these:

$ echo hello > hello.txt
$ git add hello.txt
$ git commit -q -m Greet
"""


@dataclass(frozen=True, slots=True)
class Town:
    """The chart's pods, and a repository of the forge that a rig was made for."""

    installed: Installed
    place: Place
    rig: str
    scratch: Path

    @property
    def cluster(self) -> Cluster:
        """Where it is."""
        return self.installed.cluster

    def gt(self, *words: str, namespace: str = "") -> str:
        """What `kubectl gt` printed; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "kubectl_gt", *words, "-n", namespace or self.installed.name],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.scratch),
                "KUBECONFIG": str(self.cluster.kubeconfig),
                "GIT_CONFIG_NOSYSTEM": "1",
            },
            cwd=self.scratch,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def connect(self, *more: str) -> str:
        """The rig and its forge know each other; webhooks go to the Service of gastown-events."""
        for who, file in (("bot", "token"), ("owner", "admin")):
            (self.scratch / file).write_text(self.place.site.tokens[who], encoding="utf-8")
        service = self.installed.get("Service", f"{self.installed.name}-events", self.installed.name)
        url = f"http://{service['spec']['clusterIP']}:{service['spec']['ports'][0]['port']}"
        tokens = ("--token-file", "token", "--admin-token-file", "admin")
        return self.gt("rig", "connect", self.rig, "--forge", "gitea", *tokens, "--url", url, *more)

    def convoys(self) -> list[dict[str, Any]]:
        """The convoys of its rig."""
        found = self.cluster.kind(OURS, "Convoy").get(namespace=self.installed.workers).to_dict()["items"]
        return [each for each in found if each["spec"]["rigRef"] == self.rig]

    def until(self, holds: Any, what: str, *, seconds: float) -> None:
        """Wait; what does not come is told with what the pods said."""
        try:
            until(holds, what, seconds=seconds)
        except Exception as late:
            told = [self.installed.log(each)[-3000:] for each in ("events", "adapter")]
            mishaps = self.cluster.mishaps(self.installed.workers)
            shown = [each.get("status") for each in self.convoys()]
            raise AssertionError("\n".join([str(late), str(shown)[-4000:], mishaps, *told])) from late


@pytest.fixture(scope="module")
def site(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gitea]:
    """A fresh Gitea, at an address that pods reach."""
    if cluster.site.mode is not Mode.FULL:
        pytest.skip("a given cluster does not reach a forge of this machine")
    have("gitea")
    with gitea(tmp_path_factory.mktemp("gitea") / "work", HOST) as running:
        yield running


@pytest.fixture(scope="module")
def installed(cluster: Cluster) -> Iterator[Installed]:
    """Where the chart gets installed, once."""
    with installable(cluster, f"forge-{os.getpid()}") as made:
        yield made
        for rig in RIGS:
            if made.get("Rig", rig, api=OURS):
                cluster.kind(OURS, "Rig").delete(name=rig)


def _town(installed: Installed, site: Gitea, scratch: Path, rig: str) -> Town:
    """A repository, the chart, and the key to the repository where pods look for one."""
    place = new_place(site, scratch)
    installed.helm("upgrade", "--install", "--take-ownership", events=EVENTS)
    login = {"username": "bot", "password": site.tokens["bot"]}
    installed.cluster.apply(secret("git-creds", installed.workers, login))
    return Town(installed, place, rig, scratch)


def test_a_label_becomes_a_merged_change(installed: Installed, site: Gitea, tmp_path: Path) -> None:
    """From a fresh forge by three commands: label, webhook to the Service, Convoy, pods, merge; the issue carries one comment that tells it."""
    began = time.monotonic()
    town = _town(installed, site, tmp_path, "first")
    place = town.place
    url = f"{site.url}/{place.name}.git"
    town.gt("rig", "create", "first", "--git-url", url, "--agent-command", "scripted-agent {prompt_file}")
    town.connect()
    number = place.issue("Greet", TASK)
    place.ask("writer", "POST", f"issues/{number}/labels", {"labels": [place.label("gastown")]})

    def told() -> list[str]:
        found = place.ask("bot", "GET", f"issues/{number}/comments")
        return [each["body"] for each in found if each["user"]["login"] == "bot"]

    town.until(lambda: any("merged as" in each for each in told()), "the comment of the merge", seconds=300)
    took = time.monotonic() - began
    (convoy,) = town.convoys()
    assert (number, "IssueLabelled") == (
        convoy["spec"]["source"]["number"],
        convoy["spec"]["source"]["event"],
    )
    commit = place.ask("bot", "GET", "branches/main")["commit"]
    assert f"\nGastown-Source: {site.url}/{place.name}/issues/{number}\n" in commit["message"]
    (body,) = told()
    assert commit["id"] in body
    assert 1 == len(place.ask("bot", "GET", f"issues/{number}/comments"))
    assert [] == place.ask("bot", "GET", f"issues/{number}")["labels"]
    assert "hello.txt" in [each["path"] for each in place.ask("bot", "GET", "contents?ref=main")]
    assert [] == [
        line for line in installed.log("events").splitlines() if ": 403 " in line or '"ERROR"' in line
    ]
    print(f"from a fresh forge to the comment: {took:.0f} s")  # noqa: T201 - a figure for whoever runs this


def test_what_receives_may_make_convoys_and_read(installed: Installed, site: Gitea, tmp_path: Path) -> None:
    """Every resource and verb that the apiserver has: no Secret, no pod, no Workflow, nothing of other namespaces."""
    _town(installed, site, tmp_path, "first")
    home, workers, group = installed.name, installed.workers, "gastown.gastown.io"
    read = ("get", "list", "watch")
    leases = "leases.coordination.k8s.io"
    expected = {
        *((workers, f"convoys.{group}", verb) for verb in (*read, "create")),
        *((workers, f"polecats.{group}", verb) for verb in read),
        *(("", f"rigs.{group}", verb) for verb in read),
        ("", f"rigs/status.{group}", "patch"),
        (home, leases, "create"),  # and of its own by name, which of two pods polls
    }
    asked = (home, workers, "default", "kube-system", tenants.ARGO)
    assert expected == rights(installed.cluster, f"{home}-events", home, asked)


def test_eight_beads_land_on_a_protected_main(installed: Installed, site: Gitea, tmp_path: Path) -> None:
    """A diamond, a conflict and a red check; a required build, a required review, outdated branches blocked: no pod waits, and nothing
    is bypassed.
    """
    town = _town(installed, site, tmp_path, "protected")
    place = town.place
    eight.protect(place, *eight.CONTEXTS, outdated=True)
    spec = {
        "gitURL": f"{site.url}/{place.name}.git",
        "beadsPrefix": "app",
        "gates": [{"name": "test", "command": "test -f README.md"}],
        "settings": {"maxPolecats": 3},
    }
    installed.cluster.apply({"apiVersion": OURS, "kind": "Rig", "metadata": {"name": town.rig}, "spec": spec})
    town.until(
        lambda: bool(installed.get("Refinery", f"{town.rig}-refinery", installed.name, api=OURS)),
        "the refinery of the rig",
        seconds=60,
    )
    town.connect("--mode", "pr", "--pods-namespace", installed.workers)
    agent = {"command": ["sh", "-c", eight.AGENT, "agent", "{prompt_file}"], "image": SCRIPTED["image"]}
    beads = [
        {"id": f"app-{number}", "title": eight.title(number), "dependsOn": [f"app-{each}" for each in needs]}
        for number, needs in eight.NEEDS.items()
    ]
    convoy = {
        "description": "Build",
        "rigRef": town.rig,
        "agent": "custom",
        "agentConfig": agent,
        "beads": beads,
    }
    metadata = {"name": "build", "namespace": installed.workers}
    installed.cluster.apply({"apiVersion": OURS, "kind": "Convoy", "metadata": metadata, "spec": convoy})
    people = eight.People(place, red=eight.RED)

    def ended() -> bool:
        people.look()
        return installed.status("Convoy", "build").get("phase") in {"Complete", "Failed"}

    town.until(ended, "the end of the convoy", seconds=1200)
    assert sorted({*eight.BEADS} - {eight.RED}) == sorted(eight.landed(place)), town.cluster.mishaps(
        installed.workers
    )
    people.red = ""
    town.gt("convoy", "resume", "build", namespace=installed.workers)
    town.until(ended, "the end of the convoy after it was resumed", seconds=600)
    order = eight.landed(place)
    assert sorted(eight.BEADS) == sorted(order)
    assert eight.in_order(order)
    assert [] == eight.unexplained(place)
    assert len(eight.BEADS) == len(place.ask("bot", "GET", "pulls?state=all&limit=50"))
