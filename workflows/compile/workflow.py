"""One train as a Workflow, with everything it needs to be submitted: `compile_train` is a pure function of its arguments."""

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from hera.workflows import Workflow
from hera.workflows import models as argo
from pydantic import BaseModel

from crds import (
    AgentConfig,
    BeadStore,
    Convoy,
    Manifest,
    Refinery,
    Rig,
    SecretReference,
    seconds,
)
from workflows import labels, overview
from workflows.agents import Preset, chosen, key_variable, resolve
from workflows.compile import graph, pods, texts
from workflows.compile.containers import AgentContainer, Place
from workflows.compile.images import image_of
from workflows.compile.looks import CHECKS, USUAL, Looks
from workflows.compile.pages import pages
from workflows.compile.pulls import pull_orders, slings, token_of
from workflows.compile.settings import CompileSettings
from workflows.errors import ConvoyRefused
from workflows.names import WorkflowName, workflow_name
from workflows.observe import describe, observe
from workflows.orders import AgentOrders, Gate, TaskOrders, TrainOrders
from workflows.plan import Plan, Task, Train
from workflows.polecats import polecat_name
from workflows.refs import work_branch
from workflows.shape import CONVOY, agent_container

_OPENING = re.compile(r"\{\{[^\"]{0,40}")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is compiled: a convoy on its rig, with the refinery's rules, the agents that are known and the bead store to write to.

    `key_for` is the address that the mounted key was given for, where that may be another than the rig's.
    """

    convoy: Convoy
    rig: Rig
    refinery: Refinery
    agents: Mapping[str, Preset]
    store: BeadStore | None = None
    key_for: str = ""
    settings: CompileSettings = dataclasses.field(default_factory=CompileSettings)


@dataclasses.dataclass(frozen=True, slots=True)
class Compiled:
    """A Workflow and the ConfigMaps that must exist before it is submitted."""

    workflow: Manifest
    config_maps: tuple[Manifest, ...]


def semaphore_name(rig: str) -> str:
    """The ConfigMap that limits a rig's polecats, over all its convoys."""
    return f"gastown-rig-{rig}"


def compile_train(plan: Plan, train: Train, request: Request) -> Compiled:
    """Compile one train of a plan. Raises ConvoyRefused or AgentRefused; then nothing was made."""
    convoy, rig, settings = request.convoy, request.rig, request.settings
    name = workflow_name(plan.convoy, train.index, convoy.spec.attempt)
    orders = train_orders(request)
    metadata = {
        "namespace": settings.namespace,
        "labels": {
            labels.MANAGED_BY: labels.MANAGER,
            labels.CONVOY: plan.convoy,
            labels.RIG: rig.metadata.name,
            labels.TRAIN: str(train.index + 1),
            labels.ATTEMPT: str(convoy.spec.attempt),
        }
        | ({labels.HELD: "true"} if convoy.spec.held else {}),
    }
    tasks = [_task_orders(task, convoy, rig) for task in train.tasks]
    maps = texts.config_maps(name, orders, tasks, metadata=metadata)
    workflow = _workflow(name, train, request=request, orders=orders, maps=maps)
    workflow["metadata"] |= metadata
    slots = texts.semaphore(
        semaphore_name(rig.metadata.name),
        rig.spec.settings.max_polecats,
        namespace=settings.namespace,
        rig=rig.metadata.name,
    )
    _refuse_templates(workflow, train)
    workflow["metadata"]["annotations"] = _shown(workflow, plan, train, rig.metadata.name)
    return Compiled(workflow, (slots, *maps))


def _refuse_templates(workflow: Manifest, train: Train) -> None:
    """A few fields of a pod that must stand in the spec take free text, such as a variable's `fieldPath`: Argo would expand it."""
    own = (
        each for task in train.tasks for each in (*graph.placeholders(task.name), *graph.parking(task.name))
    )
    ours = (*pods.PLACEHOLDERS, *pods.PARKING, *own)
    known = re.compile("|".join(map(re.escape, ours)))
    foreign = _OPENING.search(known.sub("", json.dumps(workflow, ensure_ascii=False)))
    if foreign:
        raise ConvoyRefused(
            f"convoy {workflow['metadata']['labels'][labels.CONVOY]}: Argo would expand {foreign[0]} in its agentConfig or its "
            "rig's resources; write it without {{"
        )


