"""The last push of a polecat: branch and queue entry in one transaction, read back before anyone calls it published."""

import re
from typing import NamedTuple

from workflows import refs
from workflows.clean import clip, lines
from workflows.entries import Entry
from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.errors import Outrun, Refused, ServerTroubled
from workflows.steps.git import address, tags
from workflows.steps.git.identity import ident
from workflows.steps.git.remote import ABSENT, Answer, Update
from workflows.steps.heartbeat import Heartbeat
from workflows.steps.pod.environment import RESOLVE
from workflows.steps.pod.termination import Termination
from workflows.steps.publish.progress import Progress
from workflows.transcript.report import SUMMARY_BYTES, Report

CONTENTION = 0.2
"""Seconds until another push has let go of its locks."""

TRIES = 5
"""How often a push is made again after another writer was first."""

_DOLLARS = re.compile(r"\d{1,9}(\.\d{1,6})?", re.ASCII)


class Delivery(NamedTuple):
    """One bead's publication, by who has its claim. `at` is when the agent ended, so that every rerun makes the same objects; `told` is what it said."""

    progress: Progress
    termination: Termination
    heartbeat: Heartbeat
    at: int
    told: Report

    @property
    def train(self) -> TrainOrders:
        """The orders of the train."""
        return self.progress.train

    @property
    def task(self) -> TaskOrders:
        """The orders of the task."""
        return self.progress.task

    def publish(self, sha: str, rounds: int) -> None:
        """Make `sha` the published work. Raises Claimed, Refused, Outrun, Unreachable, AccessRefused, Stopped."""
        proof = self._proof(sha, rounds)
        self.progress.ledger.note_push(sha)
        for _ in range(TRIES):
            if self.progress.patience.over(lambda: self._pushed(sha, proof)):
                return
        raise Outrun(f"the branch {self.task.branch} moved under {TRIES} pushes: run the step again")

    def _pushed(self, sha: str, proof: Update) -> bool:
        """Push and read back. False where others were first. Raises ServerTroubled, besides."""
        answer = self.progress.remote.push(self._updates(sha, proof))
        if self._stands(sha, proof):
            self.heartbeat.spent()
            return True
        if not answer.accepted and not self.heartbeat.renewed() and self._is_unwell(sha, answer):
            raise ServerTroubled(self._refusal(answer))
        return False

    def _proof(self, sha: str, rounds: int) -> Update:
        """The queue entry; where nobody merges, the record that the bead is done."""
        if self.train.merge == "none":
            return Update(refs.published(self.train.convoy, self.task.bead), sha)
        entry = Entry.of(
            self.train,
            self.task,
            published=self.at,
            rounds=rounds,
            retries=self.progress.state.retries,
            summary=self._summary(),
            cost=_sum(self.progress.state.cost, self.told.cost),
        )
        tagger = ident(self.train.author, self.train.email, self.at)
        ref = refs.queue(self.train.target, self.task.bead)
        return Update(ref, tags.make(self.progress.git, ref, sha, tagger, entry.dump()))

    def _summary(self) -> str:
        """What was done, for the merged commit. The last lines that an agent happened to print are none, and who resolves a conflict
        speaks of that and not of the work.
        """
        state = self.progress.state
        if state.mode == RESOLVE and state.summary:
            return state.summary
        said = self.told.summary if self.train.agent.report.format != "text" else ""
        return clip(lines(said), SUMMARY_BYTES) or state.summary

    def _updates(self, sha: str, proof: Update) -> list[Update]:
        updates = [Update(refs.head(self.task.branch), sha, self.progress.branch_sha), proof]
        if self.train.merge == "none":
            updates.append(Update(self._settled, sha))
        if self.progress.snapshot:
            updates.append(Update(refs.wip(self.task.bead), ABSENT))
        # Last: a server without transactions stops at the first that it refuses, and a claim that is gone is another's.
        return [*updates, *self.heartbeat.part]

    def _stands(self, sha: str, proof: Update) -> bool:
        """Read back: the remote holds our commit and our entry, or the refinery has merged it already."""
        branch, wip = refs.head(self.task.branch), refs.wip(self.task.bead)
        now = self.progress.remote.refs(branch, proof.ref, self._settled, wip)
        if wip in now and proof.ref in now:
            self.progress.remote.push([Update(wip, ABSENT, now[wip])])
        published = now.get(branch) == sha and now.get(proof.ref) == proof.new
        # A rider's merge step may take the entry between our push and this look.
        return published or (proof.ref not in now and self._settled in now)

    @property
    def _settled(self) -> str:
        return refs.settled(self.train.convoy, self.train.identity, self.task.bead)

    def _refusal(self, answer: Answer) -> str:
        reasons = ", ".join(f"{ref} {why}" for ref, why in answer.culprits.items())
        name = address.shown(self.train.repository)
        return f"{name} refused the push of {self.task.branch}: {reasons} {answer.words}".rstrip()

    def _is_unwell(self, sha: str, answer: Answer) -> bool:
        """After a refusal: whether the server is in trouble. Raises Refused for its rules; False where our own push was there first."""
        branch = refs.head(self.task.branch)
        now = self.progress.remote.refs(branch).get(branch, ABSENT)
        known = self.progress.branch_sha
        if answer.contended:
            self.termination.wait(CONTENTION)
            return False
        if now in (known, sha):
            if answer.ruled:
                raise Refused(self._refusal(answer))
            return True
        if now != ABSENT and not self.progress.ledger.pushed(now):
            raise Refused(
                f"the branch {self.task.branch} was moved to {now[:12]} by someone else while the agent worked: "
                "nothing was pushed over it; take what you need from it, delete it, and sling the bead again"
            )
        self.progress.branch_sha = now
        return False


def _sum(*costs: str) -> str:
    """Dollars of all agents that worked on the bead; what is no sum of money is left out."""
    known = [float(each) for each in costs if _DOLLARS.fullmatch(each)]
    return f"{sum(known):.6f}".rstrip("0").rstrip(".") if known else ""
