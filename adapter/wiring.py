"""What works on the cluster, wired together: cache, queue, context, reconcilers, and who hears of a change."""

from collections.abc import Callable, Mapping

from adapter import routing
from adapter.api.argoserver import Hydrator
from adapter.api.gateway import ClusterGateway
from adapter.argo.reconciler import WorkflowReconciler
from adapter.beadstores.reconciler import BeadStoreReconciler
from adapter.cache.cache import Cache
from adapter.cache.lister import Lister
from adapter.cache.resync import Resync
from adapter.cache.streams import Stream
from adapter.cache.writer import Writer
from adapter.context import Context
from adapter.convoys.reconciler import ConvoyReconciler
from adapter.events.calls import call_id
from adapter.events.cloudevents import Escalator
from adapter.events.recorder import EventRecorder
from adapter.metrics.measures import Measures
from adapter.metrics.registry import Metrics
from adapter.objects.keys import Key, key_of
from adapter.objects.kinds import SET_UP, TRAFFIC
from adapter.objects.reading import version_of, view
from adapter.objects.views import View
from adapter.polecats.logs import LogReader
from adapter.polecats.projection import PolecatProjection
from adapter.polecats.reconciler import PolecatReconciler
from adapter.queue import workers
from adapter.queue.workqueue import WorkQueue
from adapter.refineries.reconciler import RefineryReconciler
from adapter.rigs.reconciler import RigReconciler
from adapter.settings import AdapterSettings
from adapter.witnesses.reconciler import WitnessReconciler
from crds import Manifest, StuckPolecat, Witness
from workflows.clock import Clock


class Wiring:
    """The parts of one replica. `clock` is monotonic, in seconds."""

    def __init__(
        self,
        settings: AdapterSettings,
        gateway: ClusterGateway,
        *,
        identity: str,
        hydrator: Hydrator | None,
        now: Clock,
        clock: Callable[[], float],
    ) -> None:
        cache = Cache()
        self.metrics = metrics = Metrics()
        self._measures = Measures(metrics, clock)
        self.recorder = EventRecorder(gateway, metrics, identity=identity, now=now)
        self.escalator = Escalator(
            metrics, sink=settings.sink, allowed=settings.escalation_targets, now=now, taken=self._called
        )
        self._settings = settings
        self.queue = WorkQueue(urgent=routing.urgent)
        self._context = Context(
            settings=settings,
            gateway=gateway,
            cache=cache,
            queue=self.queue,
            writer=Writer(gateway, cache, metrics),
            metrics=metrics,
            measures=self._measures,
            now=now,
            hydrator=hydrator,
        )
        self._projection = PolecatProjection(self._context)
        self._polecats = PolecatReconciler(self._context, self._projection)
        self._clock = clock
        self._lister = Lister(gateway, cache, metrics)
        self.resync = Resync(settings, cache, self._lister, queue=self.queue, clock=clock)
        cache.subscribe(self._changed)

    async def fill(self) -> list[Stream]:
        """Read everything once; returns the streams that go on from there."""
        streams = [
            Stream(self._context.gateway, self._lister, self.deliver, kind=kind, namespace=namespace)
            for kind in TRAFFIC
            for namespace in self._settings.places
        ]
        for kind in SET_UP:
            for namespace in self._settings.places:
                await self._lister.read(kind, namespace)
        for each in streams:
            await each.begin()
        return streams

    def reconcilers(self) -> Mapping[str, workers.Reconcile]:
        """The reconciler of each kind."""
        return {
            "Workflow": WorkflowReconciler(self._context, self._projection),
            "Convoy": ConvoyReconciler(self._context, self._projection),
            "Polecat": self._polecats,
            "Rig": RigReconciler(self._context),
            "Refinery": RefineryReconciler(self._context),
            "Witness": WitnessReconciler(self._context),
            "BeadStore": BeadStoreReconciler(self._context),
        }

    def log_reader(self) -> LogReader | None:
        """What reads the logs of agents at work; None where it may read none."""
        told = self._settings.last_action
        return LogReader(self._context, told, self._polecats.show, clock=self._clock) if told else None

    def deliver(self, event: str, kind: str, manifest: Manifest) -> None:
        """An event of a watch."""
        key, version = key_of(kind, manifest), version_of(manifest)
        self._context.metrics.events.labels(kind).inc()
        self.resync.confirm(key, version)
        if kind == "Workflow":
            self._measures.received(key)
        if event == "DELETED":
            self._context.cache.drop(key, manifest["metadata"]["uid"])
        elif self._context.cache.lacks(key, version):
            self._context.cache.put(view(kind, manifest))

    def _changed(self, before: View | None, after: View | None) -> None:
        """A change of the cache, whatever its source."""
        for on_change in (self._measures.on_change, self.recorder.on_change, self.escalator.on_change):
            on_change(before, after)
        for key, delay in routing.affected(self._context, before, after):
            self.queue.add(key, after=delay)
        if after is None and before is not None:
            self._context.writer.forget(before.uid)
            self._context.bead_cache.forget(before.uid)
        for kind in {each.key.kind for each in (before, after) if each}:
            self._context.metrics.objects.labels(kind).set(self._context.cache.count(kind))
        self._context.metrics.depth.set(self.queue.depth)

    def _called(self, witness: Witness, stuck: StuckPolecat) -> None:
        """A sink took a call: its Witness is to say so."""
        self._context.calls[call_id(witness, stuck)] = self._context.now()
        about = witness.metadata
        self.queue.add(Key("Witness", about.namespace or "", about.name or ""))

    def counts(self) -> dict[str, int]:
        """How many objects of each kind are cached."""
        kinds = ("Rig", "Convoy", "Polecat", "Workflow", "Refinery", "Witness", "BeadStore")
        return {kind: self._context.cache.count(kind) for kind in kinds}
