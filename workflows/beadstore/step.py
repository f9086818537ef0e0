"""The step `beads`: bring a rig's bead file out of its repository into ConfigMaps, where the adapter reads it without any key.

It does not look into the file: the adapter reads every form of it with one reader, and says which line is wrong.
"""

from collections.abc import Mapping
from pathlib import Path

from workflows import refs
from workflows.beadstore import files, packing
from workflows.beadstore.apiserver import Apiserver
from workflows.beadstore.orders import StoreOrders
from workflows.beadstore.packing import File
from workflows.steps.errors import BeadsMissing, GitFailed
from workflows.steps.git import address
from workflows.steps.git.access import opened
from workflows.steps.git.checkout import Layout, Source, commit_of
from workflows.steps.git.command import Git
from workflows.steps.git.remote import Remote, no_branch
from workflows.steps.pod.environment import Pod
from workflows.steps.pod.workspace import Workspace
from workflows.steps.speech import say

NO_FILES = "blob:none"
"""Fetches a commit and its folders; of the files only the one that is looked at comes."""

_FILE = ("100644", "100755")
"""Modes of a plain file; a link or a submodule is none."""


def beads(pod: Pod, environ: Mapping[str, str]) -> None:
    """Hand over the file as it is now. One that was handed over before is not written again. Raises a StepError."""
    orders = StoreOrders.load(pod.tasks)
    server = Apiserver.of(environ)
    with opened(pod, orders.repository, environ) as (git, private):
        room = Room(git, private, orders)
        commit, blob = room.find()
        if server.free(packing.head(orders, blob)):
            _hand_over(File(commit, blob, room.read(blob)), orders, server)
        else:
            say(f"{orders.path} is as it was handed over before, at {commit[:12]}")
    Workspace.of(pod).write_outputs({"index": packing.head_name(orders, blob), "commit": commit})


def _hand_over(file: File, orders: StoreOrders, server: Apiserver) -> None:
    try:
        for config_map in packing.pack(file, orders):
            server.create(config_map)
    except ValueError as error:
        raise _too_large(orders, str(error)) from error
    say(f"handed over {orders.path} at {file.commit[:12]}, {len(file.content)} bytes")


def _too_large(orders: StoreOrders, why: str) -> BeadsMissing:
    return BeadsMissing(f"{orders.path} is too large to hand over: {why}; take old closed beads out of it")


class Room:
    """A repository of this run alone, with one commit and its folders."""

    def __init__(self, git: Git, private: Path, orders: StoreOrders) -> None:
        self._orders = orders
        plain = address.shown(orders.repository)
        partial = NO_FILES if plain == orders.repository else ""
        layout = Layout(plain, "nothing", orders.branch, "Gas Town", "beads@gastown.io", partial)
        self._directory = layout.lay(private / "beads", None)
        self._git = git.having(GIT_DIR=self._directory).within(private)
        self._source = Source(self._git, orders.repository, 1, partial)

    def find(self) -> tuple[str, str]:
        """The branch's commit, and the file's blob in it. Raises BeadsMissing, Unreachable or AccessRefused."""
        branch, path = refs.head(self._orders.branch), self._orders.path
        try:
            self._source.fetch(f"+{branch}:{branch}")
        except GitFailed as error:
            if "couldn't find remote ref" in str(error):
                raise no_branch(Remote(self._git, self._orders.repository), self._orders.branch) from error
            raise
        places = files.places(path)
        for place in places:
            mode, _, blob = self._git.run("ls-tree", branch, "--", place).partition("\t")[0].rpartition(" ")
            if mode.partition(" ")[0] in _FILE:
                return commit_of(self._directory, branch), blob
        raise BeadsMissing(
            f"{address.shown(self._orders.repository)} has no file {' or '.join(places)} on {self._orders.branch}: "
            "commit the beads there, or name another beadsPath or baseBranch for the rig"
        )

    def read(self, blob: str) -> bytes:
        """The contents of a blob, to the byte. Raises BeadsMissing for one that nobody would take: it is not even read."""
        if (size := int(self._git.run("cat-file", "-s", blob))) > packing.SIZE:
            raise _too_large(self._orders, f"{size} bytes, more than {packing.SIZE}")
        return self._git.pipe("cat-file", "blob", blob)
