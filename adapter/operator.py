"""The operator: everything wired together, from the first breath to a graceful end."""

import asyncio
import contextlib
import datetime
import logging
import time
from collections.abc import Mapping

from adapter import routing, workers
from adapter.errors import AdapterError
from adapter.escalations import Escalator
from adapter.gateway import ClusterGateway
from adapter.health import HealthServer
from adapter.herald import Herald
from adapter.keys import Key, key_of
from adapter.kinds import SET_UP, TRAFFIC
from adapter.leadership import Leadership
from adapter.listing import Listing
from adapter.measuring import Measures
from adapter.metrics import Metrics
from adapter.mirror import Mirror
from adapter.offloaded import Hydrator
from adapter.queue import WorkQueue
from adapter.reconcile_beadstore import BeadStoreReconciler
from adapter.reconcile_convoy import ConvoyReconciler
from adapter.reconcile_polecat import PolecatReconciler
from adapter.reconcile_rig import RefineryReconciler, RigReconciler, WitnessReconciler
from adapter.reconcile_workflow import WorkflowReconciler
from adapter.repair import Repair
from adapter.settings import AdapterSettings
from adapter.showing import Showcase
from adapter.streams import Stream
from adapter.town import Town
from adapter.views import View, version_of, view
from adapter.watching import Login, Watcher
from adapter.witnesses import call_id
from adapter.writing import Writer
from crds import Manifest, StuckPolecat, Witness

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
        self._herald = Herald(gateway, metrics, identity=identity, now=_utc_now)
        self._escalator = Escalator(metrics, sink=settings.sink, now=_utc_now, taken=self._called)
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
            now=_utc_now,
            hydrator=hydrator,
        )
        self._listing = Listing(self._town)
        self._repair = Repair(self._town, self._listing, time.monotonic)
        self._leadership = (
            Leadership(
                gateway,
                namespace=settings.namespace,
                identity=identity,
                settings=settings.lease,
                now=_utc_now,
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
        self._town.calls[call_id(witness, stuck)] = _utc_now()
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


def _utc_now() -> datetime.datetime:
    return datetime.datetime.now(tz=datetime.UTC)
