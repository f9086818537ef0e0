"""The polecats of one machine: not stored, but read from the Workflows each time."""

import dataclasses
import datetime
from pathlib import Path

from crds import Convoy, Polecat
from workflows import labels
from workflows.errors import Missing
from workflows.hints import not_found
from workflows.local.convoys import Convoys
from workflows.local.home import Home
from workflows.local.observed import Observed
from workflows.local.rigs import Rigs
from workflows.local.store import Store
from workflows.observe import polecat_of
from workflows.polecats import agent_runs, meant, polecat_name
from workflows.shape import agent_container
from workflows.transcript.action import TAIL_BYTES, TAIL_LINES, last_action


@dataclasses.dataclass(frozen=True, slots=True)
class Polecats:
    """The polecats of one town."""

    store: Store
    observed: Observed
    home: Home
    rigs: Rigs
    convoys: Convoys

    def all(self, rig: str | None = None) -> tuple[Polecat, ...]:
        """All polecats with their status, or those of one rig, by convoy. Raises Missing for an unknown rig."""
        if rig is not None:
            self.rigs.get(rig)
        convoys = [each for each in self.convoys.all() if rig is None or each.spec.rig_ref == rig]
        return tuple(polecat for each in self.store.readable.each(convoys, self._of) for polecat in each)

    def of_convoy(self, name: str) -> tuple[Polecat, ...]:
        """The polecats of a convoy, each bead's last attempt. Raises Missing."""
        return self._of(self.convoys.get(name))

    def _of(self, convoy: Convoy) -> tuple[Polecat, ...]:
        rig = self.rigs.get(convoy.spec.rig_ref)
        found: dict[str, Polecat] = {}
        for observation in self.observed.of_convoy(convoy.metadata.name):
            for bead in observation.beads:
                called = polecat_name(convoy, rig, bead=bead.bead, task=bead.task)
                found[called] = polecat_of(called, bead, observation=observation, convoy=convoy, rig=rig)
        return tuple(self._at_work(each) if agent_runs(each) else each for each in found.values())

    def get(self, name: str, *, rig: str | None = None) -> Polecat:
        """One polecat by its name, or by its bead's id: the one at work, else the newest. Raises Missing, or Refused where several are meant."""
        polecats = self.all(rig)
        found = meant(name, polecats)
        if found is None:
            where = f" on rig {rig}" if rig else ""
            known = (each.metadata.name for each in polecats)
            raise not_found("polecat", name, known, otherwise="sling a bead first", where=where)
        return found

    def logs(self, polecat: Polecat, container: str | None = None) -> tuple[Path, ...]:
        """Log files of the polecat's attempts, oldest first; the agent's unless another container is named.

        Raises Missing when that container has written none.
        """
        chosen = container or agent_container(polecat.spec.worker)
        directory = self.home.logs(polecat.status.workflow)
        task = polecat.status.node.removeprefix(f"{polecat.status.workflow}.").partition(".")[0]
        logs = [*directory.glob(f"{task}.*.log")] if task else []
        files = sorted(
            (log for log in logs if log.name.endswith(f".{chosen}.log")),
            key=lambda log: log.stat().st_mtime_ns,
        )
        if not files:
            kinds = sorted({log.name.split(".")[-2] for log in logs})
            hint = f"choose a container of: {', '.join(kinds)}" if kinds else "it has not started yet"
            raise Missing(f"polecat {polecat.metadata.name}: no log of {chosen}; {hint}")
        return tuple(files)

    def _at_work(self, polecat: Polecat) -> Polecat:
        """With what its agent did last, and when it last wrote to its log."""
        try:
            log = self.logs(polecat)[-1]
            written = datetime.datetime.fromtimestamp(log.stat().st_mtime, datetime.UTC)
            done = last_action(_tail(log))
        except (Missing, OSError):
            return polecat
        known = polecat.status.last_activity
        latest = max(known, written) if known else written
        status = polecat.status.model_copy(update={"last_action": done, "last_activity": latest})
        return polecat.model_copy(update={"status": status})

    def nuke(self, polecat: Polecat) -> None:
        """End a polecat for good. Its branch stays; the beads that wait for it will not run."""
        convoy, bead = polecat.metadata.labels[labels.CONVOY], polecat.spec.bead_id
        seen = (each for observation in self.observed.of_convoy(convoy) for each in observation.beads)
        for task in {each.task for each in seen if each.bead == bead}:
            self.store.terminate(convoy, task)


def _tail(log: Path) -> list[str]:
    """The last lines of a file, without reading the rest of it."""
    with log.open("rb") as stream:
        stream.seek(max(log.stat().st_size - TAIL_BYTES, 0))
        return stream.read(TAIL_BYTES).decode("utf-8", "replace").splitlines()[-TAIL_LINES:]
