"""One agent on one task, by the product's own launcher and what sits beside it, without a repository to publish to."""

import datetime
import os
import subprocess
import time

from workflows.orders import TaskOrders, TrainOrders
from workflows.steps.clone.handover import Handover
from workflows.steps.courier.listener import Listener
from workflows.steps.pod.ledger import State
from workflows.steps.pod.workspace import Workspace
from workflows.steps.wall.door import Folder

KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "COPILOT_PROVIDER_API_KEY")
MODELS = {"claude-code": "claude-opus-4-8", "gemini": "gemini-2.5-pro"}
"""What each is asked for; the others take any name."""


KEY = "sk-stand-in-0000"
"""What each shows its model, or the gateway before that."""


def environment(home, path, *, key=KEY):
    """What an agent sees: nothing of the user's own."""
    keys = dict.fromkeys(KEYS, key)
    git = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": str(home / "gitconfig")}
    return {
        "HOME": str(home),
        "PATH": f"{path}{os.pathsep}{os.environ['PATH']}",
        "TERM": "dumb",
        **keys,
        **git,
    }


class Run:
    """One agent on one task: the launcher, and beside it what reads and judges."""

    def __init__(self, place, path, orders, prompt, *, key=KEY):
        self.workspace = Workspace(place / "work")
        self.home = place / "home"
        for each in (self.workspace.repo, self.workspace.run, self.home):
            each.mkdir(parents=True)
        (self.home / "gitconfig").write_text("[user]\n\tname = Max\n\temail = max@example.org\n")
        self.environ = environment(self.home, path, key=key)
        person = (("config", "user.name", "Max"), ("config", "user.email", "max@example.org"))
        for words in (
            ("init", "-q", "-b", "main"),
            *person,
            ("commit", "-q", "--allow-empty", "-m", "First"),
        ):
            subprocess.run(("git", *words), cwd=self.workspace.repo, env=self.environ, check=True)
        told = {
            "convoy": "cv",
            "rig": "rig",
            "repository": "r",
            "base": "main",
            "target": "main",
            "created": "",
            "agent": orders,
        }
        task = TaskOrders(
            task="gt-1", bead="gt-1", title="Say hello", prompt=prompt, branch="main", polecat="max"
        )
        state = State(
            task="gt-1",
            bead="gt-1",
            convoy="cv",
            mode="work",
            branch="main",
            base="main",
            base_sha="",
            start_sha="",
        )
        Handover(self.workspace, TrainOrders(**told), task, state).lay()
        (self.workspace.run / "guarded").touch()
        folder = Folder.at(self.workspace.run)
        self.listener = Listener(folder, orders, clock=lambda: datetime.datetime.now(datetime.UTC))
        self.launcher = subprocess.Popen(
            ("sh", str(self.workspace.run / "launch")),
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def look_until(self, done, seconds):
        """Sit beside the launcher until something holds."""
        deadline = time.monotonic() + seconds
        while not done() and time.monotonic() < deadline:
            self.listener.look()
            time.sleep(0.05)
        return done()

    def end(self, seconds=500):
        """The launcher's record, once it is there."""
        assert self.look_until(lambda: self.launcher.poll() is not None, seconds), "the launcher did not end"
        self.shown = self.launcher.communicate()[0]
        lines = (self.workspace.run / "ended").read_text().splitlines()
        return dict(line.partition("=")[::2] for line in lines)

    def commits(self):
        """Subjects, newest first."""
        log = subprocess.run(
            ("git", "log", "--format=%s"),
            cwd=self.workspace.repo,
            env=self.environ,
            check=True,
            capture_output=True,
            text=True,
        )
        return log.stdout.splitlines()
