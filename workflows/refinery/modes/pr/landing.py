"""A bead's merge step where work is handed over: what came of its pull request, and what that changes in the repository.

Each run takes the bead as far as it goes now and ends. What is waited for is looked at by the next run.
"""

import time
from typing import NamedTuple

from forges.errors import Reason
from forges.model import Sha
from forges.pulls import PullRequest
from workflows import refs
from workflows.orders import TrainOrders
from workflows.refinery.candidate.message import message
from workflows.refinery.candidate.work import merged
from workflows.refinery.landing import taken_back
from workflows.refinery.modes.pr.carrier import carrier
from workflows.refinery.modes.pr.decision import Decision, Declined, Merged, Moved, Rework, Waiting
from workflows.refinery.modes.pr.handover import HandOver
from workflows.refinery.modes.pr.keyword import closing
from workflows.refinery.modes.pr.model import UNSEEN, Work
from workflows.refinery.queue.order import Queued
from workflows.refinery.queue.presence import tag
from workflows.steps.errors import AwaitingChecks, AwaitingReview, Outrun, PullDeclined, StepError
from workflows.steps.git.remote import ABSENT, Remote, Update

MACHINES = frozenset({Reason.CHECKS_PENDING, Reason.CHECKING})
"""What no person has to do anything about."""


class Outcome(NamedTuple):
    """What came of it: the commit on the target, or words for the agent, or an error to end with, or nothing: try again.

    `asked` is why it goes back to the agent, `mark` how the pull request looked, where it is waited for.
    """

    merged: str = ""
    mark: str = ""
    words: str = ""
    rework: str = ""
    asked: Reason = Reason.BLOCKED
    error: StepError | None = None


class PullLanding(NamedTuple):
    """One bead that waits for its pull request. `branch` is the head of its work branch as it is on the remote."""

    remote: Remote
    train: TrainOrders
    own: Queued
    branch: str
    target: str
    handover: HandOver

    def ended(self) -> Outcome | None:
        """What people have done with the pull request meanwhile; None while it is open, or there is none."""
        unseen = time.time() - self.own.entry.published < UNSEEN
        if unseen and self._mark not in self.remote.refs(self._mark):
            return None  # nobody can have opened one
        found = self.handover.over(self.own.entry.branch)
        return self._outcome(*found) if found else None

    def announce(self) -> None:
        """Show the work to people while its gates run."""
        self._about_to_open()
        self.handover.announce(self._work())

    def fail(self, words: str) -> None:
        """Tell people what the gates found."""
        self.handover.fail(self._work(), words)

    def advance(self) -> Outcome:
        """Hand the work over, whose gates have passed, and take it as far as it goes now."""
        gates = len(self.train.gates)
        self._about_to_open()
        return self._outcome(*self.handover.advance(self._work(), self.remote, gates=gates))

    @property
    def _mark(self) -> str:
        return refs.proposed(self.train.target, self.own.bead)

    def _about_to_open(self) -> None:
        """Written down before, so that a later step asks the forge what became of it."""
        if self.own.entry.branch not in self.handover.seen:
            self.remote.push([Update(self._mark, self.own.sha, ABSENT)])

    def _outcome(self, pull: PullRequest, decision: Decision) -> Outcome:
        match decision:
            case Merged(sha):
                return self._merged(pull, sha)
            case Moved(sha):
                self._take_over(sha)
                return Outcome()
            case Rework(Reason.BEHIND, _):
                self._update()
                return Outcome()
            case Rework(reason, words):
                return Outcome(rework=f"{pull.url}: {words}", asked=reason)
            case Waiting(reason, words):
                error = AwaitingChecks if reason in MACHINES else AwaitingReview
                return Outcome(error=error(f"{pull.url} waits ({reason}): {words}"), mark=pull.mark)
            case Declined(words):
                return Outcome(error=PullDeclined(f"{self.own.bead}: {words} ({pull.url})"))
        raise AssertionError(decision)

    def _work(self) -> Work:
        entry = self.own.entry
        title, _, body = message(self.own, gates=[gate.name for gate in self.train.gates]).partition("\n\n")
        told = [entry.summary.strip(), f"Bead {entry.bead} of convoy {entry.convoy}."]
        told += [f"Gates: {', '.join(gate.name for gate in self.train.gates)}."] if self.train.gates else []
        told += [f"Cost: ${entry.cost}."] if entry.cost else []
        told.append(closing(entry.source, self.train.commit_page))
        text = "\n\n".join(part for part in told if part)
        return Work(entry.bead, entry.branch, Sha(self.own.sha), title, text, body.strip())

    def _merged(self, pull: PullRequest, sha: str) -> Outcome:
        """Record the commit that carries the bead. The branch goes, while it is what was merged."""
        commit = self._on_target(pull, sha)
        entry = self.own.entry
        updates = [
            *(Update(record, commit) for record in entry.records),
            Update(self.own.ref, ABSENT, self.own.tag),
        ]
        proposed = self.remote.refs(self._mark).get(self._mark, "")
        ours = self.branch == self.own.sha and refs.made_by_us(entry.branch)
        gone = taken_back(self.own, commit)
        gone += [Update(self._mark, ABSENT, proposed)] if proposed else []
        gone += [Update(refs.head(entry.branch), ABSENT, self.own.sha)] if ours else []
        if not self.remote.push([*updates, *gone]).accepted and not self.remote.push(updates).accepted:
            raise Outrun(f"the merge of {self.own.bead} could not be recorded: run the step again")
        words = (
            f"merged {self.own.bead} into {self.train.target} as {commit[:12]} by pull request {pull.number}"
        )
        return Outcome(merged=commit, words=words)

    def _on_target(self, pull: PullRequest, sha: str) -> str:
        """The whole name of the merged commit, fetched and read back."""
        target = refs.head(self.train.target)
        git = self.remote.git
        git.run("fetch", "--quiet", "--no-tags", "--", self.remote.url, f"+{target}:{target}")
        return carrier(git, target, told=sha, head=self.own.sha, number=int(pull.number))

    def _take_over(self, sha: str) -> None:
        """Make the entry name what somebody pushed to the branch: their commits are kept, and the gates run on them."""
        if sha != self.branch:
            return  # not fetched yet: the next look brings it
        entry = self.own.entry._replace(published=int(time.time()), held="", fault="")
        self._requeue(sha, [], entry.dump())

    def _update(self) -> None:
        """Merge the target into the branch, as the rules ask for; it merges cleanly, or the step had found the conflict."""
        git, own = self.remote.git, self.own
        tree, files = merged(git, self.target, own.sha)
        if files:
            raise Outrun(
                f"{own.bead} conflicts with {self.train.target} by now in {', '.join(files[:8])}: run the step again"
            )
        parents = ("-p", own.sha, "-p", self.target)
        text = f"Merge {self.train.target} into {own.entry.branch}\n"
        name, email = self.train.merger
        person = {"NAME": name, "EMAIL": email}
        names = {
            f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in person.items()
        }
        sha = git.having(**names).run("commit-tree", tree, *parents, "-F", "-", text=text).strip()
        branch = Update(refs.head(own.entry.branch), sha, own.sha)
        self._requeue(sha, [branch], own.entry._replace(published=int(time.time())).dump())

    def _requeue(self, sha: str, more: list[Update], text: str) -> None:
        """Best effort: where others were first, the next look decides anew."""
        fresh = tag(self.remote, self.train, self.own.ref, sha, text, int(time.time()))
        self.remote.push([Update(self.own.ref, fresh, self.own.tag), *more])
