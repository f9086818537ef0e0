"""What somebody most likely meant: verbs and options of `gt`, `bd`, kubectl and git habits, and misspelt ones."""

import difflib
from collections.abc import Collection, Iterable

VERBS = {
    "add": "create",
    "new": "create",
    "ls": "list",
    "get": "list",
    "describe": "status",
    "info": "status",
    "rm": "delete",
    "remove": "delete",
    "update": "set",
    "edit": "set",
    "config": "set",
    "log": "logs",
    "tail": "logs",
    "kill": "nuke",
    "start": "resume",
    "continue": "resume",
    "retry": "resume",
    "cancel": "stop",
    "abort": "stop",
    "history": "list",
    "view": "show",
}
"""Words that other programs have for ours; one that the group lacks says nothing."""

PATHS = {
    "ready": "beads ready",
    "show": "beads show",
    "list": "convoy list",
    "ls": "convoy list",
    "logs": "polecat logs",
    "log": "polecat logs",
    "nuke": "polecat nuke",
    "peek": "polecat logs",
    "watch": "convoy watch",
    "feed": "convoy watch",
    "resume": "convoy resume",
    "stop": "convoy stop",
    "create": "convoy create",
    "graph": "convoy graph",
    "queue": "mq list",
    "refinery": "mq list",
    "login": "auth status",
    "init": "rig create",
    "install": "rig create",
    "bead": "beads",
    "convoys": "convoy",
    "rigs": "rig",
    "polecats": "polecat",
    "agent": "agents",
}
"""Where the program has what is asked of it at the top."""

OPTIONS = {
    "--max-concurrent": "--max",
    "--parallelism": "--max",
    "-a": "--text",
    "--args": "--text",
    "-m": "--text",
    "--message": "--text",
    "--stdin": "--text -",
    "--task": "--text",
    "--prompt": "--text",
    "--branch": "--base-branch",
    "--no-convoy": "",
    "--no-merge": "--hold",
    "--merge": "`convoy create --merge published` for branches alone, `rig connect RIG --mode pr` for pull requests",
    "--repo": "--git-url",
    "--url": "--git-url",
    "--json-output": "--json",
    "--yes": "",
    "--on": "the bead as an argument",
}
"""Options of other programs, by what does the same here; empty where nothing is needed."""


def verb(name: str, known: Collection[str], *, top: bool) -> str:
    """The verb that was likely meant, below the group that knows those; `top` is the program itself. Empty where nothing is near."""
    if VERBS.get(name) in known:
        return VERBS[name]
    if top and name in PATHS:
        return PATHS[name]
    return closest(name, known)


def closest(name: str, known: Iterable[str]) -> str:
    """The one of the known names that a slip of the finger could have made the other of; empty where none is near."""
    found = difflib.get_close_matches(name.lower(), [*known], n=1, cutoff=0.6)
    return found[0] if found else ""


def option(name: str, known: Collection[str]) -> str | None:
    """What does the same here as an option of another program, for a verb with those; None where there is no such thing."""
    ours = OPTIONS.get(name.partition("=")[0])
    lacking = ours is not None and ours.startswith("--") and ours.split()[0] not in known
    return None if lacking else ours
