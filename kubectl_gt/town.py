"""The border between the command line and what runs convoys: one machine and a cluster look the same from here."""

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kubectl_gt.health import Check
from kubectl_gt.logins import LoginStatus

if TYPE_CHECKING:  # the types alone would cost every `--help` half a second of pydantic
    from crds import Answer, BeadAnswer, Convoy, Manifest, Polecat, Rig
    from workflows.agents import Preset
    from workflows.beads import Bead
    from workflows.local.repositories.changes import Changed
    from workflows.names import BeadId


@dataclasses.dataclass(frozen=True, slots=True)
class Vertex:
    """One bead in a convoy's graph; `needs` are beads of the same convoy. The title is empty where nobody knows it."""

    bead: str
    title: str
    needs: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LogRequest:
    """Which log: `container` empty for the agent's, `tail` the last lines only, `follow` until the polecat has ended."""

    container: str = ""
    tail: int | None = None
    follow: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """What a convoy would make: the objects that Argo gets, and what a reader would not expect."""

    objects: "tuple[Manifest, ...]"
    notes: tuple[str, ...]


class Rigs(Protocol):
    """The rigs of a town. Errors are those of `workflows.errors`."""

    def all(self) -> "tuple[Rig, ...]":
        """All rigs with their status, by name."""

    def get(self, name: str) -> "Rig":
        """One rig. Raises Missing."""

    def create(self, rig: "Rig") -> "Rig":
        """Make a rig; the same again changes nothing. Raises Refused, Unavailable or Occupied."""

    def refine(self, name: str, spec: "Manifest") -> None:
        """Set fields of the spec of a rig's refinery; absent fields stay. Raises Missing or Refused."""

    def delete(self, name: str) -> None:
        """Forget a rig. Raises Missing, and Refused while a convoy of it runs."""

    def beads(self, name: str) -> "dict[BeadId, Bead]":
        """The beads of a rig. Raises Missing, BeadsUnreadable or Unavailable."""

    def merged(self, name: str) -> "frozenset[BeadId]":
        """Beads of a rig that were merged, whoever did it. Raises Missing or Unavailable."""

    def difference(self, name: str, branch: str, *, stat: bool = False) -> str:
        """What a branch changes against the rig's base branch, as git writes it. Raises Missing or Unavailable."""

    def changes(self, name: str, commits: "Collection[str]") -> "Mapping[str, Changed]":
        """What merged commits of a rig changed; those that the repository does not give are left out. Raises Missing."""

    def change(self, name: str, spec: "Manifest") -> "Rig":
        """Change fields of a rig's spec; None takes one away. What runs keeps what it began with. Raises Missing or Refused."""


class Convoys(Protocol):
    """The convoys of a town."""

    def all(self) -> "tuple[Convoy, ...]":
        """All convoys with their status, by name."""

    def get(self, name: str) -> "Convoy":
        """One convoy. Raises Missing."""

    def create(self, convoy: "Convoy") -> "Convoy":
        """Make a convoy; the same again changes nothing. Raises Refused, Missing or Occupied."""

    def add(self, name: str, beads: "Sequence[str]") -> "Convoy":
        """Let it carry more beads of its rig. Raises Missing, and Refused where it has ended or a bead can't be worked."""

    def start(self, name: str) -> bool:
        """Let it run, unless it has ended; tells whether it runs now."""

    def resume(self, name: str, *, budget: float | None = None) -> "Convoy":
        """Go on with what is left; `budget` is what it may spend in all from now on, in US dollars. Raises Missing."""

    def answer(self, name: str, answer: "BeadAnswer") -> "Convoy":
        """Let the agent that works a bead next hear a person. Raises Missing or Refused."""

    def land(self, name: str, beads: "Sequence[str]") -> "Convoy":
        """Let held beads into the target. Raises Missing or Refused."""

    def stop(self, name: str) -> "Convoy":
        """End its agents; their work so far is pushed. Raises Missing."""

    def delete(self, name: str) -> None:
        """Forget it. Raises Missing, and Refused while it runs."""


