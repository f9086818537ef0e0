"""The container `git-init`: a work tree for the agent, from where the last attempt left off, unless the work is done.

What it fetches goes into a bare repository that only containers with the key see. The agent gets a repository laid from that; once an
agent has had it, no git with a key runs in it again.
"""

from collections.abc import Mapping
from typing import NamedTuple

from workflows import refs
from workflows.entries import Entry
from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.claim import Claims
from workflows.steps.clone import settled
from workflows.steps.clone.handover import Handover
from workflows.steps.clone.layout import Desk
from workflows.steps.clone.settled import Found
from workflows.steps.clone.startpoint import StartPoint
from workflows.steps.errors import Outrun, Unreachable
from workflows.steps.git import address, refnames, tags
from workflows.steps.git.access import opened
from workflows.steps.git.checkout import NOT_SHALLOW, Layout, Source
from workflows.steps.git.command import Git
from workflows.steps.git.history import is_ancestor
from workflows.steps.git.identity import ident
from workflows.steps.git.remote import Remote, Update, no_branch
from workflows.steps.pod import marks
from workflows.steps.pod.environment import RESOLVE, Pod
from workflows.steps.pod.ledger import Ledger, State
from workflows.steps.pod.private import remove_tree
from workflows.steps.pod.workspace import Workspace
from workflows.steps.speech import say
from workflows.steps.wall import keyless

TRIES = 3
"""How often to look again when refs went away between the look and the fetch."""


def clone(pod: Pod, environ: Mapping[str, str]) -> None:
    """Run the whole step. Raises a StepError with the reason."""
    train, task = pod.orders()
    refnames.check(train, task)
    keyless.reset(pod)
    workspace, ledger = Workspace.of(pod), Ledger(pod.private)
    with opened(pod, train.repository, environ, host_keys=train.host_keys, key_for=train.key_for) as (git, _):
        desk = Desk(pod, workspace, ledger, train, task, git)
        claims = Claims(desk.own, train, task, pod.patience)
        state = Cloning(pod.mode, workspace, ledger, train, task, desk, claims).run()
    if not state.settled:
        marks.heed(pod)
    Handover(workspace, train, task, state).lay()
    if not state.settled:
        desk.brief()
    ledger.write_state(state)


class Cloning(NamedTuple):
    """One run of the step."""

    mode: str
    workspace: Workspace
    ledger: Ledger
    train: TrainOrders
    task: TaskOrders
    desk: Desk
    claims: Claims

    def run(self) -> State:
        """Look at the remote, decide, and bring what the agent needs."""
        for _ in range(TRIES):
            found = self._look()
            try:
                state = self._kept(found) or self._fresh(found)
            except Unreachable:
                if self._look() == found:
                    raise
                continue
            if state is None:
                continue
            if state.settled:
                if not self._counted(state, found):
                    continue
                self.claims.forget(found.claim)
                return state
            claim = self.claims.take(found.claim)
            if claim is not None:
                return state._replace(claim=claim)
        raise Outrun(
            f"the refs of {self.task.bead} changed {TRIES} times while they were fetched: run the step again"
        )

    def _look(self) -> Found:
        remote = Remote(self.desk.git, self.train.repository)
        found = Found.of(self.train, self.task, remote.refs(*Found.names(self.train, self.task).values()))
        if not found.base:
            raise no_branch(remote, self.train.base)
        return found

    def _kept(self, found: Found) -> State | None:
        """The state of a workspace that an earlier run finished: its work may be nowhere else, so it stays."""
        state = self.ledger.state()
        if state is None or not self._mine(state):
            return None
        source = self._objects()
        if found.branch not in ("", state.remote_sha) and not self.ledger.pushed(found.branch):
            self._put_aside(found.branch)
            return None
        done, queued = self._settled(found, source)
        if self.mode == RESOLVE and not done and _holds(source.git, found.queued):
            done = settled.PUBLISHED if self._answered(state, found, queued, source) else None
        start = (found.merged or found.queued) if done else state.start_sha
        refused = settled.refused(found, queued)
        return state._replace(settled=done, start_sha=start, remote_sha=found.branch, refused=refused)

    def _counted(self, state: State, found: Found) -> bool:
        """Count a round that finds nothing to resolve: where a work tree merges what the refinery does not, it would come round for ever.

        False when others were first, so that the refs are to be looked at again.
        """
        if not (state.resolves and state.settled == settled.PUBLISHED):
            return True
        source = self._objects()
        queued = settled.entry(self.train, self.task, found, source)
        if queued is None or is_ancestor(source.git, state.target_sha, found.queued):
            return True
        ref = refs.queue(self.train.target, self.task.bead)
        tagger = ident(self.train.author, self.train.email, queued.published)
        tag = tags.make(
            source.git, ref, found.queued, tagger, queued._replace(rounds=queued.rounds + 1).dump()
        )
        remote = Remote(source.git, self.train.repository)
        return remote.push([Update(ref, tag, found.queued_tag)]).accepted

    def _answered(self, state: State, found: Found, queued: Entry | None, source: Source) -> bool:
        """Whether what this round was for is in the queue: the target's commits, or work that nothing holds back any more."""
        if state.resolves:
            return is_ancestor(source.git, state.target_sha, found.queued)
        return queued is not None and not queued.held

    def _mine(self, state: State) -> bool:
        told = (state.task, state.bead, state.convoy, state.mode, state.branch)
        same = told == (self.task.task, self.task.bead, self.train.convoy, self.mode, self.task.branch)
        return same and (self.workspace.repo / ".git").is_dir() and self.desk.is_whole()

    def _put_aside(self, moved: str) -> None:
        spare = self.workspace.root / f"repo.before-{moved[:12]}"
        remove_tree(spare)
        self.workspace.repo.rename(spare)
        say(
            f"{self.task.branch} was moved by someone else: starting over, the old work tree is kept as {spare}"
        )

    def _fresh(self, found: Found) -> State | None:
        """Lay everything anew; what a killed run left goes first. None where others changed the refs while they were waited for."""
        self.ledger.forget_state()
        self.desk.clear()
        source = self._objects()
        done, queued = self._settled(found, source)
        start = StartPoint(self.desk, self.train, self.task, found, source, queued)
        if done:
            return start.state(self.mode, start_sha=found.merged or found.queued, settled=done)
        others = queued and self.mode != RESOLVE and not queued.held and not queued.made_by(self.train)
        if queued and others and not self.claims.let_merge(queued, found.queued_tag):
            return None
        asked = settled.refused(found, queued)
        return start.resolve() if self.mode == RESOLVE and not asked else start.work(self.mode)

    def _settled(self, found: Found, source: Source) -> tuple[str | None, Entry | None]:
        """Whether the bead is done for this convoy, and its queue entry where it has one, of whichever convoy."""
        if settled.merged(self.train, self.task, found, source):
            return (settled.PUBLISHED if self.train.merge == "none" else settled.MERGED), None
        queued = settled.entry(self.train, self.task, found, source)
        rejected = found.queued == self.task.rejected
        done = self.mode != RESOLVE and not rejected and settled.published(found, queued, self.train)
        return (settled.PUBLISHED if done else None), queued

    def _objects(self) -> Source:
        lent = address.lent_objects(self.train.repository)
        depth = NOT_SHALLOW if lent else self.train.depth
        return Source(
            self.desk.own, self.train.repository, depth, Layout.of(self.train, self.task.branch).filter
        )


def _holds(git: Git, sha: str) -> bool:
    return bool(sha) and git.call("cat-file", "-e", f"{sha}^{{commit}}").code == 0
