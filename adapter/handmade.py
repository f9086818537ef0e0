"""A Polecat that somebody made by hand: a convoy of one bead, whose one Workflow starts, stops and is kept by `desiredState`."""

import dataclasses
import datetime
import hashlib
import json
from collections.abc import Sequence

from adapter.polecats import polecat_status
from adapter.remembered import DELETED, LOST
from adapter.repositories import UNREACHABLE, unreachable
from adapter.statuses import ENDED, settled, since, told, wire
from adapter.steering import Change, hold, part, release, steer
from adapter.views import PolecatView, WorkflowView
from crds import (
    AgentConfig,
    Condition,
    Convoy,
    ConvoySpec,
    InlineBead,
    KubernetesSpec,
    Manifest,
    Metadata,
    Polecat,
    PolecatStatus,
    Rig,
    RigSpec,
    retired_fields,
)
from workflows.observe import Observation
from workflows.observe.bead import STOPPED
from workflows.plan.trains import NAME_LENGTH

_PREFIX = "polecat-"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HandmadeState:
    """What deciding about a Polecat takes. `rig` is the named one, if it is there; `refinery` whether that has one yet."""

    seen: PolecatView
    polecat: Polecat
    rig: Rig | None
    workflows: Sequence[WorkflowView]
    image: str
    now: datetime.datetime
    refinery: bool = True
    obstacle: tuple[str, str] = ("", "")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HandmadeDecision:
    """What is to be done, in this order. `attempt` is the number of the Workflow to submit, None for none."""

    status: Manifest
    attempt: int | None = None
    before: tuple[Change, ...] = ()
    after: tuple[Change, ...] = ()
    delete_in: float | None = None


def decide(state: HandmadeState) -> HandmadeDecision:
    """The way of a Polecat from its state on."""
    own = sorted(state.workflows, key=lambda each: each.observation.attempt)
    current = next((each for each in reversed(own) if not each.released), None)
    wanted = state.polecat.spec.desired_state
    if current is None:
        return _without_workflow(state, own)
    if wanted == "Working":
        return _working(state, current)
    if not current.ended and not current.deleting:
        steering = steer([current], stop=True, suspend=False)
        return HandmadeDecision(status=_observed(state, current.observation), after=steering)
    parting = [change for change in (part(current),) if change]
    if wanted == "Terminated":
        let_go = release(current)
        status = _terminated(state, current.observation)
        return HandmadeDecision(status=status, after=(let_go,) if let_go else ())
    return HandmadeDecision(status=_idle(state), before=tuple(parting))


def as_convoy(polecat: Polecat, rig: Rig | None, *, attempt: int) -> Convoy:
    """The convoy of one bead that a Polecat amounts to, on its rig."""
    spec = polecat.spec
    text = spec.instructions.strip()
    title = text.splitlines()[0][:500] if text else bead_of(polecat)
    bead = InlineBead(id=bead_of(polecat), title=title, description=text)
    kubernetes = spec.kubernetes
    return Convoy(
        metadata=Metadata(
            name=convoy_name(polecat.metadata.name),
            namespace=polecat.metadata.namespace,
            uid=polecat.metadata.uid,
            creation_timestamp=polecat.metadata.creation_timestamp,
        ),
        spec=ConvoySpec(
            description=title,
            beads=(bead,),
            rig_ref=spec.rig,
            agent=spec.agent,
            agent_config=_config(polecat, rig),
            base_branch=_base(kubernetes),
            deadline=f"{kubernetes.active_deadline_seconds}s" if kubernetes else "0",
            attempt=attempt,
        ),
    )


