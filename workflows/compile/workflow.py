"""One train as a Workflow, with everything it needs to be submitted: `compile_train` is a pure function of its arguments."""

import json
import math
import re

from hera.workflows import Workflow
from hera.workflows import models as argo

from crds import Manifest, seconds
from workflows import labels
from workflows.compile import graph, targets, texts
from workflows.compile.graph import Landing
from workflows.compile.orders import task_orders, train_orders
from workflows.compile.pods import agent, templates
from workflows.compile.pods.looks import CHECKS, USUAL, Looks
from workflows.compile.pods.place import place_of, rights
from workflows.compile.pulls import token_of
from workflows.compile.request import Compiled, Request
from workflows.errors import ConvoyRefused
from workflows.names import WorkflowName, workflow_name
from workflows.observe import describe, observe, overview
from workflows.orders import TrainOrders
from workflows.plan import Plan, Train
from workflows.shape import CONVOY

_OPENING = re.compile(r"\{\{[^\"]{0,40}")


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
    tasks = [task_orders(task, convoy, rig) for task in train.tasks]
    maps = texts.config_maps(name, orders, tasks, metadata=metadata)
    workflow = _workflow(name, train, request=request, orders=orders, maps=maps)
    workflow["metadata"] |= metadata
    slots = texts.semaphore(
        texts.semaphore_name(rig.metadata.name),
        rig.spec.settings.max_polecats,
        namespace=settings.namespace,
        rig=rig.metadata.name,
    )
    _refuse_templates(workflow, train)
    workflow["metadata"]["annotations"] = _shown(workflow, plan, train, rig.metadata.name)
    return Compiled(workflow, (slots, *maps))


def _refuse_templates(workflow: Manifest, train: Train) -> None:
    """A few fields of a pod that must stand in the spec take free text, such as a variable's `fieldPath`: Argo would expand it."""
    own = (each for task in train.tasks for each in targets.placeholders(task.name))
    ours = (*templates.PLACEHOLDERS, *templates.PARKING, *own)
    known = re.compile("|".join(map(re.escape, ours)))
    foreign = _OPENING.search(known.sub("", json.dumps(workflow, ensure_ascii=False)))
    if foreign:
        raise ConvoyRefused(
            f"convoy {workflow['metadata']['labels'][labels.CONVOY]}: Argo would expand {foreign[0]} in its agentConfig or its "
            "rig's resources; write it without {{"
        )


def _looks(beads: int, deadline: float, *, parks: bool) -> Looks:
    """How often checks and people are looked for by a pod; where it `parks`, only checks, and not for long."""
    return CHECKS if parks else Looks.at_pulls(beads=beads, deadline=deadline)


def _landing(request: Request, orders: TrainOrders) -> Landing:
    """A polecat's own pod merges its work where neither gates nor people judge it, and no further key is needed."""
    if not request.merges or request.convoy.spec.held:
        return Landing.NONE
    if orders.pulls is not None and request.settings.parks_reviews:
        return Landing.REVIEW
    unjudged = orders.merge == "direct" and not orders.gates and not orders.sign
    return Landing.POLECAT if unjudged else Landing.MERGE


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
    selector = argo.ConfigMapKeySelector(name=texts.semaphore_name(rig.metadata.name), key="polecats")
    landing = _landing(request, orders)
    parks = landing is Landing.REVIEW
    with Workflow(
        name=name,
        entrypoint=CONVOY,
        active_deadline_seconds=math.ceil(seconds(convoy.spec.deadline)) or None,
        **rights(settings),
    ) as workflow:
        graph.convoy(train, parallelism=convoy.spec.parallelism)
        for task in train.tasks:
            graph.bead(task, landing)
        if parks:
            graph.review()
        if request.merges:
            forge, signing = token_of(rig) if orders.pulls else None, rig.spec.commits.signing_key_secret_ref
            limit = seconds(convoy.spec.deadline)
            templates.merge(
                place,
                gates=bool(orders.gates),
                forge=forge,
                looks=_looks(len(train.tasks), limit, parks=parks) if forge else USUAL,
                parks=parks,
                signing=signing,
                cache=rig.spec.gate_cache,
            )
        templates.polecat(
            agent.container(orders.agent, request),
            place,
            semaphore=argo.SemaphoreRef(config_map_key_ref=selector),
            lands=landing is Landing.POLECAT,
        )
    return dict(workflow.to_dict())


def _shown(workflow: Manifest, plan: Plan, train: Train, rig: str) -> dict[str, str]:
    """What Argo's list shows, from the beginning on. It is metadata, which Argo does not expand, so a bead's title may stand in it."""
    titles = {str(task.bead.id): overview.clip(task.bead.title, overview.TITLE) for task in train.tasks}
    return {
        labels.TITLE: overview.heading(plan.convoy, rig, train=train.index + 1, trains=len(plan.trains)),
        labels.DESCRIPTION: describe(observe(workflow), titles),
        labels.TITLES: json.dumps(titles, ensure_ascii=False, separators=(",", ":")),
    }
