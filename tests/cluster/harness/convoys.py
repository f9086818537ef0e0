"""Real convoys for tests: a repository on the cluster's forge, and compiled Workflows submitted as they are."""

import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.images import AGENT, STEPS
from harness.running import Cluster

from crds import Convoy, Refinery, Rig
from workflows.agents import presets
from workflows.beads import Bead
from workflows.compile import Compiled, CompileSettings, Request, compile_train
from workflows.names import BeadId
from workflows.observe import Observation, observe
from workflows.plan import plan_convoy

HTTP_SECRET = "git-http"
SSH_SECRET = "git-ssh"
SCRIPTED = {"command": ["scripted-agent", "{prompt_file}"], "image": AGENT}
"""The agentConfig of the agent that runs the lines of a bead's description that start with `$ `."""

_SMALL = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "1Gi"}}


@dataclass(frozen=True, slots=True)
class Yard:
    """A namespace of a cluster with a repository of its own, where convoys are slung at a rig."""

    cluster: Cluster
    namespace: str
    """Its name is the rig's and the repository's too."""

    @property
    def repository(self) -> Path:
        """The bare repository, as a folder of this machine."""
        return self.cluster.git.root / f"{self.namespace}.git"

    def open(self, files: Mapping[str, str] | None = None) -> None:
        """Make the repository, with one commit of these files on main, and the Secrets that let pods in."""
        for image in (STEPS, AGENT):
            self.cluster.require_image(image)
        git = self.cluster.git
        git.create(self.namespace)
        self.cluster.apply(git.http_secret(HTTP_SECRET, self.namespace))
        if git.speaks_ssh:
            self.cluster.apply(git.ssh_secret(SSH_SECRET, self.namespace))
        self.commit({"README.md": "# yard\n", **(files or {})}, "Begin")

    def commit(self, files: Mapping[str, str], subject: str) -> None:
        """Push a commit of these files to main, as a person would."""
        with tempfile.TemporaryDirectory() as folder:
            clone = Path(folder)
            self._git("clone", "--quiet", str(self.repository), ".", at=clone)
            for path, text in files.items():
                (clone / path).parent.mkdir(exist_ok=True)
                (clone / path).write_text(text, encoding="utf-8")
            self._git("add", ".", at=clone)
            author = ("-c", "user.name=Yard", "-c", "user.email=yard@example.org")
            self._git(*author, "commit", "--quiet", "-m", subject, at=clone)
            self._git("push", "--quiet", "origin", "HEAD:refs/heads/main", at=clone)

    def rig(self, spec: Mapping[str, Any] | None = None, *, ssh: bool = False) -> Rig:
        """The rig of this yard's repository, reached over HTTP or ssh."""
        git = self.cluster.git
        url = git.ssh_url(self.namespace) if ssh else git.http_url(self.namespace)
        secret = {"name": SSH_SECRET if ssh else HTTP_SECRET}
        values = {"gitURL": url, "beadsPrefix": "ap", "gitSecretRef": secret, **(spec or {})}
        return Rig.model_validate({"metadata": {"name": self.namespace}, "spec": values})

    def compile(
        self, convoy: Convoy, rig: Rig, *, beads: Mapping[BeadId, Bead] | None = None
    ) -> list[Compiled]:
        """Every train of the convoy, compiled for this yard's namespace and images."""
        return _compiled(convoy, rig, {}, beads or {}, self.namespace)

    def submit(self, compiled: Compiled) -> str:
        """Create the ConfigMaps and the Workflow as they were compiled; returns the Workflow's name."""
        self.cluster.apply(*compiled.config_maps)
        self.cluster.create(compiled.workflow)
        name: str = compiled.workflow["metadata"]["name"]
        return name

    def sling(self, convoy: Convoy, rig: Rig, *, beads: Mapping[BeadId, Bead] | None = None) -> "Slung":
        """Compile a convoy of one train, and submit it."""
        (compiled,) = self.compile(convoy, rig, beads=beads)
        return Slung(self, convoy, rig, compiled, self.submit(compiled))

    def observe(self, workflow: str, *, seconds: float) -> Observation:
        """What our own reading makes of the Workflow, once it has ended."""
        return observe(self.cluster.await_end(workflow, self.namespace, seconds=seconds))

    def show(self, *arguments: str) -> str:
        """The output of git in the bare repository."""
        return self._git(*arguments, at=self.repository)

    @staticmethod
    def _git(*arguments: str, at: Path) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=at, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
        )
        return done.stdout


@dataclass(frozen=True, slots=True)
class Slung:
    """A convoy on its way; `name` is its Workflow's."""

    yard: Yard
    convoy: Convoy
    rig: Rig
    compiled: Compiled
    name: str

    def ended(self, *, seconds: float) -> dict[str, Any]:
        """Its Workflow, once that has ended."""
        return self.yard.cluster.await_end(self.name, self.yard.namespace, seconds=seconds)

    @property
    def over(self) -> bool:
        """True once its Workflow has ended."""
        return self.yard.cluster.ended(self.name, self.yard.namespace)

    def observed(self, *, seconds: float) -> Observation:
        """What our own reading makes of it, once it has ended."""
        return self.yard.observe(self.name, seconds=seconds)


def compiled_for(
    convoy: Convoy,
    rig: Mapping[str, Any],
    refinery: Mapping[str, Any],
    *,
    namespace: str = "default",
    name: str = "athena",
) -> list[Compiled]:
    """Every train of a convoy, on a rig of this name whose repository nobody will ask for."""
    spec = {"gitURL": "https://git.example.org/o/r.git", "beadsPrefix": "ap", **rig}
    model = Rig.model_validate({"metadata": {"name": name}, "spec": spec})
    return _compiled(convoy, model, refinery, {}, namespace)


def _compiled(
    convoy: Convoy,
    rig: Rig,
    refinery: Mapping[str, Any],
    beads: Mapping[BeadId, Bead],
    namespace: str,
) -> list[Compiled]:
    name = rig.metadata.name
    spec = {"rigRef": name, **refinery}
    request = Request(
        convoy=convoy,
        rig=rig,
        refinery=Refinery.model_validate({"metadata": {"name": name}, "spec": spec}),
        agents=presets(),
        settings=CompileSettings(
            namespace=namespace,
            steps_image=STEPS,
            agent_image=AGENT,
            steps_resources=_SMALL,
            agent_resources=_SMALL,
            parks_reviews=True,
        ),
    )
    plan = plan_convoy(convoy, beads)
    return [compile_train(plan, train, request) for train in plan.trains]


def inline_convoy(name: str, *beads: Mapping[str, Any], **spec: Any) -> Convoy:
    """A convoy of inline beads, worked by the scripted agent unless `spec` says otherwise."""
    values = {"description": name, "beads": list(beads), "agent": "custom", "agentConfig": SCRIPTED, **spec}
    return Convoy.model_validate({"metadata": {"name": name}, "spec": values})


def scripted_bead(number: int, *commands: str, **fields: Any) -> dict[str, Any]:
    """A bead `ap-<number>` whose description holds commands for the scripted agent."""
    description = "Run these:\n\n" + "".join(f"$ {command}\n" for command in commands)
    return {"id": f"ap-{number}", "title": f"Bead {number}", "description": description, **fields}


def writing(number: int, **fields: Any) -> dict[str, Any]:
    """A bead that commits one file of its own, `<number>.txt`."""
    commit = f"git commit -q -m 'Write {number}.txt'"
    return scripted_bead(number, f"echo {number} > {number}.txt", f"git add {number}.txt", commit, **fields)
