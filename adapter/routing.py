"""Maps a changed object to the keys to reconcile: the one place that knows which kind depends on which.

Sums over a whole rig may come a moment late, so that a hundred changes make one reconcile.
"""

import datetime
from collections.abc import Iterator

from adapter.context import Context
from adapter.objects.conditions import unreachable
from adapter.objects.keys import Key
from adapter.objects.logins import logged_out
from adapter.objects.views import PolecatView, ResourceView, SyncView, View, WorkflowView
from crds import BeadStore, Convoy, Rig
from workflows.compile import store_slug
from workflows.labels import READ_AGAIN

SUM = 0.5
"""Seconds that a sum over a rig waits for further changes."""


def urgent(key: Key) -> bool:
    """A polecat's status is what people watch; it goes before sums."""
    return key.kind in ("Workflow", "Polecat")


def affected(context: Context, before: View | None, after: View | None) -> Iterator[tuple[Key, float]]:
    """The keys to reconcile, each with the seconds until then."""
    seen = after or before
    if before is not None and (after is None or after.uid != before.uid):
        # What it owned waits for it, or has the name that what another one is to own needs.
        yield from ((each.key, 0.0) for each in context.cache.owned(before.key, before.uid, WorkflowView))
    if isinstance(seen, WorkflowView):
        yield from _by_workflow(context, seen, after)
    elif isinstance(seen, SyncView):
        yield from ((each, 0.0) for each in _stores(context, seen))
    elif isinstance(seen, PolecatView):
        yield from _by_polecat(context, before, after, seen)
    elif isinstance(seen, ResourceView):
        yield from _by_resource(context, before, after, seen)


def _by_workflow(context: Context, seen: WorkflowView, after: View | None) -> Iterator[tuple[Key, float]]:
    if after is not None:
        yield seen.key, 0.0
    elif seen.owner_key:
        yield seen.owner_key, 0.0
    yield from _rig(context, seen.rig, ("Rig", "Refinery"))


def _by_polecat(
    context: Context, before: View | None, after: View | None, seen: PolecatView
) -> Iterator[tuple[Key, float]]:
    foreign = isinstance(after, PolecatView) and not context.writer.ours(after)
    if not seen.owner or after is None or foreign or _generation(before) != _generation(after):
        yield seen.key, 0.0
    if _phase(before) != _phase(after):
        yield from _rig(context, seen.rig, ("Rig", "Witness"))


def _by_resource(
    context: Context, before: View | None, after: View | None, seen: ResourceView
) -> Iterator[tuple[Key, float]]:
    own = isinstance(after, ResourceView) and context.writer.ours(after)
    if not own or _generation(before) != _generation(after):
        yield seen.key, 0.0
    if after is not None and _listed(before) != _listed(after):
        yield from waiting(context, seen.rig)
    if seen.key.kind == "Convoy":
        if (_generation(before), _phase(before), _stops(before)) != (
            _generation(after),
            _phase(after),
            _stops(after),
        ):
            yield from _rig(context, seen.rig, ("Rig",))
    elif isinstance(after, ResourceView) and _stops(before) != _stops(after):
        yield from waiting(context, seen.rig)
    elif seen.key.kind in ("Rig", "Refinery") and _generation(before) != _generation(after):
        yield from _rig(context, seen.rig, ("Rig", "Refinery", "Witness"))
        yield from waiting(context, seen.rig)
        yield from ((each.key, 0.0) for each in context.cache.of_rig("BeadStore", seen.rig, ResourceView))
    elif after is None or _issues(before) != _issues(after):
        yield from _rig(context, seen.rig, ("Rig",))


def _stores(context: Context, seen: SyncView) -> Iterator[Key]:
    """The bead store that a Workflow reads: its label is the store's name, or what is short for it."""
    for key in context.cache.keys("BeadStore"):
        if key.namespace == seen.key.namespace and store_slug(key.name) == seen.observation.store:
            yield key


def waiting(context: Context, rig: str) -> Iterator[tuple[Key, float]]:
    """Whatever of a rig has not ended: what the rig says may let it go on, or change how."""
    for each in context.cache.all("Convoy", ResourceView):
        convoy = each.resource
        if isinstance(convoy, Convoy) and convoy.status.completed_at is None and each.rig in ("", rig):
            yield each.key, 0.0
    for polecat in context.cache.of_rig("Polecat", rig, PolecatView):
        if not polecat.owner:
            yield polecat.key, 0.0


def _rig(context: Context, rig: str, kinds: tuple[str, ...]) -> Iterator[tuple[Key, float]]:
    if rig and "Rig" in kinds:
        yield Key("Rig", "", rig), SUM
    for kind in ("Refinery", "Witness"):
        if kind in kinds:
            yield from ((each.key, SUM) for each in context.cache.of_rig(kind, rig, ResourceView))


def _issues(seen: View | None) -> int:
    """How many beads a store holds; none for all that is no store."""
    store = seen.resource if isinstance(seen, ResourceView) else None
    return store.status.issue_count if isinstance(store, BeadStore) else 0


def _stops(seen: View | None) -> tuple[str, str]:
    """What keeps work from starting: a rig's repository, and credentials that a rig or a convoy waits for."""
    found = seen.resource if isinstance(seen, ResourceView) else None
    if not isinstance(found, Rig | Convoy):
        return "", ""
    waits = logged_out(found.status.conditions)
    return unreachable(found) if isinstance(found, Rig) else "", waits.message if waits else ""


def _listed(seen: View | None) -> datetime.datetime | None:
    """When the pull requests of a rig were listed last."""
    found = seen.resource if isinstance(seen, ResourceView) else None
    return found.status.events.pulls_at if isinstance(found, Rig) and found.status.events else None


def _generation(seen: View | None) -> tuple[str, int, bool, str]:
    if isinstance(seen, PolecatView):
        return seen.uid, seen.generation, seen.deleting, ""
    if isinstance(seen, ResourceView):
        generation = seen.resource.metadata.generation if seen.resource else seen.version
        return seen.uid, generation, seen.deleting, _asked(seen)
    return "", 0, False, ""


def _asked(seen: ResourceView) -> str:
    """The one annotation that a spec's generation does not tell of."""
    return seen.resource.metadata.annotations.get(READ_AGAIN, "") if seen.resource else ""


def _phase(seen: View | None) -> tuple[str, bool]:
    if isinstance(seen, PolecatView):
        return seen.phase, seen.active
    if isinstance(seen, ResourceView) and seen.resource is not None:
        return seen.resource.status.phase if hasattr(seen.resource.status, "phase") else "", False
    return "", False
