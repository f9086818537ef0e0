"""One bead from `gastown convoy create` to the commit on main, worked by a real agent."""

import os
import subprocess
import sys

import yaml
from trial.run import environment

GASTOWN = os.path.join(os.path.dirname(sys.executable), "gastown")  # noqa: PTH118, PTH120 - the one of this environment


class Town:
    """A town of one rig in a directory of its own; `path` is where the agent's program lies."""

    def __init__(self, place, path):
        self._place = place
        self._environ = {
            **environment(place, path),
            "GASTOWN_LOCAL": "1",
            "GASTOWN_HOME": str(place / "town"),
        }
        (place / "gitconfig").write_text("[user]\n\tname = Max\n\temail = max@example.org\n")
        self._origin = str(place / "app.git")
        self.call("git", "init", "-q", "--bare", "-b", "main", self._origin)
        tree = self.git("hash-object", "-t", "tree", "-w", "--stdin", input="").strip()
        first = self.git("commit-tree", tree, "-m", "First").strip()
        self.git("update-ref", "refs/heads/main", first)
        self.call(GASTOWN, "rig", "create", "app", "--git-url", self._origin)

    def call(self, *words, code=0, **more):
        """What a command prints, once it has ended with this code."""
        done = subprocess.run(
            words,
            env=self._environ,
            check=False,
            capture_output=True,
            text=True,
            timeout=500,
            cwd=self._place,
            **more,
        )
        assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def git(self, *words, **more):
        """What git says of the rig's repository."""
        return self.call("git", "-C", self._origin, *words, **more)

    def sling(self, agent, mode, *, code=0, **config):
        """A convoy of one bead, whose task names the stand-in's mode, until it ends."""
        task = f"Make a file hello.txt that says hello, and commit it (stand-in:{mode})."
        bead = {"id": "app-1", "title": "Say hello", "description": task}
        spec = {"description": "one bead", "agent": agent, "agentConfig": config, "beads": [bead]}
        told = {"apiVersion": "gastown.gastown.io/v1alpha1", "kind": "Convoy", "metadata": {"name": "one"}}
        (self._place / "convoy.yaml").write_text(yaml.safe_dump(told | {"spec": spec}))
        self.call(
            GASTOWN, "convoy", "create", "--from-file", "convoy.yaml", "--rig", "app", "--wait", code=code
        )

    def log(self):
        """What its agent did, as people read it."""
        return self.call(GASTOWN, "polecat", "logs", "app-1")
