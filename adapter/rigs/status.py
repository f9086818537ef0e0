"""What a rig asks for: its Witness and Refinery, and a status that counts."""

import dataclasses
import datetime
from collections.abc import Collection, Sequence

from adapter.objects.conditions import UNREACHABLE, condition, times, to_wire, with_times, without_effect
from adapter.objects.logins import EXPIRED, REFUSED, logged_out
from adapter.objects.views import PolecatView
from adapter.rigs.repository import Reach
from crds import API_VERSION, BeadStore, Condition, Convoy, Manifest, Rig, RigStatus
from workflows import labels


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RigState:
    """What deciding about a rig takes. `children` are the kinds of Witness and Refinery that it has; `obstacle` is why one can't be
    made; `reach` is what is known of its repository. `awaiting` is how many merges wait for people.
    """

    rig: Rig
    namespace: str
    children: Collection[str]
    polecats: Sequence[PolecatView]
    convoys: Sequence[Convoy]
    stores: Sequence[BeadStore]
    now: datetime.datetime
    reach: Reach
    obstacle: str = ""
    awaiting: int = 0


def children(rig: Rig, there: Collection[str], *, namespace: str) -> tuple[Manifest, ...]:
    """The Witness and Refinery that are to be made. Both go with their rig, and what people change in them stays."""
    specs: dict[str, Manifest] = {
        "Witness": {"rigRef": rig.metadata.name},
        # The definition's default is main: only what is written out makes work begin and end on the rig's branch.
        "Refinery": {"rigRef": rig.metadata.name, "targetBranch": rig.spec.base_branch},
    }
    return tuple(
        {
            "apiVersion": API_VERSION,
            "kind": kind,
            "metadata": {
                "name": f"{rig.metadata.name}-{kind.lower()}",
                "namespace": namespace,
                "labels": {
                    labels.MANAGED_BY: labels.MANAGER,
                    labels.RIG: rig.metadata.name,
                    labels.RIG_OWNER: rig.metadata.name,
                },
                "ownerReferences": [rig.owner_reference()],
            },
            "spec": spec,
        }
        for kind, spec in specs.items()
        if kind not in there
    )


def rig_status(state: RigState) -> Manifest:
    """The status of a rig."""
    rig = state.rig
    missing = [kind for kind in ("Witness", "Refinery") if kind not in state.children]
    if state.obstacle:
        ready = condition("Ready", "ChildCreationFailed", state.obstacle, holds=False)
    elif state.reach.condition.status == "False":
        ready = condition("Ready", UNREACHABLE, state.reach.condition.message, holds=False)
    elif missing:
        ready = condition("Ready", "Initializing", f"{' and '.join(missing)} not there yet", holds=False)
    else:
        ready = condition("Ready", "Ready", "its witness and its refinery are there", holds=True)
    status = RigStatus(
        phase="Initializing"
        if ready.reason == "Initializing"
        else "Ready"
        if ready.status == "True"
        else "Degraded",
        polecat_count=len(state.polecats),
        active_convoys=sum(convoy.status.phase == "InProgress" for convoy in state.convoys),
        witness_created="Witness" in state.children,
        refinery_created="Refinery" in state.children,
        child_namespace=state.namespace,
        awaiting_review=state.awaiting,
        bead_count=sum(store.status.issue_count for store in state.stores) if state.stores else None,
        repository=state.reach.known,
        observed_generation=rig.metadata.generation,
        conditions=with_times(
            [ready, state.reach.condition, *_logged_out(state.convoys), *without_effect(rig.spec)],
            times(rig.status.conditions),
            now=state.now,
            generation=rig.metadata.generation,
        ),
    )
    return to_wire(status)


def _logged_out(convoys: Sequence[Convoy]) -> list[Condition]:
    """That agents of the rig wait for credentials, in the words of the first convoy in which one was refused."""
    for each in convoys:
        found = logged_out(each.status.conditions)
        if found and found.reason == REFUSED and not each.status.ended:
            return [condition(EXPIRED, REFUSED, f"convoy {each.metadata.name}: {found.message}", holds=True)]
    return []
