"""The town of a cluster, behind the border of the command line."""

from collections.abc import Iterator
from typing import Self

from crds import Answer, BeadAnswer, BeadStore, Convoy, Manifest, Polecat, Refinery, Rig
from kubectl_gt.cluster.api import Api
from kubectl_gt.cluster.connection import Options, connect
from kubectl_gt.cluster.convoys import Convoys
from kubectl_gt.cluster.login import Login
from kubectl_gt.cluster.notices import Notices
from kubectl_gt.cluster.polecats import Polecats
from kubectl_gt.cluster.rigs import Rigs
from kubectl_gt.cluster.secrets import Secrets
from kubectl_gt.health import Check
from kubectl_gt.town import Draft, LogRequest, Vertex
from workflows.agents import Preset, presets
from workflows.labels import CONVOY
from workflows.names import TaskName
from workflows.observe import titles_of
from workflows.observe.graphs import bead_graphs
from workflows.plan import plan_convoy


class Cluster:
    """One namespace of a cluster, and the cluster's rigs."""

    pause = 1.0
    on_machine = False

    def __init__(self, api: Api) -> None:
        self._api = api
        self.rigs = Rigs(api)
        self.convoys = Convoys(api)
        self.polecats = Polecats(api)
        self.auth = Login(api)
        self.secrets = Secrets(api)
        self.notices = Notices()

    @classmethod
    def connect(cls, options: Options) -> Self:
        """The town that kubectl's options lead to. Raises Unavailable or Refused."""
        return cls(Api(connect(options)))

    def checks(self) -> Iterator[Check]:
        """The apiserver, our kinds, the adapter, Argo and its settings, rights, and what rigs say of themselves."""
        from kubectl_gt.cluster import doctor  # noqa: PLC0415 - the forges, for what asks them

        return doctor.checks(self._api)

    def agents(self, rig: str | None = None) -> dict[str, Preset]:
        """The agents that ship and, where a rig is named, the rig's."""
        described = self.rigs.get(rig).spec.agents if rig else ()
        return dict(presets(rig=described))

    def draft(self, convoy: Convoy) -> Draft:
        """What the adapter would submit with its default settings."""
        from workflows.compile import CompileSettings, Request, compile_train  # noqa: PLC0415 - Hera takes long to import

        rig = self.rigs.get(convoy.spec.rig_ref)
        beads = self.rigs.beads(rig.metadata.name) if convoy.spec.tracked_beads else {}
        plan = plan_convoy(convoy, beads)
        request = Request(
            convoy=convoy,
            rig=rig,
            refinery=self._refinery(rig),
            agents=presets(rig=rig.spec.agents),
            store=self._store(rig),
            settings=CompileSettings(namespace=self._api.namespace),
        )
        compiled = [compile_train(plan, train, request) for train in plan.trains]
        maps = {each["metadata"]["name"]: each for one in compiled for each in one.config_maps}
        return Draft((*maps.values(), *(one.workflow for one in compiled)), plan.notes)

    def graph(self, convoy: Convoy) -> tuple[Vertex, ...]:
        """The graph as its Workflows hold it; before there are any, as far as the convoy itself tells."""
        titles = {bead.id: bead.title for bead in convoy.spec.beads}
        needs = {bead.id: bead.depends_on for bead in convoy.spec.beads}
        workflows = self._api.workflows(f"{CONVOY}={convoy.metadata.name}")
        drawn = dict(_drawn(workflows))
        for each in workflows:
            titles = titles_of(each) | titles
        beads = (*convoy.spec.tracked_beads, *titles)
        found = {bead: drawn.get(bead, needs.get(bead, ())) for bead in beads}
        return tuple(Vertex(bead, titles.get(bead, ""), found[bead]) for bead in _sorted(found))

    def sling(self, convoy: Convoy, *, git_secret: str | None) -> str:
        """One bead as a Polecat, which gastown-operator's users know; several, or what only a convoy can have, as a Convoy."""
        spec = convoy.spec
        if len(spec.bead_ids) == 1 and spec.budget is None and not spec.held:
            self.polecats.sling(convoy, self.rigs.get(spec.rig_ref), git_secret=git_secret)
            return "polecat"
        self.convoys.create(convoy)
        return "convoy"

    def answer(self, polecat: Polecat, answer: Answer) -> None:
        """To its convoy where it has one, else to itself."""
        convoy = polecat.metadata.labels.get(CONVOY)
        if convoy:
            self.convoys.answer(convoy, BeadAnswer(bead=polecat.spec.bead_id, **answer.model_dump()))
        else:
            self.polecats.answer(polecat, answer)

    def stalled(self, convoy: Convoy) -> str:
        """A cluster's convoy waits for the adapter, which comes back by itself; only a suspended one does not."""
        return "it is suspended" if convoy.spec.suspend else ""

    def log(self, polecat: Polecat, request: LogRequest) -> Iterator[str]:
        """The log of its pod."""
        return self.polecats.log(polecat, request)

    def _store(self, rig: Rig) -> BeadStore | None:
        """The bead store that merged beads are closed in."""
        for each in self._api.every("BeadStore"):
            if (
                isinstance(each, BeadStore)
                and each.spec.rig_ref == rig.metadata.name
                and each.spec.write_back
            ):
                return each
        return None

    def _refinery(self, rig: Rig) -> Refinery:
        found = (each for each in self._api.every("Refinery") if isinstance(each, Refinery))
        for each in found:
            if each.spec.rig_ref == rig.metadata.name:
                return each
        name = f"{rig.metadata.name}-refinery"
        return Refinery.model_validate({"metadata": {"name": name}, "spec": {"rigRef": rig.metadata.name}})


def _drawn(workflows: list[Manifest]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Beads and what each needs, from the DAGs."""
    for workflow in workflows:
        graphs = bead_graphs(workflow["spec"])
        beads = {each.task: each.bead for each in graphs}
        for each in graphs:
            yield each.bead, tuple(beads[TaskName(name)] for name in each.needs if name in beads)


def _sorted(needs: dict[str, tuple[str, ...]]) -> list[str]:
    """Each bead after those it needs. The API server accepts a convoy with a cycle, so one must not hang this."""
    found: dict[str, None] = {}
    left = list(needs)
    while left:
        free = [bead for bead in left if all(need in found or need not in needs for need in needs[bead])]
        for bead in free or left[:1]:
            found[bead] = None
        left = [bead for bead in left if bead not in found]
    return list(found)
