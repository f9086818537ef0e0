"""Reads of a bead store on a light cluster: pods are played there, so the real step runs as a process with the pod's own rights."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness import folders
from harness.towns import Town

from adapter.rbac.accounts import BEADS
from crds import BeadStore, Rig
from workflows.compile import CompiledStore, CompileSettings, StoreRequest, compile_store, read_now

FILE = ".beads/issues.jsonl"


@dataclass(frozen=True)
class BeadReads:
    """The bead store `name` of a town, and a repository on disk that its rig names."""

    town: Town
    name: str
    folder: Path

    @property
    def repository(self) -> Path:
        """The rig's repository."""
        return self.folder / "origin.git"

    def push(self, *beads: Mapping[str, Any], raw: str = "") -> str:
        """Commit a bead file; returns the commit."""
        seed = self.folder / "seed"
        if not seed.exists():
            self._git("init", "--quiet", "--bare", str(self.repository))
            self._git("init", "--quiet", "--initial-branch=main", str(seed))
        file = seed / FILE
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(json.dumps(dict(bead)) + "\n" for bead in beads) + raw, encoding="utf-8")
        self._git("add", "--all", at=seed)
        who = ("-c", "user.name=Max", "-c", "user.email=max@example.org")
        self._git(*who, "commit", "--quiet", "--message", "beads", at=seed)
        self._git("push", "--quiet", str(self.repository), "HEAD:refs/heads/main", at=seed)
        return self._git("rev-parse", "HEAD", at=seed)

    def compiled(self, settings: Mapping[str, Any]) -> CompiledStore:
        """What the adapter compiles for the store, with its settings."""
        store = BeadStore.model_validate(self.town.get("BeadStore", self.name))
        spec = {"gitURL": str(self.repository), "beadsPrefix": "ap"}
        rig = Rig.model_validate({"metadata": {"name": self.town.namespace}, "spec": spec})
        chosen = CompileSettings.model_validate(settings["compile"])
        return compile_store(StoreRequest(store=store, rig=rig, branch="main", settings=chosen))

    def step(self, orders: str) -> "subprocess.CompletedProcess[str]":
        """Run the real step as the pod would: its orders, its account's token, nothing else."""
        tasks, access = self.folder / "tasks", self.folder / "access"
        for each in (tasks, access, self.folder / "workspace"):
            each.mkdir(exist_ok=True)
        (tasks / "store.json").write_text(orders, encoding="utf-8")
        (access / "token").write_text(self.token(), encoding="utf-8")
        cluster = self.town.cluster
        (access / "ca.crt").write_bytes(cluster.authority.read_bytes())
        place = urlsplit(cluster.url)
        return subprocess.run(
            (sys.executable, "-m", "workflows.steps", "beads"),
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(folders.PROJECT),
                "GASTOWN_TASKS": str(tasks),
                "GASTOWN_WORKSPACE": str(self.folder / "workspace"),
                "GASTOWN_APISERVER_ACCESS": str(access),
                "KUBERNETES_SERVICE_HOST": str(place.hostname),
                "KUBERNETES_SERVICE_PORT": str(place.port or 443),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def read(self, settings: Mapping[str, Any], *named: Callable[[CompiledStore], str]) -> None:
        """Run the real step, and direct the player to put out the same in the reads of these names."""
        compiled = self.compiled(settings)
        done = self.step(compiled.orders["data"]["store.json"])
        assert done.returncode == 0, done.stderr
        played = json.dumps({"outputs": self.outputs()})
        self.town.play({"seconds": "0.2", **{f"{name(compiled)}_0_": played for name in named}})

    def outputs(self) -> dict[str, str]:
        """What the last run of the step has put out."""
        return {
            each.name: each.read_text(encoding="utf-8")
            for each in (self.folder / "workspace" / "out").iterdir()
        }

    def token(self) -> str:
        """A token of the account that the pods have."""
        path = f"/api/v1/namespaces/{self.town.namespace}/serviceaccounts/{BEADS}/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        answer = self.town.cluster.api.request("post", path, body=body)
        found = answer.to_dict() if hasattr(answer, "to_dict") else json.loads(answer.data)
        token: str = found["status"]["token"]
        return token

    @staticmethod
    def read_now(compiled: CompiledStore, *, before: str = "", asked: str = "") -> str:
        """The Workflow that reads at once: `asked` is the annotation that asks for it, `before` what the store was made from until then."""
        name: str = read_now(compiled.cron, f"{before} {compiled.digest}-{asked}")["metadata"]["name"]
        return name

    def _git(self, *arguments: str, at: Path | None = None) -> str:
        done = subprocess.run(
            ("git", *arguments), cwd=at or self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()
