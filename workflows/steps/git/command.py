"""Runs git with an environment of our own making: no prompts, no hooks, no surprises from the caller's variables."""

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from workflows import programs
from workflows.steps.errors import GitFailed, StepError, WorkspaceFull

SETTINGS = {
    # A repository handed between containers may belong to another user id.
    "safe.directory": "*",
    # Hooks and file monitors belong to the agent or the user; ours is no place to run them.
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    # Collecting garbage is never worth a step's time, and would race the agent.
    "gc.auto": "0",
    "maintenance.auto": "false",
    # A user's settings that would add refs to a push, or wait for a passphrase.
    "push.followTags": "false",
    "push.gpgSign": "false",
    "push.recurseSubmodules": "no",
    "fetch.recurseSubmodules": "no",
    "commit.gpgSign": "false",
    "rerere.enabled": "false",
    "advice.detachedHead": "false",
    # A silent peer is an error after a minute, not a hung step.
    "http.lowSpeedLimit": "100",
    "http.lowSpeedTime": "60",
}
_LOCAL = frozenset(
    # What `git rev-parse --local-env-vars` lists: set when a step is started from a hook, say.
    (
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_PARAMETERS",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NAMESPACE",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    )
)
LONGEST = 3600.0
"""Seconds that a command may take, where nobody says less: a large clone over a slow line."""

MEMORY = 192 << 20
"""Bytes of one object that git may hold as a whole: some bytes of a delta make gigabytes. Files without deltas pass in pieces."""

_BOUNDS = {"core.bigFileThreshold": "32m", "core.deltaBaseCacheLimit": "32m"}
_TOO_LITTLE = 1 << 16
FULL = ("No space left on device", "Disk quota exceeded")
"""What git says of a full disk, its own or the server's."""


class Done(NamedTuple):
    """One finished git command."""

    code: int
    out: str
    err: str


class Git(NamedTuple):
    """A place to run git: its whole environment, the directory to run in, and how many seconds a command may take."""

    environment: Mapping[str, str]
    directory: Path | None = None
    limit: float = LONGEST

    @classmethod
    def of(cls, environ: Mapping[str, str], settings: Mapping[str, str] | None = None) -> Self:
        """Git for a step: the caller's environment without its GIT_DIR and the like, plus our settings."""
        kept = {key: value for key, value in environ.items() if not _aims_elsewhere(key)}
        kept.update(GIT_TERMINAL_PROMPT="0", LC_ALL="C")
        return cls({**kept, **_as_variables({**SETTINGS, **(settings or {})})})

    def having(self, **variables: str | Path) -> Self:
        """The same git with more variables, such as GIT_DIR."""
        more = {key: str(value) for key, value in variables.items()}
        return self._replace(environment={**self.environment, **more})

    def setting(self, settings: Mapping[str, str]) -> Self:
        """The same git with more settings."""
        count = int(self.environment["GIT_CONFIG_COUNT"])
        return self._replace(environment={**self.environment, **_as_variables(settings, count)})

    def bounded(self) -> Self:
        """The same git for what others made: no object of theirs costs it more memory than a container has."""
        return self.setting(_BOUNDS).having(GIT_ALLOC_LIMIT=str(MEMORY))

    def within(self, directory: Path) -> Self:
        """The same git, run in a directory."""
        return self._replace(directory=directory)

    def within_seconds(self, limit: float) -> Self:
        """The same git, whose commands are ended after so many seconds."""
        return self._replace(limit=limit)

    def call(self, *arguments: str | Path, text: str = "", data: bytes = b"") -> Done:
        """Run one command and wait for it."""
        code, out, err = self._ended(arguments, data or text.encode("utf-8", "replace"))
        return Done(code, _text(out), _text(err))

    def pipe(self, *arguments: str, data: bytes = b"") -> bytes:
        """Run one command that should succeed, bytes in and bytes out: for what need not be text. Raises GitFailed."""
        code, out, err = self._ended(arguments, data)
        if code:
            raise failed(arguments[0], Done(code, "", _text(err)), self.directory)
        return out

    def feed(self, stream: BinaryIO, *arguments: str) -> Done:
        """Run one command that reads an open file, from where it stands."""
        code, out, err = self._ended(arguments, stream)
        return Done(code, _text(out), _text(err))

    def store(self, target: BinaryIO, *arguments: str | Path, text: str = "") -> None:
        """Run one command that should succeed, and write what it prints into an open file: for what may be large. Raises GitFailed."""
        code, _, err = self._ended(arguments, text.encode(), target)
        if code:
            raise failed(arguments[0], Done(code, "", _text(err)), self.directory)

    def _ended(
        self,
        arguments: Sequence[str | Path],
        given: bytes | BinaryIO,
        target: BinaryIO | None = None,
    ) -> programs.Ended:
        """Exit code and output, which is empty where it went into a file. A command that takes longer than it may, or prints more, is killed:
        nothing may hang a step that holds work, or take all of its memory.
        """
        return programs.ended(
            ("git", *map(str, arguments)),
            environment=self.environment,
            limit=self.limit,
            directory=self.directory,
            given=given,
            target=target,
        )

    def run(self, *arguments: str | Path, text: str = "", accept: Collection[int] = (0,)) -> str:
        """Run one command that should succeed, and take what it printed. Raises GitFailed."""
        done = self.call(*arguments, text=text)
        if done.code not in accept:
            raise failed(arguments[0], done, self.directory)
        return done.out


def failed(command: str | Path, done: Done, directory: Path | None = None) -> StepError:
    """An unforeseen failure, in git's own last words; a full disk by its name, which git often leaves out."""
    words = last_words(done.err)
    if any(sign in done.err for sign in FULL) or (directory and _space(directory) < _TOO_LITTLE):
        return WorkspaceFull(
            f"no space left for git {command}: free some under the workspace and run again ({words})"
        )
    return GitFailed(f"git {command} failed with code {done.code}: {words}")


def _space(directory: Path) -> int:
    told = os.statvfs(directory)
    return told.f_bavail * told.f_frsize


def last_words(stderr: str) -> str:
    """The line of git's errors that says why, on one line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "ssh:"))]
    return " / ".join((telling or lines)[-3:]) or "it said nothing"


def _aims_elsewhere(key: str) -> bool:
    return key in _LOCAL or key.startswith(
        ("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")
    )


def _as_variables(settings: Mapping[str, str], first: int = 0) -> dict[str, str]:
    pairs = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings.items(), first):
        pairs[f"GIT_CONFIG_KEY_{number}"] = key
        pairs[f"GIT_CONFIG_VALUE_{number}"] = value
    return pairs


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
