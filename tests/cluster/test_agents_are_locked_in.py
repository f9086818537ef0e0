"""An agent that looks for credentials finds none: the test gives it the values to look for, and all the time it wants."""

import base64
from typing import Any

import pytest
from harness import tenants
from harness.convoys import Slung, Yard, inline_convoy, scripted_bead

SEARCH = "grep -rlsF -f /tmp/needles --exclude-dir=proc --exclude-dir=sys --exclude=needles /"
CONTROL = "word-that-is-there"
FOUND = "/workspace/control"
"""Shows that the search finds what there is."""

PROCESSES = "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'"


def _needles(yard: Yard) -> list[str]:
    """What must not be found: the forge's token and ssh key, the token that may write task results."""
    secret = yard.cluster.kind("v1", "Secret").get(
        name=f"{tenants.EXECUTOR}.service-account-token", namespace=yard.namespace
    )
    return [*yard.cluster.git.credentials, yard.cluster.decoded(secret.data["token"])[-60:]]


def _searching(needles: list[str]) -> dict[str, Any]:
    """A bead whose agent searches every file and process that it can read. Needles travel encoded: the prompt is a file too."""
    encoded = " ".join(map(_encoded, [*needles, CONTROL]))
    return scripted_bead(
        1,
        "set +x",
        f"for each in {encoded}; do echo $each | base64 -d; done > /tmp/needles",
        f"echo {_encoded(CONTROL)} | base64 -d > {FOUND}",
        f"{{ {SEARCH}; {PROCESSES} | grep -F -f /tmp/needles; }} > found.txt || true",
        "for path in / /usr /etc /home/polecat; do touch $path/x 2>/dev/null && echo $path; done > written.txt || true",
        "grep -E '^Cap(Prm|Eff|Bnd)|^NoNewPrivs|^Seccomp:' /proc/self/status | tr -d '\\t' > rights.txt",
        "git add . && git commit -q -m Search",
    )


def _encoded(needle: str) -> str:
    return base64.b64encode(f"{needle}\n".encode()).decode()


def _search(yard: Yard, *, ssh: bool) -> Slung:
    return yard.sling(inline_convoy("search", _searching(_needles(yard))), yard.rig(ssh=ssh))


@pytest.mark.slings(by=_search)
@pytest.mark.parametrize("ssh", [pytest.param(False, id="http"), pytest.param(True, id="ssh")])
def test_an_agent_finds_no_credentials(slung: Slung, *, ssh: bool) -> None:
    """Not the forge's, not the task results': not in a file, not in the environment or arguments of a process it sees."""
    assert slung.rig.spec.git_url.startswith("ssh" if ssh else "http")
    slung.ended(seconds=400)
    yard = slung.yard
    assert [FOUND] == yard.show("show", "main:found.txt").splitlines()
    assert "" == yard.show("show", "main:written.txt")
    rights = dict(line.split(":") for line in yard.show("show", "main:rights.txt").splitlines())
    none = "0" * 16
    assert {"CapPrm": none, "CapEff": none, "CapBnd": none, "NoNewPrivs": "1", "Seccomp": "2"} == rights


def _idle(yard: Yard) -> Slung:
    return yard.sling(inline_convoy("rights", scripted_bead(1, "true")), yard.rig())


@pytest.mark.slings(by=_idle)
def test_pods_ask_for_no_more_than_they_need(slung: Slung) -> None:
    """Only Argo's own container holds a token, and none of ours may write to its root or gain rights."""
    slung.ended(seconds=400)
    for pod in slung.yard.cluster.pods(slung.name, slung.yard.namespace):
        assert pod["spec"]["automountServiceAccountToken"] is False
        holders = {
            container["name"]
            for container in [*pod["spec"]["initContainers"], *pod["spec"]["containers"]]
            for mount in container["volumeMounts"]
            if mount["mountPath"].startswith("/var/run/secrets")
        }
        assert holders <= {"init", "wait"}
        for container in pod["spec"]["containers"]:
            security = container["securityContext"]
            assert (True, False) == (security["readOnlyRootFilesystem"], security["allowPrivilegeEscalation"])
