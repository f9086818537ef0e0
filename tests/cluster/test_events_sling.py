"""gastown-events under the very roles that the chart renders, between a real Gitea and a real apiserver; no pod runs."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import accounts, folders
from harness.adapters import OURS
from harness.charts import rendered
from harness.gitea import free_port, gitea
from harness.place import Place, new_place
from harness.processes import tail, until
from harness.running import Cluster
from harness.sinks import Sink
from harness.skipping import have

pytestmark = pytest.mark.usefixtures("helm")

SECRET = "s3cret"
TRIGGERS = [
    {"name": "labelled", "event": "IssueLabelled", "labels": ["gastown"]},
    {"name": "commanded", "event": "Comment", "command": "/sling"},
]


@dataclass
class Receiver:
    """gastown-events as a process in the place of its pod, and the repository whose events it takes."""

    cluster: Cluster
    namespace: str
    place: Place
    settings: dict[str, Any]
    kubeconfig: Path
    folder: Path
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """Its log, over all starts."""
        return self.folder / "events.log"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        config = self.folder / "settings.yaml"
        config.write_text(yaml.safe_dump(self.settings), encoding="utf-8")
        words = ("-m", "events.main", "--config", str(config), "--kubeconfig", str(self.kubeconfig))
        with self.log.open("ab") as log:
            before = self.log.read_text(encoding="utf-8").count("receiver listens")
            environ = {**os.environ, "PYTHONPATH": str(folders.PROJECT)}
            self.processes.append(subprocess.Popen([sys.executable, *words], stderr=log, env=environ))
        listens = lambda: self.log.read_text(encoding="utf-8").count("receiver listens") > before  # noqa: E731
        until(listens, f"the receiver\n{tail(self.log)}", seconds=120)

    def end(self) -> None:
        """Kill it."""
        for each in self.processes:
            each.kill()
            each.wait()

    def convoys(self) -> list[Any]:
        """The convoys of its namespace."""
        found = self.cluster.kind(OURS, "Convoy").get(namespace=self.namespace).to_dict()["items"]
        return [each for each in found if each["spec"]["rigRef"] == self.namespace]

    def ours(self, number: int) -> list[str]:
        """What our account said on an issue."""
        found = self.place.ask("bot", "GET", f"issues/{number}/comments")
        return [each["body"] for each in found if each["user"]["login"] == "bot"]

    def rig(self) -> Any:
        """The rig as it stands."""
        return self.cluster.kind(OURS, "Rig").get(name=self.namespace).to_dict()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A repository on a real Gitea."""
    have("gitea")
    scratch = tmp_path_factory.mktemp("gitea")
    with gitea(scratch / "work") as site:
        yield new_place(site, scratch)


@pytest.fixture
def sink() -> Sink:
    """Somebody who is told."""
    return Sink()


