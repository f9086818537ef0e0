"""Reconciles bead stores: keeps the CronWorkflow that reads in place, caches what was read, and enqueues convoys that waited for it."""

import datetime

from adapter.beadstores.files import load_beads
from adapter.beadstores.status import StoreState, report
from adapter.cache.beads import ParsedBeads, UnreadableBeads
from adapter.context import Context
from adapter.errors import Denied, Exists, Missing
from adapter.objects.conditions import Problem
from adapter.objects.keys import Key
from adapter.routing import SUM, waiting
from crds import GROUP, BeadStore, Manifest, Rig, seconds
from workflows import labels
from workflows.compile import (
    CompiledStore,
    StoreRequest,
    compile_store,
    home_branch,
    read_now,
    store_schedule,
    store_slug,
)
from workflows.errors import Unavailable
from workflows.observe import SyncObservation

PROVIDED = f"{GROUP}/provided"
"""Annotation of a CronWorkflow: what it was made from. Where it is another one, the store is read at once."""

MENDED = 600
"""Seconds between two reads that are made because something of a read is gone, where the schedule's are not rarer."""

PATIENCE = 30.0
"""Seconds until a store that nothing reads is reconciled again."""


class BeadStoreReconciler:
    """Reconciles bead stores."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._provided: dict[str, tuple[str, datetime.datetime]] = {}

    async def __call__(self, key: Key) -> None:
        """Reconcile one. Raises Denied for one that can't be read."""
        found = self._context.present(key, BeadStore)
        if found is None:
            return
        seen, store = found
        rig = self._context.rig(store.spec.rig_ref)
        obstacle = await self._provide(store, rig) if rig else None
        read = self._last_read(store)
        beads, lost = await self._found(store, rig, read)
        state = StoreState(
            store=store,
            rig=rig,
            read=read,
            found=beads,
            served=self._context.bead_cache.beads(store.metadata.uid),
            now=self._context.now(),
            every=store_schedule(store).seconds if seconds(store.spec.sync_interval) else 0.0,
            obstacle=obstacle or lost,
        )
        told = report(state)
        written = await self._context.writer.status(seen, told.status)
        if written:
            self._tell(store.spec.rig_ref)
        if told.status.get("index", "") != store.status.index:
            await self._tidy(store, told.status["index"])
        due = PATIENCE if state.obstacle else told.requeue_after
        if due is not None:
            self._context.queue.add(key, after=due + 0.5)

    async def _provide(self, store: BeadStore, rig: Rig) -> Problem | None:
        """Make what reads the store be there and be right; says what stands in the way."""
        compiled = self._compiled(store, rig)
        mark = f"{compiled.digest}-{store.metadata.annotations.get(labels.READ_AGAIN, '')}"
        done, at = self._provided.get(store.metadata.uid, ("", self._context.now()))
        if done == mark and (self._context.now() - at).total_seconds() < self._context.settings.resync / 2:
            return None
        try:
            obstacle = await self._provided_as(compiled, mark, store)
        except (Denied, Missing) as error:
            return Problem("NotProvided", str(error))
        if not obstacle:
            self._provided[store.metadata.uid] = (mark, self._context.now())
        return Problem("NameTaken", obstacle) if obstacle else None

    async def _provided_as(self, compiled: CompiledStore, mark: str, store: BeadStore) -> str:
        metadata = compiled.cron["metadata"]
        key = Key("CronWorkflow", metadata["namespace"], metadata["name"])
        try:
            known = (await self._context.gateway.get(key))["metadata"]
        except Missing:
            known = {}
        if known and store.metadata.uid not in {each["uid"] for each in known.get("ownerReferences") or ()}:
            return f"{key}: it belongs to somebody else; delete it, or give the BeadStore another name"
        present = (known.get("annotations") or {}).get(PROVIDED, "")
        if present != mark:
            await self._context.writer.apply(compiled.orders)
            await self._read_now(compiled.cron, f"{present} {mark}")
            annotations = metadata["annotations"] | {PROVIDED: mark}
            await self._context.writer.apply(
                compiled.cron | {"metadata": metadata | {"annotations": annotations}}
            )
        return ""

    async def _read_now(self, cron: Manifest, mark: str) -> None:
        try:
            await self._context.writer.create(read_now(cron, mark))
        except Exists:
            return

    def _compiled(self, store: BeadStore, rig: Rig) -> CompiledStore:
        refinery = self._context.refinery_of(rig.metadata.name, namespace=store.metadata.namespace)
        branch = home_branch(rig, refinery)
        settings = self._context.settings.compile
        return compile_store(StoreRequest(store=store, rig=rig, branch=branch, settings=settings))

    def _last_read(self, store: BeadStore) -> SyncObservation | None:
        """The read that ended last, and not one of an earlier store of the same name."""
        made = store.metadata.creation_timestamp
        slug = store_slug(store.metadata.name)
        ended = [
            (each.observation.finished, each.observation)
            for each in self._context.reads_of(store.metadata.namespace, slug)
            if each.observation.ended and each.observation.finished
        ]
        own = [each for each in ended if made is None or each[0] >= made]
        return max(own, key=lambda each: each[0])[1] if own else None

    async def _found(
        self, store: BeadStore, rig: Rig | None, read: SyncObservation | None
    ) -> tuple[ParsedBeads | UnreadableBeads | None, Problem | None]:
        """What the last good read brought, or what the status names; and why it is not there."""
        index = (read.index if read else "") or store.status.index
        if not index:
            return None, None
        try:
            found = await load_beads(self._context, store, index)
            if (
                isinstance(found, UnreadableBeads)
                and self._context.bead_cache.beads(store.metadata.uid) is None
            ):
                await self._last_good(store)
        except (Missing, Unavailable) as error:
            if rig is not None:
                await self._mend(store, rig, index)
            return None, Problem("BeadsGone", f"{error}; they are read again")
        return found, None

    async def _last_good(self, store: BeadStore) -> None:
        """After a restart: the file is bad, but the one before it was not, and convoys still get that."""
        if store.status.index:
            await load_beads(self._context, store, store.status.index)

    async def _mend(self, store: BeadStore, rig: Rig, index: str) -> None:
        """Somebody deleted or changed what a read handed over. Without its head the next read writes all that is missing.

        One further read is made for it, not one after the other: what takes it away may do so again.
        """
        key = Key("ConfigMap", store.metadata.namespace, index)
        try:
            head = await self._context.gateway.get(key)
        except Missing:
            pass
        else:
            await self._context.writer.delete(key, uid=head["metadata"]["uid"])
        time = int(self._context.now().timestamp()) // max(MENDED, store_schedule(store).seconds)
        await self._read_now(self._compiled(store, rig).cron, f"mended {time}")

    def _tell(self, rig: str) -> None:
        """Whoever waits for the beads, and whoever counts them."""
        for key, delay in waiting(self._context, rig):
            self._context.queue.add(key, after=delay)
        self._context.queue.add(Key("Rig", "", rig), after=SUM)

    async def _tidy(self, store: BeadStore, index: str) -> None:
        """Delete what earlier reads handed over, unless a read is under way that may just be handing over."""
        namespace, slug = store.metadata.namespace, store_slug(store.metadata.name)
        if not all(each.observation.ended for each in self._context.reads_of(namespace, slug)):
            return
        current = index.rpartition("-")[2]
        selector = f"{labels.BEAD_STORE}={slug},{labels.BEAD_FILE}"
        async for item in self._context.gateway.list("ConfigMap", namespace=namespace, selector=selector):
            metadata = item["metadata"]
            if metadata["labels"][labels.BEAD_FILE] != current:
                await self._context.writer.delete(
                    Key("ConfigMap", namespace, metadata["name"]), uid=metadata["uid"]
                )
