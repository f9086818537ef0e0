"""The program's exit codes: what a script may rely on. Nothing else is ever returned."""

import enum


class Exit(enum.IntEnum):
    """How a command ended."""

    OK = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    MISSING = 4
    OCCUPIED = 5
    UNAVAILABLE = 6
    TIMEOUT = 124
    INTERRUPTED = 130
    PIPE = 141


MEANINGS: dict[Exit, str] = {
    Exit.OK: "done, or it was done before",
    Exit.FAILED: "the convoy or polecat that was waited for ended without its work being done",
    Exit.USAGE: "the command line is not understood",
    Exit.REFUSED: "the input is wrong; nothing was changed",
    Exit.MISSING: "no such rig, convoy, polecat or bead",
    Exit.OCCUPIED: "the name or the bead is taken",
    Exit.UNAVAILABLE: "a repository, a file, the cluster or a runner does not answer; try again",
    Exit.TIMEOUT: "--timeout passed; the work goes on",
    Exit.INTERRUPTED: "Ctrl-C; the work goes on",
    Exit.PIPE: "whoever read the output went away",
}
