"""One bead's way through its pull request, as far as it goes now: proposed, looked at, and merged where nothing is missing."""

import time
import uuid
from typing import NamedTuple, TypeVar

from forges.errors import ForgeError, Later, RateLimited, Reason, TokenRefused
from forges.exchange import Call
from forges.interface import Ability, Forge
from forges.model import ForgeKind, MergeMethod
from forges.pulls import Check, CheckState, PullRequest
from forges.registry import Address, connect, credentials
from forges.transports.blocking import Blocking
from workflows import refs
from workflows.clean import clip
from workflows.orders import PullOrders
from workflows.refinery.modes.pr import claim
from workflows.refinery.modes.pr.decision import Decision, Merge, Waiting, ended, unseen
from workflows.refinery.modes.pr.model import UNSEEN, Terms, Wait, Work
from workflows.refinery.modes.pr.proposal import consider, merge, post, propose
from workflows.steps.errors import AccessRefused, AwaitingChecks, Refused, Unreachable
from workflows.steps.git.remote import Remote

T = TypeVar("T")

DESCRIPTION = 255
"""Bytes of what a status says; a forge that takes less cuts it."""


LONGEST_REST = 300.0
"""Seconds that a step rests where the forge asks for it: the next try asks again, and comes later."""


class Sight(NamedTuple):
    """A pull request as this process saw it, when, and whether it is one that was opened by it."""

    pull: PullRequest
    at: float
    opened: bool = False


class HandOver(NamedTuple):
    """The forge of a rig, and how the rig wants its pull requests. `seen` is what this process saw of them, by branch."""

    forge: Forge
    connection: Blocking
    terms: Terms
    seen: dict[str, Sight]

    @classmethod
    def of(cls, orders: PullOrders, target: str, token: str, seen: dict[str, Sight]) -> "HandOver":
        """From the train's orders, and the token that the pod was given. Raises Refused and AccessRefused."""
        if not token:
            raise AccessRefused(
                f"no token for the forge of {orders.repository}: run `rig connect`, which keeps one"
            )
        address = Address(kind=ForgeKind(orders.kind), repository=orders.repository, api=orders.api)
        terms = Terms(
            base=target,
            method=MergeMethod(orders.method),
            wait=Wait(orders.wait),
            draft=orders.draft,
            queue=orders.queue,
            reviewers=orders.reviewers,
            labels=orders.labels,
            context=orders.context,
        )
        try:
            return cls(connect(address), Blocking(credentials(token)), terms, seen)
        except ForgeError as error:
            raise Refused(f"the forge of {orders.repository}: {error}") from error

    def over(self, branch: str) -> tuple[PullRequest, Decision] | None:
        """What ended the pull request of a branch, where it has one that is not open any more."""
        found = self._run(self.forge.pulls.find(head=branch, base=self.terms.base))
        over = ended(found) if found else None
        if found and not over:
            self._see(branch, found)
        return (found, over) if found and over else None

    def announce(self, work: Work) -> None:
        """Propose the work before its gates have run, and say that they do."""
        self._show(work, self._status(CheckState.PENDING, "gates run"))

    def fail(self, work: Work, words: str) -> None:
        """Say on the pull request what the gates found."""
        self._run(post(self.forge, work, self.terms, self._status(CheckState.FAILURE, words)))

    def advance(self, work: Work, remote: Remote, *, gates: int) -> tuple[PullRequest, Decision]:
        """Propose the work, say that its gates passed, and take it as far as it goes now. Ends in a decision that is no Merge."""
        words = f"{gates} gate(s) passed" if gates else "no gates"
        passed = self._status(CheckState.SUCCESS, words)
        sight = self.seen.get(work.branch)
        if sight is None or sight.opened or not sight.pull.is_at(work.sha):
            sight = self._show(work, passed)
        rules = self._run(self.forge.commits.branch(self.terms.base)).rules
        if sight.opened and (untouched := unseen(sight.pull, rules, self.terms)):
            return sight.pull, untouched
        pull = sight.pull
        decision = self._run(
            consider(self.forge, pull, work, self.terms, rules, passed=passed, posted=sight.opened)
        )
        if not isinstance(decision, Merge):
            return pull, decision
        ref = refs.landing(self.terms.base, work.bead)
        mine = claim.take(remote, ref, work.sha, holder=uuid.uuid4().hex, now=time.time())
        if mine is None:
            return pull, Waiting(Reason.CHECKING, "another step merges it just now")
        # The forge itself refuses another head, and one that is closed.
        known = self.forge.can(Ability.EXPECTED_HEAD) and time.monotonic() - sight.at < UNSEEN
        decision = self._run(merge(self.forge, pull, work, self.terms, rules, known=known))
        mine.leave()
        return pull, decision

    def _show(self, work: Work, status: Check) -> Sight:
        """The pull request with this status on it; opened where this process has seen none, and asked for anew where it saw other work."""
        sight = self.seen.get(work.branch)
        if sight is None or not sight.pull.is_at(work.sha):
            pull = self._run(propose(self.forge, work, self.terms, status))
            # Another may have been opened before, by a step that was killed or by a person.
            untouched = (pull.updated - pull.created).total_seconds() < UNSEEN
            return self._see(work.branch, pull, opened=untouched)
        self._run(self.forge.commits.set_status(work.sha, status))
        return sight

    def _see(self, branch: str, pull: PullRequest, *, opened: bool = False) -> Sight:
        self.seen[branch] = Sight(pull, time.monotonic(), opened)
        return self.seen[branch]

    def _status(self, state: CheckState, words: str) -> Check:
        return Check(self.terms.context, state, clip(" ".join(words.split()), DESCRIPTION))

    def _run(self, call: Call[T]) -> T:
        """What a call returns, with the forge's errors as those of a step."""
        try:
            return self.connection.run(call)
        except TokenRefused as error:
            raise AccessRefused(str(error)) from error
        except RateLimited as error:
            # As long as it asks for, in steps: what is waited for is a machine.
            time.sleep(min(error.after or 0.0, LONGEST_REST))
            raise AwaitingChecks(str(error)) from error
        except Later as error:
            time.sleep(min(error.after or 0.0, LONGEST_REST))
            raise Unreachable(str(error)) from error
        except ForgeError as error:
            raise Refused(str(error)) from error
