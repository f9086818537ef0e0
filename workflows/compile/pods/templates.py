"""The templates that become pods: `polecat`, which works a bead, `merge`, which lands it, and the check of a repository.

Each is one container template: what comes first are init containers, what runs beside are sidecars, and `main` pushes, writes the outputs
and gives the node its exit code. Such containers are no nodes of the graph, and Argo reads the outputs from a volume that `main` alone
mounts.
"""

from typing import Any

from hera.workflows import Container, Parameter
from hera.workflows import models as argo

from crds import GateCache, SecretKeyReference
from workflows import labels
from workflows.compile.graph import PAUSES
from workflows.compile.pods import volumes
from workflows.compile.pods.containers import (
    BEAD,
    DEPTH,
    LOOK,
    MAIN,
    MODE,
    AgentContainer,
    Ours,
    agent_beside,
)
from workflows.compile.pods.looks import USUAL, Looks
from workflows.compile.pods.patch import pod_patch
from workflows.compile.pods.place import Place
from workflows.compile.settings import CompileSettings
from workflows.exits import DELAY_CODES, FINAL_CODES
from workflows.shape import (
    CHECK,
    CHECK_OUTPUTS,
    COURIER,
    GATE_CACHE,
    LANDING_OUTPUTS,
    MERGE,
    MERGE_OUTPUTS,
    OUTCOME,
    POLECAT,
    POLECAT_OUTPUTS,
)

CHECK_SECONDS = 300
"""How long the pod of a check may take in all, the pull of its image included."""

OUTCOME_OF = "{{tasks.name}}-{{=replace(trimSuffix(node.name,'.'+tasks.name),'.','_')}}"
"""The name under which a step tells its outcome to the Workflow: its task's and its graph's, so that no two rounds of a bead share one.

Without dots, which an expression reads as steps into an object. It begins with a plain placeholder because Argo takes a name that it can't
know beforehand only if there is one in it.
"""

PLACEHOLDERS = (BEAD, MODE, OUTCOME_OF)
"""Everything in these templates that Argo expands."""

PARKING = (DEPTH, LOOK, PAUSES)
"""And where a merge gives way to a wait for people."""


def polecat(
    agent: AgentContainer, place: Place, *, semaphore: argo.SemaphoreRef, lands: bool = False
) -> Container:
    """The pod of one polecat: clone, then the agent, with its work being carried to `main` and pushed beside it.

    Where it `lands`, `main` merges what it published: nothing has to judge that, and a pod of the refinery would only push once more.
    """
    clone = Ours(
        name="git-init",
        step=("--hand-on", "clone"),
        folders=("workspace", "handover", "private", "cache"),
        mode=True,
    )
    courier = Ours(name=COURIER, step=("courier",), folders=("workspace", "handover"), key=False)
    folders = ("handover", "private", "out", "cache")
    publish = Ours(name=MAIN, step=("publish",), folders=folders, mode=True, lands=lands)
    outputs = (*POLECAT_OUTPUTS, *LANDING_OUTPUTS) if lands else POLECAT_OUTPUTS
    own = [volumes.secret("model-creds", agent.model_secret)] if agent.model_secret else []
    own += [volumes.config_map("agent-files", agent.files)] if agent.files else []
    return Container(
        name=POLECAT,
        init_containers=[clone.beside(place)],
        sidecars=[agent_beside(agent, place), courier.beside(place)],
        active_deadline_seconds=agent.timeout + place.settings.grace_seconds,
        synchronization=argo.Synchronization(semaphores=[semaphore]),
        volumes=[*place.volumes, *own],
        pod_spec_patch=pod_patch(agent.name, COURIER, cover=place.settings.cover_exchange),
        **_of_bead(place, outputs, label=MODE),
        **publish.fields(place),
    )


