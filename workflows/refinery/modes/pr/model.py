"""What a pull request is made of and what it waits for."""

import enum
from typing import NamedTuple

from forges.model import MergeMethod, Rules, Sha
from forges.pulls import Check, PullRequest, Review

SUBJECT = 200
"""Characters of a title; forges take 255 and more."""

UNSEEN = 60.0
"""Seconds in which no person can have done anything: opened a pull request for work just published, or answered one just opened or looked at."""


class Wait(enum.StrEnum):
    """What is waited for beside the forge's own rules."""

    CHECKS = "Checks"
    """Every check that the forge shows is green."""
    REVIEW = "Review"
    """And somebody who may write approved."""
    PERSON = "Person"
    """And a person merges it: the refinery never does."""


class Terms(NamedTuple):
    """How the rig wants its pull requests. `context` is the status under which the gates are posted."""

    base: str
    method: MergeMethod = MergeMethod.SQUASH
    wait: Wait = Wait.CHECKS
    draft: bool = False
    queue: bool = False
    reviewers: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    context: str = "gastown/gates"


class Work(NamedTuple):
    """One bead's published work. `message` is what the merged commit says below its title, trailers last."""

    bead: str
    branch: str
    sha: Sha
    title: str
    body: str
    message: str


class Standing(NamedTuple):
    """What the forge says of one pull request at one moment."""

    pull: PullRequest
    checks: tuple[Check, ...]
    reviews: tuple[Review, ...]
    rules: Rules
