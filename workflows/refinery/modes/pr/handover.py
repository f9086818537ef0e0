"""One bead's way through its pull request, as far as it goes now: proposed, looked at, and merged where nothing is missing."""

import time
import uuid
from typing import NamedTuple, TypeVar

from forges.errors import ForgeError, Later, Reason, TokenRefused
from forges.exchange import Call
from forges.interface import Forge
from forges.model import ForgeKind, MergeMethod
from forges.pulls import CheckState, PullRequest, Status
from forges.registry import Address, connect, credentials
from forges.transports.blocking import Blocking
from workflows import refs
from workflows.clean import clip
from workflows.orders import PullOrders
from workflows.refinery.modes.pr import claim
from workflows.refinery.modes.pr.decision import Decision, Merge, Waiting, ended
from workflows.refinery.modes.pr.model import Terms, Wait, Work
from workflows.refinery.modes.pr.proposal import consider, current, merge, post, propose
from workflows.steps.errors import AccessRefused, Refused, Unreachable
from workflows.steps.git.remote import Remote

T = TypeVar("T")

DESCRIPTION = 255
"""Bytes of what a status says; a forge that takes less cuts it."""


class HandOver(NamedTuple):
    """The forge of a rig, and how the rig wants its pull requests."""

    forge: Forge
    connection: Blocking
    terms: Terms

    @classmethod
    def of(cls, orders: PullOrders, target: str, token: str) -> "HandOver":
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
            return cls(connect(address), Blocking(credentials(token)), terms)
        except ForgeError as error:
            raise Refused(f"the forge of {orders.repository}: {error}") from error

    def over(self, branch: str) -> tuple[PullRequest, Decision] | None:
        """What ended the pull request of a branch, where it has one that is not open any more."""
        found = self._run(self.forge.pulls.find(head=branch, base=self.terms.base))
        over = ended(found) if found else None
        return (found, over) if found and over else None

    def announce(self, work: Work) -> None:
        """Propose the work before its gates have run, and say that they do."""
        self._run(propose(self.forge, work, self.terms, self._status(CheckState.PENDING, "gates run")))

    def fail(self, work: Work, words: str) -> None:
        """Say on the pull request what the gates found."""
        self._run(post(self.forge, work, self.terms, self._status(CheckState.FAILURE, words)))

    def advance(self, work: Work, remote: Remote, *, gates: int) -> tuple[PullRequest, Decision]:
        """Propose the work, say that its gates passed, and take it as far as it goes now. Ends in a decision that is no Merge."""
        words = f"{gates} gate(s) passed" if gates else "no gates"
        passed = self._status(CheckState.SUCCESS, words)
        pull = self._run(current(self.forge, work, self.terms, passed))
        rules = self._run(self.forge.commits.branch(self.terms.base)).rules
        decision = self._run(consider(self.forge, pull, work, self.terms, rules, passed=passed))
        if not isinstance(decision, Merge):
            return pull, decision
        ref = refs.landing(self.terms.base, work.bead)
        mine = claim.take(remote, ref, work.sha, holder=uuid.uuid4().hex, now=time.time())
        if mine is None:
            return pull, Waiting(Reason.CHECKING, "another step merges it just now")
        decision = self._run(merge(self.forge, pull, work, self.terms, rules))
        mine.leave()
        return pull, decision

    def _status(self, state: CheckState, words: str) -> Status:
        return Status(self.terms.context, state, clip(" ".join(words.split()), DESCRIPTION))

    def _run(self, call: Call[T]) -> T:
        """What a call returns, with the forge's errors as those of a step."""
        try:
            return self.connection.run(call)
        except TokenRefused as error:
            raise AccessRefused(str(error)) from error
        except Later as error:
            raise Unreachable(str(error)) from error
        except ForgeError as error:
            raise Refused(str(error)) from error
