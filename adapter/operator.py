"""The operator: everything wired together, from the first breath to a graceful end."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping

from adapter import routing
from adapter.api.argoserver import Hydrator
from adapter.api.gateway import ClusterGateway
from adapter.api.leases import Leadership
from adapter.argo.reconciler import WorkflowReconciler
from adapter.beadstores.reconciler import BeadStoreReconciler
from adapter.cache.cache import Mirror
from adapter.cache.kopfwatches import Login, Watcher
from adapter.cache.lister import Listing
from adapter.cache.resync import Repair
from adapter.cache.streams import Stream
from adapter.cache.writer import Writer
from adapter.context import Town
from adapter.convoys.reconciler import ConvoyReconciler
from adapter.errors import AdapterError
from adapter.events.calls import call_id
from adapter.events.cloudevents import Escalator
from adapter.events.recorder import Herald
from adapter.metrics.measures import Measures
from adapter.metrics.registry import Metrics
from adapter.metrics.server import HealthServer
from adapter.objects.keys import Key, key_of
from adapter.objects.kinds import SET_UP, TRAFFIC
from adapter.objects.views import View, version_of, view
from adapter.polecats.projection import Showcase
from adapter.polecats.reconciler import PolecatReconciler
from adapter.queue import workers
from adapter.queue.workqueue import WorkQueue
from adapter.refineries.reconciler import RefineryReconciler
from adapter.rigs.reconciler import RigReconciler
from adapter.settings import AdapterSettings
from adapter.witnesses.reconciler import WitnessReconciler
from crds import Manifest, StuckPolecat, Witness
from workflows.clock import utc_now

log = logging.getLogger(__name__)

FIRST_LIST = 60.0
"""Seconds in which the first list must have come, or the process ends and is started anew."""


class Operator:
    """One replica of the adapter."""

    def __init__(
        self,
        settings: AdapterSettings,
        gateway: ClusterGateway,
        *,
        login: Login,
        identity: str,
        hydrator: Hydrator | None = None,
    ) -> None:
        metrics, mirror = Metrics(), Mirror()
        self._measures = Measures(metrics, time.monotonic)
        self._herald = Herald(gateway, metrics, identity=identity, now=utc_now)
        self._escalator = Escalator(metrics, sink=settings.sink, now=utc_now, taken=self._called)
        self._settings = settings
        self._login = login
        self._queue = WorkQueue(urgent=routing.urgent)
        self._town = Town(
            settings=settings,
            gateway=gateway,
            mirror=mirror,
            queue=self._queue,
            writer=Writer(gateway, mirror, metrics),
            metrics=metrics,
            measures=self._measures,
            now=utc_now,
            hydrator=hydrator,
        )
        self._listing = Listing(gateway, mirror, metrics)
        self._repair = Repair(settings, mirror, self._listing, queue=self._queue, clock=time.monotonic)
        self._leadership = (
            Leadership(
                gateway,
                namespace=settings.namespace,
                identity=identity,
                settings=settings.lease,
                now=utc_now,
            )
            if settings.lease
            else None
        )
        self._leads = False
        self.health = HealthServer(
            host=settings.listen, port=settings.port, metrics=metrics, sickness=self.sickness
        )
        mirror.listen(self._heard)

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
        age = time.monotonic() - self._repair.compared
        if age > 3 * self._settings.resync + FIRST_LIST:
            return f"nothing could be compared with the cluster for {age:.0f} s"
        if self._repair.stalled:
            return f"the watch of {', '.join(self._repair.stalled)} brings nothing"
        return ""

    async def _led(self, stop: asyncio.Event) -> bool:
        """Wait for the lead; False when told to stop before."""
        if self._leadership is None:
            return True
        acquiring = asyncio.create_task(self._leadership.acquire())
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
        self._town.metrics.leader.set(1)
        watcher = Watcher(self._settings, self._deliver, self._login)
        tasks = {asyncio.create_task(_until(stop), name="stop")}
        if self._leadership:
            tasks.add(asyncio.create_task(self._leadership.hold(), name="lease"))
        hands: list[asyncio.Task[None]] = []
        try:
            watcher.start()
            async with asyncio.timeout(FIRST_LIST):
                streams = await self._caught_up()
            log.info("caught up", extra={"objects": self._counts()})
            hands = workers.start(
                self._settings.workers, self._queue, self._reconcilers(), self._town.metrics
            )
            tasks.add(asyncio.create_task(watcher.ended(), name="watches"))
            tasks.add(asyncio.create_task(self._repair.forever(), name="repair"))
            tasks |= {asyncio.create_task(each.forever(), name="stream") for each in streams}
            tasks.add(asyncio.create_task(self._herald.forever(), name="events"))
            tasks.add(asyncio.create_task(self._escalator.forever(), name="escalations"))
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                log.info("ends", extra={"because": each.get_name()})
                each.result()
        except (AdapterError, TimeoutError) as error:
            log.error("ends", extra={"because": str(error) or "the first list took too long"})  # noqa: TRY400
        finally:
            await self._wind_up(watcher, tasks, hands)
        return stop.is_set()

    async def _wind_up(
        self, watcher: Watcher, tasks: set[asyncio.Task[None]], hands: list[asyncio.Task[None]]
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
        if self._leadership:
            await self._leadership.release()
        self._leads = False
        self._town.metrics.leader.set(0)

    async def _caught_up(self) -> list[Stream]:
        """Read everything once; returns the streams that go on from there."""
        streams = [
            Stream(self._town.gateway, self._listing, self._deliver, kind=kind, namespace=namespace)
            for kind in TRAFFIC
            for namespace in self._settings.places
        ]
        for kind in SET_UP:
            for namespace in self._settings.places:
                await self._listing.read(kind, namespace)
        for each in streams:
            await each.begin()
        return streams

    def _reconcilers(self) -> Mapping[str, workers.Reconcile]:
        showcase = Showcase(self._town)
        return {
            "Workflow": WorkflowReconciler(self._town, showcase),
            "Convoy": ConvoyReconciler(self._town, showcase),
            "Polecat": PolecatReconciler(self._town, showcase),
            "Rig": RigReconciler(self._town),
            "Refinery": RefineryReconciler(self._town),
            "Witness": WitnessReconciler(self._town),
            "BeadStore": BeadStoreReconciler(self._town),
        }

    def _deliver(self, event: str, kind: str, manifest: Manifest) -> None:
        """What a watch brought."""
        key, version = key_of(kind, manifest), version_of(manifest)
        self._town.metrics.events.labels(kind).inc()
        self._repair.confirm(key, version)
        if kind == "Workflow":
            self._measures.received(key)
        if event == "DELETED":
            self._town.mirror.drop(key, manifest["metadata"]["uid"])
        elif self._town.mirror.lacks(key, version):
            self._town.mirror.put(view(kind, manifest))

    def _heard(self, before: View | None, after: View | None) -> None:
        """What the mirror learned, from wherever."""
        for hear in (self._measures.hear, self._herald.hear, self._escalator.hear):
            hear(before, after)
        for key, delay in routing.affected(self._town, before, after):
            self._queue.add(key, after=delay)
        if after is None and before is not None:
            self._town.writer.forget(before.uid)
            self._town.shelf.forget(before.uid)
        for kind in {each.key.kind for each in (before, after) if each}:
            self._town.metrics.objects.labels(kind).set(self._town.mirror.count(kind))
        self._town.metrics.depth.set(self._queue.depth)

    def _called(self, witness: Witness, stuck: StuckPolecat) -> None:
        """A sink took a call: its Witness is to say so."""
        self._town.calls[call_id(witness, stuck)] = utc_now()
        about = witness.metadata
        self._queue.add(Key("Witness", about.namespace or "", about.name or ""))

    def _counts(self) -> dict[str, int]:
        kinds = ("Rig", "Convoy", "Polecat", "Workflow", "Refinery", "Witness", "BeadStore")
        return {kind: self._town.mirror.count(kind) for kind in kinds}


async def _until(event: asyncio.Event) -> None:
    await event.wait()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, AdapterError):
        await task
