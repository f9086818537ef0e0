"""The command line as a user has it: a home, git, a repository with beads, and the program run in this process or its own."""

import dataclasses
import json
import os
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import ondisk
import pytest

from kubectl_gt.main import run

DEADLINE = 100.0

AGENT = """\
set -eu
echo "$GASTOWN_POLECAT works on $GASTOWN_BEAD"
if grep -q '^give up$' "$1" && ! grep -q '^blue$' "$1"; then echo 'which colour?' >"$GASTOWN_ESCALATE"; exit 0; fi
if grep -q '^never end$' "$1"; then sleep 300; fi
echo "$GASTOWN_BEAD" >"$GASTOWN_BEAD.txt"
if grep -q '^shorter$' "$1"; then echo short >"$GASTOWN_BEAD.txt"; fi
git add --all
git commit --quiet --message "Do $GASTOWN_BEAD"
"""

BEADS = [
    {"id": "app-1", "title": "Lay the ground", "priority": 1},
    {
        "id": "app-2",
        "title": "Raise [bold]walls[/bold]",
        "dependencies": [{"depends_on_id": "app-1", "type": "blocks"}],
    },
    {"id": "app-3", "title": "Never ends", "description": "never end"},
    {"id": "app-4", "title": "Asks", "description": "give up"},
    {"id": "app-9", "title": "Closed long ago", "status": "closed"},
]


class Ran(ondisk.Ran):
    """One finished command line."""

    @property
    def error(self) -> str:
        """The one line on stderr that says what is wrong; fails where there is more, or a traceback."""
        lines = [line for line in self.err.splitlines() if line]
        assert len(lines) == 1, self.err
        assert lines[0].startswith("error: "), self.err
        return lines[0].removeprefix("error: ")

    @property
    def json(self):
        """The answer of `-o json`."""
        return json.loads(self.out)


class Gastown:
    """One user with one town. Called, it runs the program in a process of its own."""

    def __init__(self, root: Path, programs: ondisk.Programs):
        self.root = root
        self.programs = programs
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(root / "home"),
            "GASTOWN_HOME": str(root / "town"),
            "GASTOWN_LOCAL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "COLUMNS": "100",
        }
        self.agent = f"sh {root}/agent.sh {{prompt_file}}"
        self.origin = root / "origin.git"

    def settle(self) -> "Gastown":
        """Make the home, the agent and the repository."""
        (self.root / "home").mkdir(parents=True)
        (self.root / "agent.sh").write_text(AGENT)
        self.git(
            "init",
            "--quiet",
            "--bare",
            "--template=",
            "--initial-branch=main",
            str(self.origin),
            cwd=self.root,
        )
        ondisk.uncollected(self.origin)
        (self.root / "home" / ".gitconfig").write_text(ondisk.UNCOLLECTED)
        self.commit({".beads/issues.jsonl": "".join(json.dumps(bead) + "\n" for bead in BEADS)})
        return self

    def __call__(self, *arguments, text=None, environ=None, deadline=DEADLINE) -> Ran:
        """Run one command line to its end."""
        done = self.programs.run(
            "kubectl_gt",
            [*map(str, arguments)],
            directory=self.root,
            environ=self.environ | (environ or {}),
            seconds=deadline,
            text=text or "",
        )
        return Ran(done.code, done.out, done.err)

    def git(self, *arguments, cwd=None) -> str:
        """Git as a person runs it."""
        identity = ("-c", "user.name=Max", "-c", "user.email=max@example.org")
        done = subprocess.run(
            ["git", *identity, *map(str, arguments)],
            capture_output=True,
            check=True,
            cwd=cwd or self.origin,
            env=self.environ,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, files) -> None:
        """A commit on main by a person."""
        seed = self.root / "seed"
        if not seed.exists():
            self.git("init", "--quiet", "--template=", "--initial-branch=main", seed, cwd=self.root)
        for name, content in files.items():
            (seed / name).parent.mkdir(parents=True, exist_ok=True)
            (seed / name).write_text(content)
        self.git("add", "--all", cwd=seed)
        self.git("commit", "--quiet", "--message", "By a person", cwd=seed)
        self.git("push", "--quiet", self.origin, "HEAD:main", cwd=seed)

    def rig(self, *more) -> Ran:
        """Make the rig of the repository."""
        return self("rig", "create", "app", "--git-url", self.origin, "--agent-command", self.agent, *more)

    def until(self, condition, what):
        """Wait for something to become true."""
        deadline = time.monotonic() + DEADLINE
        while not (found := condition()):
            assert time.monotonic() < deadline, what
            time.sleep(0.1)
        return found


