"""What commits refer to beside their own objects: contents that git-lfs keeps, and commits of submodules."""

from collections.abc import Sequence
from typing import NamedTuple

from workflows.steps.git import pointers
from workflows.steps.git.additions import additions
from workflows.steps.git.command import Git
from workflows.steps.git.submodules import Modules
from workflows.steps.speech import say


class References(NamedTuple):
    """What is referred to from one repository. `git` has its commits."""

    git: Git
    url: str
    modules: Modules

    def check(self, target: str, tip: str) -> None:
        """Raises Refused where the servers lack what a line of work refers to, Unreachable where they are silent."""
        added = additions(self.git, target, tip)
        pointers.check(self.git, self.url, added, tip)
        self.modules.check(added, tip, target)

    def bring(self, tips: Sequence[str], target: str) -> None:
        """Fetch what the files of these commits stand for. What can't be had is told, and gates do without it."""
        if pointers.used(self.git, tips):
            missing = "git-lfs is not installed"
            if pointers.installed(self.git):
                missing = pointers.fetch(self.git, self.url, tips)
            if missing:
                say(f"the gates see pointers in place of what git-lfs keeps: {missing}")
        for missing in self.modules.bring(tips, target):
            say(f"the gates see an empty folder: {missing}")
