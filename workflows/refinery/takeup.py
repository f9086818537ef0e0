"""Puts into the queue what no agent made for it: a branch as a person left it, or the reverse of a merge.

One push makes the entry, so a step that is killed has made all of it or nothing, and finds it when it runs again.
"""

import time
from typing import NamedTuple

from workflows import refs
from workflows.entries import Entry
from workflows.orders import TaskOrders, TrainOrders
from workflows.refinery.candidate.message import BEAD_TRAILER, HEAD_TRAILER
from workflows.refinery.queue.order import Queued
from workflows.refinery.queue.store import Snapshot, Store
from workflows.steps.errors import Outrun, Refused
from workflows.steps.git import address, tags
from workflows.steps.git.command import Git
from workflows.steps.git.history import History
from workflows.steps.git.identity import author, committer, ident, seconds
from workflows.steps.git.remote import ABSENT, Remote, Update

TRIES = 5
"""How often the entry is made anew because others were first."""


class TakeUp(NamedTuple):
    """One bead whose work stands in the repository already."""

    remote: Remote
    store: Store
    train: TrainOrders
    task: TaskOrders

    def enter(self) -> None:
        """Make the bead's entry, unless it stands there as the branch is, or is merged. Raises Refused and Outrun."""
        for _ in range(TRIES):
            snapshot = self.store.refresh()
            own = snapshot.own(self.task.bead)
            ours = own is not None and own.entry.made_by(self.train)
            if snapshot.merged or (ours and own is not None and snapshot.branch in (own.sha, ABSENT)):
                return
            if self.task.reverts and snapshot.branch:
                self._know(own)
            sha = snapshot.branch or self._reverse(snapshot)
            entry = self._entry(own.entry if own is not None and ours else None)
            ref = refs.queue(self.train.target, self.task.bead)
            tagger = ident(self.train.author, self.train.email, entry.published)
            tag = tags.make(self._git, ref, sha, tagger, entry.dump())
            updates = [Update(ref, tag, own.tag if own else ABSENT)]
            if snapshot.branch != sha:
                updates.append(Update(refs.head(self.task.branch), sha, ABSENT))
            answer = self.remote.push(updates)
            if answer.accepted:
                return
            if answer.ruled and not answer.contended:
                told = "; ".join(f"{ref}: {why}" for ref, why in answer.culprits.items())
                raise Refused(
                    f"{address.shown(self.remote.url)} refused the entry of {self.task.bead}: {told} {answer.words}".rstrip()
                )
        raise Outrun(f"the queue entry of {self.task.bead} moved under {TRIES} pushes: run the step again")

    @property
    def _git(self) -> Git:
        return self.remote.git

    def _entry(self, before: Entry | None) -> Entry:
        """A fresh entry, or the one before with nothing held against it: its branch has moved since."""
        at = int(time.time())
        if before is not None:
            return before._replace(published=at, held="", fault="")
        summary = (
            f"This takes back what was merged for {self.task.bead_reverted}." if self.task.reverts else ""
        )
        return Entry.of(self.train, self.task, published=at, rounds=0, retries=0, summary=summary)

    def _know(self, own: Queued | None) -> None:
        """Raises Refused where the branch is not known to be this revert: another merge of the bead may have been taken back on it."""
        if own is None or own.entry.reverts != self.task.reverts:
            branch = self.task.branch
            raise Refused(
                f"{branch} is there already, and nothing tells that it reverts {self.task.reverts}: delete it, or merge it as it is under "
                "another name"
            )

    def _reverse(self, snapshot: Snapshot) -> str:
        """A commit on top of the merged one that has the files of before it: merging it takes back that change and no other.

        It is a function of the merged commit and the orders. Raises Refused where there is no branch, or nothing to take back.
        """
        if not self.task.reverts:
            raise Refused(
                f"{self.train.repository} has no branch {self.task.branch}: push it, and submit it again"
            )
        merged, before = self._merge(snapshot)
        git, date = self._git, seconds(self._told(merged, "%ct"))
        subject = self._told(merged, "%s")
        variables = {
            **author(self.train.author, self.train.email, f"{date} +0000"),
            **committer(self.train.author, self.train.email, date),
        }
        text = f'Revert "{subject}"\n\nThis reverts commit {merged}.\n'
        tree = git.run("rev-parse", "--verify", f"{before}^{{tree}}").strip()
        return git.having(**variables).run("commit-tree", tree, "-p", merged, "-F", "-", text=text).strip()

    def _merge(self, snapshot: Snapshot) -> tuple[str, str]:
        """The merged commit that the record names, and the one before the bead's first. Raises Refused."""
        bead = self.task.bead_reverted
        record, gone = f"{refs.MERGED}{self.task.reverts}", f"{refs.REVERTED}{self.task.reverts}"
        there = self.remote.refs(record, gone)
        if record not in there:
            raise Refused(
                f"{bead} was reverted already, as {there[gone][:12]}: nothing is left to take back"
                if gone in there
                else f"the repository has no record {record}: {bead} was not merged by that convoy"
            )
        wanted = (*self.store.refspecs, f"+{record}:{record}")
        self.store.source.fetch(*wanted)
        history = History(self._git, self.store.source, wanted)
        history.deepen()
        merged = there[record]
        if not history.contains(snapshot.target, merged):
            raise Refused(
                f"{bead} was merged as {merged[:12]}, which {self.train.target} does not hold any more"
            )
        own = self._trace(merged)
        if own.partition("\0")[0] != bead:
            raise Refused(
                f"the commit {merged[:12]} does not say that it is all of {bead}: it held the change already, or a person merged "
                "it; revert it by hand on a branch, and submit that to the merge queue"
            )
        first = merged
        while self._trace(parent := self._told(first, "%P").partition(" ")[0]) == own:
            first = parent
        return merged, parent

    def _trace(self, commit: str) -> str:
        keys = (f"%(trailers:key={key},valueonly,separator=)" for key in (BEAD_TRAILER, HEAD_TRAILER))
        return self._told(commit, "%x00".join(keys))

    def _told(self, commit: str, form: str) -> str:
        return self._git.run("log", "-1", f"--format={form}", commit, "--").strip()
