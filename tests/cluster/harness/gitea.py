"""A real Gitea for tests: a process of this user on a free port, with people of every right.

What takes time, the database and the people, is made once and kept beside the binary; each Gitea begins with a copy.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import Broken
from harness.families import FAMILIES, binary

PASSWORD = "password1"
LOCAL = "127.0.0.1"
PEOPLE = ("admin", "owner", "bot", "writer", "reader", "stranger")
"""`admin` administers the site and `owner` the organisation's repositories; `bot` and `writer` may write, `reader` read."""
RIGHTS = {"owner": "admin", "bot": "write", "writer": "write", "reader": "read"}
ORGANISATION = "acme"
SCOPES = {"bot": "write:repository,write:issue,read:user"}
"""All that the product's token needs; the tokens of the others may do everything that their people may."""
START = 240.0
"""Seconds that it may take to answer; it takes two when nothing else runs, and a minute beside a build on every core."""
PATIENCE = 120.0
"""Seconds that one answer may take: the test with two hundred events keeps every core busy."""
PORTS = range(12_000, 32_000)
"""Below the ports that Linux gives to outgoing connections: one of those could take the port of a receiver that is down."""

SETTINGS = """\
APP_NAME = Gas Town's tests
RUN_MODE = prod
RUN_USER = {user}
WORK_PATH = {work}
[server]
HTTP_ADDR = {host}
HTTP_PORT = {port}
ROOT_URL = http://{host}:{port}/
STATIC_ROOT_PATH = {static}
APP_DATA_PATH = {work}/data
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = false
[database]
DB_TYPE = sqlite3
PATH = {work}/gitea.db
SQLITE_JOURNAL_MODE = WAL
; Half a second is the default; a writer that waits longer on a busy machine answers 500.
SQLITE_TIMEOUT = 60000
[repository]
ROOT = {work}/repositories
DEFAULT_BRANCH = main
[security]
INSTALL_LOCK = true
SECRET_KEY = not-a-secret
PASSWORD_HASH_ALGO = pbkdf2_v1
MIN_PASSWORD_LENGTH = 6
[service]
DISABLE_REGISTRATION = true
[webhook]
; Only this machine and what runs on it: the default refuses their addresses.
ALLOWED_HOST_LIST = loopback,private
; Five seconds is the default, and there is no second try: on a crowded machine a delivery would be lost before a receiver saw it.
DELIVER_TIMEOUT = 120
[actions]
ENABLED = false
[packages]
ENABLED = false
[indexer]
ISSUE_INDEXER_TYPE = db
[cron]
ENABLED = false
[cron.update_checker]
ENABLED = false
[picture]
DISABLE_GRAVATAR = true
[log]
MODE = console
LEVEL = Warn
"""


@dataclass(frozen=True, slots=True)
class Gitea:
    """A Gitea and the tokens of its people."""

    work: Path
    port: int
    tokens: dict[str, str]
    host: str = LOCAL
    """The address that it listens on."""

    @property
    def url(self) -> str:
        """The address of the site."""
        return f"http://{self.host}:{self.port}"

    def ask(self, who: str, method: str, path: str, body: object = None) -> Any:
        """The API's answer to one of the people. Raises Broken when it is no success."""
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.tokens[who]}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise Broken(f"{who}: {method} {path}: {error.code} {error.read()[:300]!r}") from None
        except OSError as error:
            raise Broken(f"{who}: {method} {path}: {error}; Gitea's last words: {self.words()}") from None
        return json.loads(text) if text.strip() else None

    def words(self) -> str:
        """What it logged last."""
        return (self.work / "gitea.log").read_text(encoding="utf-8", errors="replace")[-400:]

    def clone_url(self, who: str, repository: str) -> str:
        """The address of a repository for git, with the password in it."""
        return f"http://{who}:{self.tokens[who]}@{self.host}:{self.port}/{repository}.git"

    def make_repository(self, name: str, *, private: bool = False) -> str:
        """A repository of the organisation with one commit on main; everybody has the right that RIGHTS says."""
        wanted = {"name": name, "auto_init": True, "private": private, "default_branch": "main"}
        self.ask("admin", "POST", f"orgs/{ORGANISATION}/repos", wanted)
        for who, right in RIGHTS.items():
            place = f"repos/{ORGANISATION}/{name}/collaborators/{who}"
            self.ask("admin", "PUT", place, {"permission": right})
        return f"{ORGANISATION}/{name}"


