"""A repository's address: what of it may be shown, and what kind of place it names."""

import re
from pathlib import Path

_SECRET = re.compile(r"(?<=://)[^/@\s]*@")
_CUT_SHORT = re.compile(r"[a-z+]+://[^/]*[?#\\]")
_ORIGIN = re.compile(r"https?://(?:[^/@]*@)?[^/]+")


def shown(repository: str) -> str:
    """The address without the password that some people put into it; also cleans a whole message of git's."""
    return _SECRET.sub(_keep_plain_user, repository)


def origin(repository: str) -> str | None:
    """Scheme and host of an http address, the scope of its password; None for any other kind."""
    match = _ORIGIN.match(shown(repository))
    return match.group() if match else None


def same(one: str, other: str) -> bool:
    """Whether two addresses name one repository, however a slash or `.git` ends them. None is that of nothing.

    An address in which a host may end before the `@` is the same as none: programs do not agree on which host that is.
    """
    return (
        bool(one) and _plain(one) == _plain(other) and not (_CUT_SHORT.match(one) or _CUT_SHORT.match(other))
    )


def _plain(repository: str) -> str:
    return shown(repository).rstrip("/").removesuffix(".git")


def host(repository: str) -> str | None:
    """The ssh host of `ssh://user@host/path` or `user@host:path`; None where ssh is not used."""
    if repository.startswith("ssh://"):
        return repository[6:].partition("/")[0].rpartition("@")[2]
    before, colon, _ = repository.partition(":")
    return before.rpartition("@")[2] if colon and "/" not in before and "://" not in repository else None


def lent_objects(repository: str) -> Path | None:
    """The object store of a repository on this machine, to borrow from instead of copying.

    Only for a plain path (`file://` asks for a true transfer, as with git clone), and only for a whole repository:
    a shallow one lends objects whose parents are missing.
    """
    path = Path(repository)
    if "://" in repository or not path.is_absolute():
        return None
    for inside in (path, path / ".git"):
        if (inside / "objects").is_dir() and (inside / "HEAD").is_file():
            return None if (inside / "shallow").exists() else inside / "objects"
    return None


def _keep_plain_user(match: re.Match[str]) -> str:
    return match.group() if ":" not in match.group() and len(match.group()) <= len("git@") else ""