programs = ondisk.forking(*ondisk.COMMANDS, warm=True)


@pytest.fixture(scope="session")
def settled(tmp_path_factory, programs) -> Path:
    """The folder of a town without a rig, which is copied for each test."""
    return Gastown(tmp_path_factory.mktemp("settled"), programs).settle().root


@pytest.fixture(scope="session")
def copied(settled, programs):
    """Makes a town without a rig, in a folder."""

    def copy(root: Path) -> Gastown:
        shutil.copytree(settled, root, dirs_exist_ok=True)
        return Gastown(root, programs)

    return copy


@pytest.fixture
def gastown(tmp_path, copied) -> Gastown:
    """A town without a rig."""
    return copied(tmp_path)


class Here:
    """The program run in this process, for all that starts nothing: the same `run` that the scripts call."""

    def __init__(self, town, monkeypatch, capsys):
        for name in [name for name in os.environ if name.startswith(("GASTOWN", "KUBE", "GIT_", "XDG"))]:
            monkeypatch.delenv(name)
        for name, value in town.environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(town.root)
        self._capsys = capsys

    def __call__(self, *arguments, name="gastown") -> Ran:
        """Run one command line."""
        self._capsys.readouterr()
        code = run([str(argument) for argument in arguments], name=name)
        captured = self._capsys.readouterr()
        return Ran(code, captured.out, captured.err)


@pytest.fixture
def here(gastown, monkeypatch, capsys) -> Here:
    """The program in this process, on a town without a rig."""
    return Here(gastown, monkeypatch, capsys)


@pytest.fixture(scope="session")
def worked(tmp_path_factory, programs) -> Gastown:
    """A town in which one convoy was merged and another failed. Tests only look at it, so all of pytest's processes share one."""
    root = ondisk.once(tmp_path_factory, "worked", lambda root: _work(Gastown(root, programs).settle()))
    return Gastown(root, programs)


def _work(gastown: Gastown) -> None:
    assert gastown.rig("--prefix", "app").code == 0
    assert gastown("sling", "app-4", "app", "--name", "nux").code == 0
    good = gastown("convoy", "create", "Build the app", "app-1", "app-2", "--name", "build", "--wait")
    assert good.code == 0, good.err + good.out
    bad = gastown("convoy", "watch", "nux")
    assert bad.code == 1, bad.err + bad.out


@pytest.fixture
def look(worked, monkeypatch, capsys) -> Here:
    """The program in this process, on the town that has worked."""
    return Here(worked, monkeypatch, capsys)


@dataclasses.dataclass(frozen=True)
class Asked:
    """One request to an apiserver."""

    method: str
    path: str
    body: bytes


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        """Whatever was asked, by any method."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, told, *headers = self.server.answer(Asked(self.command, self.path.partition("?")[0], body))
        content = (told if isinstance(told, str) else json.dumps(told)).encode()
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), ("Content-Length", len(content)), *headers):
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(content)

    do_PATCH = do_POST = do_GET  # noqa: N815 - the server's names for it

    def log_message(self, *args):
        """The test's output is its own."""


@pytest.fixture
def listening():
    """A server that has no answers yet; a test gives it `answer`, which takes what was asked and gives status, text or object, and headers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def served(listening, monkeypatch, capsys):
    """Serve a function as an apiserver, and run `kubectl gt` against it in this process."""
    monkeypatch.delenv("GASTOWN_LOCAL", raising=False)
    monkeypatch.setenv("KUBECONFIG", "/dev/null/none")

    def serve(answer):
        listening.answer = answer

        def ask(*arguments) -> Ran:
            capsys.readouterr()
            place = ("--server", f"http://127.0.0.1:{listening.server_port}")
            code = run([*map(str, arguments), *place], name="kubectl-gt")
            captured = capsys.readouterr()
            return Ran(code, captured.out, captured.err)

        return ask

    return serve
