"""Parsed bead files of bead stores: they come from ConfigMaps, and each state of a file is parsed once."""

import dataclasses
from collections.abc import Mapping

from workflows.beads import Bead
from workflows.names import BeadId


@dataclasses.dataclass(frozen=True, slots=True)
class ParsedBeads:
    """All beads of one file. `index` is the ConfigMap that they begin in."""

    index: str
    beads: Mapping[BeadId, Bead]


@dataclasses.dataclass(frozen=True, slots=True)
class UnreadableBeads:
    """A file that holds what is no bead. `words` name the line, and what to do."""

    index: str
    words: str


@dataclasses.dataclass(slots=True)
class BeadCache:
    """By the uid of the bead store. A file that can't be used is remembered beside the last good one, or it would be read for ever."""

    _good: dict[str, ParsedBeads] = dataclasses.field(default_factory=dict)
    _bad: dict[str, UnreadableBeads] = dataclasses.field(default_factory=dict)

    def beads(self, uid: str) -> ParsedBeads | None:
        """The beads of a store, None before they are read here."""
        return self._good.get(uid)

    def find(self, uid: str, index: str) -> ParsedBeads | UnreadableBeads | None:
        """What is known of one state of a store's file."""
        known = (self._good.get(uid), self._bad.get(uid))
        return next((each for each in known if each is not None and each.index == index), None)

    def put(self, uid: str, found: ParsedBeads | UnreadableBeads) -> None:
        """Remember what was found."""
        if isinstance(found, ParsedBeads):
            self._good[uid] = found
        else:
            self._bad[uid] = found

    def forget(self, uid: str) -> None:
        """Drop all of a store that is gone."""
        self._good.pop(uid, None)
        self._bad.pop(uid, None)
