"""The last commit of a merge, where a bead store asks for it: the beads that land are closed in the target's own bead file.

It is part of the candidate: gates see it, and it goes with the same push, so that no bead is merged and open, or closed and not
merged. It is a function of the stack below it, as all that the refinery builds.
"""

import datetime
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from workflows.beadstore import files, packing
from workflows.beadstore.closing import close, reopen
from workflows.clock import timestamp
from workflows.entries import LATEST
from workflows.orders import TrainOrders
from workflows.refinery.candidate.stack import Stack
from workflows.steps.git import signing
from workflows.steps.git.command import Git
from workflows.steps.git.identity import author, committer, seconds
from workflows.steps.speech import say

CLOSED, REOPENED = "Gastown-Closed", "Gastown-Reopened"
"""The trailers that name each bead."""

_FILES = (b"100644", b"100755")


class Closer(NamedTuple):
    """Closes beads on top of what carries them."""

    git: Git
    train: TrainOrders

    def close(self, stack: Stack) -> Stack:
        """The stack with the commit that closes its beads and opens those whose merges it takes back, or as it was: nothing of that may
        be left to do, or they stand in no file.
        """
        taken_back = {each.queued.entry.reverts.rpartition("/")[2] for each in stack.landed}
        reasons = {each.queued.bead: f"Merged in {each.sha}" for each in stack.landed}
        found = self._blob(stack.tip) if reasons and self.train.beads else None
        if found is None:
            return stack
        place, mode, blob = found
        time = seconds(self.git.run("show", "--no-patch", "--format=%ct", stack.tip))
        moment = timestamp(datetime.datetime.fromtimestamp(min(time, LATEST), tz=datetime.UTC))
        closed = close(self.git.pipe("cat-file", "blob", blob), reasons, moment)
        opened = reopen(closed.content, taken_back, moment)
        if not (closed.beads or opened.beads):
            return stack
        fresh = self.git.pipe("hash-object", "-w", "--stdin", data=opened.content).decode().strip()
        tree = self._tree(stack.tip, place, mode + b" blob " + fresh.encode())
        in_order = [bead for bead in reasons if bead in closed.beads]
        text = _message(in_order, opened.beads)
        return stack._replace(closing=self._commit(stack.tip, tree, text, time), tree=tree)

    def _blob(self, tip: str) -> tuple[str, bytes, str] | None:
        """The bead file of a commit: its path, its mode and its contents' name."""
        places = files.places(self.train.beads)
        for place in places:
            entry = self.git.pipe("ls-tree", "-z", "--long", tip, "--", place).partition(b"\t")[0].split()
            if entry and entry[0] in _FILES:
                if int(entry[3]) > packing.SIZE:
                    say(
                        f"no bead is closed: {place} of {self.train.target} is larger than {packing.SIZE} bytes"
                    )
                    return None
                return place, entry[0], entry[2].decode()
        say(f"no bead is closed: {self.train.target} has no file {' or '.join(places)}")
        return None

    def _tree(self, tip: str, place: str, entry: bytes) -> str:
        """The tree of the tip with the file's entry in place of its old one, folder by folder, without an index."""
        path = PurePosixPath(place)
        for folder in path.parents:
            inside = "" if str(folder) == "." else str(folder)
            rows = self.git.pipe("ls-tree", "-z", f"{tip}:{inside}").split(b"\0")[:-1]
            name = path.name.encode()
            rows = [entry + b"\t" + name if row.partition(b"\t")[2] == name else row for row in rows]
            tree = self.git.pipe("mktree", "-z", "--missing", data=b"\0".join((*rows, b""))).decode().strip()
            path, entry = folder, b"040000 tree " + tree.encode()
        return tree

    def _commit(self, tip: str, tree: str, text: str, time: int) -> str:
        train = self.train
        variables = {
            **author(*train.merger, f"{time} +0000"),
            **committer(*train.merger, time),
        }
        signed = "\nSigned-off-by: {} <{}>".format(*train.merger) if train.sign_off else ""
        git = self.git.having(**variables)
        return git.run(
            "commit-tree", *signing.flags(git), tree, "-p", tip, "-F", "-", text=f"{text}{signed}\n"
        ).strip()


def _message(closed: Sequence[str], opened: Sequence[str]) -> str:
    done = [
        f"{verb} {beads[0]}{f' and {len(beads) - 1} more' if beads[1:] else ''}"
        for verb, beads in (("close", closed), ("reopen", opened))
        if beads
    ]
    subject = " and ".join(done)
    trailers = [f"{CLOSED}: {bead}" for bead in closed] + [f"{REOPENED}: {bead}" for bead in opened]
    return f"{subject[0].upper()}{subject[1:]}\n\n" + "\n".join(trailers)
