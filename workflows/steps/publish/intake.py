"""Takes the courier's packs into `main`'s own repository, each verified by git: sound objects, and whatever they name is there."""

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from workflows.steps.errors import GitFailed, WorkspaceFull
from workflows.steps.git import pointers
from workflows.steps.git.command import Done, Git, failed
from workflows.steps.git.history import is_ancestor
from workflows.steps.speech import say
from workflows.steps.wall.door import Folder
from workflows.steps.wall.sighting import CONTENTS, pack_name

LARGEST = 2 << 30
"""Bytes of one pack."""

ALL = 16 << 30
"""Bytes of all packs of one agent."""

_SALVAGED = 40
"""Lines of work that are looked at one by one where their objects are not sound."""

GIT_SECONDS = 180.0
"""Seconds of git's for all packs of one agent."""

LAST_SECONDS = 10.0
"""The same, from when the pod is told to stop."""

_HOPELESS = ("over limit", "exceeds maximum", "timed out")
"""What git says of a pack that is no better at another look."""

_CHUNK = 1 << 18
_LENIENT = "badDate,badDateOverflow,badEmail,badTimezone,missingEmail,missingNameBeforeEmail,missingSpaceBeforeEmail,zeroPaddedDate"
"""What old tools write into commits: no danger, and servers take it."""
_STRICT = "--strict=" + ",".join(f"{each}=warn" for each in _LENIENT.split(","))


class Tip(NamedTuple):
    """A commit and its tree."""

    sha: str
    tree: str


