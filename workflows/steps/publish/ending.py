"""How a polecat ends: what its agent made is published, or kept; and its reason is told."""

import time
from typing import NamedTuple, NoReturn

from workflows.clean import clip, plain
from workflows.exits import Reason
from workflows.globs import matches_any
from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.errors import AgentEnded, Claimed, Refused, StepError
from workflows.steps.git.history import is_ancestor
from workflows.steps.git.identity import author, committer
from workflows.steps.heartbeat import Heartbeat
from workflows.steps.pod.environment import RESOLVE
from workflows.steps.pod.ledger import State
from workflows.steps.pod.termination import Termination
from workflows.steps.publish import resolution
from workflows.steps.publish.delivery import Delivery
from workflows.steps.publish.intake import Tip
from workflows.steps.publish.keeper import Keeper
from workflows.steps.publish.outputs import Outputs
from workflows.steps.publish.progress import Progress
from workflows.steps.speech import say
from workflows.steps.wall.sighting import Ended, Other, Sighting
from workflows.transcript.report import Report

_SAID = 300
_LEFT = 5
_WORDS = {reason.word: reason for reason in Reason}
_COMMITS, _FILES = "the agent's work", "what it left uncommitted"


class Ending(NamedTuple):
    """The end of one agent."""

    train: TrainOrders
    task: TaskOrders
    state: State
    progress: Progress
    outputs: Outputs
    termination: Termination
    heartbeat: Heartbeat

    def keep_elsewhere(self, seen: Sighting) -> str:
        """Keep the lines of work that HEAD does not hold, and say where."""
        told = self._kept(seen, self.progress.head(seen).sha)
        if told:
            say(told)
        return told

    def _kept(self, seen: Sighting, published: str, *lines: Other) -> str:
        """Keep these, and what is not published of the agent's work."""
        keeper = _keeper(self.progress, seen)
        return keeper.keep([*lines, *keeper.elsewhere(seen, (published,)), *keeper.beside(seen)])

    def give_way(self, seen: Sighting, error: Claimed) -> NoReturn:
        """The bead is another's: what there is of this work is kept beside, and named. Raises the error."""
        head = self.progress.head(seen)
        tree = self.progress.tree(seen, head)
        lines = [Other(_COMMITS, head.sha)] if head.sha != self.state.start_sha else []
        if tree != head.tree:
            lines = [Other(_FILES, self.progress.commit(head, tree, int(time.time())))]
        error.args = (
            "; ".join(filter(None, (str(error), self._kept(seen, head.sha, *lines), self.left_out(seen)))),
        )
        self.outputs.measured(self.progress.git, head.sha, error.reason, Report(summary=str(error)))
        raise error

    @staticmethod
    def left_out(seen: Sighting) -> str:
        """What is in no commit and stays where it is, by name."""
        more = f" and {len(seen.left) - _LEFT} more" if seen.left[_LEFT:] else ""
        return (
            f"left out of the work: {', '.join(plain(each) for each in seen.left[:_LEFT])}{more}"
            if seen.left
            else ""
        )

    def end(self, seen: Sighting) -> None:
        """Publish what there is to publish. Raises a StepError for any other end."""
        self.progress.last = True
        told = seen.told or Report()
        ended = seen.ended or Ended(1, "", "", int(time.time()))
        if left := self.left_out(seen):
            say(left)
        reason = _WORDS.get(ended.reason, Reason.FAILED)
        if reason is Reason.AUTH_FAILED:
            # The agent's own credentials, not the repository's: its bead waits until somebody has renewed them.
            reason = Reason.CREDENTIALS_EXPIRED
        if reason is not Reason.COMPLETED:
            self._give_up(seen, reason, ended.message, told)
        head = self.progress.head(seen)
        if seen.head and not self.progress.intake.tip(seen.head):
            self.progress.intake.check(self.state.start_sha)
            self._give_up(
                seen,
                Reason.REJECTED,
                f"the agent's commits are not sound: {self.progress.intake.refused}",
                told,
            )
        tree = self.progress.tree(seen, head)
        self._finished(seen, head, tree, told)
        sha = self._work(seen, head, tree, ended.at)
        if sha == self.state.base_sha:
            self._give_up(seen, *self._nothing(told), told)
        touched = self._protected(sha)
        if touched:
            self.progress.push_branch(sha)
            words = f"it changes {', '.join(touched[:3])}, which only a person may merge after an event: merge {self.task.branch} by hand"
            self._give_up(seen, Reason.ESCALATED, words, told)
        self._deliver(seen, sha, ended, told)

    def _protected(self, sha: str) -> list[str]:
        """The files of the work that the convoy may not change without a person; a conflict's other side is not its work."""
        if not self.train.protected:
            return []
        base = self.state.target_sha if self.state.resolves else self.state.base_sha
        changed = self.progress.git.run(
            "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", base, sha
        )
        return [file for file in changed.split("\0") if file and matches_any(file, self.train.protected)]

    def _nothing(self, told: Report) -> tuple[Reason, str]:
        """Why there is no change. An agent that reports, and says not a word, was declined by its model."""
        agent, bead = self.train.agent, self.task.bead
        if agent.report.format != "text" and told.spoke and not told.summary:
            message = f"{agent.name}: its model answered nothing, as one does that declines; reword {bead}, or choose another model or agent"
            return Reason.REFUSED, message
        said = f" and said {clip(plain(told.summary), _SAID)}" if told.summary else ""
        return (
            Reason.NO_CHANGES,
            f"the agent {agent.name} ended without a change{said}: make the task of {bead} clearer",
        )

    def _deliver(self, seen: Sighting, sha: str, ended: Ended, told: Report) -> None:
        rounds = self.state.rounds + int(self.state.mode == RESOLVE)
        try:
            self._check(seen, sha)
            self.progress.upload(sha)
            Delivery(self.progress, self.termination, self.heartbeat, ended.at, told).publish(sha, rounds)
        except StepError as error:
            # The same error, which also says where the work is.
            told_where = (self._kept(seen, sha, Other(_COMMITS, sha)), self.left_out(seen))
            error.args = ("; ".join(filter(None, (str(error), *told_where))),)
            raise
        if elsewhere := self._kept(seen, sha):
            say(elsewhere)
        for words in filter(None, (elsewhere, self.left_out(seen))):
            told = told._replace(summary=f"{told.summary}\n{words}".strip())
        self.outputs.measured(self.progress.git, sha, Reason.COMPLETED, told)

    def _finished(self, seen: Sighting, head: Tip, tree: str, told: Report) -> None:
        """Raises AgentEnded for an agent that stopped in the middle of something: what it left is kept, and not published."""
        words = seen.under_way and f"in the middle of a {seen.under_way}"
        if not self.state.resolves:
            base = self.state.base_sha
            words = resolution.unfinished(self.progress.git, seen, head, tree, base=base)
        if not words:
            return
        branch = self.progress.intake.tip(seen.branch if seen.under_way else head.sha)
        if branch and self._goes_on(branch.sha):
            self.progress.push_branch(branch.sha)
        kept = self._kept(seen, head.sha, *self._unpublished(seen, head, tree))
        where = "; ".join(filter(None, (kept or f"its work is on {self.task.branch}", self.left_out(seen))))
        message = f"the agent {self.train.agent.name} ended {words}, so nothing was published: {where}"
        summary = told._replace(summary=message)
        self.outputs.measured(self.progress.git, head.sha, Reason.FAILED, summary)
        raise AgentEnded(message, Reason.FAILED)

    def _unpublished(self, seen: Sighting, head: Tip, tree: str) -> list[Other]:
        """What it has where it stands, as far as the work branch does not hold it."""
        if tree != head.tree:
            return [Other(_FILES, self.progress.commit(head, tree, _keeper(self.progress, seen).at))]
        held = filter(None, (self.progress.branch_sha, self.state.start_sha))
        if any(is_ancestor(self.progress.git, head.sha, each) for each in held):
            return []
        return [Other(_COMMITS, head.sha)]

    def _goes_on(self, sha: str) -> bool:
        known = self.progress.branch_sha or self.state.start_sha
        return sha != known and is_ancestor(self.progress.git, known, sha)

    def _give_up(self, seen: Sighting, reason: Reason, message: str, told: Report) -> NoReturn:
        head = self.progress.head(seen)
        self.progress.save(seen, int(time.time()))
        elsewhere = self.keep_elsewhere(seen)
        if elsewhere:
            message = f"{message}; work elsewhere: {elsewhere}"
        if left := self.left_out(seen):
            message = f"{message}; {left}"
        self.outputs.measured(
            self.progress.git, head.sha, reason, told._replace(summary=told.summary or message)
        )
        raise AgentEnded(message or f"the agent ended as {reason.word}", reason)

    def _work(self, seen: Sighting, head: Tip, tree: str, at: int) -> str:
        """The commit to publish: the agent's HEAD, with what it left uncommitted committed on top."""
        merging = [sha for sha in seen.merging if self.progress.intake.tip(sha)]
        large = self.progress.large
        large.tell(self.state.start_sha, head.sha)
        tree = large.as_pointers(head.tree, tree)
        if tree == head.tree and not merging:
            # Idle at the start: perhaps it committed somewhere else and went back.
            keeper = _keeper(self.progress, seen)
            lines = keeper.elsewhere(seen, ()) if head.sha == self.state.start_sha else []
            return keeper.result(lines) or head.sha
        return self._commit(head, tree, merging, at)

    def _commit(self, head: Tip, tree: str, merging: list[str], at: int) -> str:
        parents = [word for parent in (head.sha, *merging) for word in ("-p", parent)]
        person = (self.train.author, self.train.email)
        git = self.progress.git.having(**author(*person, f"{at} +0000"), **committer(*person, at))
        text = plain(self.task.title) or self.task.bead
        return git.run("commit-tree", tree, *parents, "-F", "-", text=text).strip()

    def _check(self, seen: Sighting, sha: str) -> None:
        start = self.state.start_sha
        if sha != start and not is_ancestor(self.progress.git, start, sha):
            raise Refused(
                f"the agent rewrote the history of {self.task.branch}: {start[:12]} is no longer in it, so nothing was "
                "published; take what you need, then sling the bead again"
            )
        if self.state.resolves:
            resolution.check(self.progress.git, self.state, seen, sha, target=self.train.target)


def _keeper(progress: Progress, seen: Sighting) -> Keeper:
    """Where work goes that is not published."""
    if seen.ended:
        return Keeper(progress, seen.ended.at)
    return Keeper(progress, int(progress.git.run("log", "-1", "--format=%ct", progress.state.start_sha)))
