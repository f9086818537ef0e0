"""From an error to one line on stderr and an exit code. Modules that were never imported can't have raised, so none is imported here."""

import errno
import sys

from kubectl_gt.exits import Exit

_TABLE: tuple[tuple[str, str, Exit], ...] = (
    ("workflows.errors", "BeadUnknown", Exit.MISSING),
    ("workflows.errors", "Refused", Exit.REFUSED),
    ("workflows.errors", "Missing", Exit.MISSING),
    ("workflows.errors", "Occupied", Exit.OCCUPIED),
    ("workflows.errors", "WorkflowsError", Exit.UNAVAILABLE),
    ("crds.errors", "CrdError", Exit.REFUSED),
    ("kubectl_gt.errors", "TimedOut", Exit.TIMEOUT),
    ("kubectl_gt.errors", "WrongPlace", Exit.USAGE),
    ("kubectl_gt.errors", "CommandError", Exit.UNAVAILABLE),
    ("forges.errors", "NotFound", Exit.MISSING),
    ("forges.errors", "Final", Exit.REFUSED),
    ("forges.errors", "ForgeError", Exit.UNAVAILABLE),
    ("events.errors", "EventsError", Exit.UNAVAILABLE),
    ("sqlite3", "Error", Exit.UNAVAILABLE),
    ("builtins", "OSError", Exit.UNAVAILABLE),
)
"""The first row that fits counts."""

LONGEST = 400
"""Letters of one word in an error: a file pasted in place of its name must not fill the screen."""

_SHORT = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN}


def exit_code(error: Exception) -> Exit | None:
    """The exit code of an error that is foreseen; None for a bug, whose traceback is worth more than a line."""
    for module, name, code in _TABLE:
        loaded = sys.modules.get(module)
        if loaded is not None and isinstance(error, getattr(loaded, name)):
            return code
    return None


def one_line(error: Exception) -> str:
    """What the error says, in one line that no terminal takes for a command."""
    words = str(error)
    if isinstance(error, OSError) and error.strerror:
        step = "free what it needs" if error.errno in _SHORT else "mend that, or name another one"
        words = f"{error.filename or 'system'}: {error.strerror}; {step} and try again"
    elif type(error).__module__ == "sqlite3":
        words = f"town's state: {words}; free disk space, or name another place with GASTOWN_HOME"
    return shown(words)


def shown(words: str) -> str:
    """One line without a control character. Where nothing of `workflows` was imported, which help and a stranger's package see to,
    the few words that are left need no more than this.
    """
    clean = sys.modules.get("workflows.clean")
    plain: str = (
        clean.plain(words) if clean else "".join(each if each.isprintable() else " " for each in words)
    )
    return " ".join(map(_clipped, plain.split()))


def _clipped(word: str) -> str:
    """Beginning and end of a word that nobody could read; what is wrong with it stands behind it."""
    return word if len(word) <= LONGEST else f"{word[: LONGEST // 2]}…{word[-LONGEST // 4 :]}"