def as_rig(polecat: Polecat, rig: Rig | None) -> Rig | None:
    """The rig with what the Polecat says otherwise; None where neither names a repository."""
    kubernetes = polecat.spec.kubernetes
    if rig is None and kubernetes is None:
        return None
    if rig is None and kubernetes is not None:
        spec = RigSpec(git_url=kubernetes.git_repository, beads_prefix="polecat")
        rig = Rig(metadata=Metadata(name=polecat.spec.rig), spec=spec)
    found = rig.spec if rig else None
    resources = (kubernetes.resources if kubernetes else None) or polecat.spec.resources
    update: Manifest = {"resources": resources} if resources else {}
    if kubernetes:
        update["git_url"] = kubernetes.git_repository
        update["base_branch"] = kubernetes.git_branch
        if "ssh_strict_host_key_checking" in kubernetes.model_fields_set:
            update["ssh_strict_host_key_checking"] = kubernetes.ssh_strict_host_key_checking
        for name in (
            "git_secret_ref",
            "claude_creds_secret_ref",
            "api_key_secret_ref",
            "ssh_known_hosts_config_map_ref",
        ):
            if (told_here := getattr(kubernetes, name)) is not None:
                update[name] = told_here
    return rig.model_copy(update={"spec": found.model_copy(update=update)}) if rig and found else None


def convoy_name(polecat: str) -> str:
    """The name that a Polecat's Workflows begin with; a function of its own, whatever characters it has."""
    name = _PREFIX + polecat.replace(".", "-")
    if len(name) <= NAME_LENGTH and "." not in polecat:
        return name
    mark = hashlib.sha256(polecat.encode()).hexdigest()[:8]
    return f"{name[: NAME_LENGTH - 9].rstrip('-')}-{mark}"


def bead_of(polecat: Polecat) -> str:
    """The bead, or what stands for it where there is none."""
    name = polecat.metadata.name
    if polecat.spec.bead_id:
        return polecat.spec.bead_id
    return name if len(name) <= 63 else convoy_name(name)


def on_branch(config_maps: Sequence[Manifest], polecat: Polecat) -> tuple[Manifest, ...]:
    """The texts with the Polecat's own name, and its own branch where it names one."""
    wanted = {"polecat": polecat.metadata.name}
    kubernetes = polecat.spec.kubernetes
    if kubernetes and kubernetes.work_branch:
        wanted["branch"] = kubernetes.work_branch

    def told_so(name: str, text: str) -> str:
        if not name.startswith("task."):
            return text
        return json.dumps(json.loads(text) | wanted, ensure_ascii=False, separators=(",", ":"))

    return tuple(
        each | {"data": {name: told_so(name, text) for name, text in each["data"].items()}}
        for each in config_maps
    )


def _config(polecat: Polecat, rig: Rig | None) -> AgentConfig | None:
    """The Polecat's own set-up of its agent, with what stands elsewhere in its spec; else the rig's, where that is for this agent."""
    spec = polecat.spec
    update: Manifest = {}
    if spec.kubernetes and spec.kubernetes.image:
        update["image"] = spec.kubernetes.image
    if spec.max_idle_seconds is not None:
        update["max_idle_seconds"] = spec.max_idle_seconds
    inherited = rig.spec.agent_config if rig and rig.spec.agent == spec.agent else None
    config = spec.agent_config or inherited
    return (config or AgentConfig()).model_copy(update=update) if update else config


def _base(kubernetes: KubernetesSpec | None) -> str | None:
    return kubernetes.git_branch if kubernetes else None


def _without_workflow(state: HandmadeState, own: Sequence[WorkflowView]) -> HandmadeDecision:
    status, wanted = state.polecat.status, state.polecat.spec.desired_state
    if wanted == "Idle":
        return HandmadeDecision(status=_idle(state))
    if wanted == "Terminated":
        return HandmadeDecision(status=_terminated(state, None))
    if status.workflow and status.phase in ENDED:
        # Its Workflow went away, by time or by hand. What is done stays done, and is not run again.
        return HandmadeDecision(status=wire(status), delete_in=_delete_in(state))
    if status.workflow:
        return HandmadeDecision(status=_lost(state))
    problem = state.obstacle if state.obstacle[0] else _problem(state)
    if problem[0]:
        return HandmadeDecision(status=_not_ready(state, *problem))
    attempt = max((each.observation.attempt for each in own), default=-1) + 1
    return HandmadeDecision(status=_not_ready(state, "", ""), attempt=attempt)


def _working(state: HandmadeState, current: WorkflowView) -> HandmadeDecision:
    observation = current.observation
    if not observation.known:
        return HandmadeDecision(status=wire(state.polecat.status))
    let_go = release(current) if current.ended or current.deleting else hold(current)
    return HandmadeDecision(
        status=_observed(state, observation),
        after=(let_go,) if let_go else (),
        delete_in=_delete_in(state) if current.ended else None,
    )


