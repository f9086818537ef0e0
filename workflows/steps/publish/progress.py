"""Saves a running agent's work on the remote: its commits on the work branch, its uncommitted files beside it."""

from workflows import refs
from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.errors import AccessRefused, GitFailed, Outrun, ServerTroubled, StepError, TryAgain
from workflows.steps.git import address, pointers
from workflows.steps.git.additions import additions
from workflows.steps.git.command import Git
from workflows.steps.git.history import is_ancestor
from workflows.steps.git.identity import author, committer
from workflows.steps.git.patience import Patience
from workflows.steps.git.remote import ABSENT, Answer, Remote, Update
from workflows.steps.pod.ledger import Ledger, State
from workflows.steps.publish.intake import Intake, Tip
from workflows.steps.publish.largefiles import LargeFiles
from workflows.steps.speech import say
from workflows.steps.wall.sighting import Sighting

A_LOOK = 3.0
"""Seconds for which packs are taken before what is here by then is pushed: an agent may blow up as many as it likes."""


class Progress:
    """What was pushed so far: `branch_sha` is the work branch as we last knew it, `snapshot` whether files lie beside it."""

    def __init__(
        self,
        intake: Intake,
        remote: Remote,
        ledger: Ledger,
        train: TrainOrders,
        task: TaskOrders,
        state: State,
        patience: Patience,
    ) -> None:
        self.intake = intake
        self.remote = remote
        self.ledger = ledger
        self.train = train
        self.task = task
        self.state = state
        self.branch_sha = state.remote_sha
        self.snapshot = state.snapshot
        self.patience = patience
        self.last = False
        """From the agent's end on what is pushed is nowhere else: then a server in trouble is waited for."""
        self._saved = ("", "")

    @property
    def git(self) -> Git:
        """Git in our own repository."""
        return self.intake.git

    @property
    def large(self) -> LargeFiles:
        """What git-lfs should keep of the agent's objects."""
        return LargeFiles(self.git, self.intake.repository, self.train.repository)

    def save(self, seen: Sighting, now: int) -> bool:
        """Push what is new since the last time. Says on stderr what went wrong, and raises nothing: the agent goes on.

        False where another try may do better.
        """
        try:
            return self._save(seen, now)
        except StepError as error:
            say(f"work in progress could not be saved, trying again later: {error}")
            return not isinstance(error, (TryAgain, AccessRefused))

    def head(self, seen: Sighting) -> Tip:
        """The commit that the agent stands on; where it broke its repository, the one that it was given."""
        self.intake.take(seen.packs)
        return self._head(seen)

    def _head(self, seen: Sighting) -> Tip:
        found = self.intake.tip(seen.head) or self.intake.tip(self.state.start_sha)
        return found or Tip(self.state.start_sha, "")

    def tree(self, seen: Sighting, head: Tip) -> str:
        """All its files as they are; those of its commit where they could not be seen."""
        return seen.tree if self.intake.has_tree(seen.tree) else head.tree

    def _save(self, seen: Sighting, now: int) -> bool:
        whole = self.intake.take(seen.packs, A_LOOK)
        head = self._head(seen)
        if head.sha != self._saved[0] and (branch := self._branch_update(head)):
            # Commits first: a large tree may take longer than a pod that is told to stop has left.
            self._push([branch])
        if not (whole and seen.tree):
            return whole
        if not self.intake.has_tree(seen.tree):
            # No reason to take away the files that were saved before.
            raise GitFailed(f"the agent's files are not all here, or not sound: {self.intake.refused}")
        tree = seen.tree
        if (head.sha, tree) == self._saved:
            return True
        covered = head.sha in (self.branch_sha, self.state.base_sha)
        if self._push([self._wip_update(head, tree, now, covered=covered)]):
            self._saved = (head.sha, tree)
        return True

    def _branch_update(self, head: Tip) -> Update | None:
        """Move the work branch to the agent's commits; not when it has none, nor when it left what clone gave it."""
        if head.sha in (self.branch_sha, self.state.base_sha):
            return None
        if not is_ancestor(self.git, self.state.start_sha, head.sha):
            return None
        return Update(refs.head(self.task.branch), head.sha, self.branch_sha)

    def _wip_update(self, head: Tip, tree: str, now: int, *, covered: bool) -> Update:
        """A commit of the uncommitted files on top of HEAD, also where HEAD itself is not `covered` by the branch."""
        new = ABSENT if covered and tree == head.tree else self.commit(head, tree, now)
        return Update(refs.wip(self.task.bead), new)

    def commit(self, head: Tip, tree: str, now: int, *more: str) -> str:
        """A commit that holds the files as they are; `more` are its further parents."""
        person = (self.train.author, self.train.email)
        git = self.git.having(**author(*person, f"{now} +0000"), **committer(*person, now))
        parents = [word for parent in (head.sha, *more) for word in ("-p", parent)]
        return git.run("commit-tree", tree, *parents, "-m", f"Work in progress on {self.task.bead}").strip()

    def upload(self, sha: str) -> None:
        """Give the server what git-lfs keeps of the work. What it does not get is told, and the refinery lands no pointer without it."""
        if not self.intake.keeps_contents:
            return
        found = pointers.changed(self.git, additions(self.git, self.state.base_sha, sha))
        oids = [oid for oid in dict.fromkeys(each.oid for each in found) if self.intake.contents(oid)]
        if not oids:
            return
        missing = "git-lfs is not installed where work is published"
        if pointers.installed(self.git):
            missing = pointers.upload(self.git, self.train.repository, oids)
        if missing:
            say(f"{len(oids)} files that git-lfs keeps were not uploaded: {missing}")

    def push_branch(self, sha: str) -> bool:
        """Move the work branch alone."""
        return sha == self.branch_sha or self._push(
            [Update(refs.head(self.task.branch), sha, self.branch_sha)]
        )

    def push(self, updates: list[Update]) -> Answer:
        """Push, with the patience that there is. Raises Outrun, ServerTroubled, Unreachable and AccessRefused, which say nothing about the work."""
        return self.patience.over(lambda: self._answer(updates)) if self.last else self._answer(updates)

    def _answer(self, updates: list[Update]) -> Answer:
        answer = self.remote.push(updates)
        if answer.contended:
            raise Outrun(f"another push was under way: {answer.words}")
        if answer.troubled:
            reasons = ", ".join(f"{ref}: {why}" for ref, why in answer.culprits.items())
            raise ServerTroubled(
                f"{address.shown(self.remote.url)} is in trouble: {reasons} {answer.words}".rstrip()
            )
        return answer

    def _push(self, planned: list[Update]) -> bool:
        updates = [each for each in planned if each.new != ABSENT or self.snapshot]
        if not updates:
            return True
        for update in updates:
            if update.ref == refs.head(self.task.branch):
                self.ledger.note_push(update.new)
        answer = self.push(updates)
        if not answer.accepted:
            reasons = ", ".join(f"{ref}: {why}" for ref, why in answer.refusals.items())
            say(f"work in progress was refused ({reasons}) {answer.words}")
            return False
        for update in updates:
            if update.ref == refs.wip(self.task.bead):
                self.snapshot = update.new != ABSENT
            else:
                self.branch_sha = update.new
        return True