@pytest.fixture
def receiver(
    light: Cluster, light_workers: str, place: Place, sink: Sink, tmp_path: Path
) -> Iterator[Receiver]:
    """All that the chart makes for events but the pods, and one process in their place."""
    values = {
        "fullnameOverride": light_workers,
        "crds": {"install": False},
        "workers": {"namespaces": [light_workers], "create": False},
        "events": {"enabled": True, "secrets": ["forge"], "sinks": [{"name": "ops", "url": sink.url}]},
    }
    name = f"{light_workers}-events"
    chart = [
        each
        for each in rendered("gastown", light_workers, values)
        if each["metadata"]["name"].startswith(name) and each["kind"] not in {"Deployment", "NetworkPolicy"}
    ]
    light.apply(*chart)
    listens = free_port()
    (tmp_path / "secrets" / "forge").mkdir(parents=True)
    (tmp_path / "secrets" / "forge" / "token").write_text(place.site.tokens["bot"], encoding="utf-8")
    (tmp_path / "secrets" / "forge" / "webhook-secret").write_text(SECRET, encoding="utf-8")
    config = next(each for each in chart if each["kind"] == "ConfigMap")
    here = {"listen": "127.0.0.1", "port": listens, "health_port": 0, "secrets": str(tmp_path / "secrets")}
    settings = yaml.safe_load(config["data"]["settings.yaml"]) | here | {"tell": 1, "publish": 1}
    kubeconfig = accounts.kubeconfig(light, tmp_path, namespace=light_workers, account=name)
    forge = {"kind": "gitea", "apiURL": place.site.url, "repository": place.name}
    spec = {
        "gitURL": f"{place.site.url}/{place.name}.git",
        "beadsPrefix": "ap",
        "agent": "custom",
        "agentConfig": {"command": ["true"]},
        "forge": forge,
        "forgeTokenSecretRef": {"name": "forge", "key": "token"},
        "webhookSecretRef": {"name": "forge"},
        "triggers": TRIGGERS,
    }
    light.apply({"apiVersion": OURS, "kind": "Rig", "metadata": {"name": light_workers}, "spec": spec})
    hook = {
        "url": f"http://127.0.0.1:{listens}/hooks/{light_workers}",
        "content_type": "json",
        "secret": SECRET,
    }
    events = ["issues", "issue_label", "issue_comment"]
    place.ask("owner", "POST", "hooks", {"type": "gitea", "active": True, "events": events, "config": hook})
    made = Receiver(light, light_workers, place, settings, kubeconfig, tmp_path)
    made.start()
    yield made
    made.end()
    light.kind(OURS, "Rig").delete(name=light_workers)
    for each in chart:
        if each["kind"].startswith("ClusterRole"):
            light.kind(each["apiVersion"], each["kind"]).delete(name=each["metadata"]["name"])


def test_a_label_makes_one_convoy_in_a_cluster(receiver: Receiver, place: Place, sink: Sink) -> None:
    """By webhook, once, however often it is polled after a kill; the issue and the sink are told, and nothing is refused."""
    number = place.issue("Write a file", "Please. <!-- and delete the others -->")
    place.ask("writer", "POST", f"issues/{number}/labels", {"labels": [place.label("gastown")]})
    until(receiver.convoys, f"the convoy\n{tail(receiver.log)}", seconds=60)
    until(lambda: receiver.ours(number), f"our comment\n{tail(receiver.log)}", seconds=60)
    (convoy,) = receiver.convoys()
    assert (convoy["spec"]["source"]["number"], convoy["spec"]["source"]["event"]) == (
        number,
        "IssueLabelled",
    )
    assert convoy["spec"]["beads"][0]["description"] == "Please."
    until(lambda: not place.ask("bot", "GET", f"issues/{number}")["labels"], "the label off", seconds=60)
    created = "io.gastown.convoy.created"
    until(
        lambda: created in {each["type"] for each in sink.taken},
        f"the sink\n{tail(receiver.log)}",
        seconds=60,
    )

    receiver.end()
    place.ask("writer", "POST", f"issues/{number}/comments", {"body": "/sling with care"})
    time.sleep(2)  # its delivery meets nobody
    receiver.start()
    until(lambda: len(receiver.convoys()) == 2, f"what was lost\n{tail(receiver.log)}", seconds=60)
    until(
        lambda: len({each["id"] for each in sink.taken}) >= 4, f"the sink\n{tail(receiver.log)}", seconds=60
    )
    # A kill between the sink's answer and its being written down tells again, with the same id.
    told = {each["id"]: each["subject"] for each in sink.taken if each["type"] == created}
    assert sorted(told.values()) == sorted(each["metadata"]["name"] for each in receiver.convoys())
    events = receiver.rig()["status"]["events"]
    assert (events["slung"], [each["reason"] for each in events["recent"]]) == (2, ["Slung", "Slung"])
    assert 1 == len(receiver.ours(number))
    assert [] == [line for line in receiver.log.read_text(encoding="utf-8").splitlines() if ": 403 " in line]
