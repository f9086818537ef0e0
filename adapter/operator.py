"""The operator: everything wired together, from start to graceful end."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from adapter import routing
from adapter.api.argoserver import Hydrator
from adapter.api.gateway import ClusterGateway
from adapter.api.leases import LeaderElection
from adapter.argo.reconciler import WorkflowReconciler
from adapter.beadstores.reconciler import BeadStoreReconciler
from adapter.cache.cache import Cache
from adapter.cache.kopfwatches import Deliver
from adapter.cache.lister import Lister
from adapter.cache.resync import Resync
from adapter.cache.streams import Stream
from adapter.cache.writer import Writer
from adapter.context import Context
from adapter.convoys.reconciler import ConvoyReconciler
from adapter.errors import AdapterError
from adapter.events.calls import call_id
from adapter.events.cloudevents import Escalator
from adapter.events.recorder import EventRecorder
from adapter.metrics.measures import Measures
from adapter.metrics.registry import Metrics
from adapter.metrics.server import HealthServer
from adapter.objects.keys import Key, key_of
from adapter.objects.kinds import SET_UP, TRAFFIC
from adapter.objects.views import View, version_of, view
from adapter.polecats.projection import PolecatProjection
from adapter.polecats.reconciler import PolecatReconciler
from adapter.queue import workers
from adapter.queue.workqueue import WorkQueue
from adapter.refineries.reconciler import RefineryReconciler
from adapter.rigs.reconciler import RigReconciler
from adapter.settings import AdapterSettings
from adapter.witnesses.reconciler import WitnessReconciler
from crds import Manifest, StuckPolecat, Witness
from workflows.clock import Clock, utc_now

log = logging.getLogger(__name__)

FIRST_LIST = 60.0
"""Seconds in which the first list must have come, or the process ends and is started anew."""


class Watches(Protocol):
    """The watches of what people set up, from the moment that this process leads."""

    def start(self) -> None:
        """Begin to watch."""

    async def ended(self) -> None:
        """Return when they have ended, by `stop` or by themselves."""

    async def stop(self) -> None:
        """End them."""


class Operator:
    """One replica of the adapter. `watches` makes the watches of what people set up; `clock` is monotonic, in seconds."""

    def __init__(
        self,
        settings: AdapterSettings,
        gateway: ClusterGateway,
        *,
        watches: Callable[[Deliver], Watches],
        identity: str,
        hydrator: Hydrator | None = None,
        now: Clock = utc_now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        cache = Cache()
        self.metrics = metrics = Metrics()
        self._measures = Measures(metrics, clock)
        self._recorder = EventRecorder(gateway, metrics, identity=identity, now=now)
        self._escalator = Escalator(metrics, sink=settings.sink, now=now, taken=self._called)
        self._settings = settings
        self._watches = watches
        self._clock = clock
        self._queue = WorkQueue(urgent=routing.urgent)
        self._context = Context(
            settings=settings,
            gateway=gateway,
            cache=cache,
            queue=self._queue,
            writer=Writer(gateway, cache, metrics),
            metrics=metrics,
            measures=self._measures,
            now=now,
            hydrator=hydrator,
        )
        self._lister = Lister(gateway, cache, metrics)
        self._resync = Resync(settings, cache, self._lister, queue=self._queue, clock=clock)
        self._election = (
            LeaderElection(
                gateway,
                namespace=settings.namespace,
                identity=identity,
                settings=settings.lease,
                now=now,
            )
            if settings.lease
            else None
        )
        self._leads = False
        self.health = HealthServer(
            host=settings.listen, port=settings.port, metrics=metrics, sickness=self.sickness
        )
        cache.subscribe(self._changed)

    async def run(self, stop: asyncio.Event) -> bool:
        """Work until told to stop; False when it ended by itself, so that whoever started it starts it anew."""
        await self.health.start()
        try:
            if not await self._led(stop):
                return True
            return await self._lead(stop)
        finally:
            await self.health.stop()

    def sickness(self) -> str:
        """What is wrong with this process, empty while nothing is."""
        if not self._leads:
            return ""
        age = self._clock() - self._resync.compared
        if age > 3 * self._settings.resync + FIRST_LIST:
            return f"nothing could be compared with the cluster for {age:.0f} s"
        if self._resync.stalled:
            return f"the watch of {', '.join(self._resync.stalled)} brings nothing"
        return ""

    async def _led(self, stop: asyncio.Event) -> bool:
        """Wait for the lead; False when told to stop before."""
        if self._election is None:
            return True
        acquiring = asyncio.create_task(self._election.acquire())
        stopping = asyncio.create_task(_until(stop))
        await asyncio.wait({acquiring, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await _cancel(stopping)
        if acquiring.done():
            await acquiring
            return True
        await _cancel(acquiring)
        return False

    async def _lead(self, stop: asyncio.Event) -> bool:
        self._leads = True
        self._context.metrics.leader.set(1)
        watcher = self._watches(self._deliver)
        tasks = {asyncio.create_task(_until(stop), name="stop")}
        if self._election:
            tasks.add(asyncio.create_task(self._election.keep(), name="lease"))
        hands: list[asyncio.Task[None]] = []
        try:
            watcher.start()
            async with asyncio.timeout(FIRST_LIST):
                streams = await self._caught_up()
            log.info("cache filled", extra={"objects": self._counts()})
            hands = workers.start(
                self._settings.workers, self._queue, self._reconcilers(), self._context.metrics
            )
            tasks.add(asyncio.create_task(watcher.ended(), name="watches"))
            tasks.add(asyncio.create_task(self._resync.run(), name="resync"))
            tasks |= {asyncio.create_task(each.run(), name="stream") for each in streams}
            tasks.add(asyncio.create_task(self._recorder.run(), name="events"))
            tasks.add(asyncio.create_task(self._escalator.run(), name="escalations"))
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                log.info("operator ends", extra={"because": each.get_name()})
                each.result()
        except (AdapterError, TimeoutError) as error:
            log.error("operator ends", extra={"because": str(error) or "the first list took too long"})  # noqa: TRY400
        finally:
            await self._wind_up(watcher, tasks, hands)
        return stop.is_set()

    async def _wind_up(
        self, watcher: Watches, tasks: set[asyncio.Task[None]], hands: list[asyncio.Task[None]]
    ) -> None:
        """Take nothing new, finish what is under way, then let the next replica lead."""
        self._queue.close()
        if hands:
            _, late = await asyncio.wait(hands, timeout=self._settings.grace)
            for each in late:
                await _cancel(each)
        for each in tasks:
            await _cancel(each)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.grace):
                await watcher.stop()
        if self._election:
            await self._election.release()
        self._leads = False
        self._context.metrics.leader.set(0)

    async def _caught_up(self) -> list[Stream]:
        """Read everything once; returns the streams that go on from there."""
        streams = [
            Stream(self._context.gateway, self._lister, self._deliver, kind=kind, namespace=namespace)
            for kind in TRAFFIC
            for namespace in self._settings.places
        ]
        for kind in SET_UP:
            for namespace in self._settings.places:
                await self._lister.read(kind, namespace)
        for each in streams:
            await each.begin()
        return streams

    def _reconcilers(self) -> Mapping[str, workers.Reconcile]:
        projection = PolecatProjection(self._context)
        return {
            "Workflow": WorkflowReconciler(self._context, projection),
            "Convoy": ConvoyReconciler(self._context, projection),
            "Polecat": PolecatReconciler(self._context, projection),
            "Rig": RigReconciler(self._context),
            "Refinery": RefineryReconciler(self._context),
            "Witness": WitnessReconciler(self._context),
            "BeadStore": BeadStoreReconciler(self._context),
        }

    def _deliver(self, event: str, kind: str, manifest: Manifest) -> None:
        """An event of a watch."""
        key, version = key_of(kind, manifest), version_of(manifest)
        self._context.metrics.events.labels(kind).inc()
        self._resync.confirm(key, version)
        if kind == "Workflow":
            self._measures.received(key)
        if event == "DELETED":
            self._context.cache.drop(key, manifest["metadata"]["uid"])
        elif self._context.cache.lacks(key, version):
            self._context.cache.put(view(kind, manifest))

    def _changed(self, before: View | None, after: View | None) -> None:
        """A change of the cache, whatever its source."""
        for on_change in (self._measures.on_change, self._recorder.on_change, self._escalator.on_change):
            on_change(before, after)
        for key, delay in routing.affected(self._context, before, after):
            self._queue.add(key, after=delay)
        if after is None and before is not None:
            self._context.writer.forget(before.uid)
            self._context.bead_cache.forget(before.uid)
        for kind in {each.key.kind for each in (before, after) if each}:
            self._context.metrics.objects.labels(kind).set(self._context.cache.count(kind))
        self._context.metrics.depth.set(self._queue.depth)

    def _called(self, witness: Witness, stuck: StuckPolecat) -> None:
        """A sink took a call: its Witness is to say so."""
        self._context.calls[call_id(witness, stuck)] = self._context.now()
        about = witness.metadata
        self._queue.add(Key("Witness", about.namespace or "", about.name or ""))

    def _counts(self) -> dict[str, int]:
        kinds = ("Rig", "Convoy", "Polecat", "Workflow", "Refinery", "Witness", "BeadStore")
        return {kind: self._context.cache.count(kind) for kind in kinds}


async def _until(event: asyncio.Event) -> None:
    await event.wait()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, AdapterError):
        await task
