"""What `clone` and `main` know and no agent can write: where the work started, what was pushed, how an earlier container failed."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from workflows.steps.pod.workspace import write_whole
from workflows.steps.speech import say


class State(NamedTuple):
    """Where the work started, written by clone as its last act: a place without it is a killed clone's.

    `base_sha` is where the work leaves the base, `start_sha` the HEAD handed to the agent, `remote_sha` the work branch
    as the remote had it ("" = none). `settled` tells that no agent need run. `rounds` and `retries` come from an
    earlier queue entry of the same convoy, as do `summary` and `cost` of the work so far; `refused` from one of any convoy: why the work as it stands was not merged.
    `snapshot` tells that uncommitted files came back from the remote. In `resolve` mode `target_sha` and `conflicts` say
    what was merged in. `claim` is what the repository holds of ours while the bead is worked.
    """

    task: str
    bead: str
    convoy: str
    mode: str
    branch: str
    base: str
    base_sha: str
    start_sha: str
    remote_sha: str = ""
    target_sha: str = ""
    conflicts: tuple[str, ...] = ()
    rounds: int = 0
    retries: int = 0
    summary: str = ""
    cost: str = ""
    refused: str = ""
    snapshot: bool = False
    settled: str | None = None
    claim: str = ""

    @property
    def resolves(self) -> bool:
        """Whether the target was merged into the work, for the agent to resolve what conflicts."""
        return bool(self.target_sha)


class Failure(NamedTuple):
    """How a step failed: its exit code, and its words to the user.

    Argo takes a pod's exit code from the container `main` alone, and gives `main` 64 when one that it depends on failed: a refused key
    would look like a crash and be tried again. So a step that comes before leaves its failure here and exits 0.
    """

    code: int
    words: str


class Ledger(NamedTuple):
    """Files in a folder that only containers with the key mount."""

    root: Path

    @property
    def repository(self) -> Path:
        """The bare repository of our own: what clone fetched, and what `main` verified of the agent's work."""
        return self.root / "main.git"

    def state(self) -> State | None:
        """What clone left, or None when clone has not finished here."""
        try:
            raw: dict[str, Any] = json.loads((self.root / "state.json").read_text(encoding="utf-8"))
            return State(**{**raw, "conflicts": tuple(raw["conflicts"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write_state(self, state: State) -> None:
        """Declare the workspace ready, durably and in one instant."""
        write_whole(self.root / "state.json", json.dumps(state._asdict()))

    def forget_state(self) -> None:
        """Begin anew."""
        (self.root / "state.json").unlink(missing_ok=True)

    def note_push(self, sha: str) -> None:
        """Remember, before it is tried, that we push a commit to the work branch: so a rerun knows it as our own."""
        try:
            with (self.root / "pushed").open("a", encoding="ascii") as stream:
                stream.write(f"{sha}\n")
        except OSError as error:
            # A full disk is the moment when the push matters most; without the note a rerun starts from the branch.
            say(f"the push of {sha[:12]} could not be noted: {error}")

    def pushed(self, sha: str) -> bool:
        """Whether a commit on the work branch may be from an earlier run in this workspace."""
        try:
            return sha in (self.root / "pushed").read_text(encoding="ascii").split()
        except FileNotFoundError:
            return False

    def leave(self, failure: Failure) -> None:
        """Keep a failure for the containers that follow. Raises OSError."""
        self.root.mkdir(parents=True, exist_ok=True)
        write_whole(self.root / "failed", f"{failure.code}\n{failure.words}")

    def failure(self) -> Failure | None:
        """The failure of an earlier container of this pod."""
        try:
            code, _, words = (self.root / "failed").read_text(encoding="utf-8").partition("\n")
            return Failure(int(code), words)
        except (OSError, ValueError):
            return None

    def forget_failure(self) -> None:
        """Begin a pod: what an earlier run of it left does not count."""
        (self.root / "failed").unlink(missing_ok=True)
