"""Reconciles Polecats, made by hand or for a convoy, to their `desiredState`."""

import dataclasses

from adapter.api.changes import Change
from adapter.argo.submission import owned, submit_texts, submit_workflow
from adapter.context import Context, parsed
from adapter.errors import Missing
from adapter.objects.conditions import Problem
from adapter.objects.keys import Key
from adapter.objects.logins import refused
from adapter.objects.views import PolecatView, ResourceView
from adapter.polecats.lastaction import Act, after
from adapter.polecats.manual import ManualDecision, ManualState, decide
from adapter.polecats.projection import PolecatProjection
from adapter.polecats.translation import as_convoy, as_rig, key_for, on_branch, same_repository
from crds import Convoy, Metadata, Polecat, Refinery, RefinerySpec
from workflows.agents import presets
from workflows.compile import Compiled, Request, agent_image, compile_train
from workflows.errors import Occupied, Refused
from workflows.plan import plan_convoy


class PolecatReconciler:
    """Reconciles Polecats."""

    def __init__(self, context: Context, projection: PolecatProjection) -> None:
        self._context = context
        self._projection = projection

    async def __call__(self, key: Key) -> None:
        """Reconcile one. Raises Denied for one that can't be read."""
        seen = self._context.cache.find(key, PolecatView)
        if seen is None or seen.deleting:
            return
        if seen.owner:
            self._of_convoy(seen)
        else:
            await self._go_on(seen, parsed(seen, Polecat))

    async def show(self, seen: PolecatView, act: Act) -> None:
        """Write what the agent of one did. Whatever else there is to do about it, its own reconcile does."""
        owner = self._context.owner_of(seen)
        if seen.owner:
            if isinstance(owner, ResourceView):
                await self._projection.show(parsed(owner, Convoy), seen.bead, act)
            return
        state = await self._state(after(seen, act), parsed(seen, Polecat))
        if any(not each.ended for each in state.workflows):
            await self._context.writer.status(seen, decide(state).status)

    def _of_convoy(self, seen: PolecatView) -> None:
        """A convoy's Polecat whose status somebody wrote, or whose spec somebody changed: its status is projected anew."""
        if (convoy := self._context.owner_of(seen)) is not None:
            self._projection.forget(convoy.uid, seen.bead)
            self._context.queue.add(convoy.key)

    async def _state(self, seen: PolecatView, polecat: Polecat) -> ManualState:
        named = self._context.rig(polecat.spec.rig)
        rig = as_rig(polecat, named)
        convoy = as_convoy(polecat, named, attempt=0)
        refinery = self._context.refinery_of(polecat.spec.rig, namespace=seen.key.namespace)
        workflows = self._context.workflows_of(seen.key, seen.uid)
        waits = refused(each.observation for each in workflows)
        return ManualState(
            seen=seen,
            polecat=polecat,
            rig=named,
            workflows=workflows,
            image=agent_image(convoy, rig, self._context.settings.compile) if rig else "",
            now=self._context.now(),
            refinery=bool(refinery),
            target=refinery.spec.target_branch if refinery else "",
            synced=await self._context.synced(seen.key.namespace) if waits else None,
        )

    async def _go_on(self, seen: PolecatView, polecat: Polecat) -> None:
        state = await self._state(seen, polecat)
        decision = decide(state)
        if decision.attempt is not None:
            decision = await self._submit(state, decision.attempt)
        for change in decision.before:
            await self._change(change)
        await self._context.writer.status(seen, decision.status)
        for each in state.workflows:
            self._context.measures.projected(each.key)
        for change in decision.after:
            await self._change(change)
        if decision.look_in is not None:
            self._context.queue.add(seen.key, after=decision.look_in)
        if decision.delete_in is not None:
            await self._expire(seen, decision.delete_in)

    async def _submit(self, state: ManualState, attempt: int) -> ManualDecision:
        try:
            compiled = self._compiled(state, attempt)
            await submit_texts(self._context, compiled.config_maps, uid=state.seen.uid)
            await submit_workflow(self._context, compiled.workflow, uid=state.seen.uid)
        except Refused as refusal:
            return decide(dataclasses.replace(state, obstacle=Problem(type(refusal).__name__, str(refusal))))
        except Occupied as taken:
            return decide(dataclasses.replace(state, obstacle=Problem("NameTaken", str(taken))))
        return decide(
            dataclasses.replace(state, workflows=self._context.workflows_of(state.seen.key, state.seen.uid))
        )

    def _compiled(self, state: ManualState, attempt: int) -> Compiled:
        polecat = state.polecat
        convoy, rig = as_convoy(polecat, state.rig, attempt=attempt), as_rig(polecat, state.rig)
        if rig is None:
            raise Refused(f"polecat {polecat.metadata.name}: there is no rig {polecat.spec.rig}")
        namespace = polecat.metadata.namespace
        request = Request(
            convoy=convoy,
            rig=rig,
            refinery=self._refinery(state, namespace),
            agents=presets(rig=rig.spec.agents),
            settings=self._context.settings.compile.model_copy(update={"namespace": namespace}),
            key_for=key_for(polecat, state.rig),
        )
        plan = plan_convoy(convoy, {})
        compiled = compile_train(plan, plan.trains[0], request)
        compiled = dataclasses.replace(compiled, config_maps=on_branch(compiled.config_maps, polecat))
        return owned(compiled, polecat, state.rig)

    def _refinery(self, state: ManualState, namespace: str) -> Refinery:
        """The rig's; without a rig nothing merges, and the work is published only."""
        found = self._context.refinery_of(state.polecat.spec.rig, namespace=namespace) if state.rig else None
        nobody = Refinery(
            metadata=Metadata(name=state.polecat.spec.rig),
            spec=RefinerySpec(rig_ref=state.polecat.spec.rig, mode="none"),
        )
        kubernetes, rig = state.polecat.spec.kubernetes, state.rig
        if found and rig and kubernetes and not same_repository(rig.spec.git_url, kubernetes.git_repository):
            return found.model_copy(update={"spec": found.spec.model_copy(update={"git_secret_ref": None})})
        return found or nobody

    async def _expire(self, seen: PolecatView, left: float) -> None:
        if left > 0:
            self._context.queue.add(seen.key, after=left + 0.1)
        else:
            await self._context.writer.delete(seen.key, uid=seen.uid)

    async def _change(self, change: Change) -> None:
        try:
            await self._context.writer.change(change)
        except Missing:
            return
