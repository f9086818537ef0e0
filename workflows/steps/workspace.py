"""The directory that the containers of one pod share, and the state that clone leaves in it for the others."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple, Self

from workflows.steps.speech import say


class State(NamedTuple):
    """Where the work started, written by clone as its last act: a workspace without it is a killed clone's.

    `base_sha` is where the work leaves the base, `start_sha` the HEAD handed to the agent, `remote_sha` the work branch
    as the remote had it ("" = none). `settled` tells that no agent need run. `rounds` and `retries` come from an
    earlier queue entry of the same convoy; `refused` from one of any convoy: why the work as it stands was not merged.
    `snapshot` tells that uncommitted files came back from the remote. In `resolve` mode `target_sha` and `conflicts` say
    what was merged in.
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
    refused: str = ""
    snapshot: bool = False
    settled: str | None = None


class Workspace(NamedTuple):
    """The paths of the contract under one root."""

    root: Path

    @property
    def repo(self) -> Path:
        """The clone, the agent's working directory."""
        return self.root / "repo"

    @property
    def run(self) -> Path:
        """What passes between the steps and the launcher."""
        return self.root / "run"

    @property
    def out(self) -> Path:
        """One file for each output parameter."""
        return self.root / "out"

    @property
    def guarded(self) -> Path:
        """There once `main` watches over the agent's work; the launcher waits for it."""
        return self.run / "guarded"

    @property
    def ended(self) -> Path:
        """The launcher's last act: how the agent ended."""
        return self.run / "ended"

    def state(self) -> State | None:
        """What clone left, or None when clone has not finished here."""
        try:
            raw: dict[str, Any] = json.loads((self.run / "state.json").read_text(encoding="utf-8"))
            return State(**{**raw, "conflicts": tuple(raw["conflicts"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write_state(self, state: State) -> None:
        """Declare the workspace ready, durably and in one instant."""
        write_whole(self.run / "state.json", json.dumps(state._asdict()))

    def note_push(self, sha: str) -> None:
        """Remember, before it is tried, that we push a commit to the work branch: so a rerun knows it as our own."""
        try:
            with (self.run / "pushed").open("a", encoding="ascii") as stream:
                stream.write(f"{sha}\n")
        except OSError as error:
            # A full disk is the moment when the push matters most; without the note a rerun starts from the branch.
            say(f"the push of {sha[:12]} could not be noted: {error}")

    def pushed(self, sha: str) -> bool:
        """Whether a commit on the work branch may be from an earlier run in this workspace."""
        try:
            return sha in (self.run / "pushed").read_text(encoding="ascii").split()
        except FileNotFoundError:
            return False

    def write_outputs(self, outputs: "dict[str, str]") -> None:
        """Write the output parameters; Argo reads each from its own file."""
        self.out.mkdir(parents=True, exist_ok=True)
        for name, value in outputs.items():
            write_whole(self.out / name, value)


class Ended(NamedTuple):
    """How the agent ended, by its launcher. `at` is when, in whole seconds: the same on every rerun."""

    code: int
    reason: str
    message: str
    at: int

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The launcher's record, or None while the agent still runs."""
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
            at = int(path.stat().st_mtime)
        except FileNotFoundError:
            return None
        fields = dict(line.partition("=")[::2] for line in text.splitlines())
        code = fields.get("code", "1")
        return cls(
            code=int(code) if code.isdecimal() else 1,
            reason=fields.get("reason", ""),
            message=fields.get("message", ""),
            at=at,
        )


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one instant, so that a reader or a kill never meets half of it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8", errors="replace")
    fresh.replace(path)
