"""What the engine asks of those who run pods and keep locks, and what they tell it."""

import dataclasses
import datetime
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from crds import Manifest


class Locks(Protocol):
    """Mutexes and semaphores, shared by all runners of the machine."""

    def acquire(self, holder: str, synchronization: Manifest) -> str | None:
        """Take every lock that is asked for and return None, or take none and return what is waited for."""

    def release(self, holder: str) -> None:
        """Give back what the holder has."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PodStart:
    """A pod that is to be started now: its node's name and its template, inputs filled in."""

    node: str
    template: Manifest


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PodEnd:
    """How a pod ended: `code` is the exit code of its container `main`, None where it was ended from outside."""

    code: int | None
    message: str = ""
    outputs: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Pause(NamedTuple):
    """A step between two tries: the last one, when the first began, and when the next one does by itself."""

    last: Manifest
    since: str
    until: datetime.datetime
