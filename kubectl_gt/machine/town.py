"""The town of this machine."""

from collections.abc import Iterator
from typing import Self

from crds import Answer, BeadAnswer, Convoy, Polecat
from kubectl_gt.health import Check
from kubectl_gt.machine import logs
from kubectl_gt.machine.credentials import users_of_login
from kubectl_gt.machine.login import OwnLogin
from kubectl_gt.machine.secrets import OwnSecrets
from kubectl_gt.town import Draft, LogRequest, Vertex
from workflows.agents import Preset, presets
from workflows.errors import Missing
from workflows.labels import CONVOY
from workflows.local.convoys import Convoys
from workflows.local.home import Home, agents_file
from workflows.local.notices import Notices
from workflows.local.polecats import Polecats
from workflows.local.processes import daemon
from workflows.local.rigs import Rigs
from workflows.local.town import LocalTown
from workflows.observe.reasons import HELD
from workflows.plan import Plan


class Machine:
    """One user's local town behind the border of the command line."""

    pause = 0.2
    on_machine = True

    def __init__(self, town: LocalTown) -> None:
        self._town = town

    @classmethod
    def of_user(cls) -> Self:
        """The town under GASTOWN_HOME, else in the user's data directory."""
        return cls(LocalTown(Home.of_user(), agents_file=agents_file()))

    @property
    def rigs(self) -> Rigs:
        """Its rigs."""
        return self._town.rigs

    @property
    def convoys(self) -> Convoys:
        """Its convoys."""
        return self._town.convoys

    @property
    def polecats(self) -> Polecats:
        """Its polecats."""
        return self._town.polecats

    @property
    def notices(self) -> Notices:
        """How its user is called."""
        return self._town.notices

    @property
    def secrets(self) -> OwnSecrets:
        """Files of the user's own."""
        return OwnSecrets(self._town.home.secrets)

    @property
    def auth(self) -> OwnLogin:
        """The user's own log-in."""
        return OwnLogin(self.convoys.renewed, lambda: users_of_login(self.rigs.all()))

    def checks(self) -> Iterator[Check]:
        """git, agents, log-in, repositories and forges."""
        from kubectl_gt.machine import doctor  # noqa: PLC0415 - the forges, for what asks them

        around = doctor.Surroundings(agents=self.agents, refinery=self.rigs.refinery, read=self.secrets.read)
        return doctor.checks(self.rigs.all(), around, self.auth.status())

    def agents(self, rig: str | None = None) -> dict[str, Preset]:
        """The agents that ship, the user's own and, where a rig is named, the rig's."""
        described = self.rigs.get(rig).spec.agents if rig else ()
        return dict(presets(user_file=agents_file(), rig=described))

    def draft(self, convoy: Convoy) -> Draft:
        """What a dry run shows."""
        prepared = self.convoys.prepare(convoy)
        return Draft((*prepared.config_maps, *prepared.workflows), prepared.plan.notes)

    def graph(self, convoy: Convoy) -> tuple[Vertex, ...]:
        """The whole graph, what earlier attempts did included: the plan of the first attempt."""
        first = convoy.model_copy(update={"spec": convoy.spec.model_copy(update={"attempt": 0})})
        return vertices(self.convoys.plan(first))

    def sling(self, convoy: Convoy, *, git_secret: str | None) -> str:
        """A convoy, started in the background. Secrets are a cluster's; here git has its own set-up."""
        del git_secret
        self.convoys.create(convoy)
        self.convoys.start(convoy.metadata.name)
        return "convoy"

    def answer(self, polecat: Polecat, answer: Answer) -> None:
        """To its convoy; here each polecat has one."""
        bead = BeadAnswer(bead=polecat.spec.bead_id, **answer.model_dump())
        self.convoys.answer(polecat.metadata.labels[CONVOY], bead)

    def stalled(self, convoy: Convoy) -> str:
        """An unfinished convoy goes on only while its runner lives, or when a person lands what it holds."""
        name = convoy.metadata.name
        if all(each.ended for each in self.convoys.observed.of_convoy(name)) and any(
            each.status.reason == HELD for each in self.polecats.of_convoy(name)
        ):
            return ""
        if daemon.alive(self._town.home, name) or self.convoys.get(name).status.ended:
            return ""
        return f"its runner is gone (see {self._town.home.logs(name) / 'runner.log'})"

    def log(self, polecat: Polecat, request: LogRequest) -> Iterator[str]:
        """The files of the polecat's attempts, one after the other."""
        name, rig = polecat.metadata.name, polecat.spec.rig

        def files() -> logs.Files:
            try:
                return self.polecats.logs(self.polecats.get(name, rig=rig), request.container or None)
            except Missing:
                if ended() or not request.follow:
                    raise
                return ()

        def ended() -> bool:
            return self.polecats.get(name, rig=rig).status.ended

        if not request.follow:
            return logs.lines(files(), request.tail)
        return logs.follow(files, ended, tail=request.tail, pause=self.pause)


def vertices(plan: Plan) -> tuple[Vertex, ...]:
    """A plan as a graph of beads."""
    beads = {task.name: task.bead.id for task in plan.tasks}
    closed = tuple(Vertex(bead, "", ()) for bead in plan.closed)
    tasks = (
        Vertex(task.bead.id, task.bead.title, (*(beads[need] for need in task.needs), *task.outside))
        for task in plan.tasks
    )
    return (*closed, *tasks)
