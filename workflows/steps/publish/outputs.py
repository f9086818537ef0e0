"""The output parameters of a polecat, where Argo reads them and no agent can write."""

from typing import NamedTuple

from workflows.clean import clip
from workflows.exits import Reason
from workflows.orders import TrainOrders
from workflows.steps.git.command import Git
from workflows.steps.pod.ledger import State
from workflows.steps.pod.workspace import Workspace
from workflows.transcript.report import SUMMARY_BYTES, Report


class Outputs(NamedTuple):
    """Of one polecat; numbers that are not known are empty."""

    workspace: Workspace
    train: TrainOrders
    state: State

    def write(self, sha: str, reason: Reason, summary: str, **more: str) -> None:
        """All of them; `sha` is empty where nothing was pushed."""
        empty = dict.fromkeys(("commits", "files", "tokens", "cost"), "")
        told = {
            "commit": self.train.shown_commit(sha) if sha else "",
            "branch": self.train.shown_branch(self.state.branch),
            "ref": self.state.branch,
            "sha": sha,
            "base": self.state.base_sha,
            "reason": reason.word,
        }
        self.workspace.write_outputs({**told, **empty, "summary": clip(summary, SUMMARY_BYTES), **more})

    def measured(self, git: Git, sha: str, reason: Reason, told: Report) -> None:
        """With what the work comes to, and what the agent said of it."""
        base = self.state.base_sha
        subjects = git.run("log", "--format=%s", f"{base}..{sha}").splitlines()
        files = git.run("diff", "--name-only", "--no-ext-diff", "-z", base, sha).count("\0")
        summary = told.summary or (subjects[0] if subjects else "")
        numbers = {"commits": str(len(subjects)), "files": str(files)}
        # What stands where it began was never pushed: nobody is to look for it.
        pushed = "" if sha == base else sha
        self.write(pushed, reason, summary, **numbers, tokens=told.tokens, cost=told.cost)
