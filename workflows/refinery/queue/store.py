"""The queue and its objects, brought here from the rig's repository; and a place of our own to build candidates in."""

import contextlib
import fcntl
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from workflows import refs
from workflows.entries import Entry
from workflows.orders import TaskOrders, TrainOrders
from workflows.refinery.queue.marks import Ask, Lease, Results
from workflows.refinery.queue.order import Queued
from workflows.refinery.queue.rows import FIELDS, rows
from workflows.steps.errors import AccessRefused, GitFailed, Refused, StepError, Unreachable
from workflows.steps.git import address
from workflows.steps.git.checkout import NOT_SHALLOW, Source, borrows, lay_bare
from workflows.steps.git.command import Git
from workflows.steps.git.history import History
from workflows.steps.git.identity import seconds
from workflows.steps.git.refnames import valid
from workflows.steps.git.remote import ABSENT, Remote, no_branch
from workflows.steps.pod.private import remove_tree
from workflows.steps.speech import say


class Snapshot(NamedTuple):
    """The refs that decide a merge, as they were in one instant. ABSENT and None stand for what is not there.

    `tree` and `time` are those of the target's head, `branch` the head of the own bead's work branch. `asks` are the merge steps that
    wait, by bead; `lease` is who leads, and `lease_tag` the object that says so; `own_ask` the object of the own ask.
    """

    target: str
    tree: str
    time: int
    branch: str
    merged: str
    queue: tuple[Queued, ...]
    asks: Mapping[str, Ask]
    lease: Lease | None
    lease_tag: str
    own_ask: str
    results: Results

    def own(self, bead: str) -> Queued | None:
        """The queue entry of one bead."""
        return next((each for each in self.queue if each.bead == bead), None)


class Store(NamedTuple):
    """A bare repository that holds the target and the queue."""

    git: Git
    directory: Path
    train: TrainOrders
    task: TaskOrders
    cached: bool

    def refresh(self) -> Snapshot:
        """Fetch, and read what came. Raises Unreachable or AccessRefused; a broken cache is thrown away and made anew.

        A repository that lends its objects is read where it lies: to fetch from it would bring nothing but its refs.
        """
        if lent := address.lent_objects(self.train.repository):
            self._borrow(lent)
            return self._whole(self._read(self.git.having(GIT_DIR=lent.parent)))
        with self._alone():
            try:
                return self._refresh()
            except (AccessRefused, Unreachable):
                raise
            except StepError as error:
                if not self.cached:
                    raise
                say(f"the cache {self.directory} is broken and made anew: {error}")
                remove_tree(self.directory)
                return self._refresh()

    def _refresh(self) -> Snapshot:
        if not (self.directory / "HEAD").is_file():
            remove_tree(self.directory)
            lay_bare(self.directory, None)
        source = self.source
        try:
            source.fetch("--prune", *self.refspecs)
        except GitFailed as error:
            if "couldn't find remote ref" in str(error):
                raise no_branch(Remote(self._here, self.train.repository), self.train.target) from error
            raise
        if self.cached:
            # The only repository here that lives long enough to need it; under the lock, and never while another fetches.
            self._here.run("-c", "gc.auto=6700", "-c", "gc.autoDetach=false", "gc", "--auto", "--quiet")
        snapshot = self._read(self._here)
        own = snapshot.own(self.task.bead)
        if own and source.depth:
            self._join(snapshot.target, own.sha, source)
        return snapshot

    @property
    def source(self) -> Source:
        """Where the objects come from."""
        whole = self.cached or address.lent_objects(self.train.repository)
        return Source(self._here, self.train.repository, NOT_SHALLOW if whole else self.train.depth)

    @property
    def refspecs(self) -> tuple[str, ...]:
        """The target, the queue, and what concerns the own bead: patterns, so that its absence is no error."""
        target = refs.head(self.train.target)
        wanted = (
            refs.queue_prefix(self.train.target),
            refs.ask_prefix(self.train.target),
            refs.lease(self.train.target),
            refs.results(self.train.target),
            refs.head(self.task.branch),
            refs.settled(self.train.convoy, self.train.identity, self.task.bead),
        )
        return (f"+{target}:{target}", *(f"+{ref}*:{ref}*" for ref in wanted))

    @property
    def _here(self) -> Git:
        return self.git.having(GIT_DIR=self.directory)

    def _join(self, target: str, work: str, source: Source) -> None:
        """Fetch more history where the own entry does not reach the target in what came; merge-tree tells if it never does."""
        with contextlib.suppress(Refused):
            History(self._here, source, ("--prune", *self.refspecs)).fork(target, work)

    def _borrow(self, lender: Path) -> None:
        """A store over the objects of this lender, whatever an earlier address of the rig made it borrow."""
        if borrows(self.directory, lender):
            return
        with self._alone():
            if not borrows(self.directory, lender):
                remove_tree(self.directory)
                lay_bare(self.directory, lender)

    def _whole(self, snapshot: Snapshot) -> Snapshot:
        """Raises Unreachable where there is no target."""
        if not snapshot.target:
            raise no_branch(Remote(self._here, self.train.repository), self.train.target)
        return snapshot

    def _read(self, git: Git) -> Snapshot:
        train, bead = self.train, self.task.bead
        target, branch = refs.head(train.target), refs.head(self.task.branch)
        merged, lease, results = (
            refs.settled(train.convoy, train.identity, bead),
            refs.lease(train.target),
            refs.results(train.target),
        )
        asks = refs.ask_prefix(train.target)
        names = (target, branch, merged, refs.queue_prefix(train.target), asks, lease, results)
        plain = rows(git.run, *names)
        return Snapshot(
            target=_sha(plain, target),
            tree=plain[target][8] if target in plain else ABSENT,
            time=seconds(plain[target][7]) if target in plain else 0,
            branch=_sha(plain, branch),
            merged=_sha(plain, merged),
            queue=queued(plain, train.target),
            asks=asked(plain, train.target),
            lease=Lease.load(plain[lease][-1]) if lease in plain else None,
            lease_tag=_sha(plain, lease),
            own_ask=_sha(plain, refs.ask(train.target, bead)),
            results=Results.load(plain[results][-1]) if results in plain else Results(),
        )

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One fetch at a time in a cache that steps share; a killed holder's lock is gone with it."""
        if not self.cached:
            yield
            return
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        with self.directory.with_suffix(".lock").open("w") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield


def lay_borrower(directory: Path, lender: Path) -> None:
    """A repository of our own that borrows another's objects, and nothing of its config."""
    lay_bare(directory, lender / "objects")
    if (lender / "shallow").is_file():
        (directory / "shallow").write_bytes((lender / "shallow").read_bytes())


def queued(plain: Mapping[str, Sequence[str]], target: str) -> tuple[Queued, ...]:
    """The entries of one target."""
    found = (_queued(row, target) for row in plain.values())
    return tuple(each for each in found if each)


def asked(plain: Mapping[str, Sequence[str]], target: str) -> dict[str, Ask]:
    """The asks of one target, by bead."""
    prefix = refs.ask_prefix(target)
    found = ((ref, Ask.load(row[-1])) for ref, row in plain.items() if ref.startswith(prefix))
    return {ask.bead: ask for ref, ask in found if ask and ref == refs.ask(target, ask.bead)}


def _sha(plain: Mapping[str, Sequence[str]], ref: str) -> str:
    return plain[ref][1] if ref in plain else ABSENT


def _queued(row: Sequence[str], target: str) -> Queued | None:
    """The entry of one line of for-each-ref; None for a ref that is no entry of this target, or pins no commit."""
    ref, tag, sha, kind, author, email, authored, *_, contents = row[: len(FIELDS)]
    bead = ref.removeprefix(refs.queue_prefix(target))
    entry = Entry.load(contents) if kind == "commit" and bead != ref else None
    if entry is None or entry.bead != bead or not valid(refs.merged(entry.convoy, bead)):
        return None
    # No convoy's name has one, and two records of one name would make git refuse the whole push.
    if "/" in entry.convoy:
        return None
    if entry.reverts and not valid(f"{refs.REVERTED}{entry.reverts}"):
        return None
    return Queued(entry=entry, ref=ref, tag=tag, sha=sha, author=author, email=email, authored=authored)