class Polecats(Protocol):
    """The polecats of a town."""

    def all(self, rig: str | None = None) -> "tuple[Polecat, ...]":
        """All polecats, or those of one rig. Raises Missing for an unknown rig."""

    def of_convoy(self, name: str) -> "tuple[Polecat, ...]":
        """The polecats of a convoy. Raises Missing."""

    def get(self, name: str, *, rig: str | None = None) -> "Polecat":
        """One polecat by its name or its bead. Raises Missing."""

    def nuke(self, polecat: "Polecat") -> None:
        """End it for good; its branch stays."""


class Auth(Protocol):
    """The log-in that agents use."""

    def sync(
        self, directory: Path, *, force: bool, secret: str = "", parts: "Collection[str] | None" = None
    ) -> str:
        """Bring the log-in that stands in a directory to where agents find it, or note that a Secret was renewed otherwise.

        `parts` of the directory come with it; None leaves those that came before. Whatever waits for credentials goes on. Tells in a sentence
        what was done. Raises Missing and, before anything changes, Refused.
        """

    def status(self) -> LoginStatus:
        """What is known of it. Raises Unavailable where it may not be read."""


class Secrets(Protocol):
    """What must not be seen, by name and key: Secrets of the namespace, or files that only the user reads."""

    def read(self, name: str, key: str) -> str:
        """A value; empty where there is none. Raises Unavailable where it may not be read."""

    def keep(self, name: str, values: "dict[str, str]", *, namespace: str = "") -> str:
        """Set values, leaving other keys; tells in a sentence what was done. `namespace` is another than the town's, in a cluster."""


class Notices(Protocol):
    """How the user of a town is called. A cluster runs nobody's commands: it raises Refused, and says what tells there."""

    def command(self) -> str:
        """The command; empty where there is none."""

    def name(self, command: str) -> None:
        """Set the command; an empty one ends the calls."""


class Town(Protocol):
    """A town, wherever it is."""

    @property
    def on_machine(self) -> bool:
        """Whether it is this machine's, so that paths of this machine mean something to it."""

    @property
    def rigs(self) -> Rigs:
        """Its rigs."""

    @property
    def convoys(self) -> Convoys:
        """Its convoys."""

    @property
    def polecats(self) -> Polecats:
        """Its polecats."""

    @property
    def auth(self) -> Auth:
        """Its agents' log-in."""

    @property
    def secrets(self) -> Secrets:
        """What must not be seen."""

    @property
    def notices(self) -> Notices:
        """How its user is called."""

    @property
    def pause(self) -> float:
        """Seconds between two looks of whoever waits for something here."""

    def checks(self) -> "Iterator[Check]":
        """All that has to be right for work to be done here, one after the other as it is looked at."""

    def agents(self, rig: str | None = None) -> "dict[str, Preset]":
        """The agents that can be named here, by name. Raises Missing or AgentRefused."""

    def draft(self, convoy: "Convoy") -> Draft:
        """Plan and compile a convoy and change nothing. Raises Refused or Missing."""

    def graph(self, convoy: "Convoy") -> tuple[Vertex, ...]:
        """The beads of a convoy that exists, each after what it needs."""

    def sling(self, convoy: "Convoy", *, git_secret: str | None) -> str:
        """Set beads going; returns the kind of what was made for them, `convoy` or `polecat`. Raises as Convoys.create does."""

    def answer(self, polecat: "Polecat", answer: "Answer") -> None:
        """Say something to the agent of a bead that failed, and let it go on from its branch. Raises Missing, Refused or Unavailable."""

    def stalled(self, convoy: "Convoy") -> str:
        """Why nothing more will happen to an unfinished convoy by itself, as a sentence; empty while somebody works on it."""

    def log(self, polecat: "Polecat", request: LogRequest) -> Iterator[str]:
        """Lines of a log, with their line ends. Raises Missing."""
