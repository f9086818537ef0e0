"""Credentials reach git and nobody else: not the agent's files, not a process list, not a log."""

import base64
import http.server
import os
import shlex
import subprocess
import threading

import pytest

from workflows.exits import Reason
from workflows.steps.git import access, address

TOKEN = "gh-s3cret-token"
BASIC = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()


class Backend(http.server.BaseHTTPRequestHandler):
    """git http-backend behind a password, as a forge serves it."""

    def do_GET(self):
        """Refs."""
        self.serve()

    def do_POST(self):
        """Packs."""
        self.serve()

    def log_message(self, *_):
        """Nothing: the test's output is not a log."""

    def serve(self):
        """Ask for the password, then let git answer."""
        if self.headers.get("Authorization") != f"Basic {BASIC}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="forge"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        environ = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "polecat",
        }
        done = subprocess.run(
            ("git", "http-backend"), input=self.body(), env=environ, capture_output=True, check=True
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in {**fields, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        """The request's body, however it was sent."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        chunks = b""
        while size := int(self.rfile.readline(), 16):
            chunks += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return chunks


@pytest.fixture
def forge(town):
    """The town's repository behind http on the loopback, and the address of it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    server.root = town.root
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/origin.git"
    server.shutdown()
    server.server_close()


@pytest.fixture
def credentials(town):
    """A mounted Secret with a token."""
    path = town.root / "git-creds"
    path.mkdir()
    (path / "token").write_text(f"{TOKEN}\n")
    return path


def holding(root, secret):
    """The files under a directory that hold a secret."""
    return [path for path in root.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def test_a_token_opens_the_repository_and_stays_out_of_sight(town, forge, credentials):
    """Clone, publish and merge over http, and the agent finds the token nowhere."""
    town.script("env > env; ls -a > files", repository=forge)
    given = {"GASTOWN_GIT_CREDENTIALS": str(credentials)}
    traced = {**given, "GIT_TRACE": str(town.root / "trace")}
    assert town.step("clone", **traced).code == 0
    town.launch(**given)
    done = town.step("publish", **traced)
    assert done.code == 0, done.err
    assert town.step("merge", **traced).code == 0
    assert town.subjects()[0] == "Do gt-1 (gt-1)"
    assert holding(town.root / "work", TOKEN) == []
    assert holding(town.root, TOKEN) == [credentials / "token"]


def test_a_password_in_the_address_stays_out_of_the_agents_config(town, forge):
    """Some people write it there: git uses it, the agent and the messages do not see it."""
    town.script("git config --list > config", repository=forge.replace("//", f"//x-access-token:{TOKEN}@"))
    assert town.polecat().code == 0
    assert holding(town.root / "work", TOKEN) == []
    town.orders(repository=forge.replace("//", f"//x-access-token:{TOKEN}@").replace("origin", "gone"))
    town.workspace().rename(town.workspace("lost"))
    done = town.step("clone")
    assert done.code == Reason.FAILED.value
    assert TOKEN not in done.err + town.last_words()


@pytest.fixture
def private(town):
    """Another repository of the same server: its only commit, and what names it as the submodule `lib`."""
    seed, place = town.root / "private-seed", town.root / "private.git"
    town.git("init", "--quiet", seed, cwd=town.root)
    town.git("commit", "--quiet", "--allow-empty", "--message", "secret", cwd=seed)
    town.git("clone", "--quiet", "--bare", seed, place, cwd=town.root)
    return town.git(
        "rev-parse", "HEAD", cwd=seed
    ).strip(), '[submodule "lib"]\n\tpath = lib\n\turl = ../private.git\n'


def link(commit, names):
    """The script of an agent that links to a commit."""
    return (
        f"mkdir -p lib; printf '%s' {shlex.quote(names)} > .gitmodules; git add .gitmodules; "
        f"git update-index --add --cacheinfo 160000,{commit},lib; git commit -qm link"
    )


@pytest.mark.parametrize("where", ["mounted", "in the address"])
def test_the_token_opens_no_repository_that_a_bead_names(town, forge, credentials, private, where):
    """It was given for the rig's: whoever knows a commit of another one would have its files in the gates."""
    url = forge if where == "mounted" else forge.replace("//", f"//x-access-token:{TOKEN}@")
    given = {"GASTOWN_GIT_CREDENTIALS": str(credentials)} if where == "mounted" else {}
    town.script(link(*private), repository=url)
    assert town.step("clone", **given).code == 0
    town.launch(**given)
    assert town.step("publish", **given).code == 0
    done = town.step("merge", **given)
    assert done.code == Reason.REJECTED.value
    assert "submodule lib: nobody can tell whether its commit is there" in town.last_words()
    assert TOKEN not in done.err + town.last_words()


def test_the_token_opens_what_the_target_links_to(town, forge, credentials, private):
    """The rig's owner wants that: a bead may go on to another commit of it."""
    commit, names = private
    person = "Max <max@example.org> 1700000000 +0000"
    stream = (
        f"commit refs/heads/main\ncommitter {person}\ndata 4\nlink\nfrom refs/heads/main^0\nM 160000 {commit} lib\n"
        f"M 100644 inline .gitmodules\ndata {len(names)}\n{names}\n"
    )
    subprocess.run(("git", "fast-import", "--quiet"), cwd=town.origin, input=stream, text=True, check=True)
    later = town.root / "private-seed"
    town.git("commit", "--quiet", "--allow-empty", "--message", "later", cwd=later)
    town.git("push", "--quiet", town.root / "private.git", "HEAD:refs/heads/later", cwd=later)
    town.script(link(town.git("rev-parse", "HEAD", cwd=later).strip(), names), repository=forge)
    given = {"GASTOWN_GIT_CREDENTIALS": str(credentials)}
    assert town.step("clone", **given).code == 0
    town.launch(**given)
    assert town.step("publish", **given).code == 0
    assert town.step("merge", **given).code == 0, town.last_words()
    assert town.subjects()[0] == "Do gt-1 (gt-1)"


@pytest.mark.parametrize("token", ["", "wrong"], ids=["none", "wrong"])
def test_a_refused_token_is_told(town, forge, credentials, token):
    """No prompt, no hang: an end that no retry helps, and what to do."""
    (credentials / "token").write_text(token)
    town.script("true", repository=forge)
    done = town.step("clone", GASTOWN_GIT_CREDENTIALS=str(credentials) if token else "")
    assert done.code == Reason.AUTH_FAILED.value
    assert f"access to {forge} is refused: check the rig's git credentials" in town.last_words()


def test_the_token_goes_to_its_own_host_only(town, forge, credentials):
    """The helper is bound to scheme and host: a repository elsewhere never hears it."""
    town.script("true", repository=forge.replace("127.0.0.1", "localhost"))
    with access.opened(pod(town, credentials), "https://example.org/x.git", town.environ) as (git, _):
        answer = git.having(GIT_ASKPASS="true").call(
            "credential", "fill", text=f"protocol=http\nhost={forge[7:].split('/')[0]}\n\n"
        )
        assert TOKEN not in answer.out
        answer = git.call("credential", "fill", text="protocol=https\nhost=example.org\n\n")
        assert f"password={TOKEN}" in answer.out


@pytest.mark.parametrize(
    "given_for",
    [
        "https://git.example.org/other.git",
        "https://git.example.org:8443/app.git",
        "http://git.example.org/app.git",
        "https://example.org#@git.example.org/app.git",
        "https://example.org?@git.example.org/app.git",
        "https://example.org\\@git.example.org/app.git",
        "",
    ],
)
@pytest.mark.parametrize("named", ["repository", "key"])
def test_a_key_opens_the_repository_that_it_was_given_for(town, credentials, given_for, named):
    """Where the orders name another one, no key of the container is used for it: neither a password nor one of ssh."""
    (credentials / "ssh-privatekey").write_text("-----BEGIN KEY-----")
    pair = ("https://git.example.org/app.git", given_for)
    repository, key_for = pair if named == "key" or not given_for else pair[::-1]
    with access.opened(pod(town, credentials), repository, town.environ, key_for=key_for) as (git, private):
        answer = git.having(GIT_ASKPASS="true").call(
            "credential", "fill", text=f"url={repository.replace('#', '%23').replace('?', '%3f')}\n\n"
        )
        assert TOKEN not in answer.out
        assert list(private.iterdir()) == []
        assert "GIT_SSH_COMMAND" not in git.environment


def test_an_address_may_end_in_any_way(town, credentials):
    """It is the same repository."""
    url = "https://git.example.org/app"
    for one, other in ((url, f"{url}.git"), (f"{url}.git/", url), (url.replace("//", "//max:word@"), url)):
        with access.opened(pod(town, credentials), one, town.environ, key_for=other) as (git, _):
            answer = git.call("credential", "fill", text="protocol=https\nhost=git.example.org\n\n")
            assert f"password={TOKEN}" in answer.out


def pod(town, credentials):
    """One container's view, with credentials mounted."""
    return access.Pod.of({**town.command("gt-1", "work", {}), "GASTOWN_GIT_CREDENTIALS": str(credentials)})


def test_ssh_uses_its_own_key_and_only_known_hosts(town, credentials):
    """The key is a private copy that ssh accepts; no host is trusted on first sight, no question is asked."""
    (credentials / "ssh-privatekey").write_text("-----BEGIN KEY-----")
    (credentials / "ssh-privatekey").chmod(0o444)
    with access.opened(pod(town, credentials), "git@example.org:x.git", town.environ) as (git, private):
        words = shlex.split(git.environment["GIT_SSH_COMMAND"])
        key = private / "key"
        assert words[:3] == ["ssh", "-i", str(key)]
        assert (key.stat().st_mode & 0o777, key.read_text()) == (0o600, "-----BEGIN KEY-----\n")
        assert not key.is_relative_to(town.workspace())
        assert {"StrictHostKeyChecking=yes", "BatchMode=yes", "IdentitiesOnly=yes"} <= set(words)
    assert not private.exists()


def test_an_unknown_host_is_told_with_the_way_out(town, credentials):
    """A host without a known key is refused; the message says how to add it."""
    (credentials / "ssh-privatekey").write_text("key")
    ssh = town.root / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text("#!/bin/sh\necho 'Host key verification failed.' >&2\nexit 255\n")
    ssh.chmod(0o755)
    town.orders(repository="ssh://git@git.example.org:2222/x.git")
    more = {"GASTOWN_GIT_CREDENTIALS": str(credentials), "PATH": f"{ssh.parent}:{town.environ['PATH']}"}
    assert town.step("clone", **more).code == Reason.AUTH_FAILED.value
    assert "the ssh host key of git.example.org:2222 is not known" in town.last_words()
    assert "known_hosts" in town.last_words()


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("https://github.com/a/b.git", "https://github.com/a/b.git"),
        ("https://user:pass@github.com/a/b.git", "https://github.com/a/b.git"),
        ("https://ghp_token@github.com/a/b.git", "https://github.com/a/b.git"),
        ("ssh://git@github.com/a/b.git", "ssh://git@github.com/a/b.git"),
        ("git@github.com:a/b.git", "git@github.com:a/b.git"),
        ("/srv/git/b.git", "/srv/git/b.git"),
    ],
)
def test_an_address_is_shown_without_its_secret(repository, expected):
    """In messages and in the agent's config."""
    assert address.shown(repository) == expected
