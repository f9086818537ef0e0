"""Argo's exchange folder in the containers that run the code of others: what Argo mounts there writable is covered by what is not.

Argo mounts `/var/run/argo`, mode 0777, into every container, after every patch, so its own mount can't be changed. What lies in it can be
covered: a mount point can be neither replaced nor removed. The executor needs no more than its container's own folder.
"""

from crds import Manifest

FOLDER = "/var/run/argo"
VOLUME = "var-run-argo"

_READ_ONLY = ("argoexec", "template", "ctr", "outputs")
"""`ctr` stands before what lies in it: kubelet gives a folder that it makes the volume's mode only where it is the last of a path."""


def covered(*containers: str) -> list[Manifest]:
    """The part of a podSpecPatch that covers the folder in these containers; each goes on to write in its own folder."""
    return [{"name": name, "volumeMounts": _mounts(name)} for name in containers]


def _mounts(container: str) -> list[Manifest]:
    covered = [_mount(part) | {"readOnly": True} for part in _READ_ONLY]
    return [*covered, _mount(f"ctr/{container}")]


def _mount(part: str) -> Manifest:
    return {"name": VOLUME, "mountPath": f"{FOLDER}/{part}", "subPath": part}
