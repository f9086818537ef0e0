"""Takes the courier's packs into `main`'s own repository, each verified by git: sound objects, and whatever they name is there."""

from typing import NamedTuple

from workflows.steps.door import Folder
from workflows.steps.errors import WorkspaceFull
from workflows.steps.git import Git, failed
from workflows.steps.sighting import pack_name
from workflows.steps.speech import say

LARGEST = 2 << 30
"""Bytes of one pack."""

ALL = 16 << 30
"""Bytes of all packs of one agent."""

GIT_SECONDS = 600.0
_LENIENT = "badDate,badDateOverflow,badEmail,badTimezone,missingEmail,missingNameBeforeEmail,missingSpaceBeforeEmail,zeroPaddedDate"
"""What old tools write into commits: no danger, and servers take it."""


class Tip(NamedTuple):
    """A commit and its tree."""

    sha: str
    tree: str


class Intake:
    """One agent's objects. `git` acts on our own repository; `refused` says what did not pass."""

    def __init__(self, git: Git, folder: Folder) -> None:
        self.git = git
        self.refused = ""
        self._feeding = git.within_seconds(GIT_SECONDS)
        self._folder = folder
        self._taken = 0
        self._failed: set[int] = set()
        self._bytes = 0
        self._tips: dict[str, Tip] = {}

    def take(self, packs: int) -> None:
        """Take what is new up to a number. Raises WorkspaceFull; anything else that is wrong with a pack is the agent's loss."""
        for number in sorted({*self._failed, *range(self._taken + 1, packs + 1)}):
            self._failed.discard(number)
            try:
                self._one(number)
            except OSError as error:
                self._refuse(number, f"{pack_name(number)}: {error}")
        self._taken = max(self._taken, packs)

    def _one(self, number: int) -> None:
        name = pack_name(number)
        with self._folder.opened(name) as (stream, told):
            self._bytes += told.st_size
            if told.st_size > LARGEST or self._bytes > ALL:
                self._refuse(number, f"the agent's objects are more than {ALL >> 30} GiB")
                return
            strict = "--strict=" + ",".join(f"{each}=warn" for each in _LENIENT.split(","))
            done = self._feeding.feed(stream, "index-pack", strict, f"--max-input-size={LARGEST}", "--stdin")
        if done.code:
            error = failed("index-pack", done, None)
            if isinstance(error, WorkspaceFull):
                raise error
            self._refuse(number, str(error))

    def _refuse(self, number: int, why: str) -> None:
        """Leave a pack out, until it is asked for again: what it builds on may be away for a while."""
        self._failed.add(number)
        self.refused = why
        say(f"objects of the agent are not taken: {why}")

    def tip(self, sha: str) -> Tip | None:
        """A commit that is here, with its tree."""
        if sha and sha not in self._tips:
            done = self.git.call("rev-parse", f"{sha}^{{commit}}", f"{sha}^{{tree}}")
            words = done.out.split()
            if done.code or len(words) != 2 or words[0] != sha:
                return None
            self._tips[sha] = Tip(*words)
        return self._tips.get(sha)

    def check(self, sha: str) -> None:
        """Raises GitFailed where what clone fetched is not whole any more: then nothing that fails is the agent's fault."""
        self.git.run("cat-file", "-e", f"{sha}^{{tree}}")

    def has_tree(self, sha: str) -> bool:
        """Whether a tree is here."""
        known = any(tip.tree == sha for tip in self._tips.values())
        return bool(sha) and (known or self.git.call("cat-file", "-t", sha).out.strip() == "tree")
