"""Convoys of work that no agent does: a branch that is merged, and a merge that is taken back."""

import re

import click

from crds import Convoy, Manifest, Rig
from kubectl_gt.cli.command import program_name
from kubectl_gt.exits import Exit
from kubectl_gt.show import watching
from kubectl_gt.town import Town
from kubectl_gt.typed.manifests import convoy_of
from workflows.errors import Refused
from workflows.local.repositories.branches import Head
from workflows.local.repositories.records import Merged
from workflows.names import BeadId, task_name

_FOREIGN = re.compile(r"[^a-z0-9]+")
_ROOM, _SHOWN = 28, 8


def of_branch(rig: Rig, branch: str, head: Head, *, title: str, base: str | None) -> Convoy:
    """The convoy that merges a branch as it is: its name is a function of branch and commit, so the same again is the same convoy."""
    slug = _slug(branch)
    bead: Manifest = {"id": slug, "title": (title or head.subject)[:500], "branch": branch}
    return _convoy(rig, f"submit-{slug}", head.sha, f"Merge the branch {branch}", bead, base)


def of_revert(rig: Rig, merged: Merged, *, agent: bool, base: str | None) -> Convoy:
    """The convoy that takes back what a convoy merged of a bead."""
    bead: Manifest = {
        "id": f"revert-{merged.bead}",
        "title": f'Revert "{merged.subject}"'[:500],
        "reverts": {"bead": merged.bead, "convoy": merged.convoy},
        "onConflict": "Agent" if agent else "Person",
    }
    name = f"revert-{_slug(merged.bead)}"
    return _convoy(rig, name, merged.sha, f"Revert {merged.bead}", bead, base)


def begin(town: Town, convoy: Convoy, *, tried: str, does: str, wait: bool) -> Exit:
    """Let such a convoy run and tell what it does, with `wait` until it ends. Raises Refused, with what it `tried`, where it ran and failed."""
    name, program = convoy.metadata.name, program_name()
    if convoy.status.phase == "Failed":
        raise Refused(
            f"convoy {name}: it {tried}; see `{program} convoy status {name}`, then `{program} mq retry {convoy.spec.beads[0].id}`"
        )
    town.convoys.start(name)
    click.echo(f"convoy/{name} {does}")
    return watching.watch(town, name, timeout=None, program=program) if wait else Exit.OK


def _convoy(rig: Rig, name: str, sha: str, description: str, bead: Manifest, base: str | None) -> Convoy:
    spec: Manifest = {
        "description": description,
        "rigRef": rig.metadata.name,
        "beads": [bead],
        "baseBranch": base,
    }
    return convoy_of(f"{name}-{sha[:_SHOWN]}", spec)


def _slug(name: str) -> str:
    """Lower case, short, and another one for another name."""
    plain = _FOREIGN.sub("-", name.lower()).strip("-")
    return (
        plain
        if plain == name and len(plain) <= _ROOM
        else task_name(BeadId(name), digest=6)[-_ROOM:].strip("-")
    )
