"""Where the agent starts: the base, the work branch of an earlier attempt, or a conflict that it shall resolve."""

from typing import NamedTuple

from workflows import refs
from workflows.entries import Entry
from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.clone.layout import Desk
from workflows.steps.clone.settled import PUBLISHED, Found, refused
from workflows.steps.errors import Unreachable
from workflows.steps.git.checkout import Source, commit_of
from workflows.steps.git.command import Git, failed
from workflows.steps.git.history import History
from workflows.steps.git.remote import Remote, Update
from workflows.steps.pod.environment import RESOLVE, WORK
from workflows.steps.pod.ledger import State
from workflows.steps.speech import say


class StartPoint(NamedTuple):
    """Brings the commits of one bead into a fresh repository. `queued` is its queue entry, whichever convoy made it."""

    desk: Desk
    train: TrainOrders
    task: TaskOrders
    found: Found
    source: Source
    queued: Entry | None

    @property
    def held(self) -> Entry | None:
        """The queue entry, where this convoy made it."""
        return self.queued if self.queued and self.queued.made_by(self.train) else None

    def work(self, mode: str = WORK) -> State:
        """A new task starts from the base's head, a repeated one from its work branch; both with uncommitted files.

        `mode` is RESOLVE for a round that people or checks of the pull request asked for: nothing of the target is merged for it.
        """
        earlier = self._earlier()
        specs = [_tracking(self.train.base), *earlier, *self._wip()]
        self.source.fetch(*specs)
        base = self._fetched(self.train.base)
        history = History(self.source.git, self.source, tuple(specs))
        start = self._work_head() if earlier else self._before_wip(history, base)
        fork = history.fork(base, start) if earlier else start
        git = self._lay(start)
        restored = self._restore(git, start)
        return self.state(mode, base_sha=fork, start_sha=start)._replace(snapshot=restored)

    def resolve(self) -> State:
        """The work branch with the target merged into it, conflicts left in the files for the agent."""
        earlier = self._earlier()
        if not earlier:
            raise Unreachable(
                f"{self.task.branch} and its queue entry are gone: there is no conflict to resolve, sling the bead again"
            )
        specs = [*{_tracking(self.train.base), _tracking(self.train.target)}, *earlier, *self._wip()]
        self.source.fetch(*specs)
        start, target = self._work_head(), self._fetched(self.train.target)
        History(self.source.git, self.source, tuple(specs)).fork(target, start)
        conflicts = self._merge(self._lay(start))
        if self.found.wip:
            self._put_aside()
        # What an attempt committed and did not publish is on the branch alone, so the queue still has the conflict.
        settled = PUBLISHED if self.held and self.found.queued == start and not conflicts else None
        return self.state(
            RESOLVE,
            base_sha=target,
            start_sha=start,
            target_sha=target,
            conflicts=conflicts,
            settled=settled,
        )

    def state(
        self,
        mode: str,
        *,
        start_sha: str,
        base_sha: str = "",
        target_sha: str = "",
        conflicts: tuple[str, ...] = (),
        settled: str | None = None,
    ) -> State:
        """What the other containers are told."""
        return State(
            task=self.task.task,
            bead=self.task.bead,
            convoy=self.train.convoy,
            mode=mode,
            branch=self.task.branch,
            base=self.train.base,
            base_sha=base_sha,
            start_sha=start_sha,
            remote_sha=self.found.branch,
            target_sha=target_sha,
            conflicts=conflicts,
            rounds=self.held.rounds if self.held else 0,
            retries=self.held.retries if self.held else 0,
            summary=self.held.summary if self.held else "",
            cost=self.held.cost if self.held else "",
            refused=refused(self.found, self.queued),
            settled=settled,
        )

    def _earlier(self) -> list[str]:
        """The earlier work: on its branch or, where someone deleted that, still in the queue."""
        branch, queue = refs.head(self.task.branch), refs.queue(self.train.target, self.task.bead)
        if self.found.branch:
            return [f"+{branch}:{branch}"]
        return [f"+{queue}:{queue}"] if self.held else []

    def _work_head(self) -> str:
        return (
            commit_of(self.desk.ledger.repository, refs.head(self.task.branch))
            if self.found.branch
            else self.found.queued
        )

    def _fetched(self, branch: str) -> str:
        return commit_of(self.desk.ledger.repository, f"refs/remotes/origin/{branch}")

    def _wip(self) -> list[str]:
        ref = refs.wip(self.task.bead)
        return [f"+{ref}:{ref}"] if self.found.wip else []

    def _wip_parent(self) -> str:
        done = self.source.git.call("rev-parse", "--verify", "--quiet", f"{refs.wip(self.task.bead)}^1")
        return done.out.strip()

    def _before_wip(self, history: History, base: str) -> str:
        """The base commit that the uncommitted files of an earlier attempt belong to; else the base's head."""
        parent = self._wip_parent() if self.found.wip else ""
        return parent if parent and history.contains(base, parent) else base

    def _lay(self, commit: str) -> Git:
        """Lay the agent's repository, and check the commit out in it. Answers with git in it."""
        branches = dict.fromkeys((self.train.base, self.train.target))
        there = (
            (branch, self.desk.ledger.repository / f"refs/remotes/origin/{branch}") for branch in branches
        )
        tracking = {
            f"refs/remotes/origin/{branch}": self._fetched(branch) for branch, file in there if file.is_file()
        }
        git = self.desk.lay({**tracking, refs.head(self.task.branch): commit})
        git.run("reset", "--quiet", "--hard", commit, "--")
        return git

    def _restore(self, git: Git, start: str) -> bool:
        """Bring back the uncommitted files of an earlier attempt, as uncommitted files; False when there is nothing to."""
        if not self.found.wip:
            return False
        if self._wip_parent() != start:
            self._put_aside()
            return False
        git.run("read-tree", "--reset", "-u", self.found.wip)
        git.run("reset", "--quiet", "--mixed", start, "--")
        return True

    def _put_aside(self) -> None:
        """Keep uncommitted files of an earlier attempt that belong to another commit: the next ones that are saved take their ref."""
        wip, kept = refs.wip(self.task.bead), refs.kept(self.task.bead, self.found.wip[:12])
        answer = Remote(self.source.git, self.source.url).push([Update(kept, self.found.wip)])
        where = f"is kept as {kept}" if answer.accepted else "is left where it is"
        say(f"{wip} is not based on {self.task.branch} as it is now, so it {where}")

    def _merge(self, git: Git) -> tuple[str, ...]:
        theirs = f"origin/{self.train.target}"
        message = f"Merge {self.train.target} into {self.task.branch}"
        done = git.call("merge", "--no-ff", "--no-commit", "--quiet", "-m", message, theirs)
        names = git.run("diff", "--name-only", "--diff-filter=U", "-z").split("\0")
        conflicts = tuple(name for name in names if name)
        if done.code and not conflicts:
            raise failed("merge", done)
        return conflicts


def _tracking(branch: str) -> str:
    return f"+refs/heads/{branch}:refs/remotes/origin/{branch}"
