"""What was typed as a repository: an address stays as it is, a path becomes absolute, since polecats run elsewhere."""

import re
import subprocess
from pathlib import Path

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|[^/\s]+:")


def is_path(typed: str) -> bool:
    """Whether it is a path of this machine."""
    return not _ADDRESS.match(typed)


def absolute(typed: str) -> str:
    """The address, or the absolute path of the repository that holds the path."""
    if not is_path(typed):
        return typed
    path = Path(typed).expanduser().resolve()
    top = _git(path, "rev-parse", "--show-toplevel") if path.is_dir() else ""
    return top or str(path)


def checked_out(repository: str) -> str:
    """The branch that a working copy has checked out and would refuse a push to; empty where a push is fine."""
    if is_path(repository) and _git(Path(repository), "rev-parse", "--is-bare-repository") == "false":
        allowed = _git(Path(repository), "config", "receive.denyCurrentBranch")
        if allowed not in ("updateInstead", "ignore", "warn", "false"):
            return _git(Path(repository), "symbolic-ref", "--short", "HEAD")
    return ""


def _git(directory: Path, *arguments: str) -> str:
    """What git answers; nothing where it is no repository, which whoever uses it will be told by the town."""
    try:
        command = ["git", "-C", str(directory), *arguments]
        return subprocess.run(command, capture_output=True, check=False, text=True).stdout.strip()
    except OSError:
        return ""
