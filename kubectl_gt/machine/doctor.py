"""What has to be right on one machine: git, the agents' programs and log-in, and each rig's repository."""

import dataclasses
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence

from crds import Refinery, Rig
from events.records.conditions import WEBHOOK
from kubectl_gt.health import Check, Health, conditions, forges
from kubectl_gt.logins import LoginStatus
from workflows.agents import Preset
from workflows.errors import WorkflowsError, why
from workflows.local.repositories import inspection

GIT = (2, 38)
"""The oldest git that merges without a work tree."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a rig works with beside what its spec says, each by the rig's name; `read` gives secrets by name and key."""

    agents: Callable[[str], Mapping[str, Preset]]
    refinery: Callable[[str], Refinery]
    read: forges.Read


def checks(rigs: Sequence[Rig], around: Surroundings, login: LoginStatus) -> Iterator[Check]:
    """All checks; `login` is what is known of the log-in."""
    yield _git()
    if not rigs:
        yield Check("rigs", Health.DOUBTFUL, "there is none yet", "`rig create NAME --git-url ADDRESS`")
    for rig in rigs:
        yield _repository(rig)
        yield _agent(rig, around.agents(rig.metadata.name))
        yield from _forge(rig, around)
        yield from conditions.judged(rig, known=frozenset({WEBHOOK}))
    if not rigs or any(rig.spec.agent == "claude-code" for rig in rigs):
        yield _login(login)


def _forge(rig: Rig, around: Surroundings) -> Iterator[Check]:
    name = rig.metadata.name
    try:
        refinery = around.refinery(name)
    except WorkflowsError as error:
        yield Check(
            f"rig {name}: refinery", Health.BAD, str(error), f"`rig delete {name}`, and make it again"
        )
        return
    yield from forges.checks(rig, refinery, around.read)


def version(words: str) -> tuple[int, int]:
    """The two numbers of `git version 2.39.5`; (0, 0) for anything else."""
    found = re.search(r"(\d+)\.(\d+)", words)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _git() -> Check:
    try:
        words = subprocess.run(
            ["git", "version"], capture_output=True, check=True, text=True, timeout=10
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        return Check("git", Health.BAD, f"it does not run: {why(error)}", "install git 2.38 or newer")
    if version(words) < GIT:
        return Check("git", Health.BAD, words, "install git 2.38 or newer")
    return Check("git", Health.GOOD, words)


def _repository(rig: Rig) -> Check:
    what, url, branch = f"rig {rig.metadata.name}: repository", rig.spec.git_url, rig.spec.base_branch
    try:
        inspection.check_branch(url, branch)
    except WorkflowsError as error:
        return Check(what, Health.BAD, str(error), f"git ls-remote {url} {branch}")
    return Check(what, Health.GOOD, f"{url} answers and has {branch}")


def _agent(rig: Rig, known: Mapping[str, Preset]) -> Check:
    what, name = f"rig {rig.metadata.name}: agent", rig.spec.agent
    config = rig.spec.agent_config
    preset = known.get(name)
    command = (config.command if config else ()) or (preset.command if preset else ())
    fix = f"install it, or name another with `rig set {rig.metadata.name} --agent NAME`"
    if not command:
        return Check(what, Health.BAD, f"{name} has no command", fix)
    program = shutil.which(command[0])
    if program is None:
        return Check(what, Health.BAD, f"{name}: {command[0]} is not on PATH", fix)
    return Check(what, Health.GOOD, f"{name}: {program}")


def _login(login: LoginStatus) -> Check:
    what = "Claude Code's log-in"
    if not login.found:
        return Check(what, Health.DOUBTFUL, login.words, "log in with `claude`")
    return Check(what, Health.GOOD, login.words)
