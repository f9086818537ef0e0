"""A bead is worked once: a ref of the repository says whose it is, so that two towns, or two convoys, do not work it at the same time.

The ref is moved by compare-and-swap only. It is a heartbeat: whoever finds it unmoved for as long as it says takes it over, by a clock of
its own that no machine needs to share. Losing it costs work and no truth: what lands is still decided by the merge.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable
from typing import NamedTuple, Self

from workflows import refs
from workflows.clean import clip, plain
from workflows.entries import LATEST, STARTS, Entry
from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.errors import AwaitingClaim, Claimed, GitFailed, StepError, TryAgain
from workflows.steps.git.command import Git
from workflows.steps.git.remote import ABSENT, Remote, Update
from workflows.steps.speech import say

LASTS, STARTING = 120.0, 900.0
"""Seconds that a claim holds without a heartbeat: of a polecat that works, and of one whose images are still being pulled."""

ASKS = 40.0
"""Seconds in which a merge that waits renews its ask."""

SKEW = 300.0
"""Seconds by which the clocks of two machines may differ: what was published so long ago may have been published just now."""

LONGEST = 3600.0
"""What is believed of a claim's own words about how long it holds."""

WAIT = 300.0
"""Seconds that a convoy which waits for another holds its pod: less than its agent has beyond its own time."""

_LARGEST = 4096
"""Bytes of a claim: ours take some hundreds."""

_LOOK = 1.0
_WORDS = 80
_STALE = "stale"
"""git's word for a ref that is no longer what was expected."""


class Holder(NamedTuple):
    """What the ref says. `beat` (seconds since 1970) is for people, and makes each heartbeat another object."""

    owner: str
    convoy: str
    host: str
    beat: float
    lasts: float

    @classmethod
    def load(cls, text: str) -> Self | None:
        """The holder of a claim; None for what is none of ours."""
        try:
            raw = json.loads(text)
            owner, convoy, host = (str(raw[name]) for name in ("owner", "convoy", "host"))
            beat, lasts = float(raw["beat"]), float(raw["lasts"])
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
            return None
        # Not a number compares false, and is none.
        return cls(owner, convoy, host, beat, lasts) if 0 < lasts <= LONGEST and 0 <= beat < LATEST else None

    @classmethod
    def read(cls, git: Callable[..., str], claim: str) -> Self | None:
        """The holder of a claim's object, which `git` is asked for; None for one that is larger than any claim."""
        size = int(git("cat-file", "-s", claim))
        return cls.load(git("cat-file", "blob", claim)) if size <= _LARGEST else None

    def told(self) -> str:
        """Who it is, for a person."""
        return f"convoy {clip(plain(self.convoy), _WORDS)} on {clip(plain(self.host), _WORDS)}"


