"""The layers of agents: their programs, as their makers' packages bring them."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from images.errors import Unresolved
from images.tree import Tree, add, link

_LOCKS = Path(__file__).parent / "npm"


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent whose program is native. `packages` are those of npm that have it, by architecture; `root` is where in them.

    `files` are what is taken, files and folders below `root` -> where they lie in the image; `command` is a link to one of them.
    """

    name: str
    packages: Mapping[str, str]
    files: Mapping[str, str]
    command: tuple[str, str] | None = None
    root: Mapping[str, str] = field(default_factory=dict)

    @property
    def lock(self) -> Path:
        """What pins its packages, with hashes."""
        return _LOCKS / self.name / "package-lock.json"

    def version(self, architecture: str) -> str:
        """That of its package, as the lock has it."""
        locked = json.loads(self.lock.read_text(encoding="utf-8"))["packages"]
        return str(locked[f"node_modules/{self.packages[architecture]}"]["version"])


AGENTS = {
    each.name: each
    for each in (
        Agent(
            "claude-code",
            {
                "amd64": "@anthropic-ai/claude-code-linux-x64",
                "arm64": "@anthropic-ai/claude-code-linux-arm64",
            },
            {"claude": "usr/local/bin/claude"},
        ),
        # Without the parts that speak and that lock commands in: a pod does the one, and nobody hears the other.
        Agent(
            "codex",
            {"amd64": "@openai/codex-linux-x64", "arm64": "@openai/codex-linux-arm64"},
            {
                "bin": "usr/local/lib/codex/bin",
                "codex-path": "usr/local/lib/codex/codex-path",
                "codex-package.json": "usr/local/lib/codex/codex-package.json",
            },
            ("usr/local/bin/codex", "../lib/codex/bin/codex"),
            {"amd64": "vendor/x86_64-unknown-linux-musl", "arm64": "vendor/aarch64-unknown-linux-musl"},
        ),
        # The one that runs on every amd64: the other wants AVX2, and an image can't look first.
        Agent(
            "opencode",
            {"amd64": "opencode-linux-x64-baseline"},
            {"bin/opencode": "usr/local/bin/opencode"},
        ),
    )
}
"""By the name of their preset."""

_NODE = {"amd64": "x64", "arm64": "arm64"}
"""Architecture -> what npm calls it."""


def obtainable() -> bool:
    """True where npm is there to bring them."""
    return shutil.which("npm") is not None


def layer(agent: Agent, architecture: str) -> Tree:
    """An agent's native program, pinned by the lock with hashes. Raises Unresolved, without npm too."""
    if not obtainable():
        raise Unresolved(f"{agent.name} comes from npm, which is not on the PATH: install Node.js")
    with tempfile.TemporaryDirectory(prefix="gastown-npm-") as scratch:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(agent.lock.with_name(name), scratch)
        command = [
            "npm",
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--os=linux",
            f"--cpu={_NODE[architecture]}",
        ]
        done = subprocess.run(
            [*command, "--libc=glibc"], cwd=scratch, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise Unresolved(f"npm ci in {agent.lock.parent} failed: {done.stderr.strip()[-300:]}")
        return _taken(
            agent,
            Path(scratch, "node_modules", agent.packages[architecture], agent.root.get(architecture, ".")),
        )


def _taken(agent: Agent, root: Path) -> Tree:
    tree: Tree = {}
    for source, target in agent.files.items():
        found = root / source
        files = [found] if found.is_file() else sorted(path for path in found.rglob("*") if path.is_file())
        for path in files:
            place = target if path == found else f"{target}/{path.relative_to(found)}"
            add(tree, place, path.read_bytes(), mode=0o644 if path.suffix == ".json" else 0o755)
    if agent.command:
        link(tree, *agent.command)
    return tree
