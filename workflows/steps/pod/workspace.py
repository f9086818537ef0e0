"""The folders of one pod: what the agent writes, and where the steps leave what others read."""

import os
from pathlib import Path
from typing import NamedTuple, Self

from workflows.clean import lines
from workflows.steps.pod.environment import Pod


class Workspace(NamedTuple):
    """The paths of the contract. `outputs` is where output parameters go; nothing of them lies where an agent can write."""

    root: Path
    outputs: Path | None = None

    @classmethod
    def of(cls, pod: Pod) -> Self:
        """The workspace of a pod."""
        return cls(pod.workspace, pod.out)

    @property
    def repo(self) -> Path:
        """The clone, the agent's working directory."""
        return self.root / "repo"

    @property
    def run(self) -> Path:
        """What passes between clone, the launcher and the courier."""
        return self.root / "run"

    @property
    def out(self) -> Path:
        """One file for each output parameter."""
        return self.outputs or self.root / "out"

    def write_outputs(self, outputs: "dict[str, str]") -> None:
        """Write the output parameters; Argo reads each from its own file, and shows them on terminals and pages."""
        self.out.mkdir(parents=True, exist_ok=True)
        for name, value in outputs.items():
            write_whole(self.out / name, lines(value))


def write_whole(path: Path, text: str) -> None:
    """Replace a file of our own in one instant, so that a reader or a kill never meets half of it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8", errors="replace")
    fresh.replace(path)
