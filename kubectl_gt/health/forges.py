"""Whether a rig's forge does what the rig wants of it, asked with the rig's own token. Nothing is changed there."""

import dataclasses
from collections.abc import Callable, Iterator

from crds import Refinery, Rig
from crds.triggers import ON_ISSUES
from forges.errors import Final, ForgeError, NotFound, RateLimited, Refused, TokenRefused, Unreadable
from forges.interface import Ability, Forge
from forges.model import ForgeKind, MergeMethod, Permission
from forges.registry import Address, connect, credentials
from forges.transports.blocking import Blocking
from kubectl_gt.health import Check, Health
from kubectl_gt.health.accounts import SignedIn, signed_in
from kubectl_gt.health.webhooks import webhook
from workflows.clock import utc_now
from workflows.errors import ConvoyRefused
from workflows.orders import PullOrders

TIMEOUT = 10.0
"""Seconds for one answer: a person waits for it."""

Read = Callable[[str, str], str]
"""Gives the value of a secret by name and key, empty where there is none."""


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """A rig's forge, with the connection that its token makes."""

    rig: Rig
    refinery: Refinery
    forge: Forge
    connection: Blocking


def unset(rig: Rig, refinery: Refinery) -> Check | None:
    """What a refinery that lands by pull request lacks in its rig: told without asking the forge."""
    if refinery.spec.mode == "pr":
        try:
            _orders(rig, refinery)
        except ConvoyRefused as error:
            return Check(f"rig {rig.metadata.name}: forge", Health.BAD, str(error), _again(rig))
    return None


def checks(rig: Rig, refinery: Refinery, read: Read) -> Iterator[Check]:
    """All that a rig wants of its forge; a rig without a forge wants nothing."""
    lacking = unset(rig, refinery)
    if lacking is not None:
        yield lacking
        return
    where, reference = rig.spec.forge, rig.spec.forge_token_secret_ref
    if where is None or reference is None:
        return
    what = f"rig {rig.metadata.name}: forge"
    token = read(reference.name, reference.key).strip()
    if not token:
        seen = f"its token is not there: secret {reference.name}, key {reference.key}"
        yield Check(what, Health.BAD, seen, _again(rig))
        return
    address = Address(kind=ForgeKind(where.kind), repository=where.repository, api=where.api_url)
    try:
        asked = Asked(rig, refinery, connect(address), Blocking(credentials(token), timeout=TIMEOUT))
        me = signed_in(asked.forge, asked.connection)
    except ForgeError as error:
        yield _failed(what, rig, error)
        return
    yield _account(what, asked, me)
    yield from _landing(asked, me)
    yield from _triggers(asked)
    yield webhook(asked.rig, asked.forge, asked.connection, secret=_signs(rig, read))


def _orders(rig: Rig, refinery: Refinery) -> PullOrders:
    """What merges by pull request are told. Raises ConvoyRefused where the rig lacks what they need."""
    from workflows.compile.pulls import pull_orders, token_of  # noqa: PLC0415 - Hera, for mode pr only

    orders = pull_orders(rig, refinery)
    token_of(rig)
    return orders


def _again(rig: Rig, more: str = "") -> str:
    return f"`rig connect {rig.metadata.name} --token-file FILE{more}`"


def _failed(what: str, rig: Rig, error: ForgeError) -> Check:
    if isinstance(error, RateLimited):
        return Check(what, Health.DOUBTFUL, str(error), "ask again in a while")
    if isinstance(error, TokenRefused):
        fix = f"make a new token at the forge, then {_again(rig)}"
    elif isinstance(error, Refused | Unreadable):
        fix = _again(rig, " --api-url URL")
    elif isinstance(error, Final):
        repository = " --repository OWNER/NAME" if isinstance(error, NotFound) else ""
        fix = f"give the token's account what it lacks there, or {_again(rig, repository)}"
    else:
        fix = f"see that the forge answers from here, or {_again(rig, ' --api-url URL')}"
    return Check(what, Health.BAD, str(error), fix)


def _account(what: str, asked: Asked, me: SignedIn) -> Check:
    if me.unfit:
        return Check(what, Health.BAD, me.unfit, f"see to it at the forge, or {_again(asked.rig)}")
    seen = f"{asked.forge.kind} {me.repository.name} answers, signed in as {me.account.name}"
    if me.repository.mine is Permission.NONE:
        seen += "; the forge does not tell what that account may do"
    return Check(what, Health.GOOD, seen)


def _landing(asked: Asked, me: SignedIn) -> Iterator[Check]:
    """What stands in the way of how work lands."""
    rig, mode = asked.rig, asked.refinery.spec.mode
    what = f"rig {rig.metadata.name}: landing"
    if mode == "none":
        return
    branch = rig.spec.base_branch
    try:
        rules = asked.connection.run(asked.forge.commits.branch(branch)).rules
        if mode == "pr":
            asked.connection.run(asked.forge.pulls.find(head="gastown/doctor", base=branch))
    except ForgeError as error:
        yield _failed(what, rig, error)
        return
    if mode == "pr":
        yield from _pulls(what, asked, me)
    elif rules.approvals or rules.checks:
        seen = f"{branch} asks for reviews or checks, and work is pushed to it: the forge may refuse that"
        yield Check(what, Health.DOUBTFUL, seen, f"land by pull request: {_again(rig, ' --mode pr')}")
    else:
        yield Check(what, Health.GOOD, f"work is pushed to {branch}")


def _pulls(what: str, asked: Asked, me: SignedIn) -> Iterator[Check]:
    orders, allowed = _orders(asked.rig, asked.refinery), me.repository.methods
    if allowed and MergeMethod(orders.method) not in allowed:
        ways = ", ".join(sorted(allowed))
        seen = f"{me.repository.name} forbids {orders.method}; it allows {ways}"
        fix = f"allow it in the repository's settings, or {_again(asked.rig, f' --method {min(allowed)}')}"
        yield Check(what, Health.BAD, seen, fix)
        return
    for ability in _wanted(orders):
        if not asked.forge.can(ability):
            fix = f"take it out of spec.pr of Refinery {asked.refinery.metadata.name}"
            yield Check(what, Health.DOUBTFUL, asked.forge.lacks[ability], fix)
    yield Check(what, Health.GOOD, f"pull requests into {asked.rig.spec.base_branch}, by {orders.method}")


def _wanted(orders: PullOrders) -> Iterator[Ability]:
    if orders.draft:
        yield Ability.DRAFTS
    if orders.reviewers:
        yield Ability.REQUEST_REVIEWERS
    if orders.queue:
        yield Ability.MERGE_QUEUE


def _triggers(asked: Asked) -> Iterator[Check]:
    """Whether the token sees what the triggers listen to: asked for what changed just now, so that the answer is short."""
    names = [each.name for each in asked.rig.spec.triggers if each.event in ON_ISSUES]
    if not names:
        return
    what = f"rig {asked.rig.metadata.name}: triggers"
    try:
        asked.connection.run(asked.forge.issues.all_open(since=utc_now()))
    except ForgeError as error:
        yield _failed(what, asked.rig, error)
        return
    yield Check(what, Health.GOOD, f"{', '.join(names)}: issues can be read")


def _signs(rig: Rig, read: Read) -> bool:
    reference = rig.spec.webhook_secret_ref
    return reference is not None and bool(read(reference.name, reference.key))
