"""What a key does to the board. Pure: the shell carries out what is asked for."""

import dataclasses
import enum
from collections.abc import Sequence

from kubectl_gt.show.snapshot import Outcome
from kubectl_gt.top.board import Entry

HELP = "j/k move · Enter log · d diff · s stop · r resume · q quit"


class Do(enum.Enum):
    """What the shell is asked for."""

    NOTHING = "nothing"
    QUIT = "quit"
    LOG = "log"
    DIFF = "diff"
    STOP = "stop"
    RESUME = "resume"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Which line is chosen, by its key and by where it was, and what the last line says. `asked` is a stop that waits for a second s."""

    key: str = ""
    index: int = 0
    says: str = HELP
    asked: bool = False


def settle(state: State, entries: Sequence[Entry]) -> State:
    """The same choice on a board that was drawn anew: the same thing, else what stands where it stood."""
    keys = [each.key for each in entries]
    index = keys.index(state.key) if state.key in keys else min(state.index, max(len(keys) - 1, 0))
    return dataclasses.replace(state, index=index, key=keys[index] if keys else "")


def chosen(state: State, entries: Sequence[Entry]) -> Entry | None:
    """The line that is chosen; None on an empty board."""
    return entries[state.index] if state.index < len(entries) else None


def press(state: State, entries: Sequence[Entry], key: str) -> tuple[State, Do]:
    """What a key leads to. Keys are letters, or `up`, `down`, `enter`."""
    at = settle(state, entries)
    entry = chosen(at, entries)
    if key == "q":
        return at, Do.QUIT
    calm = dataclasses.replace(at, asked=False, says=HELP)
    if key in ("j", "down", "k", "up"):
        index = at.index + (1 if key in ("j", "down") else -1)
        moved = dataclasses.replace(calm, key="", index=min(max(index, 0), max(len(entries) - 1, 0)))
        return settle(moved, entries), Do.NOTHING
    if entry is None or key not in ("enter", "d", "s", "r"):
        return calm, Do.NOTHING
    if key in ("enter", "d"):
        if entry.row is None and entry.seen.kind == "convoy":
            return dataclasses.replace(calm, says="choose a bead below the convoy with j"), Do.NOTHING
        return calm, Do.LOG if key == "enter" else Do.DIFF
    return _steer(at, calm, entry, key)


def _steer(at: State, calm: State, entry: Entry, key: str) -> tuple[State, Do]:
    name, open_ = entry.seen.name, entry.seen.outcome is Outcome.OPEN
    if entry.seen.kind != "convoy":
        return dataclasses.replace(
            calm, says=f"{name} belongs to no convoy; `polecat nuke` ends it"
        ), Do.NOTHING
    if key == "s" and not open_:
        return dataclasses.replace(calm, says=f"convoy {name} has ended: {entry.seen.phase}"), Do.NOTHING
    if key == "s" and not at.asked:
        return dataclasses.replace(calm, asked=True, says=f"press s again to stop convoy {name}"), Do.NOTHING
    return calm, Do.STOP if key == "s" else Do.RESUME
