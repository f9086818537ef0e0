"""What one bead's merge puts out: how it went, for the graph that goes on from it and for people."""

from typing import NamedTuple, NoReturn

from workflows.clean import clip
from workflows.exits import Reason
from workflows.orders import TaskOrders, TrainOrders
from workflows.refinery.candidate.stack import Stack
from workflows.refinery.queue.order import Queued
from workflows.steps.errors import GateBroken, GateRed, StepError, StillConflicting
from workflows.steps.pod.workspace import Workspace
from workflows.transcript.report import SUMMARY_BYTES


class Outputs(NamedTuple):
    """The outputs of a merge step. Whatever ends it with an error puts out the error's words, too."""

    workspace: Workspace
    train: TrainOrders
    task: TaskOrders

    def merged_before(self, sha: str, leader: str) -> None:
        """The bead was merged already: in the batch of `leader`, where this step waited behind one."""
        summary = f"{self.task.bead} was merged already"
        if leader:
            summary = (
                f"merged {self.task.bead} into {self.train.target} as {sha[:12]}, in the batch of {leader}"
            )
        self.write("merged", sha, Reason.COMPLETED, summary)

    def landed(self, stack: Stack, own: Queued) -> None:
        """The bead is on the target, with what rode along."""
        landed = next(each for each in stack.landed if each.queued.tag == own.tag)
        riders = [each.queued.bead for each in stack.landed if each.queued.tag != own.tag]
        summary = f"merged {own.bead} into {self.train.target} as {landed.sha[:12]}"
        if landed.empty:
            summary = f"{self.train.target} held the change of {own.bead} already, at {landed.sha[:12]}: nothing to merge"
        if riders:
            summary += f", with {', '.join(riders)}"
        if stack.closing:
            summary += f"; closed in {self.train.beads}"
        self.write("merged", landed.sha, Reason.COMPLETED, summary)

    def conflict(self, own: Queued, files: tuple[str, ...]) -> None:
        """Hand the conflict to an agent, or to a person when agents had their rounds. Raises StillConflicting."""
        named = f"{', '.join(files[:8])}{' ...' if files[8:] else ''}"
        words = f"{own.bead} conflicts with {self.train.target} in {named}"
        if own.entry.rounds < self.train.rounds and not self.task.by_hand:
            self.write("conflict", "", Reason.CONFLICT, words)
            return
        mend = f"merge {self.train.target} into {own.entry.branch} by hand, push it"
        self.fail(
            StillConflicting(
                f"{words}: {mend}, and retry it in the merge queue"
                if self.task.by_hand
                else f"{words}, after {own.entry.rounds} rounds of resolving: {mend}, and sling the bead again"
            )
        )

    def held_back(self, fault: str, words: str) -> NoReturn:
        """What holds the bead back, whoever found it. Raises GateRed or GateBroken."""
        self.fail(
            GateBroken(f"{self.task.bead}: {words}")
            if fault == Reason.FAILED.word
            else GateRed(f"{self.task.bead} does not pass: {words}")
        )

    def fail(self, error: StepError, *, mark: str = "") -> NoReturn:
        """End with an error whose words the outputs hold, too; `mark` is how the pull request looked that it waits for."""
        self.write("none", mark, error.reason, str(error))
        raise error

    def write(self, outcome: str, sha: str, reason: Reason, summary: str) -> None:
        """Put out how the merge went."""
        outputs = {
            "outcome": outcome,
            "sha": sha,
            "commit": self.train.shown_commit(sha if reason is Reason.COMPLETED else ""),
            "branch": self.train.shown_branch(self.train.target),
            "reason": reason.word,
            "summary": clip(summary, SUMMARY_BYTES),
        }
        self.workspace.write_outputs(outputs)
