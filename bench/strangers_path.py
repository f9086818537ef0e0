"""How long a stranger needs from nothing to a report, step by step, beside `git clone` of the same checkout on the same machine.

A home of its own, a stand-in for `claude` that is not logged in at first, and only commands that README and guide name, or that the
step before printed. A step that does not lead on ends the run. Setting up the environment (`make setup`) is the network's time, not ours.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent

CLAUDE = """\
#!/bin/sh
result() { printf '{"type":"result","subtype":"success","is_error":%s,"result":"%s","total_cost_usd":0.12}\\n' "$1" "$2"; }
[ -e "$HOME/logged-in" ] || { result true 'Invalid API key · Please run /login'; exit 1; }
cat >/dev/null
echo 'print("0.1.0")' >version.py
git add version.py && git commit --quiet --message 'Add a --version flag'
result false 'Added the flag'
"""


class Stranger:
    """Somebody with a fresh home, who types and reads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "home").mkdir()
        (root / "bin").mkdir()
        claude = root / "bin" / "claude"
        claude.write_text(CLAUDE, encoding="utf-8")
        claude.chmod(0o755)
        self._environ = {
            "PATH": f"{root / 'bin'}:{BIN}:{os.environ['PATH']}",
            "HOME": str(root / "home"),
            "LANG": "C.UTF-8",
        }
        self._git("config", "--global", "user.name", "Max")
        self._git("config", "--global", "user.email", "max@example.org")

    def repository(self) -> None:
        """What was there before: a repository with one commit on a server."""
        self._git("init", "--quiet", "--bare", "--initial-branch=main", "app.git")
        self._git("clone", "--quiet", "app.git", "app")
        self._git("-C", "app", "commit", "--quiet", "--allow-empty", "--message", "Begin")
        self._git("-C", "app", "push", "--quiet", "origin", "HEAD:main")

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], check=True, cwd=self.root, env=self._environ, capture_output=True)

    def types(self, words: Sequence[str], *, reads: str, code: int = 0) -> str:
        """Type a command, and find a pattern in what it prints; the first group of it. Ends the run where it is not there."""
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, cwd=self.root, env=self._environ
        )
        told = done.stdout + done.stderr
        found = re.search(reads, told)
        if done.returncode != code or found is None:
            raise SystemExit(f"{' '.join(words)} ended with {done.returncode} and does not lead on:\n{told}")
        return found[1] if found.groups() else ""


def walk(stranger: Stranger) -> None:
    """The path, with the seconds of each step."""
    total = 0.0

    def step(what: str, words: Sequence[str], *, reads: str, code: int = 0) -> str:
        nonlocal total
        begun = time.perf_counter()
        found = stranger.types(words, reads=reads, code=code)
        total += (taken := time.perf_counter() - begun)
        print(f"{what:<32}{taken:>7.1f} s")
        return found

    step("clone (the baseline)", ["git", "clone", "--quiet", str(CHECKOUT), "gastown-argo"], reads="")
    step("demo", ["gastown", "demo", "--directory", "demo"], reads="Complete, 8/8")
    stranger.repository()
    step("own rig", ["gastown", "rig", "create", "app", "--git-url", "app.git"], reads="rig/app created")
    sling = ["gastown", "sling", "--text", "Add a --version flag, with a test", "app", "--wait"]
    # Whoever waits is told why, and may look again from another terminal.
    step(
        "first failure: not logged in",
        [*sling, "--timeout", "3s"],
        reads="Please run /login; .* goes on after `gastown auth sync`",
        code=124,
    )
    step("what to do now", ["gastown", "inbox"], reads="Please run /login")
    (stranger.root / "home" / "logged-in").touch()
    name = step("its mend, as it was printed", ["gastown", "auth", "sync"], reads="([a-z-]+) goes on")
    step("its merge", ["gastown", "convoy", "watch", name], reads="Complete, 1/1")
    step("report", ["gastown", "convoy", "report", name], reads="1 of 1 done")
    step("status", ["gastown", "status"], reads="1 merged")
    print(f"{'all of it':<32}{total:>7.1f} s")


def main() -> None:
    """Walk it once, in a place that is gone afterwards."""
    root = Path(tempfile.mkdtemp(prefix="gastown-stranger-"))
    walk(Stranger(root))
    shutil.rmtree(root, ignore_errors=True)  # a runner may still be closing its files


if __name__ == "__main__":
    main()
