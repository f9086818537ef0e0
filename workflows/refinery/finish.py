"""The end of a try: what gates found good lands, what they did not is held, and the own bead's fate is told."""

from typing import NamedTuple

from workflows.refinery.job import Job
from workflows.refinery.landing import Landing
from workflows.refinery.modes.pr.step import PullStep
from workflows.refinery.queue.presence import Presence
from workflows.refinery.queue.store import Snapshot
from workflows.refinery.trial.plan import Finding
from workflows.steps.errors import TargetRed


class Finish(NamedTuple):
    """The end of one job's try, over the refs as they are then.

    What may land is decided here, from the repository alone: whatever a finding says, nothing lands that this step would not
    have tried, nor a tree that is not the one that was tested.
    """

    job: Job
    snapshot: Snapshot

    def land(self, finding: Finding, presence: Presence) -> bool:
        """Land what is good, hold what is not, then tell the own bead's fate. False when it has to be found again."""
        job, snapshot = self.job, self.snapshot
        own, lander = job.own(snapshot), job.lander(snapshot)
        if finding.target_red and finding.target == snapshot.target:
            lander.remember(finding, presence)
            raise TargetRed(job.red_target(snapshot.target, finding.target_red))
        may = job.may_land(snapshot, own)
        stands = finding.target == snapshot.target and all(each in may for each in finding.good)
        stack = job.builder(snapshot).stack(may[each] for each in finding.good if each in may)
        tested = stands and (stack.tree == finding.tree or not job.train.gates)
        if tested and job.train.pulls and own.tag in finding.good:
            lander.remember(finding, presence)
            return PullStep(job, snapshot).advance()
        wanted = tested and bool(stack.landed or finding.faults)
        if not tested or (wanted and lander.land(stack, finding, presence) is Landing.MOVED):
            lander.remember(finding, presence)
            return False
        fault = next((each for each in finding.faults if each.tag == own.tag), None)
        if fault:
            PullStep(job, snapshot).failed(fault.words)
            job.outputs.held_back(fault.reason, fault.words)
        if own.tag not in finding.good:
            return False
        job.outputs.landed(stack, own)
        return True
