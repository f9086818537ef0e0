"""Fills a folder with what an agent's lock names, and takes out of it what the image needs."""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from images.agents.shape import Agent, Part
from images.errors import Changed, Unresolved
from images.tree import Tree, add, link

_NODE = {"amd64": "x64", "arm64": "arm64"}
"""Architecture -> what npm calls it."""

_SYSTEMS = r"(^|/)(?!{node}-linux/)(x64|arm64)-(linux|darwin|win32)/"
"""Folders with programs for other machines."""

_PROGRAMS = (b"\x7fELF", b"#!")


def obtainable() -> bool:
    """True where npm is there to bring them."""
    return shutil.which("npm") is not None


def layer(agent: Agent, architecture: str) -> Tree:
    """An agent of npm's packages. Raises Unresolved, without npm too, and Changed."""
    if not obtainable():
        raise Unresolved(f"{agent.name} comes from npm, which is not on the PATH: install Node.js")
    with tempfile.TemporaryDirectory(prefix="gastown-npm-") as scratch:
        modules = _filled(agent, Path(scratch), _NODE[architecture])
        tree: Tree = {}
        for part in agent.parts:
            _hold(agent, part.packages[architecture], modules)
            _take(tree, part, modules, architecture)
    if agent.command:
        link(tree, *agent.command)
    return tree


def _filled(agent: Agent, scratch: Path, cpu: str) -> Path:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(agent.lock.with_name(name), scratch)
    # Not `npm ci`: it refuses a lock without the packages for systems that a mirror does not serve.
    command = ["npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        [*command, "--os=linux", f"--cpu={cpu}", "--libc=glibc"],
        cwd=scratch,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Unresolved(f"npm install in {agent.lock.parent} failed: {done.stderr.strip()[-300:]}")
    return scratch / "node_modules"


def _hold(agent: Agent, name: str, modules: Path) -> None:
    """What npm put there is what the lock has: it would fill a gap of the lock by itself."""
    told = json.loads((modules / ".package-lock.json").read_text(encoding="utf-8"))["packages"]
    place = f"node_modules/{name}"
    if place not in told:
        raise Unresolved(f"npm did not bring {name}; see whether its registry serves it")
    if told[place].get("integrity") != agent.locked()[place]["integrity"]:
        raise Changed(f"{name} is not the one that {agent.lock} names; make the lock anew")


def _take(tree: Tree, part: Part, modules: Path, architecture: str) -> None:
    foreign = re.compile(_SYSTEMS.format(node=_NODE[architecture]))
    root = modules / part.packages[architecture] / part.root.get(architecture, ".")
    for source, target in part.placed(architecture).items():
        found = root / source
        for path in (
            [found] if found.is_file() else sorted(each for each in found.rglob("*") if each.is_file())
        ):
            below = "" if path == found else f"/{path.relative_to(found)}"
            if not foreign.search(below):
                content = path.read_bytes()
                add(tree, f"{target}{below}", content, mode=0o755 if content.startswith(_PROGRAMS) else 0o644)