class Claims(NamedTuple):
    """The claim of one bead. `git` has a repository of our own to make objects in."""

    git: Git
    train: TrainOrders
    task: TaskOrders
    patience: float
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep

    @property
    def ref(self) -> str:
        """Where the claim stands."""
        return refs.claim(self.task.bead)

    @property
    def remote(self) -> Remote:
        """The rig's repository."""
        return Remote(self.git, self.train.repository)

    def take(self, before: str) -> str | None:
        """Make the bead ours, in place of `before`, which is what the ref holds; None where somebody was first: look again.

        Empty where the repository takes no claims. Raises Claimed while another convoy works the bead, TryAgain where it may; orders that
        wait go on after its end.
        """
        if before and (holder := self.holder(before)) and holder.owner != self.train.identity:
            self._outwait(before, holder)
        return self._move(before, STARTING)

    def renew(self, held: str) -> str:
        """Say that we still work. Answers with what the ref holds of ours; empty where the repository takes no claims any more.

        Raises Claimed where it is no longer ours.
        """
        try:
            moved = self._move(held, LASTS)
            return self.kept(held) if moved is None else moved
        except Claimed:
            raise
        except StepError:
            return held

    def kept(self, held: str) -> str:
        """What the ref holds of ours by now: a renewal may have got through without an answer. Raises Claimed where somebody took it over."""
        now = self.remote.refs(self.ref).get(self.ref, ABSENT)
        holder = self.holder(now) if now not in (held, ABSENT) else None
        if now == ABSENT or (holder and holder.owner != self.train.identity):
            words = f"the claim of {self.task.bead} was taken over, as nothing was heard of this polecat: "
            step = "look at what was made of it meanwhile, and sling it again if more is to be done"
            raise Claimed(words + (self._held(holder) if holder else step))
        return now

    def release(self, held: str) -> None:
        """Give the bead back, unless somebody has taken it over; best effort, as the claim ends by itself."""
        if held:
            with contextlib.suppress(StepError):
                self.remote.push([Update(self.ref, ABSENT, held)])

    def forget(self, claim: str) -> None:
        """Release what an attempt of ours left that was killed between its publication and its end."""
        if claim and (holder := self.holder(claim)) and holder.owner == self.train.identity:
            self.release(claim)

    def holder(self, claim: str) -> Holder | None:
        """Who holds it; None for what cannot be read, or is gone by now."""
        try:
            self.git.run("fetch", "--quiet", "--no-tags", "--", self.train.repository, self.ref)
            return Holder.read(self.git.run, claim)
        except (GitFailed, TryAgain):
            return None

    def _outwait(self, claim: str, holder: Holder) -> None:
        """Return once the claim has run out, and for orders that wait also once it is gone.

        Raises Claimed when its holder is heard of, TryAgain when that takes too long; orders that wait raise AwaitingClaim then.
        """
        begin = heard = self.monotonic()
        waits = self.train.waits
        limit = WAIT if waits else max(self.patience, 0.0)
        say(
            f"{self.task.bead} is being worked by {holder.told()}: waiting for its end"
            if waits
            else f"{self.task.bead} is claimed by {holder.told()}: waiting {min(holder.lasts, limit):.0f} s at most for a sign of life"
        )
        while True:
            now = self.remote.refs(self.ref).get(self.ref, ABSENT)
            if now == ABSENT and waits:
                return
            if now == ABSENT:
                raise Claimed(
                    f"{holder.told()} has just ended its work on {self.task.bead}: look at what it made; "
                    "sling the bead again if more is to be done"
                )
            if now != claim:
                claim, holder, heard = now, self.holder(now) or holder, self.monotonic()
                if not waits:
                    raise Claimed(self._held(holder))
            passed = self.monotonic() - heard
            if passed >= holder.lasts:
                say(f"{holder.told()} was not heard of for {passed:.0f} s: its claim is taken over")
                return
            if self.monotonic() - begin >= limit:
                raise (AwaitingClaim if waits else TryAgain)(self._held(holder))
            self.sleep(min(_LOOK, holder.lasts - passed))

    def let_merge(self, queued: Entry, entry: str) -> bool:
        """Whether nobody merges what another convoy published; False for orders that waited until somebody had: look again.

        A step that waits for its turn renews its ask; `entry` is what the queue's ref holds. Raises Claimed while a step of that convoy is
        about to merge, AwaitingClaim where orders that wait waited too long. A pull request waits for people, and may end only by their words.
        """
        if self.train.waits and self.train.pulls:
            return True
        place, asking = (
            refs.queue(self.train.target, self.task.bead),
            refs.ask(self.train.target, self.task.bead),
        )
        ask = self.remote.refs(asking).get(asking, ABSENT)
        starts = STARTS if abs(self.clock() - queued.published) < STARTS + SKEW else 0.0
        begin = self.monotonic()
        end = begin + (ASKS if ask else starts)
        merges = f"{self.task.bead} was published by convoy {clip(plain(queued.convoy), _WORDS)}, which merges it just now"
        if self.train.waits and end > begin:
            say(f"{merges}: waiting for its end")
        while self.monotonic() < end:
            self.sleep(_LOOK)
            now = self.remote.refs(place, asking)
            gone, asks = now.get(place, ABSENT) != entry, now.get(asking, ABSENT)
            if not gone and asks in ("", ask):
                continue
            if not self.train.waits:
                raise Claimed(
                    f"{merges}: wait for its end or stop it, then sling the bead again if more is to be done"
                )
            if gone:
                return False
            if self.monotonic() - begin >= WAIT:
                raise AwaitingClaim(f"{merges}: waiting for its end")
            ask, end = asks, self.monotonic() + ASKS
        return True

    def _held(self, holder: Holder) -> str:
        until = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(holder.beat + holder.lasts))
        return (
            f"{self.task.bead} is being worked by {holder.told()}, which holds it until {until} UTC unless it is heard "
            "of again: wait for its end or stop it, then sling the bead again"
        )

    def _move(self, before: str, lasts: float) -> str | None:
        told = Holder(self.train.identity, self.train.convoy, os.uname().nodename, self.clock(), lasts)
        blob = self.git.run("hash-object", "-w", "--stdin", text=json.dumps(told._asdict())).strip()
        answer = self.remote.push([Update(self.ref, blob, before)])
        if answer.accepted:
            return blob
        if answer.contended or any(_STALE in why for why in answer.refusals.values()):
            return None
        reasons = ", ".join(answer.refusals.values())
        say(
            f"the repository takes no claims ({reasons} {answer.words}): another town could work {self.task.bead} meanwhile"
        )
        return ""
