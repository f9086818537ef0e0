"""What a line of work adds to a tree or changes in it."""

from typing import NamedTuple

from workflows.steps.git.command import Git


class Addition(NamedTuple):
    """A path as the work leaves it: its mode, and the object that it names."""

    path: str
    mode: str
    sha: str


def additions(git: Git, base: str, tip: str) -> list[Addition]:
    """What `tip` adds or changes over the commit where it left `base`."""
    options = ("--raw", "-z", "--no-renames", "--no-abbrev", "--diff-filter=AMT")
    done = git.call("diff", *options, f"{base}...{tip}", "--")
    fields = (done.out if done.code == 0 else git.run("diff", *options, base, tip, "--")).split("\0")
    rows = [(facts.split(" "), path) for facts, path in zip(fields[::2], fields[1::2], strict=False)]
    return [Addition(path, facts[1], facts[3]) for facts, path in rows]
