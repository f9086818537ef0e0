"""The container of the gates. Most find nothing to do, as another bead's step leads the batch: those load no more than says so."""

from collections.abc import Mapping
from pathlib import Path

from workflows.refinery.room import FINDING, PLAN, PULSE, room_of
from workflows.refinery.trial.plan import Finding, Plan
from workflows.steps.pod.environment import Pod


def gates(pod: Pod, environ: Mapping[str, str]) -> None:
    """Stack and test, without credentials and without the network."""
    room = room_of(pod.workspace)
    plan = Plan.load(room / PLAN)
    finding = _tested(pod, room, plan, environ) if plan.batch else Finding(target=plan.target)
    finding.save(room / FINDING)


def _tested(pod: Pod, room: Path, plan: Plan, environ: Mapping[str, str]) -> Finding:
    # 50 ms of imports, which a batch of twenty would pay twenty times.
    from workflows.refinery.job import Job  # noqa: PLC0415
    from workflows.refinery.stopping import stopping  # noqa: PLC0415
    from workflows.refinery.watch import pulse  # noqa: PLC0415
    from workflows.steps.git.command import Git  # noqa: PLC0415

    train, task = pod.orders()
    job = Job.of(pod, train, task, Git.of(environ), room / "store.git")
    with stopping(), pulse(room / PULSE):
        return job.trial(plan, environ)
