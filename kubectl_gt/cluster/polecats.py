"""The polecats of a namespace."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from crds import Answer, Convoy, Manifest, Polecat, Rig, load
from kubectl_gt.cluster.api import Api, told
from kubectl_gt.town import LogRequest
from workflows.errors import Missing, Occupied, Unavailable, WorkflowsError
from workflows.hints import not_found
from workflows.labels import CONVOY
from workflows.polecats import AT_WORK, agent_runs, meant
from workflows.shape import agent_container
from workflows.transcript.action import TAIL_LINES, last_action

CLAUDE_SECRET = "claude-creds"  # noqa: S105 - the name of a Secret, not a secret

READ_AGAIN = 10.0
"""Seconds between two looks at the log of an agent that works."""

LOGS_A_LOOK = 16
"""Logs that are read at one look; those of the others at a later one."""

LOOKS, PAUSE = 60, 0.5
"""How often, and how many seconds apart, the adapter is looked at until it has set a polecat back."""


class Polecats:
    """Polecats, those of convoys and those slung one by one."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._seen: dict[str, tuple[float, str]] = {}
        self._left = LOGS_A_LOOK

    def all(self, rig: str | None = None) -> tuple[Polecat, ...]:
        """All polecats, or those of one rig. Raises Missing for an unknown rig."""
        if rig is not None:
            self._api.get("Rig", rig)
        found = (each for each in self._api.every("Polecat") if isinstance(each, Polecat))
        return tuple(each for each in found if rig in (None, each.spec.rig))

    def of_convoy(self, name: str) -> tuple[Polecat, ...]:
        """The polecats of a convoy."""
        found = (each for each in self.all() if each.metadata.labels.get(CONVOY) == name)
        self._left = LOGS_A_LOOK
        return tuple(map(self._at_work, found))

    def get(self, name: str, *, rig: str | None = None) -> Polecat:
        """One polecat by its name or its bead: the one at work, else the newest. Raises Missing, or Refused where several are meant."""
        polecats = self.all(rig)
        found = meant(name, polecats)
        if found is None:
            where = f"{f' on rig {rig}' if rig else ''} in namespace {self._api.namespace}"
            known = (each.metadata.name for each in polecats)
            raise not_found("polecat", name, known, otherwise="sling a bead first", where=where)
        self._left = LOGS_A_LOOK
        return self._at_work(found)

    def _at_work(self, polecat: Polecat) -> Polecat:
        """With what its agent did last, from its log: read with the user's own rights, each at most once in some seconds; else from its status."""
        pod = polecat.status.pod_name
        if not agent_runs(polecat) or not pod:
            return polecat
        at, done = self._seen.get(pod, (-READ_AGAIN, ""))
        if time.monotonic() - at >= READ_AGAIN and self._left > 0:
            self._left -= 1
            with contextlib.suppress(WorkflowsError):
                request = LogRequest(tail=TAIL_LINES)
                done = last_action(self.log(polecat, request)) or done
            self._seen[pod] = time.monotonic(), done
        status = polecat.status.model_copy(update={"last_action": done or polecat.status.last_action})
        return polecat.model_copy(update={"status": status})

    def nuke(self, polecat: Polecat) -> None:
        """Ask for it to be ended; the object stays, as its record."""
        self._api.patch("Polecat", polecat.metadata.name, {"desiredState": "Terminated"})

    def answer(self, polecat: Polecat, answer: Answer) -> None:
        """Say something to the agent of a polecat without a convoy, and run it again. Raises Unavailable where the adapter is away."""
        name = polecat.metadata.name

        def fields(there: Polecat) -> Manifest:
            said = [each.dump() for each in (*there.spec.answers, answer)]
            return {"answers": said, "desiredState": "Idle"}

        self._api.change(Polecat, name, fields)
        for _ in range(LOOKS):
            if self.get(name).status.phase == "Idle":
                self._api.patch("Polecat", name, {"desiredState": "Working"})
                return
            time.sleep(PAUSE)
        raise Unavailable(
            f"polecat {name}: it holds the answer, and the adapter did not set it back; look at the adapter, then set desiredState to Working"
        )

    def sling(self, convoy: Convoy, rig: Rig, *, git_secret: str | None) -> None:
        """A Polecat for the one bead of a convoy. The same again changes nothing. Raises Occupied."""
        wanted = polecat_for(convoy, rig, git_secret=git_secret)
        for each in self.all(rig.metadata.name):
            same = each.metadata.name == wanted.metadata.name
            if each.spec.bead_id != wanted.spec.bead_id:
                if same:
                    raise Occupied(
                        f"polecat {each.metadata.name}: works {each.spec.bead_id}; choose another name"
                    )
            elif same and each.status.phase in (*AT_WORK, "Done"):
                return
            elif each.status.phase in AT_WORK:
                raise Occupied(
                    f"bead {each.spec.bead_id}: polecat {each.metadata.name} works it ({each.status.phase}); nuke it first"
                )
        self._api.create(wanted)

    def log(self, polecat: Polecat, request: LogRequest) -> Iterator[str]:
        """The log of the polecat's pod, as the kubelet gives it. Raises Missing."""
        pod, name = polecat.status.pod_name, polecat.metadata.name
        if not pod:
            raise Missing(
                f"polecat {name}: it has no pod yet ({polecat.status.phase}); try again when it works"
            )
        with told(f"polecat {name}"):
            stream: Any = self._api.core.read_namespaced_pod_log(
                pod,
                self._api.namespace,
                container=request.container or agent_container(polecat.spec.worker),
                follow=request.follow,
                tail_lines=request.tail,
                _preload_content=False,
                **self._api.more,
            )
            for line in stream:
                yield line.decode("utf-8", "replace")


def polecat_for(convoy: Convoy, rig: Rig, *, git_secret: str | None) -> Polecat:
    """The Polecat that gastown-operator's `sling` would make, with what ours can say besides."""
    spec = convoy.spec
    inline = spec.beads[0] if spec.beads else None
    words = "\n\n".join(part for part in (inline.title, inline.description) if part) if inline else ""
    secret = git_secret or (rig.spec.git_secret_ref.name if rig.spec.git_secret_ref else "git-creds")
    login = rig.spec.login.name if rig.spec.login else CLAUDE_SECRET
    wanted: dict[str, Any] = {
        "rig": rig.metadata.name,
        "beadID": inline.id if inline else spec.tracked_beads[0],
        "desiredState": "Working",
        "executionMode": "kubernetes",
        "kubernetes": {
            "gitRepository": rig.spec.git_url,
            "gitBranch": spec.base_branch or rig.spec.base_branch,
            "gitSecretRef": {"name": secret},
            "claudeCredsSecretRef": {"name": login},
        },
        "agent": spec.agent or rig.spec.agent,
    }
    if words:
        wanted["taskDescription"] = words
    if spec.agent_config:
        wanted["agentConfig"] = spec.agent_config.dump()
    api_version = convoy.api_version
    metadata = {"name": convoy.metadata.name}
    found = load({"apiVersion": api_version, "kind": "Polecat", "metadata": metadata, "spec": wanted})
    if not isinstance(found, Polecat):
        raise TypeError(found.kind)
    return found
