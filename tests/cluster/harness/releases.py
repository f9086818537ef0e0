"""Releases as a user has them: charts and images as archives, of this checkout or of an earlier commit, pushed to a registry."""

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import folders
from harness.errors import Missing
from harness.families import binary
from harness.registry import PASSWORD, USER
from harness.site import Site

PUSH = Path("release/publish/push")
SECRET = "registry"

_IMAGES = """
import pathlib, sys
from images import __main__ as made
from images.bytecode import own_architecture
from images.oci import Named, layout
from images.recipes import RECIPES, image
found, home = made.source(), getattr(made, "HOME", "gastown")
here = own_architecture()
for recipe in RECIPES:
    if here not in getattr(recipe, "architectures", (here,)):
        continue
    with pathlib.Path(sys.argv[1], f"{recipe.name}.oci.tar").open("wb") as stream:
        one = image(recipe, found, here)
        layout([Named(f"{home}/{recipe.name}:{found.version}", (one,))]).write(stream)
"""
"""What `python -m images` makes, for this machine's architecture alone; an earlier commit has no option for that."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release's files in a folder `dist`, and where its chart and images are to be pulled from."""

    root: Path
    prefix: str
    """The registry and a path, as `127.0.0.1:5000/gastown`."""

    @property
    def files(self) -> Path:
        """What `make dist images` makes."""
        return self.root / "dist"

    @property
    def chart(self) -> Path:
        """The chart's archive."""
        (found,) = self.files.glob("*.tgz")
        return found

    @property
    def version(self) -> str:
        """As its files carry it."""
        return self.chart.stem.rpartition("-")[2]

    def image(self, name: str) -> str:
        """What a pod names to get one of its images."""
        return f"{self.prefix}/{name}:{self.version}"

    def values(self) -> dict[str, Any]:
        """What the chart is told of the registry."""
        return {
            "image": {"repository": f"{self.prefix}/adapter", "tag": self.version},
            "imagePullSecrets": [{"name": SECRET}],
            "pods": {"stepsImage": self.image("steps"), "agentImage": self.image("polecat-agent")},
        }

    def push(self) -> None:
        """By the script that a release's workflow calls."""
        environment = {
            "PATH": f"{binary('helm').parent}:{os.environ['PATH']}",
            "HOME": str(self.root),
            "HELM_REGISTRY_CONFIG": str(self.root / "login.json"),
            "PLAIN_HTTP": "1",
            "REGISTRY": self.prefix,
            "REGISTRY_USER": USER,
            "REGISTRY_PASSWORD": PASSWORD,
        }
        _run([str(self.root / PUSH)], cwd=self.root, env=environment)

    @property
    def digests(self) -> set[str]:
        """Of all that was pushed."""
        return {
            line.partition("@")[2]
            for line in (self.files / "pushed").read_text(encoding="utf-8").splitlines()
        }


def made(root: Path, prefix: str, *, checkout: Path = folders.PROJECT) -> Release:
    """The release of a checkout."""
    release = Release(root, prefix)
    (release.files / "images").mkdir(parents=True)
    (root / PUSH).parent.mkdir(parents=True)
    (root / PUSH).write_bytes((checkout / PUSH).read_bytes())
    (root / PUSH).chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    _run([sys.executable, "-m", "release", str(release.files)], cwd=checkout, env=environment)
    _run([sys.executable, "-c", _IMAGES, str(release.files / "images")], cwd=checkout, env=environment)
    return release


def earlier(folder: Path, *, commits: int) -> Path:
    """A checkout of the latest tag of a release, or of so many commits ago where there is none. Raises Missing where that is not here."""
    tags = _git("tag", "--list", "v*", "--sort=-version:refname").split()
    revision = tags[0] if tags else f"HEAD~{commits}"
    try:
        commit = _git("rev-parse", "--verify", f"{revision}^{{commit}}").strip()
    except subprocess.CalledProcessError:
        raise Missing(f"this clone has no {revision}, which is what is upgraded from") from None
    _run(
        ["git", "clone", "--quiet", "--shared", "--no-checkout", str(folders.PROJECT), str(folder)],
        cwd=folders.PROJECT,
    )
    _run(["git", "checkout", "--quiet", commit], cwd=folder)
    return folder


def trust(site: Site, address: str) -> None:
    """Let the node's containerd pull from a registry that speaks no TLS."""
    folder = site.folder / "registries" / address
    folder.mkdir(parents=True, exist_ok=True)
    text = f'server = "http://{address}"\n[host."http://{address}"]\n  capabilities = ["pull", "resolve"]\n'
    (folder / "hosts.toml").write_text(text, encoding="utf-8")


def pull_secret(namespace: str, address: str) -> dict[str, Any]:
    """The log-in at the registry, as `kubectl create secret docker-registry` makes it."""
    word = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"name": SECRET, "namespace": namespace},
        "stringData": {".dockerconfigjson": json.dumps({"auths": {address: {"auth": word}}})},
    }


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folders.PROJECT), *arguments], capture_output=True, text=True, check=True
    ).stdout


def _run(command: list[str], *, cwd: Path, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Missing(f"{' '.join(command[:4])}: {done.stderr.strip()[-600:]}")