def merge(
    place: Place,
    *,
    gates: bool,
    forge: SecretKeyReference | None = None,
    looks: Looks = USUAL,
    parks: bool = False,
    signing: SecretKeyReference | None = None,
    cache: GateCache | None = None,
) -> Container:
    """The refinery's step. Gates run what agents wrote: in a container of their own, without credentials, beside `main`, which keeps
    the lease while they run and lands what they found good.

    `forge` is the token with which `main` hands work over by pull request, where it does, and `looks` how long it waits for people then, where it does not give way to a wait without a pod, as `parks` says;
    `signing` is the key for what it commits, `cache` what gates keep between runs.
    """
    before, trials = [], []
    if gates:
        # Without the cache: what prepare fetches must lie in the workspace, where the gates find it. With outputs, as it may find that
        # the bead was judged by another.
        prepare = Ours(
            name="prepare", step=("--hand-on", "merge", "prepare"), folders=("workspace", "private", "out")
        )
        seen = ("workspace", *([GATE_CACHE] if cache else ()))
        trial = Ours(name="gates", step=("--hand-on", "merge", "gates"), folders=seen, key=False)
        before, trials = [prepare.beside(place)], [trial.beside(place)]
    step = ("merge", "push") if gates else ("merge",)
    folders = ("workspace", "private", "out", "cache")
    main = Ours(name=MAIN, step=step, folders=folders, parks=parks, forge=forge, signing=signing)
    keys = [volumes.secret("forge-creds", forge.name)] if forge else []
    keys += [volumes.secret("signing-key", signing.name)] if signing else []
    kept = [volumes.gate_cache(cache.claim_name)] if gates and cache else []
    return Container(
        name=MERGE,
        init_containers=[*before] or None,
        sidecars=[*trials] or None,
        volumes=[*place.volumes, *keys, *kept],
        pod_spec_patch=pod_patch(*(each.name for each in trials), cover=place.settings.cover_exchange),
        **_of_bead(place, MERGE_OUTPUTS, label=MERGE, looks=looks),
        **main.fields(place),
    )


def check(place: Place) -> Container:
    """The pod that asks a repository whether it answers. Who submitted it tries again, so Argo does not."""
    return Container(
        name=CHECK,
        outputs=_outputs(CHECK_OUTPUTS),
        labels={labels.STEP: CHECK},
        volumes=place.volumes,
        active_deadline_seconds=CHECK_SECONDS,
        pod_spec_patch=pod_patch(),
        **Ours(
            name=MAIN, step=("check",), folders=("workspace", "private", "out"), bead=False, apart=False
        ).fields(place),
    )


def _of_bead(place: Place, outputs: tuple[str, ...], *, label: str, looks: Looks = USUAL) -> dict[str, Any]:
    return {
        "inputs": [Parameter(name="bead")],
        "outputs": _outputs(outputs),
        "labels": {labels.BEAD: BEAD, labels.STEP: label},
        "retry_strategy": retries(place.settings, looks),
    }


def _outputs(names: tuple[str, ...]) -> list[Parameter]:
    return [
        Parameter(
            name=name,
            global_name=OUTCOME_OF if name == OUTCOME else None,
            value_from=argo.ValueFrom(path=f"{volumes.OUT}/{name}", default=""),
        )
        for name in names
    ]


def retries(settings: CompileSettings, looks: Looks = USUAL) -> argo.RetryStrategy:
    """Another try for what crashed or whose pod was lost, and none for what would end the same way.

    A merge whose target moved, or is red by itself, is tried until its turn comes: that costs none of the tries.
    """
    delays, final = (", ".join(f"'{code}'" for code in codes) for codes in (DELAY_CODES, FINAL_CODES))
    counted = f"lastRetry.exitCode not in [{final}] && asInt(retries) < {settings.retries}"
    return argo.RetryStrategy(
        limit=str(looks.limit),
        retry_policy="Always",
        expression=f"lastRetry.exitCode in [{delays}] || ({counted})",
        backoff=argo.Backoff(duration="2s", factor="3", cap=looks.pause),
    )
