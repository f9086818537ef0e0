"""Names and dates in the form that git objects carry."""

import re

from workflows.clean import plain

_BREAKING = re.compile(r"[<>\n\r\x00]")


def ident(name: str, email: str, at: int) -> str:
    """`Name <email> seconds +0000`, with what would break an object's header left out."""
    return f"{person(name)} <{_mail(email)}> {at} +0000"


def person(name: str) -> str:
    """A name that git takes: it strips punctuation from the ends and refuses what is then empty. Whoever reads a history has a terminal."""
    shown = _BREAKING.sub("", plain(name)).strip()
    return shown if shown.strip(" .,:;\"'\\") else "Gas Town"


def _mail(email: str) -> str:
    return _BREAKING.sub("", plain(email)).strip()


def committer(name: str, email: str, at: int) -> dict[str, str]:
    """The variables that make a commit the same one on every rerun."""
    return {
        "GIT_COMMITTER_NAME": person(name),
        "GIT_COMMITTER_EMAIL": _mail(email),
        "GIT_COMMITTER_DATE": dated(f"{at} +0000"),
    }


def author(name: str, email: str, date: str) -> dict[str, str]:
    """The variables that name a commit's author; `date` in git's raw form."""
    return {"GIT_AUTHOR_NAME": person(name), "GIT_AUTHOR_EMAIL": _mail(email), "GIT_AUTHOR_DATE": dated(date)}


def seconds(told: str) -> int:
    """The time of a commit as git tells it, which is nothing at all for one that it can't read."""
    return int(told) if told.strip().isdecimal() else 0


def dated(raw: str) -> str:
    """A raw date as git takes it whatever its year: without the sign it reads only those of ten digits as seconds."""
    return f"@{raw}"
