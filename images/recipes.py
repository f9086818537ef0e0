"""Which images a release has, and what each is made of."""

import functools
import io
import json
import zipfile
from dataclasses import dataclass

from images import agents, system, wheels
from images.bytecode import own_architecture, with_bytecode
from images.debian import lock
from images.layers import stored
from images.oci import Image, Layer
from images.tree import Tree, add
from release.bom import timestamp


@dataclass(frozen=True, slots=True)
class Recipe:
    """One image. `debian` are layers of the lock, `commands` those of our wheel that it has; the first one is what it runs."""

    name: str
    title: str
    debian: tuple[str, ...]
    commands: tuple[str, ...] = ()
    dependencies: bool = False
    agent: str = ""

    @property
    def architectures(self) -> tuple[str, ...]:
        """What it is made for: an agent's only for what its makers' packages are locked for."""
        pinned = agents.AGENTS[self.agent].architectures if self.agent else lock.ARCHITECTURES
        return tuple(each for each in lock.ARCHITECTURES if each in pinned)


OLDER = "python311"
"""The layer with a Python for agents that don't run in the base's."""


def _polecat(agent: str, title: str, *, image: str = "") -> Recipe:
    """An agent's image, with what agents and gates call."""
    layers = ("base", "work", *agents.AGENTS[agent].debian)
    return Recipe(image or f"polecat-{agent}", f"{title}, git and a few tools", layers, agent=agent)


RECIPES = (
    Recipe(
        "steps", "Clones, publishes and merges in the pods of convoys", ("base", "git"), ("gastown-step",)
    ),
    Recipe(
        "adapter",
        "The operator, and the receiver of events",
        ("base",),
        ("gastown-adapter", "gastown-events"),
        dependencies=True,
    ),
    _polecat("aider", "aider"),
    _polecat("claude-code", "Claude Code", image="polecat-agent"),
    _polecat("codex", "codex"),
    _polecat("copilot", "GitHub Copilot CLI"),
    _polecat("gemini", "Gemini CLI"),
    _polecat("opencode", "opencode"),
    _polecat("qwen", "Qwen Code"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """What images carry of the checkout: its version, its commit, that one's moment, and its wheel."""

    version: str
    commit: str
    moment: int
    wheel: bytes


def image(recipe: Recipe, source: Source, architecture: str) -> Image:
    """The image for one architecture, its layers made where the cache lacks them. Raises ImageError."""
    layers = [debian(each, architecture) for each in recipe.debian]
    if recipe.dependencies:
        layers.append(_dependencies(architecture))
    if recipe.commands:
        layers.append(_package(recipe, source.wheel))
    if recipe.agent:
        layers.append(_agent(recipe.agent, architecture))
    layers.append(_record(recipe, architecture))
    return Image(
        layers=tuple(layers),
        architecture=architecture,
        command=recipe.commands[:1] or ("/bin/sh",),
        user=f"{system.USER}:{system.USER}",
        environment={
            "HOME": "/home/polecat",
            "LANG": "C.UTF-8",
            "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
        },
        labels=_labels(recipe, source),
        moment=source.moment,
    )


def debian(name: str, architecture: str) -> Layer:
    """One layer of Debian packages."""
    key = json.dumps([each.digest for each in lock.locked(name, architecture)])

    def make() -> Tree:
        if name == "base":
            return with_bytecode(system.base(architecture), _python())
        if name == OLDER:
            return with_bytecode(system.further(name, architecture), _older_python())
        return system.further(name, architecture)

    return stored(f"{name}-{architecture}", key, make)


def _dependencies(architecture: str) -> Layer:
    version = _python_version(architecture)
    key = f"{version} {wheels.LOCK.read_text(encoding='utf-8')}"
    return stored(
        f"dependencies-{architecture}",
        key,
        lambda: with_bytecode(wheels.dependencies(architecture, version), _python()),
    )


def _package(recipe: Recipe, wheel: bytes) -> Layer:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        contents = sorted((entry.filename, entry.CRC) for entry in archive.infolist())
    return stored(
        f"package-{recipe.name}",
        f"{_python_version(own_architecture())} {recipe.commands} {contents}",
        lambda: with_bytecode(wheels.package(wheel, recipe.commands), _python()),
    )


def _agent(name: str, architecture: str) -> Layer:
    agent = agents.AGENTS[name]
    key = agent.lock.read_text(encoding="utf-8")

    def make() -> Tree:
        tree = agents.layer(agent, architecture)
        return with_bytecode(tree, _older_python()) if agent.python else tree

    return stored(f"{name}-{architecture}", key, make)


def _record(recipe: Recipe, architecture: str) -> Layer:
    """The record of dpkg lies on top, as the layers below are shared by images that have different packages."""
    key = json.dumps([each.digest for layer in recipe.debian for each in lock.locked(layer, architecture)])

    def make() -> Tree:
        tree: Tree = {}
        add(tree, "var/lib/dpkg/status", system.installed(recipe.debian, architecture).encode())
        return tree

    return stored(f"record-{recipe.name}-{architecture}", key, make)


@functools.cache
def _python() -> Tree:
    """A base of this machine's architecture, whose Python compiles for all."""
    return system.base(own_architecture())


@functools.cache
def _older_python() -> Tree:
    """The same with an older Python alone."""
    libraries = {path: file for path, file in _python().items() if not path.match("usr/bin/python3*")}
    return libraries | system.further(OLDER, own_architecture())


def _python_version(architecture: str) -> str:
    found = next(each for each in lock.locked("base", architecture) if each.name == "python3-minimal")
    return ".".join(found.version.split(".")[:2])


def _labels(recipe: Recipe, source: Source) -> dict[str, str]:
    told = {
        "title": f"gastown-argo {recipe.name}",
        "description": recipe.title,
        "version": source.version,
        "revision": source.commit,
        "created": timestamp(source.moment),
        "licenses": agents.AGENTS[recipe.agent].licence if recipe.agent else "Apache-2.0",
    }
    return {f"org.opencontainers.image.{name}": value for name, value in told.items()}
