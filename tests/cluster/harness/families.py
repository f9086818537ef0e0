"""The Go programs that make the cluster and the forge, in families that share one go.mod under `tests/cluster/go/`.

The go.mod files pin every module by version and hash; nothing here chooses a version.
"""

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from harness import folders
from harness.errors import Missing

GO = folders.TESTS / "go"


@dataclass(frozen=True, slots=True)
class Family:
    """Programs of one module. `packages` maps the binary's name to the path of its package.

    `stamp` is the variable that the linker writes the version into; Kubernetes, whose stamp ends in `gitVersion`, has
    its parts written too, and refuses to serve without.
    `vendored` is set where the module's archive lacks files that its build needs. `folders` are copied from the
    module's source beside the binaries, under the names that they map to. `cgo` is set where the module needs a C
    compiler, `tags` are its build tags.
    """

    name: str
    module: str
    packages: dict[str, str]
    stamp: str = ""
    vendored: bool = False
    folders: dict[str, str] = field(default_factory=dict)
    cgo: bool = False
    tags: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where the pinned go.mod and go.sum are."""
        return GO / self.name

    @property
    def version(self) -> str:
        """The version that go.mod pins, with its `v`. Raises Missing if go.mod doesn't require the module."""
        text = (self.folder / "go.mod").read_text(encoding="utf-8")
        found = re.search(rf"^(?:require )?\s*{re.escape(self.module)} (v\S+)", text, re.MULTILINE)
        if found is None:
            message = f"{self.folder / 'go.mod'} does not require {self.module}: run `go mod tidy` there"
            raise Missing(message)
        return found.group(1)

    @property
    def home(self) -> Path:
        """Where the built binaries lie; another go.mod, go.sum or recipe gives another folder."""
        recipe: tuple[object, ...] = (self.packages, self.stamp, self.vendored, self.folders)
        recipe += (self.cgo, self.tags) if self.cgo or self.tags else ()
        digest = hashlib.sha256(repr(recipe).encode())
        for name in ("go.mod", "go.sum"):
            digest.update((self.folder / name).read_bytes())
        return folders.binaries() / f"{self.name}-{digest.hexdigest()[:16]}"

    @property
    def built(self) -> bool:
        """True where every binary is there; the folder appears by one rename, so never half."""
        return all((self.home / binary).is_file() for binary in self.packages)


ARGO = os.environ.get("GASTOWN_TEST_ARGO", "argo")
"""Which Argo: `argo` is the oldest that we say we run on, `argo-newer` the newest that its module serves."""

_ARGO = "github.com/argoproj/argo-workflows/v4"
_KUBE = "k8s.io/kubernetes"
_ARGO_EVENTS = "github.com/argoproj/argo-events"
_GITEA = "code.gitea.io/gitea"

FAMILIES = {
    "argo" if family.name == ARGO else family.name: family
    for family in (
        Family("etcd", "go.etcd.io/etcd/server/v3", {"etcd": "go.etcd.io/etcd/server/v3"}),
        Family(
            "kube",
            _KUBE,
            {
                name: f"{_KUBE}/cmd/{name}"
                for name in (
                    "kube-apiserver",
                    "kube-controller-manager",
                    "kube-scheduler",
                    "kube-proxy",
                    "kubelet",
                    "kubectl",
                )
            },
            stamp="k8s.io/component-base/version.gitVersion",
        ),
        Family(
            ARGO,
            _ARGO,
            {name: f"{_ARGO}/cmd/{name}" for name in ("argo", "argoexec", "workflow-controller")},
            stamp=f"{_ARGO}.version",
            vendored=True,
            folders={
                "manifests/base/crds": "crds",
                "manifests/cluster-install-no-crds/workflow-controller-rbac": "rbac",
            },
        ),
        Family(
            "actionlint",
            "github.com/rhysd/actionlint",
            {"actionlint": "github.com/rhysd/actionlint/cmd/actionlint"},
        ),
        Family("helm", "helm.sh/helm/v3", {"helm": "helm.sh/helm/v3/cmd/helm"}),
        Family(
            "gitea",
            _GITEA,
            {"gitea": _GITEA},
            stamp="main.Version",
            folders={"templates": "templates", "options": "options", "public": "public"},
            cgo=True,
            tags=("sqlite", "sqlite_unlock_notify"),
        ),
        Family(
            "argo-events",
            _ARGO_EVENTS,
            {"argo-events": f"{_ARGO_EVENTS}/cmd", "nats-server": "github.com/nats-io/nats-server/v2"},
            folders={"manifests": "manifests"},
        ),
    )
}


CLUSTER = ("etcd", "kube", "argo", "helm")
"""The families that a cluster needs; the forge and Argo Events are tiers of their own."""

LINTERS = ("actionlint",)
"""What tests beside it need."""


def binary(name: str) -> Path:
    """The built program of this name. Raises Missing when it has not been built."""
    for family in FAMILIES.values():
        if name in family.packages:
            path = family.home / name
            if not path.is_file():
                raise Missing(f"{name} is not built: run `python -m harness build`")
            return path
    raise Missing(f"no family of tests/cluster/go builds {name}")
