"""The repository on the other side: read its refs, and change them all at once or not at all."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from workflows.steps.errors import AccessRefused, BranchMissing, Empty, HostUnknown, StepError, Unreachable
from workflows.steps.git import address, stalelocks
from workflows.steps.git.command import Done, Git, failed, last_words

ABSENT = ""
"""In place of a commit: the ref is not there, or shall go."""

_DENIED = (
    "Authentication failed",
    "Permission denied (",
    "could not read Username",
    "could not read Password",
    "terminal prompts disabled",
    "requested URL returned error: 401",
    "requested URL returned error: 403",
    "Permission to ",
)
_CONTENDED = ("lock", "failed to update ref", "incorrect old value", "transaction")
_UNKNOWN_HOST = (
    "Host key verification failed",
    "REMOTE HOST IDENTIFICATION HAS CHANGED",
    "host key is known for",
)
_NOT_THERE = (
    "does not appear to be a git repository",
    "Repository not found",
    "repository not found",
    "not found",
    "does not exist",
    "requested URL returned error: 404",
)
_NO_ANSWER = ("Could not resolve", "Connection ", "timed out", "unable to access", "hung up", "early EOF")


_IN_THE_WAY = "exists; cannot create"
"""A ref of this name leaves no room for those below it, or the other way round."""

_RULES = (
    "hook declined",
    "protected",
    "deny",
    "denied",
    "prohibited",
    "not permitted",
    "not allowed",
    "forbidden",
    "refusing",
    "hidden ref",
    "funny refname",
    "currently checked out",
    "working directory has",
    "restricted",
    _IN_THE_WAY,
)
"""What repositories say when a rule of theirs is broken; whatever else they say may be their disk."""

_TROUBLES = (
    "unpacker error",
    "no space left",
    "quota exceeded",
    "read-only file system",
    "read-only gitlab",
    "internal server error",
    "api unreachable",
    "temporarily",
    "try again later",
    "unavailable",
    "maintenance",
    "timed out",
    "too many requests",
)
"""What servers, and the hooks that their forges run, say of themselves while nothing is wrong with what is pushed."""

_NO_ATOMIC = "does not support --atomic"


class Update(NamedTuple):
    """One ref to change. `expected` is what it must hold now (ABSENT = nothing); None leaves that open."""

    ref: str
    new: str
    expected: str | None = None


class Answer(NamedTuple):
    """What the repository said to a push: why each refused ref was refused, and its own words to the user."""

    refusals: Mapping[str, str]
    words: str

    @property
    def accepted(self) -> bool:
        """Every ref was changed, or stood so already."""
        return not self.refusals

    @property
    def contended(self) -> bool:
        """Another push held a lock on the same refs just then; what they hold now says nothing yet."""
        blocked = _IN_THE_WAY in self.words or any(_IN_THE_WAY in why for why in self.refusals.values())
        return not blocked and any(sign in why for why in self.refusals.values() for sign in _CONTENDED)

    @property
    def culprits(self) -> Mapping[str, str]:
        """The refs that a push failed for, without those that only share the transaction: then git names the one in its words."""
        shared = ("atomic", "transaction")
        alone = {ref: why for ref, why in self.refusals.items() if not any(sign in why for sign in shared)}
        named = {ref: why for ref, why in self.refusals.items() if f"cannot lock ref '{ref}'" in self.words}
        return alone or named or self.refusals

    @property
    def ruled(self) -> bool:
        """A rule of the repository forbids it: another try would end the same way."""
        return not self.troubled and _any(_RULES, self._told)

    @property
    def troubled(self) -> bool:
        """The server says that something is wrong with itself."""
        return not self.accepted and _any(_TROUBLES, self._told)

    @property
    def _told(self) -> str:
        return "\n".join((*self.refusals.values(), self.words)).lower()


class Remote(NamedTuple):
    """A repository by its address."""

    git: Git
    url: str

    def refs(self, *names: str) -> dict[str, str]:
        """The named refs as they are now, absent ones left out; `<tag ref>^{}` is what a tag points to.

        A name that ends in `/*` stands for all below it. Raises Unreachable or AccessRefused.
        """
        wanted = [pattern for name in dict.fromkeys(names) for pattern in (name, f"{name}^{{}}")]
        done = self.git.call("ls-remote", "--", self.url, *wanted)
        if done.code:
            raise unreachable(self.url, "ls-remote", done)
        lines = (line.partition("\t") for line in done.out.splitlines())
        found = {name: sha for sha, _, name in lines}
        # ls-remote matches the tail of a name: refs/heads/main is also asked of refs/heads/x/refs/heads/main.
        return {name: sha for name, sha in found.items() if _asked(name.removesuffix("^{}"), names)}

    def push(self, updates: Sequence[Update]) -> Answer:
        """Change all refs in one transaction, each only from what is expected. Raises Unreachable or AccessRefused.

        A server that knows no transactions gets them one by one, in their order, until one is refused: whoever calls puts first what
        the others only record.
        """
        answer = self._push(updates)
        return answer or self._one_by_one(updates)

    def _one_by_one(self, updates: Sequence[Update]) -> Answer:
        for number, update in enumerate(updates):
            answer = self._push((update,), "--no-atomic")
            if answer and not answer.accepted:
                left = {each.ref: "atomic push failed" for each in updates[number + 1 :]}
                return Answer({**answer.refusals, **left}, answer.words)
        return Answer({}, "")

    def _push(self, updates: Sequence[Update], atomic: str = "--atomic") -> Answer | None:
        """One push; None where the server knows no transactions."""
        leases = [
            f"--force-with-lease={update.ref}:{update.expected}"
            for update in updates
            if update.expected is not None
        ]
        changes = [_refspec(update) for update in updates]
        done = self.git.call("push", atomic, "--porcelain", "--quiet", *leases, "--", self.url, *changes)
        refusals = _refusals(done.out.splitlines())
        if done.code and not refusals and _NO_ATOMIC in done.err:
            return None
        if done.code and not refusals:
            raise unreachable(self.url, "push", done)
        answer = Answer(refusals, said(done.err))
        if answer.contended:
            stalelocks.remove(self.url, (update.ref for update in updates), time.time())
        return answer


def unreachable(repository: str, command: str, done: Done) -> StepError:
    """Why git could not talk to the repository, with what to do about it."""
    name, words = address.shown(repository), address.shown(last_words(done.err))
    if _any(_UNKNOWN_HOST, done.err):
        host = address.host(repository) or name
        return HostUnknown(
            f"the ssh host key of {host} is not known: check it and add the output of `ssh-keyscan {host}` "
            "to the key `known_hosts` of the git credentials, or to ~/.ssh/known_hosts on one machine"
        )
    if _any(_DENIED, done.err):
        return AccessRefused(f"access to {name} is refused: check the rig's git credentials ({words})")
    if _any(_NO_ANSWER, done.err):
        return Unreachable(
            f"the repository {name} does not answer: check the address and the network ({words})"
        )
    if _any(_NOT_THERE, done.err):
        return Unreachable(
            f"there is no repository at {name}: check the rig's address and its credentials ({words})"
        )
    return failed(command, done._replace(err=address.shown(done.err)))


def no_branch(remote: Remote, branch: str) -> Unreachable:
    """Why work cannot start, or land: the branch is missing, perhaps with everything else."""
    name = address.shown(remote.url)
    if not remote.refs("refs/heads/*"):
        return Empty(f"the repository {name} is empty: push a first commit to {branch}")
    return BranchMissing(
        f"the repository {name} has no branch {branch!r}: push it, or name another for the rig"
    )


def said(stderr: str) -> str:
    """The repository's own words to the user: what hooks and forges print."""
    lines = (
        line.removeprefix("remote:").strip() for line in stderr.splitlines() if line.startswith("remote:")
    )
    return " / ".join(line for line in lines if line)


def _refspec(update: Update) -> str:
    force = "+" if update.new and update.expected is None else ""
    return f"{force}{update.new}:{update.ref}"


def _refusals(lines: Iterable[str]) -> dict[str, str]:
    refused = (line.split("\t") for line in lines if line.startswith("!\t"))
    return {fields[1].partition(":")[2]: fields[2] for fields in refused if len(fields) == 3}


def _asked(name: str, names: Sequence[str]) -> bool:
    return any(name == each or (each.endswith("/*") and name.startswith(each[:-1])) for each in names)


def _any(signs: Sequence[str], text: str) -> bool:
    return any(sign in text for sign in signs)
