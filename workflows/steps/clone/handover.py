"""Lays what the agent's launcher needs into `run/`: plain files that sh can read, since the agent's image has no Python."""

import contextlib
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from workflows.exits import Reason
from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.errors import OrdersUnread
from workflows.steps.pod.ledger import State
from workflows.steps.pod.private import remove_tree
from workflows.steps.pod.workspace import Workspace, write_whole
from workflows.steps.wall.door import Folder
from workflows.steps.wall.keyless import lay_folder

LAUNCHER = Path(__file__).parent / "launch.sh"
LONGEST_ARGUMENT = 128 * 1024 - 1
"""Linux takes no single argument of 128 KiB or more (MAX_ARG_STRLEN, its NUL included)."""

_CONFLICT = """\
Your work on the task below is committed on this branch, but it conflicts with what was merged into {branch} meanwhile.
{branch} has just been merged into your branch here, and the merge is not committed: these files hold conflict markers.

{files}
Resolve them so that both sides keep what they meant, run the repository's checks, and finish the merge with `git add` and
`git commit`. Change nothing else; the task is only here to tell what your side meant.

----

"""

_RESOLVED = """\
Your work on the task below is committed on this branch, and {branch} has been merged into it. An earlier attempt ended before it said that
it was through: look whether anything is missing or broken, run the repository's checks, and commit what you mend. Where all is well, change
nothing; the task is only here to tell what your side meant.

----

"""

_REFUSED = """\
Work on the task below is committed on this branch. It was not merged into {branch}, because it did not pass there:

{why}

Find the cause, mend it in further commits on top of those that are here, and run the repository's checks. The task is:

----

"""

_PLACE = re.compile(r"\{(prompt|prompt_file|model|budget)\}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STALE = tuple(
    "heartbeat escalate agent.out agent.err agent.txt agent.pid over verdict timedout idle parked".split()
)
_GO_ON = "Go on with the task. It is described in the file {file}.\n"


