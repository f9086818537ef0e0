"""Pods of convoys pass OpenShift's SCC restricted-v2, which names the user itself and takes no more than it lists."""

import pytest

from workflows.compile import CompileSettings

VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
"""The kinds that restricted-v2 allows."""

NUMBERS = {"runAsUser", "runAsGroup", "fsGroup", "supplementalGroups"}


@pytest.fixture
def spec(submit):
    """A convoy with gates, as it is submitted where the platform chooses the user."""
    gates = [{"name": "test", "command": "make test"}]
    return submit(rig={"gates": gates}, settings=CompileSettings(user_id=None)).workflow["spec"]


def _all(value):
    """Every mapping inside of a value, at any depth."""
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _all(each)


def _containers(spec):
    for template in spec["templates"]:
        for kind in ("container", "initContainers", "sidecars"):
            found = template.get(kind, [])
            yield from found if isinstance(found, list) else [found]


def test_no_user_or_group_is_named(spec):
    """The namespace's own number counts, in group 0; at any level of the pod, in patches too."""
    assert [] == [each for each in _all(spec) if NUMBERS & each.keys()]
    assert not NUMBERS & set(str(spec.get("podSpecPatch", "")).replace('"', " ").split())


def test_containers_give_up_all_rights(spec):
    """Every one, with the pod's seccomp profile."""
    assert {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}} == spec["securityContext"]
    contexts = [each.get("securityContext", {}) for each in _containers(spec)]
    assert contexts
    assert {(False, ("ALL",), False)} == {
        (
            each.get("allowPrivilegeEscalation"),
            tuple(each.get("capabilities", {}).get("drop", ())),
            each.get("privileged", False),
        )
        for each in contexts
    }


def test_volumes_and_the_host_are_as_allowed(spec):
    """No path, network, port or process of the node."""
    volumes = [*spec.get("volumes", ()), *(v for each in spec["templates"] for v in each.get("volumes", ()))]
    assert volumes
    assert set() == {kind for each in volumes for kind in each if kind != "name"} - VOLUMES
    assert [] == [
        each for each in _all(spec) if {"hostNetwork", "hostPID", "hostIPC", "hostPort"} & each.keys()
    ]