@contextlib.contextmanager
def gitea(work: Path, host: str = LOCAL) -> Iterator[Gitea]:
    """A Gitea with its people and no repository, in a folder that it makes. Raises Missing when it is not built."""
    shutil.copytree(_template(), work)
    with serving(work, free_port(host), host) as running:
        running.ask("admin", "POST", "orgs", {"username": ORGANISATION})
        yield running


@contextlib.contextmanager
def serving(work: Path, port: int, host: str = LOCAL) -> Iterator[Gitea]:
    """The Gitea of a folder that was made before, at this port: as after a crash or a restart."""
    _configure(work, port, host)
    tokens = json.loads((work / "tokens.json").read_text(encoding="utf-8"))
    with (work / "gitea.log").open("ab") as log:
        process = subprocess.Popen(
            _command(work, "web"), env=_environment(work), stdout=log, stderr=log, start_new_session=True
        )
    try:
        running = Gitea(work=work, port=port, tokens=tokens, host=host)
        _await(process, running)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port(host: str = LOCAL) -> int:
    """A port that nobody has just now, nor gets without asking for it."""
    while True:
        port = random.SystemRandom().choice(PORTS)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind((host, port))
            return port


def _template() -> Path:
    """A folder with the database and the people, made by the binary beside it once."""
    home = binary("gitea").parent
    made = home / "people"
    if made.is_dir():
        return made
    with tempfile.TemporaryDirectory(prefix=".people-", dir=home) as scratch:
        work = Path(scratch) / "work"
        work.mkdir()
        _configure(work, 0)
        _run(work, "migrate")
        tokens = {}
        for name in PEOPLE:
            login = ("--username", name, "--password", PASSWORD, "--email", f"{name}@forge.test")
            site = ("--admin",) if name == "admin" else ()
            _run(work, "admin", "user", "create", *login, "--must-change-password=false", *site)
            scopes = SCOPES.get(name, "all")
            made_token = ("--username", name, "--token-name", "tests", "--scopes", scopes, "--raw")
            tokens[name] = _run(work, "admin", "user", "generate-access-token", *made_token).split()[-1]
        (work / "tokens.json").write_text(json.dumps(tokens), encoding="utf-8")
        try:
            work.rename(made)
        except OSError:  # another session was faster
            if not made.is_dir():
                raise
    return made


def _configure(work: Path, port: int, host: str = LOCAL) -> None:
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    text = SETTINGS.format(work=work, host=host, port=port, static=FAMILIES["gitea"].home, user=user)
    (work / "app.ini").write_text(text, encoding="utf-8")


def _command(work: Path, *arguments: str) -> list[str]:
    return [str(binary("gitea")), "--config", str(work / "app.ini"), "--work-path", str(work), *arguments]


def _run(work: Path, *arguments: str) -> str:
    done = subprocess.run(
        _command(work, *arguments), env=_environment(work), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Broken(f"gitea {' '.join(arguments[:3])} failed: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def _environment(work: Path) -> dict[str, str]:
    """It refuses to be root without being told so, and writes .gitconfig into its home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITEA_"))}
    return {**kept, "HOME": str(work), "GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT": "true"}


def _await(process: "subprocess.Popen[bytes]", running: Gitea) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Broken(f"gitea ended ({process.returncode}): {running.words()}")
        try:
            with urllib.request.urlopen(f"{running.url}/api/v1/version", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise Broken(f"gitea did not answer within {START:.0f} s: {running.words()}")
