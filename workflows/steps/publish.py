"""The container `main` of a polecat: saves the agent's work while it runs, publishes it when it is done."""

import datetime
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from workflows import refs
from workflows.exits import Reason
from workflows.orders import TaskOrders, TrainOrders
from workflows.steps import resolution
from workflows.steps.access import opened
from workflows.steps.activity import SETTING, Activity
from workflows.steps.checkout import Layout
from workflows.steps.delivery import Delivery
from workflows.steps.errors import AgentEnded, AgentLost, OrdersUnread, Refused, Stopped
from workflows.steps.history import is_ancestor
from workflows.steps.identity import author, committer, one_line
from workflows.steps.listener import Listener
from workflows.steps.pod import RESOLVE, Pod
from workflows.steps.progress import Progress
from workflows.steps.remote import Remote
from workflows.steps.termination import Termination
from workflows.steps.view import Tip, View
from workflows.steps.watch import follow
from workflows.steps.workspace import Ended, State, Workspace
from workflows.transcript.clean import clip, plain
from workflows.transcript.report import SUMMARY_BYTES, Report

LAST_PUSH = 20.0
"""Seconds that the last push of an attempt is tried for. Kubernetes kills a pod 30 s after it told it to stop."""

_SAID = 300
_WORDS = {reason.word: reason for reason in Reason}


def publish(pod: Pod, environ: Mapping[str, str]) -> None:
    """Run the whole step. Raises a StepError with the reason, or Stopped after SIGTERM; both after the last push."""
    train, task = pod.orders()
    workspace = Workspace(pod.workspace)
    state = workspace.state()
    if state is None:
        raise OrdersUnread(f"clone has not finished in {pod.workspace}: run it first")
    if state.settled:
        workspace.write_outputs(
            _outputs(state, state.start_sha, Reason.COMPLETED, f"already {state.settled}")
        )
        return
    access = opened(pod, train.repository, environ, host_keys=train.host_keys)
    with Termination() as termination, access as (git, private):
        view = View.open(git, workspace.repo, private, Layout.of(train, state.branch))
        remote = Remote(view.git, train.repository)
        progress = Progress(view, remote, workspace, train, task, state)
        told = environ.get(SETTING, "")
        activity = Activity(
            workspace,
            limit=train.agent.idle,
            progress=Path(told) if told else None,
            began=time.monotonic(),
        )
        listener = Listener(workspace.run, train.agent, clock=_now)
        Publication(pod, workspace, state, train, task, progress, activity, listener, termination).run()


class Publication(NamedTuple):
    """One run of the step over one agent."""

    pod: Pod
    workspace: Workspace
    state: State
    train: TrainOrders
    task: TaskOrders
    progress: Progress
    activity: Activity
    listener: Listener
    termination: Termination

    def run(self) -> None:
        """Follow the agent to its end and publish."""
        self.workspace.guarded.touch()
        try:
            ended = follow(
                self.workspace,
                self.termination,
                self._save,
                look_at=self._look,
                interval=self.train.push_interval,
                silence=self.pod.silence,
            )
            self._finish(ended)
        except (AgentLost, Stopped):
            self._save_at_last()
            raise

    def _save(self) -> bool:
        saved = self.progress.save(int(time.time()))
        self.activity.saw(self.progress.seen, time.monotonic())
        return saved

    def _save_at_last(self) -> None:
        """The last push of this attempt, tried for a while: the work is gone with the pod."""
        end, pause = time.monotonic() + LAST_PUSH, 0.25
        while not self._save() and time.monotonic() + pause < end:
            time.sleep(pause)
            pause *= 2

    def _look(self, now: float) -> None:
        self.listener.look()
        self.activity.look(now)
        if self.activity.overdue(now):
            # Its files are looked at once more: they may have changed since the last push.
            self._save()
            if self.activity.overdue(time.monotonic()):
                self.activity.end(self.train.agent.name)

    def _finish(self, ended: Ended) -> None:
        told = self.listener.report()
        reason = _WORDS.get(ended.reason, Reason.FAILED)
        if reason is not Reason.COMPLETED:
            self._give_up(reason, ended.message, told)
        sha = self._work(ended)
        if sha == self.state.base_sha:
            self._give_up(*self._nothing(told), told)
        self._check(sha)
        rounds = self.state.rounds + int(self.state.mode == RESOLVE)
        Delivery(self.progress, self.termination, self.pod.patience, ended.at).publish(sha, rounds)
        self._write(sha, Reason.COMPLETED, told)

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

    def _give_up(self, reason: Reason, message: str, told: Report) -> None:
        self._save_at_last()
        head = self.progress.view.head()
        summary = told.summary or message
        self._write(head.sha, reason, told._replace(summary=clip(summary, SUMMARY_BYTES)))
        raise AgentEnded(message or f"the agent ended as {reason.word}", reason)

    def _work(self, ended: Ended) -> str:
        """The commit to publish: the agent's HEAD, with what it left uncommitted committed on top."""
        view = self.progress.view
        head = view.head()
        tree, merging = view.files(), view.merging()
        if tree == head.tree and not merging:
            # Idle at the start: perhaps it committed to the branch and went back.
            elsewhere = view.branch(self.task.branch) if head.sha == self.state.start_sha else None
            return elsewhere.sha if elsewhere else head.sha
        return self._commit(head, tree, merging, ended.at)

    def _commit(self, head: Tip, tree: str, merging: str, at: int) -> str:
        parents = [word for parent in (head.sha, merging) if parent for word in ("-p", parent)]
        person = (self.train.author, self.train.email)
        git = self.progress.view.git.having(**author(*person, f"{at} +0000"), **committer(*person, at))
        return git.run(
            "commit-tree", tree, *parents, "-F", "-", text=one_line(self.task.title) or self.task.bead
        ).strip()

    def _check(self, sha: str) -> None:
        view, start = self.progress.view, self.state.start_sha
        if sha != start and not is_ancestor(view.git, start, sha):
            self._save_at_last()
            raise Refused(
                f"the agent rewrote the history of {self.task.branch}: {start[:12]} is no longer in it, so nothing was "
                f"published; its commits are saved as {refs.wip(self.task.bead)}, sling the bead again"
            )
        if self.state.mode == RESOLVE:
            resolution.check(view, self.state, sha, self.train.target)

    def _write(self, sha: str, reason: Reason, told: Report) -> None:
        git, base = self.progress.view.git, self.state.base_sha
        subjects = git.run("log", "--format=%s", f"{base}..{sha}").splitlines()
        files = git.run("diff", "--name-only", "--no-ext-diff", "-z", base, sha).count("\0")
        summary = told.summary or (subjects[0] if subjects else "")
        outputs = _outputs(self.state, sha, reason, summary)
        told_numbers = {"tokens": told.tokens, "cost": told.cost}
        self.workspace.write_outputs(
            {**outputs, "commits": str(len(subjects)), "files": str(files), **told_numbers}
        )


def _now() -> datetime.datetime:
    return datetime.datetime.now().astimezone()


def _outputs(state: State, sha: str, reason: Reason, summary: str) -> dict[str, str]:
    """All outputs of a polecat; numbers that are not known are empty."""
    return {
        "branch": state.branch,
        "sha": sha,
        "base": state.base_sha,
        "commits": "",
        "files": "",
        "reason": reason.word,
        "summary": clip(summary, SUMMARY_BYTES),
        "tokens": "",
        "cost": "",
    }
