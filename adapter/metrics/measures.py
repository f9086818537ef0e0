"""What the metrics say of the work itself: read off the turns that statuses take, so that each is counted once.

Counters begin with the process, as counters do: what had happened before the first sight of an object is not counted again.
"""

from collections.abc import Callable

from adapter.metrics.registry import Metrics
from adapter.objects.keys import Key
from adapter.objects.views import PolecatView, ResourceView, View, moment
from crds import AGENTS, Convoy, Refinery

OTHER = "other"
"""Label of all agents that a rig describes itself: their names are people's, and there is no end of them."""

WAITING = 10_000
"""Workflows whose time of receipt is kept."""


class Measures:
    """Hears of every change. `clock` is monotonic, in seconds."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float]) -> None:
        self._metrics = metrics
        self._clock = clock
        self._received: dict[Key, float] = {}

    def on_change(self, before: View | None, after: View | None) -> None:
        """Take what changed."""
        self._phases(before, after)
        if after is None and before is not None:
            self._received.pop(before.key, None)
        if isinstance(before, PolecatView) and isinstance(after, PolecatView):
            self._polecat(before, after)
        elif isinstance(before, ResourceView) and isinstance(after, ResourceView):
            self._resource(before, after)

    def received(self, key: Key) -> None:
        """A watch brought a change of a Workflow. The oldest that is not shown yet counts."""
        now = self._clock()
        if len(self._received) < WAITING:
            self._received.setdefault(key, now)

    def projected(self, key: Key) -> None:
        """All that is known of a Workflow stands in the statuses of its polecats."""
        began = self._received.pop(key, None)
        if began is not None:
            self._metrics.lag.observe(self._clock() - began)

    def _phases(self, before: View | None, after: View | None) -> None:
        old, new = phase_of(before), phase_of(after)
        if old != new:
            if old:
                self._metrics.phases.labels(*old).dec()
            if new:
                self._metrics.phases.labels(*new).inc()

    def _polecat(self, before: PolecatView, after: PolecatView) -> None:
        agent = after.agent if after.agent in AGENTS else OTHER
        # A new attempt of a polecat made by hand begins to count its own from nothing.
        self._metrics.cost.labels(agent).inc(max(0.0, after.cost - before.cost))
        self._metrics.tokens.labels(agent).inc(max(0, after.tokens - before.tokens))
        begun, ended = moment(after.started), moment(after.finished)
        if after.ended and not before.ended and begun and ended:
            self._metrics.polecat_seconds.labels(after.phase).observe((ended - begun).total_seconds())

    def _resource(self, before: ResourceView, after: ResourceView) -> None:
        old, new = before.resource, after.resource
        if isinstance(old, Convoy) and isinstance(new, Convoy):
            begun, ended = new.status.started_at, new.status.completed_at
            if begun and ended and old.status.completed_at is None:
                self._metrics.convoy_seconds.labels(new.status.phase).observe((ended - begun).total_seconds())
        elif isinstance(old, Refinery) and isinstance(new, Refinery):
            was, now = old.status.merges_summary, new.status.merges_summary
            self._metrics.merges.labels("succeeded").inc(max(0, now.succeeded - was.succeeded))
            self._metrics.merges.labels("failed").inc(max(0, now.failed - was.failed))
            self._metrics.conflicts.inc(max(0, new.status.conflicts - old.status.conflicts))


def phase_of(seen: View | None) -> tuple[str, str] | None:
    """Kind and phase of an object; None where it has no phase."""
    if isinstance(seen, PolecatView):
        return "Polecat", seen.phase
    if isinstance(seen, ResourceView) and seen.resource is not None:
        phase = getattr(seen.resource.status, "phase", "")
        return (seen.key.kind, phase) if phase else None
    return None