class Handover(NamedTuple):
    """One task for one launcher."""

    workspace: Workspace
    train: TrainOrders
    task: TaskOrders
    state: State

    def lay(self) -> None:
        """Write all files. A completed agent's record stays, so that a repeated pod does not pay for its work again."""
        lay_folder(self.workspace.root, "run")
        self._files()
        with Folder.at(self.workspace.run) as run:
            self._lay(run)

    def _lay(self, run: Folder) -> None:
        self._clear(run)
        _write(run, "prompt.md", self._prompt())
        for number, each in enumerate(self.train.agent.choices):
            other = f".{number}" if number else ""
            _write(run, f"argv{other}", self._arguments(each.command, each.model))
            _write(run, f"argv.resume{other}", self._arguments(each.resume or each.command, each.model))
            _write(run, f"agent.env{other}", _exports(self._environment(each.environment)))
        _write(run, "prompt.resume.md", _GO_ON.format(file=self.workspace.run / "prompt.md"))
        _write(run, "settings", _assignments(self._settings()))
        if self.state.settled:
            message = f"the bead is already {self.state.settled}"
            _write(run, "ended", f"code=0\nreason={Reason.COMPLETED.word}\nmessage={message}\n")
        _write(run, "launch", LAUNCHER.read_text(encoding="utf-8"))

    def _clear(self, run: Folder) -> None:
        with contextlib.suppress(OSError):
            told = run.read("ended", 1 << 16).decode("utf-8", "replace")
            if f"reason={Reason.COMPLETED.word}" in told.splitlines():
                return
        for name in ("ended", *_STALE):
            run.remove(name)

    def _prompt(self) -> str:
        """The task; first what stands in the way of its merge, because the task itself is done."""
        told = _plain(self.task.prompt)
        if self.state.conflicts:
            files = "".join(f"- {name}\n" for name in self.state.conflicts)
            return _CONFLICT.format(branch=self.train.target, files=files) + told
        if self.state.resolves:
            return _RESOLVED.format(branch=self.train.target) + told
        if self.state.refused:
            return _REFUSED.format(branch=self.train.target, why=_plain(self.state.refused)) + told
        return told

    def _resume(self) -> Sequence[str]:
        return self.train.agent.resume or self.train.agent.command

    def _settings(self) -> dict[str, str]:
        agent = self.train.agent
        return {
            "agent": agent.name,
            "timeout": str(agent.timeout),
            "input": self._input(agent.command, "prompt.md"),
            "resume_input": self._input(self._resume(), "prompt.resume.md" if agent.resume else "prompt.md"),
        }

    def _input(self, command: Sequence[str], file: str) -> str:
        """Standard input: the task, for a command that names it nowhere."""
        reads = any(place in word for word in command for place in ("{prompt}", "{prompt_file}"))
        return "/dev/null" if reads else str(self.workspace.run / file)

    def _files(self) -> None:
        """The agent's own settings, which the launcher lays into its home."""
        folder = self.workspace.run / "files"
        remove_tree(folder)
        for name, text in self.train.agent.files.items():
            place = folder / name
            if not place.resolve().is_relative_to(folder.resolve()):
                raise OrdersUnread(f"the agent's file {name!r} lies outside of its home: correct the agent")
            place.parent.mkdir(parents=True, exist_ok=True)
            write_whole(place, text)

    def _environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        files = str(self.workspace.run / "files")
        own = {name: value.replace("{files}", files) for name, value in environment.items()}
        return {
            **own,
            "GASTOWN_BEAD": self.task.bead,
            "GASTOWN_BRANCH": self.task.branch,
            "GASTOWN_CONVOY": self.train.convoy,
            "GASTOWN_ESCALATE": str(self.workspace.run / "escalate"),
            "GASTOWN_POLECAT": self.task.polecat,
            "GASTOWN_RIG": self.train.rig,
        }

    def _arguments(self, command: Sequence[str], model: str) -> str:
        return f"set -- {' '.join(map(shlex.quote, self._filled(command, model)))}\n"

    def _filled(self, command: Sequence[str], model: str) -> list[str]:
        """The command with its placeholders filled. An option whose value is not known is left out, with its name."""
        values = self._values(model)
        words: list[str] = []
        for word in command:
            if all(values[place] for place in _PLACE.findall(word)):
                words.append(self._fill(word, values))
            elif _PLACE.fullmatch(word) and words and words[-1].startswith("-"):
                words.pop()
        return words

    def _fill(self, word: str, values: Mapping[str, str]) -> str:
        """One word in one pass, so that a prompt holding `{model}` stays as it is."""
        filled = _PLACE.sub(lambda place: values[place.group(1)], word)
        if len(filled.encode("utf-8", "replace")) <= LONGEST_ARGUMENT:
            return filled
        short = f"Your whole task is in the file {values['prompt_file']}: read it first, then do it."
        return _PLACE.sub(lambda place: {**values, "prompt": short}[place.group(1)], word)

    def _values(self, model: str) -> dict[str, str]:
        agent = self.train.agent
        prompt = self._prompt() or self.task.title
        return {
            # A word that begins with a dash is an option to most programs.
            "prompt": f" {prompt}" if prompt.startswith("-") else prompt,
            "prompt_file": str(self.workspace.run / "prompt.md"),
            "model": model,
            "budget": f"{agent.budget:g}" if agent.budget else "",
        }


def _write(run: Folder, name: str, text: str) -> None:
    run.write(name, text.encode("utf-8", "replace"))


def _plain(text: str) -> str:
    """Text that can be an argument: no NUL."""
    return text.replace("\0", "")


def _exports(environment: Mapping[str, str]) -> str:
    for name in environment:
        if not _VARIABLE.fullmatch(name):
            raise OrdersUnread(
                f"the agent's environment names {name!r}, which is no variable: correct the agent"
            )
    return "".join(f"export {name}={shlex.quote(_plain(value))}\n" for name, value in environment.items())


def _assignments(settings: Mapping[str, str]) -> str:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items())