class Intake:
    """One agent's objects. `git` acts on our own repository; `refused` says what did not pass."""

    def __init__(
        self,
        git: Git,
        folder: Folder,
        repository: Path,
        start: str,
        cutting: Callable[[], AbstractContextManager[object]],
    ) -> None:
        self.git = git
        self.repository = repository
        self._start = start
        self._aside = ""
        self.refused = ""
        self._feeding = git.bounded()
        self._cutting = cutting
        self._left = GIT_SECONDS
        self._folder = folder
        self._taken = 0
        self._failed: set[int] = set()
        self._bytes = 0
        self._tips: dict[str, Tip] = {}

    def take(self, packs: int, seconds: float = GIT_SECONDS) -> bool:
        """Take what is new up to a number; false where some is left after so many seconds.

        Raises WorkspaceFull; anything else that is wrong with a pack is the agent's loss.
        """
        end = time.monotonic() + seconds
        due = sorted({*self._failed, *range(self._taken + 1, packs + 1)})
        while due:
            taken = False
            for number in due:
                if time.monotonic() > end:
                    return False
                taken = self._sound(number) or taken
            # One that lacked what came after it.
            due = sorted(self._failed & set(due)) if taken else []
        return True

    def hurry(self) -> None:
        """Take no longer than the pod has left."""
        self._left = min(self._left, LAST_SECONDS)

    def _sound(self, number: int) -> bool:
        self._failed.discard(number)
        # A pack that is cut short by the signal is not begun again.
        self._taken = max(self._taken, number)
        try:
            return self._one(number)
        except OSError as error:
            self._refuse(number, f"{pack_name(number)}: {error}")
            return False

    def _one(self, number: int) -> bool:
        name = pack_name(number)
        with self._folder.opened(name) as (stream, told):
            self._bytes += told.st_size
            if told.st_size > LARGEST or self._bytes > ALL:
                self._refuse(number, f"the agent's objects are more than {ALL >> 30} GiB")
                return False
            options = ("--threads=1", f"--max-input-size={LARGEST}", "--stdin")
            done = self._feed(stream, self._feeding, _STRICT, *options)
        if done.code == 0:
            return True
        error = failed("index-pack", done, None)
        if isinstance(error, WorkspaceFull):
            raise error
        if any(sign in done.err for sign in _HOPELESS):
            self.refused = str(error)
            say(f"objects of the agent are not taken: {error}")
            return False
        self._refuse(number, str(error))
        self._put_aside(name)
        return False

    def _feed(self, stream: BinaryIO, git: Git, *options: str) -> Done:
        """Run index-pack for as long as is left."""
        began = time.monotonic()
        with self._cutting():
            done = git.within_seconds(max(self._left, 0.1)).feed(stream, "index-pack", *options)
        self._left -= time.monotonic() - began
        return done

    def _put_aside(self, name: str) -> None:
        """Keep a pack that does not pass out of our repository: one odd object must not cost the sound ones that lie beside it."""
        aside = self.repository / "aside"
        (aside / "pack").mkdir(parents=True, exist_ok=True)
        self._aside = str(aside)
        with self._folder.opened(name) as (stream, _):
            self._feed(stream, self._beside, "--threads=1", f"--max-input-size={LARGEST}", "--stdin")

    @property
    def _beside(self) -> Git:
        return self._feeding.having(
            GIT_OBJECT_DIRECTORY=self._aside,
            GIT_ALTERNATE_OBJECT_DIRECTORIES=self.repository / "objects",
        )

    def _salvage(self, sha: str) -> None:
        """Take what a commit or a tree reaches, and nothing else, from what was put aside: it has to pass like all else."""
        if not self._aside:
            return
        wanted = f"{sha}\n--not\n{self._start}\n".encode()
        try:
            pack = self._beside.pipe("pack-objects", "--revs", "--stdout", "-q", data=wanted)
            self._feeding.pipe("index-pack", _STRICT, "--stdin", data=pack)
        except GitFailed as error:
            self.refused = str(error)

    def _refuse(self, number: int, why: str) -> None:
        """Leave a pack out, until it is asked for again: what it builds on may be away for a while."""
        self._failed.add(number)
        self.refused = why
        say(f"objects of the agent are not taken: {why}")

    @property
    def keeps_contents(self) -> bool:
        """Whether the agent has anything that git-lfs keeps."""
        return self._folder.has(CONTENTS)

    def contents(self, oid: str) -> bool:
        """Take what git-lfs keeps under a name, where the agent has it; False where it has not, or has something else under it."""
        target = pointers.place(self.repository, oid)
        draft = target.with_name(f"{oid}.draft")
        try:
            with self._folder.opened(f"{CONTENTS}/{oid}") as (stream, told):
                target.parent.mkdir(parents=True, exist_ok=True)
                digest = hashlib.sha256()
                with draft.open("wb") as copy:
                    for data in iter(lambda: stream.read(min(_CHUNK, told.st_size)), b""):
                        digest.update(data)
                        copy.write(data)
        except FileNotFoundError:
            return False
        sound = digest.hexdigest() == oid
        if sound:
            draft.replace(target)
        else:
            draft.unlink()
        return sound

    def tip(self, sha: str) -> Tip | None:
        """A commit that is here, with its tree."""
        if sha and sha not in self._tips:
            found = self._parsed(sha)
            if found is None and self._aside:
                self._salvage(sha)
                found = self._parsed(sha)
            if found is None:
                return None
            self._tips[sha] = found
        return self._tips.get(sha)

    def beyond(self, shas: Sequence[str], there: Sequence[str]) -> set[str]:
        """Those that are commits and in the history of none of these, and tags that an agent made of commits: asked at once, as it may have
        thousands of branches.
        """
        if not shas:
            return set()
        asked = "".join(f"{sha}\n" for sha in shas)
        rows = self.git.run("cat-file", "--batch-check", text=asked).splitlines()
        known = [sha for sha, row in zip(shas, rows, strict=False) if row.startswith(f"{sha} commit ")]
        tags = [sha for sha, row in zip(shas, rows, strict=False) if row.startswith(f"{sha} tag ")]
        found = {
            sha for sha in tags[:_SALVAGED] if self.git.call("rev-parse", "-q", f"{sha}^{{commit}}").code == 0
        }
        absent = [sha for sha, row in zip(shas, rows, strict=False) if row.endswith(" missing")]
        known += [sha for sha in absent[:_SALVAGED] if self.tip(sha)]
        wanted = "".join(f"{sha}\n" for sha in (*known, *(f"^{sha}" for sha in there)))
        done = self.git.call("rev-list", "--ignore-missing", "--stdin", text=wanted)
        if done.code:
            # Some history is not whole: each by itself.
            return found | {
                sha
                for sha in known[:_SALVAGED]
                if not any(is_ancestor(self.git, sha, each) for each in there)
            }
        return found | set(known) & set(done.out.split())

    def _parsed(self, sha: str) -> Tip | None:
        done = self.git.call("rev-parse", f"{sha}^{{commit}}", f"{sha}^{{tree}}")
        words = done.out.split()
        return Tip(*words) if done.code == 0 and len(words) == 2 and words[0] == sha else None

    def check(self, sha: str) -> None:
        """Raises GitFailed where what clone fetched is not whole any more: then nothing that fails is the agent's fault."""
        self.git.run("cat-file", "-e", f"{sha}^{{tree}}")

    def has_tree(self, sha: str) -> bool:
        """Whether a tree is here."""
        if not sha or any(tip.tree == sha for tip in self._tips.values()):
            return bool(sha)
        if self._aside and not self._is_tree(sha):
            self._salvage(sha)
        return self._is_tree(sha)

    def _is_tree(self, sha: str) -> bool:
        return self.git.call("cat-file", "-t", sha).out.strip() == "tree"
