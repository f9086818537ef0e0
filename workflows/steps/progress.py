"""Saves a running agent's work on the remote: its commits on the work branch, its uncommitted files beside it."""

from workflows import refs
from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.errors import Outrun, StepError, TryAgain
from workflows.steps.history import is_ancestor
from workflows.steps.identity import author, committer
from workflows.steps.remote import ABSENT, Remote, Update
from workflows.steps.speech import say
from workflows.steps.view import Tip, View
from workflows.steps.workspace import State, Workspace


class Progress:
    """What was pushed so far: `branch_sha` is the work branch as we last knew it, `snapshot` whether files lie beside it."""

    def __init__(
        self,
        view: View,
        remote: Remote,
        workspace: Workspace,
        train: TrainOrders,
        task: TaskOrders,
        state: State,
    ) -> None:
        self.view = view
        self.remote = remote
        self.workspace = workspace
        self.train = train
        self.task = task
        self.state = state
        self.branch_sha = state.remote_sha
        self.snapshot = state.snapshot
        self._saved = ("", "")
        self.seen = ("", "")
        """The commit and the tree of the agent's work when it was last looked at."""

    def save(self, now: int) -> bool:
        """Push what is new since the last time. Says on stderr what went wrong, and raises nothing: the agent goes on.

        False where another try may do better.
        """
        try:
            self._save(now)
        except StepError as error:
            say(f"work in progress could not be saved, trying again later: {error}")
            return not isinstance(error, TryAgain)
        return True

    def _save(self, now: int) -> None:
        head = self.view.head()
        try:
            if head.sha != self._saved[0] and (branch := self._branch_update(head)):
                # Commits first: to look at all files of a large tree may take longer than a pod that is told to stop has left.
                self._push([branch])
        finally:
            tree = self.view.files()
            self.seen = (head.sha, tree)
        if (head.sha, tree) == self._saved:
            return
        covered = head.sha in (self.branch_sha, self.state.base_sha)
        if self._push([self._wip_update(head, tree, now, covered=covered)]):
            self._saved = (head.sha, tree)

    def _branch_update(self, head: Tip) -> Update | None:
        """Move the work branch to the agent's commits; not when it has none, nor when it left what clone gave it."""
        if head.sha in (self.branch_sha, self.state.base_sha):
            return None
        if not is_ancestor(self.view.git, self.state.start_sha, head.sha):
            return None
        return Update(refs.head(self.task.branch), head.sha, self.branch_sha)

    def _wip_update(self, head: Tip, tree: str, now: int, *, covered: bool) -> Update:
        """A commit of the uncommitted files on top of HEAD, also where HEAD itself is not `covered` by the branch."""
        new = ABSENT if covered and tree == head.tree else self._commit(head, tree, now)
        return Update(refs.wip(self.task.bead), new)

    def _commit(self, head: Tip, tree: str, now: int) -> str:
        person = (self.train.author, self.train.email)
        git = self.view.git.having(**author(*person, f"{now} +0000"), **committer(*person, now))
        return git.run(
            "commit-tree", tree, "-p", head.sha, "-m", f"Work in progress on {self.task.bead}"
        ).strip()

    def _push(self, planned: list[Update]) -> bool:
        updates = [each for each in planned if each.new != ABSENT or self.snapshot]
        if not updates:
            return True
        for update in updates:
            if update.ref == refs.head(self.task.branch):
                self.workspace.note_push(update.new)
        answer = self.remote.push(updates)
        if answer.contended:
            raise Outrun(f"another push was under way: {answer.words}")
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