def _problem(state: HandmadeState) -> tuple[str, str]:
    spec = state.polecat.spec
    if spec.execution_mode == "local":
        return "LocalMode", "executionMode local runs on the machine of whoever slings; here it is kubernetes"
    if as_rig(state.polecat, state.rig) is None:
        return "RigNotFound", f"there is no rig {spec.rig}; make it, or name a repository in spec.kubernetes"
    if state.rig and not state.refinery:
        return "RefineryNotFound", f"rig {spec.rig} has no refinery yet; it is made with the rig"
    if state.rig and spec.kubernetes is None and (away := unreachable(state.rig)):
        return UNREACHABLE, f"{away}; work starts when it answers"
    return "", ""


def _delete_in(state: HandmadeState) -> float | None:
    """Seconds until the Polecat is to be deleted; None for never."""
    wanted, ended = state.polecat.spec.ttl_seconds_after_finished, state.polecat.status.finished_at
    if wanted is None or ended is None or state.polecat.status.phase not in ENDED:
        return None
    return wanted - (state.now - ended).total_seconds()


def _observed(state: HandmadeState, observation: Observation) -> Manifest:
    polecat = state.polecat
    convoy = as_convoy(polecat, state.rig, attempt=observation.attempt)
    rig = as_rig(polecat, state.rig) or _nowhere(polecat)
    if not observation.beads:
        return _not_ready(state, "", "")
    return polecat_status(
        state.seen,
        observation.beads[0],
        observation=observation,
        convoy=convoy,
        rig=rig,
        now=state.now,
        image=state.image,
        extra=_aspects(state),
    )


def _nowhere(polecat: Polecat) -> Rig:
    return Rig(
        metadata=Metadata(name=polecat.spec.rig),
        spec=RigSpec(git_url="https://gone.invalid/", beads_prefix="gone"),
    )


def _idle(state: HandmadeState) -> Manifest:
    return _still(state, "Idle", "Idle", "desiredState is Idle", ready=True)


def _terminated(state: HandmadeState, observation: Observation | None) -> Manifest:
    before = wire(state.polecat.status) if observation is None else _observed(state, observation)
    known = PolecatStatus.model_validate(before)
    return _still(state, "Terminated", "Terminated", "desiredState is Terminated", ready=True, known=known)


def _lost(state: HandmadeState) -> Manifest:
    known = state.polecat.status.model_copy(update={"reason": STOPPED, "summary": LOST})
    return _still(state, "Terminated", f"Workflow{DELETED}", LOST, ready=False, known=known)


def _not_ready(state: HandmadeState, reason: str, message: str) -> Manifest:
    return _still(state, "Idle", reason or "PodPending", message or "about to start", ready=not reason)


def _still(
    state: HandmadeState,
    phase: str,
    reason: str,
    message: str,
    *,
    ready: bool,
    known: PolecatStatus | None = None,
) -> Manifest:
    """A status of a Polecat at which nothing works. Its branch and what is on it stay known."""
    before = state.polecat.status
    if known is None:
        known = PolecatStatus(
            branch=before.branch,
            commit=before.commit,
            merged_commit=before.merged_commit,
            cost_usd=before.cost_usd,
        )
    conditions = [
        told("Ready", reason, message, holds=ready),
        *(
            told(kind, reason, message, holds=False)
            for kind in ("Available", "Degraded", "Progressing", "Working")
        ),
        told(
            "Merged",
            "MergeComplete" if known.merged_commit else reason,
            message,
            holds=bool(known.merged_commit),
        ),
        *_aspects(state),
    ]
    generation = state.seen.generation
    update = {
        "phase": phase,
        "pod_active": False,
        "agent": state.polecat.spec.agent,
        "observed_generation": generation,
        "conditions": settled(conditions, since(before.conditions), now=state.now, generation=generation),
    }
    return wire(known.model_copy(update=update))


def _aspects(state: HandmadeState) -> list[Condition]:
    sentences = retired_fields(state.polecat.spec)
    return [told("RetiredFields", "WithoutEffect", "; ".join(sentences), holds=True)] if sentences else []
