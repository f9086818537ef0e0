"""Rigs and convoys from what was typed. All go through `crds.load`, so a wrong value is refused in the words of the API server,
said of the option that it was typed with.
"""

import contextlib
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import yaml

from crds import API_VERSION, Convoy, InvalidManifestError, Manifest, Problem, Rig, load
from kubectl_gt.cli.options import RigOptions, WorkOptions
from workflows.errors import ConvoyRefused, Refused, why
from workflows.labels import NOTIFY

SIGNING_KEY = "ssh-privatekey"
"""The key of a Secret under which kubectl, too, keeps an ssh key."""


_TYPED = {
    "spec.agent": "--agent",
    "spec.agentConfig.command": "--agent-command",
    "spec.agentConfig.model": "--model",
    "spec.agentConfig.fallbackModels": "--fallback-model",
    "spec.baseBranch": "--base-branch",
    "spec.beadsPrefix": "--prefix",
    "spec.commits": "--signing-key",
    "spec.deadline": "--deadline",
    "spec.description": "the description",
    "spec.gateCache": "--gate-cache",
    "spec.gates": "--gate",
    "spec.gitSecretRef": "--git-secret",
    "spec.gitURL": "--git-url",
    "spec.trackedBeads": "the list of beads",
}
"""Fields by what a person types for them; click checks the other options before."""


@contextlib.contextmanager
def named_as_typed() -> Iterator[None]:
    """Say of options what is wrong with fields of a manifest that nobody wrote."""
    try:
        yield
    except InvalidManifestError as error:
        raise Refused(f"{'; '.join(map(_said, error.problems))}; nothing was changed") from error


def _said(problem: Problem) -> str:
    fields = [field for field in _TYPED if re.match(rf"{re.escape(field)}(?![A-Za-z])", problem.path)]
    typed = _TYPED[max(fields, key=len)] if fields else problem.path
    return f"{typed} {problem.message.removeprefix(typed).lstrip()}"


def rig_of(name: str, spec: Manifest, *, annotations: dict[str, str]) -> Rig:
    """A rig. Raises Refused for a wrong value."""
    with named_as_typed():
        found = load(_manifest("Rig", name, spec, annotations=annotations))
    if not isinstance(found, Rig):
        raise TypeError(found.kind)
    return found


def convoy_of(name: str, spec: Manifest) -> Convoy:
    """A convoy. Raises Refused for a wrong value."""
    with named_as_typed():
        found = load(_manifest("Convoy", name, spec, annotations={}))
    if not isinstance(found, Convoy):
        raise TypeError(found.kind)
    return found


def work_spec(options: WorkOptions, rig: Rig) -> Manifest:
    """The part of a convoy's spec that says how its beads are worked."""
    budget = options["budget"]
    return {
        "rigRef": rig.metadata.name,
        "parallelism": options["max_polecats"],
        "baseBranch": options["base_branch"],
        "namepoolTheme": options["theme"],
        "budget": {"totalUSD": budget} if budget else None,
        "held": options["hold"] or None,
        "agent": options["agent"] or ("custom" if options["agent_command"] else None),
        "agentConfig": agent_config(options, rig),
    }


def with_notice(convoy: Convoy, command: str | None, *, on_machine: bool) -> Convoy:
    """The convoy with the command that its user is called by; a cluster runs nobody's commands."""
    if not command:
        return convoy
    if not on_machine:
        raise click.UsageError(
            "--notify runs a command on one machine; in a cluster let events.sinks of the chart tell you,"
            " or wait with `convoy watch`"
        )
    annotations = {**convoy.metadata.annotations, NOTIFY: command}
    return convoy.model_copy(
        update={"metadata": convoy.metadata.model_copy(update={"annotations": annotations})}
    )


def rig_spec(options: RigOptions) -> Manifest:
    """The part of a rig's spec that says how its beads are worked: what was typed, and nothing else."""
    config = _config(options)
    settings: Manifest = {"maxPolecats": options["max_polecats"], "namepoolTheme": options["theme"]}
    told = _told(
        {
            "settings": _told(settings),
            "baseBranch": options["base_branch"],
            "agent": options["agent"] or ("custom" if options["agent_command"] else None),
            "agentConfig": config,
            "gates": [_gate(text) for text in options["gates"]],
            "gitSecretRef": {"name": options["git_secret"]} if options["git_secret"] else None,
            "gateCache": None if options["gate_cache"] is None else {"claimName": options["gate_cache"]},
            "commits": {"signingKeySecretRef": {"name": options["signing_key"], "key": SIGNING_KEY}}
            if options["signing_key"]
            else None,
        }
    )
    # No is an answer, too.
    return told if options["write_back"] is None else told | {"writeBack": options["write_back"]}


def _gate(text: str) -> Manifest:
    name, equals, command = text.partition("=")
    if not (name and equals and command):
        raise click.UsageError(f"--gate {text!r} is not NAME=COMMAND, such as --gate 'test=make test'")
    return {"name": name, "command": command}


def agent_config(options: WorkOptions, rig: Rig) -> Manifest | None:
    """What differs from the rig's settings, on top of them, since a convoy's settings replace the rig's as a whole."""
    told = _config(options)
    if not told:
        return None
    same = options["agent"] in (None, rig.spec.agent) and rig.spec.agent_config is not None
    base = rig.spec.agent_config.dump() if same and rig.spec.agent_config else {}
    return base | told


def _config(options: WorkOptions | RigOptions) -> Manifest:
    models = {"model": options["model"], "fallbackModels": [*options["fallback_models"]]}
    return command_spec(options["agent_command"]) | _told(models)


def command_spec(command: str | None) -> Manifest:
    """An agent's command as a list. A command that no shell would take either is a usage error."""
    if not command:
        return {}
    try:
        return {"command": shlex.split(command)}
    except ValueError as error:
        raise click.UsageError(f"--agent-command {command!r}: {error}") from error


def read_convoy(source: str) -> Manifest:
    """The manifest of one convoy, from a file or, as `-`, from standard input. Raises ConvoyRefused."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
        documents: list[Any] = [each for each in yaml.safe_load_all(text) if each is not None]
    except OSError as error:
        raise ConvoyRefused(f"{source}: {error.strerror}; name a file that can be read") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConvoyRefused(f"{source}: not YAML: {why(error)}; mend the file") from error
    if len(documents) != 1 or not isinstance(documents[0], dict) or documents[0].get("kind") != "Convoy":
        raise ConvoyRefused(f"{source}: it must hold one Convoy and nothing else")
    found: Manifest = documents[0]
    return found


def merged(manifest: Manifest, name: str, spec: Manifest) -> Manifest:
    """A manifest with what the command line says on top of it."""
    own = manifest.get("spec")
    told = {**(own if isinstance(own, dict) else {}), **_told(spec)}
    metadata = manifest.get("metadata")
    return manifest | {
        "metadata": (metadata if isinstance(metadata, dict) else {}) | {"name": name},
        "spec": told,
    }


def _manifest(kind: str, name: str, spec: Manifest, *, annotations: dict[str, str]) -> Manifest:
    metadata: Manifest = {"name": name}
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": _told(spec)}


def _told(spec: Manifest) -> Manifest:
    """What has no value was not asked for, and stays open to the rig's defaults."""
    return {key: value for key, value in spec.items() if value not in (None, "", 0, [], {})}