def train_orders(request: Request) -> TrainOrders:
    """What holds for every bead of the convoy, from the convoy, its rig and its refinery, in this order."""
    convoy, rig, refinery = request.convoy, request.rig, request.refinery
    branch = base_branch(convoy, rig, refinery)
    taken_up = [each.id for each in convoy.spec.beads if each.unworked]
    if taken_up and (convoy.spec.held or not _merges(request)):
        raise ConvoyRefused(
            f"bead {taken_up[0]}: nothing is merged in convoy {convoy.metadata.name}, and no agent works it; leave out held, and let "
            "mergeStrategy and the refinery's mode merge"
        )
    created = convoy.metadata.creation_timestamp
    gates, people = refinery.spec.own_gates or rig.spec.gates, rig.spec.commits
    shown = pages(rig)
    return TrainOrders(
        convoy=convoy.metadata.name,
        rig=rig.metadata.name,
        repository=rig.spec.git_url,
        base=branch,
        target=branch,
        created=created.isoformat() if created else "",
        agent=_agent(request),
        merge=refinery.spec.mode if _merges(request) else "none",
        style=refinery.spec.style,
        gates=tuple(
            Gate(name=g.name, command=g.command, timeout=g.timeout_seconds, parallel=g.parallel)
            for g in gates
        ),
        flaky=refinery.spec.flaky_retries,
        batch=1 if refinery.spec.mode == "pr" else refinery.spec.batch_size,
        rounds=refinery.spec.conflict_rounds,
        depth=rig.spec.clone.depth,
        filter=rig.spec.clone.filter,
        beads=rig.spec.beads_path if rig.spec.write_back or _asked(request.store) else "",
        host_keys=rig.spec.ssh_strict_host_key_checking,
        author=people.author or request.settings.author,
        email=people.author_email or request.settings.email,
        committer=people.committer,
        committer_email=people.committer_email,
        sign_off=people.sign_off,
        sign=people.signing_key_secret_ref is not None,
        parallelism=refinery.spec.parallelism,
        key_for=request.key_for or rig.spec.git_url,
        protected=convoy.spec.source.protected_paths if convoy.spec.source else (),
        source=convoy.spec.source.shown if convoy.spec.source else "",
        pulls=pull_orders(rig, refinery) if refinery.spec.mode == "pr" and _merges(request) else None,
        commit_page=shown.commit,
        branch_page=shown.branch,
        uid=convoy.metadata.uid,
        branches=rig.spec.work_branches or (),
        slings=slings(rig),
        waits=convoy.spec.source is not None and bool(convoy.spec.beads),
    )


def _task_orders(task: Task, convoy: Convoy, rig: Rig) -> TaskOrders:
    polecat = polecat_name(convoy, rig, bead=task.bead.id, task=task.name)
    answers = [each for each in convoy.spec.answers if each.bead == task.bead.id]
    unworked = task.unworked
    reverts = unworked.reverts if unworked else None
    return TaskOrders(
        task=task.name,
        bead=task.bead.id,
        title=task.bead.title or task.bead.id,
        prompt=texts.prompt(task.bead, polecat, answers),
        branch=(unworked.branch if unworked else None) or work_branch(task.bead.id),
        polecat=polecat,
        priority=task.bead.priority,
        rejected=answers[-1].rejects if answers else "",
        taken_up=unworked is not None or (task.published and not convoy.spec.held),
        reverts=f"{reverts.convoy}/{reverts.bead}" if reverts else "",
        by_hand=unworked is not None and unworked.by_hand,
    )


def base_branch(convoy: Convoy, rig: Rig, refinery: Refinery) -> str:
    """The branch that work starts from and is merged into: one branch, so that a bead sees what it depends on."""
    return convoy.spec.base_branch or home_branch(rig, refinery)


def home_branch(rig: Rig, refinery: Refinery | None) -> str:
    """The branch that work on a rig is merged into where the convoy names none."""
    named = (
        refinery.spec.target_branch if refinery and "target_branch" in refinery.spec.model_fields_set else ""
    )
    return named or rig.spec.base_branch


def _looks(beads: int, deadline: float, *, parks: bool) -> Looks:
    """How often checks and people are looked for by a pod; where it `parks`, only checks, and not for long."""
    return CHECKS if parks else Looks.at_pulls(beads=beads, deadline=deadline)


def _asked(store: BeadStore | None) -> bool:
    return store is not None and store.spec.write_back


def _merges(request: Request) -> bool:
    return request.convoy.spec.merge_strategy == "merged" and request.refinery.spec.mode != "none"


def _agent(request: Request) -> AgentOrders:
    asked = request.convoy.spec.budget
    name, config = chosen(request.convoy, request.rig)
    return resolve(name, config, request.agents, budget=asked.per_bead_usd if asked else 0.0)


