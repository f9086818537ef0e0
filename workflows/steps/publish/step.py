"""The step `publish`: saves the agent's work while it runs, publishes it when it is done."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from workflows.exits import Reason
from workflows.orders import TrainOrders
from workflows.steps.claim import Claims
from workflows.steps.errors import AgentLost, Claimed, OrdersUnread, StepError, Stopped
from workflows.steps.git.access import opened
from workflows.steps.git.patience import FOR_A_PERSON, Patience
from workflows.steps.git.remote import Remote
from workflows.steps.heartbeat import Heartbeat
from workflows.steps.pod.environment import Pod
from workflows.steps.pod.ledger import Ledger
from workflows.steps.pod.termination import Termination
from workflows.steps.pod.workspace import Workspace
from workflows.steps.publish.companion import Companion
from workflows.steps.publish.ending import Ending
from workflows.steps.publish.intake import Intake
from workflows.steps.publish.outputs import Outputs
from workflows.steps.publish.progress import Progress
from workflows.steps.speech import say
from workflows.steps.wall.sighting import Sighting

FIRST_LOOK, LONGEST_LOOK = 0.005, 0.25
"""Seconds between two looks at what the courier tells: short at first, for short agents; a look costs one stat."""

LAST_LOOK, LAST_PUSH = 6.0, 20.0
"""Seconds that the last look and the last push of an attempt may take. Kubernetes kills a pod 30 s after it told it to stop."""

REPORT = 10.0
"""Seconds to wait for the agent's report, once its work is here."""

PROGRESS = "ARGO_PROGRESS_FILE"
"""Where Argo's executor looks for progress: what is written there becomes the node's, and costs the pod no right of its own."""


def publish(pod: Pod, environ: Mapping[str, str]) -> None:
    """Run the whole step. Raises a StepError with the reason, or Stopped after SIGTERM; both after the last push."""
    train, task = pod.orders()
    ledger = Ledger(pod.private)
    state = ledger.state()
    if state is None:
        raise OrdersUnread(f"clone has not finished in {pod.workspace}: run it first")
    outputs = Outputs(Workspace.of(pod), train, state)
    if state.settled:
        outputs.write(state.start_sha, Reason.COMPLETED, f"already {state.settled}")
        return
    access = opened(pod, train.repository, environ, host_keys=train.host_keys, key_for=train.key_for)
    with Termination() as termination, Companion(pod, environ) as courier, access as (git, _):
        ours = git.having(GIT_DIR=ledger.repository)
        intake = Intake(ours, courier.folder, ledger.repository, state.start_sha, termination.cutting)
        patience = Patience(pod.patience, termination, refused=FOR_A_PERSON)
        progress = Progress(intake, Remote(ours, train.repository), ledger, train, task, state, patience)
        heartbeat = Heartbeat(Claims(ours, train, task, pod.patience), state.claim)
        ending = Ending(train, task, state, progress, outputs, termination, heartbeat)
        told = environ.get(PROGRESS, "")
        place = Path(told) if told else None
        Publication(train, progress, courier, ending, termination, heartbeat, place).run()


class Publication:
    """One run of the step over one agent."""

    def __init__(
        self,
        train: TrainOrders,
        progress: Progress,
        courier: Companion,
        ending: Ending,
        termination: Termination,
        heartbeat: Heartbeat,
        told: Path | None,
    ) -> None:
        self._train = train
        self._progress = progress
        self._courier = courier
        self._ending = ending
        self._termination = termination
        self._heartbeat = heartbeat
        self._told = told
        self._minutes = 0

    def run(self) -> None:
        """Follow the agent to its end and publish."""
        self._courier.greet()
        try:
            self._followed()
            self._courier.hear(REPORT)
            if self._courier.sighting.told is None:
                # The courier fell over the report: the work first.
                self._save_at_last()
            self._end()
        except (AgentLost, Stopped) as end:
            if isinstance(end, Stopped):
                self._progress.intake.hurry()
                self._courier.look(LAST_LOOK)
            self._save_at_last()
            kept = self._ending.keep_elsewhere(self._courier.sighting)
            if kept and isinstance(end, AgentLost):
                end.args = (f"{end}; work elsewhere: {kept}",)
            if isinstance(end, Stopped):
                # Whoever stopped it may sling the bead anew; another attempt of ours takes it up again.
                self._heartbeat.end()
            raise

    def _end(self) -> None:
        """Publish; whatever the end, but one that is soon tried again, the bead is free for others. New credentials may take days."""
        try:
            self._ending.end(self._courier.sighting)
        except StepError as error:
            if error.reason.final or error.reason is Reason.CREDENTIALS_EXPIRED:
                self._heartbeat.end()
            raise
        self._heartbeat.end()

    def _followed(self) -> None:
        """Raises Claimed once the work of a bead that is another's is kept, and what `_follow` raises besides."""
        try:
            self._follow()
        except Claimed as error:
            self._courier.look(LAST_LOOK)
            self._ending.give_way(self._courier.sighting, error)

    def _follow(self) -> None:
        """Save what the courier brings, until it says that nothing more comes. Raises AgentLost, Claimed and Stopped."""
        courier, saved = self._courier, self._courier.sighting
        due, pause = time.monotonic(), FIRST_LOOK
        while True:
            courier.news()
            seen, now = courier.sighting, time.monotonic()
            if seen.lost and seen.final:
                raise AgentLost(seen.lost)
            if seen.final:
                return
            # Before anything is saved: the branch of a bead that is another's is its own.
            self._heartbeat.beat()
            if seen is not saved and now >= due:
                saved = seen if self._save(seen) else saved
                due = now if saved is seen else now + max(self._train.push_interval, 1)
            self._tell(seen.active)
            courier.check(now)
            if self._termination.wait(pause):
                raise Stopped
            pause = min(pause * 1.1, LONGEST_LOOK)

    def _save(self, seen: Sighting) -> bool:
        return not seen.head or self._progress.save(seen, int(time.time()))

    def _save_at_last(self) -> None:
        """The last push of this attempt, tried for a while: the work is gone with the pod."""
        end, pause = time.monotonic() + LAST_PUSH, 0.25
        seen = self._courier.sighting
        while not self._progress.save(seen, int(time.time())) and time.monotonic() + pause < end:
            time.sleep(pause)
            pause *= 2

    def _tell(self, minutes: int) -> None:
        """`n/m`, as Argo wants it: active in n minutes so far, and not at the end, which nobody knows."""
        if not self._told or minutes == self._minutes:
            return
        self._minutes = minutes
        try:
            _overwrite(self._told, f"{minutes}/{minutes + 1}\n")
        except OSError as error:
            say(f"{self._told} cannot be written, so nobody sees that the agent is active: {error}")
            self._told = None


def _overwrite(path: Path, text: str) -> None:
    """Argo's folder is mounted in every container of the pod: a link or a pipe there is somebody's trap. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK
    with os.fdopen(os.open(path, flags, 0o644), "w", encoding="ascii") as stream:
        stream.write(text)
