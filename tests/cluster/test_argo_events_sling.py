"""The examples for Argo Events on its own controller: a webhook's comment becomes one Convoy, however often it is told.

Upstream's install.yaml, EventSource and Sensor run as pods of a full cluster, over a JetStream of nats-server.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import argoevents, folders
from harness.adapters import OURS
from harness.argoevents import FAMILY, IMAGE, NAMESPACE
from harness.processes import until
from harness.running import Cluster

pytestmark = pytest.mark.skipif(not FAMILY.built, reason="Argo Events is not built: make test-argo-events")

EXAMPLES = folders.PROJECT / "examples" / "argo-events"
TOKEN = "s3cret"
BUS = {"username": "bus", "password": "b0s"}
WRITER = 3
"""The account that the example lists."""


def nats(certificates: Path) -> list[dict[str, Any]]:
    """A JetStream that asks who one is, with TLS, as Argo Events wants it, under the name that eventbus-existing.yaml has."""
    words = ["-js", "--user", BUS["username"], "--pass", BUS["password"]]
    words += ["--tls", "--tlscert", "/keys/server.crt", "--tlskey", "/keys/server.key"]
    keys = {name: (certificates / name).read_text(encoding="utf-8") for name in ("server.crt", "server.key")}
    container = {
        "name": "nats",
        "image": IMAGE,
        "imagePullPolicy": "Never",
        "command": ["/bin/nats-server"],
        "args": words,
        "volumeMounts": [{"name": "keys", "mountPath": "/keys"}],
    }
    spec = {
        "containers": [container],
        "volumes": [{"name": "keys", "secret": {"secretName": "nats"}}],
    }
    metadata = {"name": "nats", "namespace": NAMESPACE}
    pod = {**metadata, "labels": {"app": "nats"}}
    service = {"selector": {"app": "nats"}, "ports": [{"port": 4222}]}
    return [
        {"apiVersion": "v1", "kind": "Pod", "metadata": pod, "spec": spec},
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": service},
        secret("nats", **keys),
        secret("eventbus", auth=yaml.safe_dump(BUS)),
    ]


def secret(name: str, **content: str) -> dict[str, Any]:
    """A Secret beside the examples."""
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": content}


def is_ready(cluster: Cluster, pod: str) -> bool:
    """Whether a pod runs."""
    found = cluster.kind("v1", "Pod").get(name=pod, namespace=NAMESPACE).to_dict()
    return bool(found["status"].get("phase") == "Running")


def address(cluster: Cluster, service: str) -> str:
    """The address of a Service: the cluster has no DNS."""
    found = cluster.kind("v1", "Service").get(name=service, namespace=NAMESPACE)
    return str(found.spec.clusterIP)


@pytest.fixture
def source(cluster: Cluster, workers: str) -> Iterator[str]:
    """The URL of the example's EventSource; its Sensor makes Convoys in the workers' namespace."""
    with argoevents.installed(cluster):
        cluster.apply(*nats(cluster.site.certificates))
        until(lambda: is_ready(cluster, "nats"), "the JetStream", seconds=60)
        cluster.apply(secret("app-forge", **{"webhook-secret": TOKEN}))
        for name in ("eventbus-existing", "account", "webhook"):
            text = (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8")
            text = text.replace("nats.argo-events.svc", address(cluster, "nats"))
            cluster.apply(*yaml.safe_load_all(text.replace("gastown-workers", workers)))
        argoevents.await_ready(cluster, "webhook-eventsource")
        argoevents.await_ready(cluster, "webhook-sensor")
        url = f"http://{address(cluster, 'webhook-eventsource-svc')}:12000/app"
        yield url


def comment(number: int, *, words: str = "/sling", sender: int = WRITER) -> dict[str, Any]:
    """What Gitea tells of a comment."""
    return {
        "action": "created",
        "is_pull": False,
        "issue": {"number": 4, "title": "The door squeaks", "body": "Every morning."},
        "comment": {"id": number, "body": words},
        "sender": {"id": sender, "login": "writer"},
    }


def told(url: str, content: dict[str, Any], *, token: str = TOKEN) -> int:
    """Post an event; the status of the answer, 0 where there is none."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, json.dumps(content).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_a_comment_becomes_one_convoy(cluster: Cluster, workers: str, source: str) -> None:
    """Told three times, and the one that comes behind it does not wait for that; who is not listed, or has no token, makes none."""

    def convoys() -> dict[str, Any]:
        found = cluster.kind(OURS, "Convoy").get(namespace=workers).to_dict()["items"]
        return {each["metadata"]["name"]: each for each in found}

    def taken() -> bool:
        """A Sensor hears what comes after it subscribed, so the first comment is told again and again."""
        return told(source, comment(1)) == 200 and "webhook-comment-1" in convoys()

    until(taken, "the first Convoy", seconds=120)
    assert told(source, comment(9), token="guessed") == 401
    assert told(source, comment(8, sender=33)) == 200
    assert told(source, comment(9)) == 200
    until(lambda: "webhook-comment-9" in convoys(), "the Convoy", seconds=60)
    first = convoys()["webhook-comment-9"]
    assert first["spec"]["rigRef"] == "app"
    assert [(each["id"], each["title"]) for each in first["spec"]["beads"]] == [("ap-9", "The door squeaks")]
    assert [told(source, comment(9)), told(source, comment(9)), told(source, comment(10))] == [200] * 3
    until(lambda: "webhook-comment-10" in convoys(), "the Convoy behind the repeats", seconds=60)
    assert set(convoys()) == {f"webhook-comment-{number}" for number in (1, 9, 10)}
    again = convoys()["webhook-comment-9"]["metadata"]
    assert (again["uid"], again["generation"]) == (first["metadata"]["uid"], first["metadata"]["generation"])