def _workflow(
    name: WorkflowName,
    train: Train,
    *,
    request: Request,
    orders: TrainOrders,
    maps: tuple[Manifest, ...],
) -> Manifest:
    settings, rig, convoy = request.settings, request.rig, request.convoy
    place = place_of(rig, settings, maps, secret=request.refinery.spec.git_secret_ref)
    selector = argo.ConfigMapKeySelector(name=semaphore_name(rig.metadata.name), key="polecats")
    merges = _merges(request)
    with Workflow(
        name=name,
        entrypoint=CONVOY,
        active_deadline_seconds=math.ceil(seconds(convoy.spec.deadline)) or None,
        **rights(settings),
    ) as workflow:
        graph.convoy(train, parallelism=convoy.spec.parallelism)
        parks = settings.parks_reviews and orders.pulls is not None
        for task in train.tasks:
            graph.bead(task, merges=merges and not convoy.spec.held, parks=parks)
        if parks:
            graph.review()
        if merges:
            forge, signing = token_of(rig) if orders.pulls else None, rig.spec.commits.signing_key_secret_ref
            limit = seconds(convoy.spec.deadline)
            pods.merge(
                place,
                gates=bool(orders.gates),
                forge=forge,
                looks=_looks(len(train.tasks), limit, parks=parks) if forge else USUAL,
                parks=parks,
                signing=signing,
                cache=rig.spec.gate_cache,
            )
        pods.polecat(
            _container(orders.agent, request),
            place,
            semaphore=argo.SemaphoreRef(config_map_key_ref=selector),
        )
    return dict(workflow.to_dict())


def place_of(
    rig: Rig, settings: CompileSettings, maps: tuple[Manifest, ...], *, secret: SecretReference | None = None
) -> Place:
    """Where pods for a rig run: with its texts, its key (or `secret`, where that is another) and the hosts that it knows."""
    key = secret or rig.spec.git_secret_ref
    hosts = rig.spec.ssh_known_hosts_config_map_ref
    return Place(
        settings=settings,
        tasks=_tasks_volume(maps),
        git_secret=key.name if key else settings.git_secret,
        known_hosts=hosts.name if hosts else "",
    )


def rights(settings: CompileSettings) -> dict[str, Any]:
    """What the pods of every Workflow may do, which is nothing: no token, no root."""
    return {
        "service_account_name": settings.service_account,
        "automount_service_account_token": False,
        "executor": argo.ExecutorConfig(service_account_name=settings.executor_service_account),
        "security_context": pods.pod_security(settings.user_id),
    }


def _wire(model: BaseModel) -> Manifest:
    return model.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)


def _shown(workflow: Manifest, plan: Plan, train: Train, rig: str) -> dict[str, str]:
    """What Argo's list shows, from the beginning on. It is metadata, which Argo does not expand, so a bead's title may stand in it."""
    titles = {str(task.bead.id): overview.clip(task.bead.title, overview.TITLE) for task in train.tasks}
    return {
        labels.TITLE: overview.heading(plan.convoy, rig, train=train.index + 1, trains=len(plan.trains)),
        labels.DESCRIPTION: describe(observe(workflow), titles),
        labels.TITLES: json.dumps(titles, ensure_ascii=False, separators=(",", ":")),
    }


def _tasks_volume(maps: tuple[Manifest, ...]) -> argo.Volume:
    sources = [
        argo.VolumeProjection(config_map=argo.ConfigMapProjection(name=each["metadata"]["name"]))
        for each in maps
    ]
    return argo.Volume(name="tasks", projected=argo.ProjectedVolumeSource(sources=sources))


def _container(agent: AgentOrders, request: Request) -> AgentContainer:
    rig, settings = request.rig.spec, request.settings
    config = chosen(request.convoy, request.rig)[1] or AgentConfig()
    preset = request.agents[agent.name]
    gateway_key = config.model_provider.api_key_secret_ref if config.model_provider else None
    key = gateway_key or rig.api_key_secret_ref
    environment = [
        argo.EnvVar.model_validate(_wire(item)) for item in config.env if item.value_from is not None
    ]
    if key:
        variable = key_variable(agent.name, config, request.agents)
        secret = argo.SecretKeySelector(name=key.name, key=key.key)
        environment.append(argo.EnvVar(name=variable, value_from=argo.EnvVarSource(secret_key_ref=secret)))
    logins = rig.login
    return AgentContainer(
        name=agent_container(agent.name),
        image=image_of(config, preset, request.rig, settings),
        timeout=agent.timeout,
        environment=tuple(environment),
        model_secret=logins.name if logins else settings.model_secret,
        files=config.config_map_ref.name if config.config_map_ref else "",
        resources=_resources(_wire(rig.resources) if rig.resources else {}, settings.agent_resources),
    )


def _resources(asked: Manifest, usual: Manifest) -> argo.ResourceRequirements:
    """What is asked for. A resource that it names neither as a request nor as a limit is as usual: who asks for memory keeps a full disk
    the agent's own trouble, and not the node's.
    """
    named = {*asked.get("requests", {}), *asked.get("limits", {})}
    filled = {
        kind: {name: amount for name, amount in usual.get(kind, {}).items() if name not in named}
        | asked.get(kind, {})
        for kind in ("requests", "limits")
    }
    return argo.ResourceRequirements.model_validate(asked | filled)
