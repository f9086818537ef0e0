"""What the courier tells `main`, and what `main` asks of it: small files in the folder that these two share.

The courier writes `sighting.json` and numbered packs; `main` writes `asked.json`. Each side believes nothing that it reads: types
and sizes are checked, and what `main` takes from a sighting are names of objects, which it verifies in a repository of its own.
"""

import itertools
import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from workflows.steps.wall.door import Folder
from workflows.transcript.report import Report

SIGHTING, ASKED, BEAT, SETTINGS = "sighting.json", "asked.json", "beat", "settings.json"
REPOSITORY = "courier.git"
"""The courier's own repository, laid by clone."""
CONTENTS = "lfs"
"""The folder of what git-lfs keeps, each file named after the SHA-256 of what it holds."""

BUNDLED, BUNDLE = "the repository ", "repository.bundle"
"""How the name begins of what a whole repository has of its own, and the one file of the tree that holds it."""

DETACHED = "a HEAD that was no branch"
"""A line of work that is left by a checkout."""

BESIDE = "what is "
"""How the name begins of files that are in no commit of the agent's."""

_PUT_AWAY = ("stash@{", "HEAD@{", "refs/", ".git/", DETACHED, BUNDLED, BESIDE)
_LARGEST = 4 << 20
_NAMES = 100_000
"""Characters of the names of one kind: as JSON, which takes six for one, all kinds are within what is read."""

_WORDS = 4096
_SHOWN = 300
_MANY = 10_000
_OBJECT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})?")


def pack_name(number: int) -> str:
    """The file of a pack."""
    return f"{number:08d}.pack"


def within(names: Sequence[str]) -> tuple[str, ...]:
    """As many of these names as may be told: an agent can make them without end, and what is told as a whole must be read."""
    lengths = itertools.accumulate(len(name) + 1 for name in names)
    return tuple(name for name, length in zip(names, lengths, strict=False) if length <= _NAMES)


class Ended(NamedTuple):
    """How the agent ended, by its launcher. `at` is when, in whole seconds: the same on every rerun."""

    code: int
    reason: str
    message: str
    at: int


class Other(NamedTuple):
    """A line of work that is not what HEAD holds: a branch, a work tree, a stash."""

    name: str
    sha: str

    @property
    def passed(self) -> bool:
        """A commit that HEAD left: reset away, or amended."""
        return self.name.startswith("HEAD@{")

    @property
    def put_away(self) -> bool:
        """Kept, and never taken for an agent's result."""
        return self.name.startswith(_PUT_AWAY)


class Beside(NamedTuple):
    """Files that are in no commit and not in the first work tree: the tree of them, and the commit that they stand on, "" for none."""

    name: str
    head: str
    tree: str


class Sighting(NamedTuple):
    """The agent's work as it was seen. Empty names stand for what is not there.

    Packs up to `packs` are whole. `looks` is the number of the last request that this answers. `head` and `branch` are commits, `tree` the
    tree of all files as they are, "" while they are being looked at. `merging` is what a merge that is under way brings in, `under_way` the
    command that the agent left unfinished, `unmerged` the files that it left in conflict, `undecided` those of them that one side deleted.
    `beside` are files of other places, `left` names what is in no tree. `active` counts minutes in which the agent did something, `lost` says why its launcher is given up,
    `final` that nothing comes after this but `told`.
    """

    packs: int = 0
    looks: int = 0
    head: str = ""
    branch: str = ""
    tree: str = ""
    merging: tuple[str, ...] = ()
    under_way: str = ""
    unmerged: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    others: tuple[Other, ...] = ()
    beside: tuple[Beside, ...] = ()
    left: tuple[str, ...] = ()
    active: int = 0
    ended: Ended | None = None
    lost: str = ""
    final: bool = False
    told: Report | None = None

    def save(self, folder: Folder) -> None:
        """Tell it, in one instant, and no more than the other side reads. Raises OSError."""
        raw = self._asdict() | {
            **{name: within(getattr(self, name)) for name in ("unmerged", "undecided", "left")},
            "others": _told(self.others),
            "beside": _told(self.beside),
            "ended": self.ended and list(self.ended),
            "told": self.told and self.told._asdict(),
        }
        folder.write(SIGHTING, json.dumps(raw).encode("ascii"))

    @classmethod
    def load(cls, folder: Folder) -> Self | None:
        """The last one, or None where there is none, or none of this form."""
        try:
            raw = json.loads(folder.read(SIGHTING, _LARGEST))
            return cls._of(raw)
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    @classmethod
    def _of(cls, raw: dict[str, Any]) -> Self:
        ended, told = raw["ended"], raw["told"]
        return cls(
            packs=_number(raw["packs"]),
            looks=_number(raw["looks"]),
            active=_number(raw["active"]),
            head=_object(raw["head"]),
            branch=_object(raw["branch"]),
            tree=_object(raw["tree"]),
            unmerged=_strings(raw["unmerged"]),
            undecided=_strings(raw["undecided"]),
            left=_strings(raw["left"]),
            merging=tuple(_object(each) for each in _strings(raw["merging"])),
            under_way=_string(raw["under_way"]),
            others=tuple(Other(_string(name), _object(sha)) for name, sha in raw["others"][:_MANY]),
            beside=tuple(
                Beside(_string(name), _object(head), _object(tree))
                for name, head, tree in raw["beside"][:_MANY]
            ),
            ended=Ended(_number(ended[0]), _string(ended[1]), _string(ended[2]), _number(ended[3]))
            if ended
            else None,
            lost=_string(raw["lost"]),
            final=raw["final"] is True,
            told=_report(told) if told else None,
        )


class Asked(NamedTuple):
    """What `main` wants. That it is there tells that `main` watches; `look` counts its wishes for a look, `done` ends the courier."""

    look: int = 0
    done: bool = False

    def save(self, folder: Folder) -> None:
        """Ask. Raises OSError."""
        folder.write(ASKED, json.dumps(list(self)).encode("ascii"))

    @classmethod
    def load(cls, folder: Folder) -> Self | None:
        """The last wish, or None before `main` is up."""
        try:
            look, done = json.loads(folder.read(ASKED, _WORDS))
            return cls(_number(look), done is True)
        except (OSError, ValueError, TypeError, RecursionError):
            return None


def _told(lines: Sequence[Other] | Sequence[Beside]) -> list[list[str]]:
    """As many as may be told; a name as far as people read it."""
    short = [[each.name[:_SHOWN], *each[1:]] for each in lines]
    return short[: len(within([words[0] for words in short]))]


def _report(told: dict[str, object]) -> Report:
    return Report(
        summary=_string(told["summary"]),
        tokens=_string(told["tokens"]),
        cost=_string(told["cost"]),
        error=_string(told["error"]),
        status=_number(told["status"]),
        refused=_string(told["refused"]),
        spoke=told["spoke"] is True,
        cut=told["cut"] is True,
    )


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1 << 40:
        raise ValueError("no number of ours")
    return value


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value[:_WORDS]


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return tuple(_string(each) for each in value[:_MANY])


def _object(value: object) -> str:
    found = _string(value)
    if not _OBJECT.fullmatch(found):
        raise ValueError("no name of an object")
    return found
