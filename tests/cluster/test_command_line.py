"""`kubectl gt` against a real API server: verbs become objects there, and its refusals become one line."""

import contextlib
import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness.running import Cluster
from kubernetes import client, config

from kubectl_gt.main import run

Gt = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # the client leaves its connection behind


@pytest.fixture
def api(light: Cluster) -> Iterator[Any]:
    """The administrator's client."""
    with config.new_client_from_config(str(light.kubeconfig)) as made:
        yield made


@pytest.fixture
def namespace(api: Any) -> Iterator[str]:
    """A namespace of its own, removed afterwards; its name stands for the rig's too."""
    core, name = client.CoreV1Api(api), f"gastown-cli-{secrets.token_hex(3)}"
    core.create_namespace({"metadata": {"name": name}})
    yield name
    core.delete_namespace(name)
    with contextlib.suppress(client.ApiException):
        client.CustomObjectsApi(api).delete_cluster_custom_object(
            "gastown.gastown.io", "v1alpha1", "rigs", name
        )


@pytest.fixture
def gt(
    light: Cluster,
    namespace: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Gt:
    """`kubectl gt` in that namespace; answers with code, stdout and stderr."""
    monkeypatch.delenv("GASTOWN_LOCAL", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(light.kubeconfig))

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([*arguments, "-n", namespace], name="kubectl-gt")
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


@pytest.fixture
def rig(gt: Gt, namespace: str) -> str:
    """A rig whose repository nobody reaches: here only objects are made."""
    code, out, _ = gt(
        "rig", "create", namespace, "--git-url", "https://127.0.0.1:9/town.git", "--prefix", "gt"
    )
    assert (0, f"rig/{namespace} created\n") == (code, out)
    return namespace


def test_a_rig_is_made_once_and_judged_by_the_api_server(gt: Gt, rig: str) -> None:
    """The same again changes nothing, other settings are refused, a path of this machine means nothing there."""
    url = ("--git-url", "https://127.0.0.1:9/town.git", "--prefix", "gt")
    assert (0, f"rig/{rig} unchanged\n") == gt("rig", "create", rig, *url)[:2]
    assert 5 == gt("rig", "create", rig, *url, "--max-polecats", "3")[0]
    assert 2 == gt("rig", "create", "other", "--git-url", ".")[0]
    assert "gt" == json.loads(gt("rig", "status", rig, "-o", "json")[1])["spec"]["beadsPrefix"]
    assert rig in gt("rig", "list")[1]


def test_one_bead_is_a_polecat_as_gastown_operator_makes_it(gt: Gt, rig: str) -> None:
    """An adapter of either kind can work it. A second sling is told who works it; nuke asks, and keeps the record."""
    assert 0 == gt("sling", "gt-1", rig, "--model", "small", "--git-secret", "my-key")[0]
    polecat = json.loads(gt("polecat", "status", f"{rig}/furiosa", "-o", "json")[1])
    spec = polecat["spec"]
    assert ("gt-1", "Working", "kubernetes") == (spec["beadID"], spec["desiredState"], spec["executionMode"])
    assert {"name": "my-key"} == spec["kubernetes"]["gitSecretRef"]
    assert {"name": "claude-creds"} == spec["kubernetes"]["claudeCredsSecretRef"]
    assert "small" == spec["agentConfig"]["model"]
    code, _, error = gt("sling", "gt-1", rig)
    assert (5, True) == (code, "bead gt-1: polecat furiosa works it (Idle)" in error)
    code, _, error = gt("polecat", "logs", "furiosa")
    assert (4, True) == (code, "it has no pod yet" in error)
    assert 0 == gt("polecat", "nuke", f"{rig}/furiosa")[0]
    assert (
        "Terminated"
        == json.loads(gt("polecat", "status", "furiosa", "-o", "json")[1])["spec"]["desiredState"]
    )
    assert (124, True) == (
        (ran := gt("sling", "--text", "Do it", rig, "--wait", "--timeout", "1s"))[0],
        "nux" in ran[1],
    )


def test_several_beads_are_a_convoy_that_is_stopped_and_resumed(gt: Gt, rig: str) -> None:
    """Verbs become fields of its spec; the adapter does the rest."""
    code, _, error = gt(
        "convoy", "create", "Two", "gt-2", "gt-3", "--rig", rig, "--name", "two", "--max", "1"
    )
    assert 0 == code, error
    assert (0, "convoy/two unchanged: Pending\n") == gt(
        "convoy", "create", "Two", "gt-2", "gt-3", "--rig", rig, "--name", "two", "--max", "1"
    )[:2]
    assert 5 == gt("convoy", "create", "Else", "gt-2", "--rig", rig, "--name", "two")[0]
    assert 5 == gt("sling", "gt-3", rig)[0]
    assert 0 == gt("convoy", "stop", "two")[0]
    assert json.loads(gt("convoy", "status", "two", "-o", "json")[1])["spec"]["stop"] is True
    assert 0 == gt("convoy", "resume", "two")[0]
    assert json.loads(gt("convoy", "status", "two", "-o", "json")[1])["spec"]["stop"] is False
    assert "gt-2" in gt("convoy", "graph", "two")[1]
    assert 0 == gt("convoy", "delete", "two")[0]
    assert [] == json.loads(gt("convoy", "list", "-o", "json")[1])


def test_what_is_not_there_and_who_may_not_is_one_line(gt: Gt, rig: str) -> None:
    """Codes as on one machine."""
    for arguments, expected in (
        (("polecat", "status", "nobody"), 4),
        (("convoy", "status", "nothing"), 4),
        (("rig", "status", f"{rig}-x"), 4),
        (("rig", "list", "--as", "nobody"), 6),
        (("rig", "list", "--context", "nowhere"), 6),
        (("rig", "list", "--server", "https://127.0.0.1:9"), 6),
        (("rig", "list", "--request-timeout", "soon"), 2),
    ):
        code, out, error = gt(*arguments)
        assert (expected, "") == (code, out), error
        assert error.startswith("error: ")
        assert 1 == len(error.splitlines())


def test_the_log_in_and_nothing_else_is_brought(gt: Gt, namespace: str, api: Any, tmp_path: Path) -> None:
    """gastown-operator's `auth sync` uploaded the whole of ~/.claude, conversations included."""
    home = tmp_path / "claude"
    (home / "projects").mkdir(parents=True)
    (home / "projects" / "talk.jsonl").write_text("private")
    assert 4 == gt("auth", "sync", "--claude-dir", str(home))[0]
    (home / ".credentials.json").write_text('{"token":"x"}')
    assert 0 == gt("auth", "sync", "--claude-dir", str(home))[0]
    secret = client.CoreV1Api(api).read_namespaced_secret("claude-creds", namespace)
    assert [".credentials.json"] == [*secret.data]
    before = client.CoreV1Api(api).read_namespaced_config_map("gastown-auth", namespace).data
    (home / ".credentials.json").write_text('{"token":"y"}')
    assert "replaced" in gt("auth", "sync", "--claude-dir", str(home))[1]
    assert "counts as renewed" in gt("auth", "sync", "--secret", "claude-creds")[1]
    assert 4 == gt("auth", "sync", "--secret", "nobodys")[0]
    assert before != client.CoreV1Api(api).read_namespaced_config_map("gastown-auth", namespace).data
    assert ".credentials.json" in gt("auth", "status")[1]
    assert "sha256" in client.CoreV1Api(api).read_namespaced_config_map("gastown-auth", namespace).data
