"""A forge in memory beside a bare repository: what Gitea publishes of pull requests, statuses, reviews and merges.

It stands where a real one can't: in every quick test, and at an address that pods reach.
"""

import json
import subprocess
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

API = "/api/v1/repos/acme/app/"
TIME = "2026-11-01T10:00:00Z"
ANN = {"id": 7, "login": "ann"}


class Hub(ThreadingHTTPServer):
    """One repository on a forge. `protection` is what main asks for, `asked` the calls by method, `resting`
    for how many seconds it asks who calls to wait. `dies` hangs up at the call of this number, counted from now: before it does what it is asked,
    or when it has.
    """

    daemon_threads = True

    def __init__(self, repository: Path, address: str = "127.0.0.1") -> None:
        super().__init__((address, 0), _Handler)
        self.repository = repository
        self.pulls: list[dict[str, Any]] = []
        self.statuses: list[dict[str, Any]] = []
        self.reviews: list[dict[str, Any]] = []
        self.protection: dict[str, Any] = {}
        self.asked: Counter[str] = Counter()
        self.resting = 0
        self.dies: tuple[int, bool] | None = None
        self.url = f"http://{address}:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def review(self, bead: str, event: str, body: str) -> None:
        """A person judges what the bead's pull request shows now."""
        number = next(each["number"] for each in self.pulls if each["branch"] == f"polecat/{bead}")
        made = {"id": len(self.reviews) + 1, "user": ANN, "state": event, "body": body, "pull": number}
        made |= {"commit_id": self.head(f"polecat/{bead}"), "submitted_at": TIME, "official": True}
        self.reviews.append(made | {"stale": False, "dismissed": False})

    def said(self) -> list[tuple[str, str]]:
        """The statuses in the order in which they were posted."""
        return [(each["state"], each["description"]) for each in self.statuses]

    def head(self, branch: str) -> str:
        """Where a branch is."""
        return self.git("rev-parse", "--verify", f"refs/heads/{branch}")

    def git(self, *arguments: str, text: str | None = None) -> str:
        """Run git in the repository."""
        person = {
            f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _HUB.items()
        }
        done = subprocess.run(
            ("git", *arguments), cwd=self.repository, input=text, capture_output=True, text=True, check=True,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", **person},
        )  # fmt: skip
        return done.stdout.strip()

    def close(self) -> None:
        """Hang up."""
        self.shutdown()
        self.server_close()


_HUB = {"NAME": "Hub", "EMAIL": "hub@example.org"}


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self._turned_away():
            return
        match self._path():
            case ["branches", "main"]:
                self._answer(
                    200,
                    {"name": "main", "commit": {"id": self.server.head("main")}, **self.server.protection},
                )
            case ["pulls"]:
                self._answer(
                    200, [self._shown(each) for each in self.server.pulls if each["state"] == "open"]
                )
            case ["pulls", number]:
                self._answer(200, self._shown(self._pull(number)))
            case ["pulls", number, "reviews"]:
                self._answer(200, [each for each in self.server.reviews if each["pull"] == int(number)])
            case ["pulls", _, *head]:
                found = [each for each in self.server.pulls if each["branch"] == "/".join(head)]
                self._answer(200, self._shown(found[-1])) if found else self._answer(
                    404, {"message": "not found"}
                )
            case ["commits", sha, "status"]:
                newest = {each["context"]: each for each in self.server.statuses if each["sha"] == sha}
                self._answer(
                    200, {"statuses": [each | {"status": each["state"]} for each in newest.values()]}
                )

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._turned_away():
            return
        match self._path():
            case ["pulls"]:
                if any(
                    each["branch"] == body["head"] and each["state"] == "open" for each in self.server.pulls
                ):
                    self._answer(409, {"message": "pull request already exists for these targets"})
                    return
                made = {"number": len(self.server.pulls) + 1, "branch": body["head"], "title": body["title"]}
                self.server.pulls.append(made | {"body": body["body"], "state": "open", "merged": ""})
                self._answer(201, self._shown(self.server.pulls[-1]))
            case ["pulls", number, "merge"]:
                self._merge(self._pull(number), body)
            case ["statuses", sha]:
                self.server.statuses.append(body | {"sha": sha})
                self._answer(201, {})

    def _merge(self, pull: dict[str, Any], body: dict[str, Any]) -> None:
        git, head = self.server.git, self.server.head(pull["branch"])
        if head != body["head_commit_id"]:
            self._answer(409, {"message": "head out of date"})
            return
        if self.server.protection.get("block_on_outdated_branch") and git("rev-list", f"{head}..main"):
            self._answer(405, {"message": "the head branch is behind the base branch"})
            return
        tree = git("merge-tree", "--write-tree", "main", head)
        text = f"{body['MergeTitleField']}\n\n{body['MergeMessageField']}\n"
        pull["merged"] = git("commit-tree", tree, "-p", "main", "-F", "-", text=text)
        pull["state"] = "closed"
        git("update-ref", "refs/heads/main", pull["merged"])
        self._answer(200, {})

    def _shown(self, pull: dict[str, Any]) -> dict[str, Any]:
        sha = self.server.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{pull['branch']}")
        return {
            "id": pull["number"], "number": pull["number"], "title": pull["title"], "body": pull["body"],
            "user": ANN, "state": pull["state"], "merged": bool(pull["merged"]),
            "merge_commit_sha": pull["merged"], "mergeable": True, "labels": [],
            "html_url": f"https://forge.test/acme/app/pulls/{pull['number']}",
            "head": {"ref": pull["branch"], "sha": sha, "repo_id": 1}, "base": {"ref": "main", "repo_id": 1},
            "created_at": TIME, "updated_at": TIME,
        }  # fmt: skip

    def _pull(self, number: str) -> dict[str, Any]:
        return self.server.pulls[int(number) - 1]

    def _path(self) -> list[str]:
        self.server.asked[self.command] += 1
        path = urlsplit(self.path).path
        assert path.startswith(API), path
        return unquote(path.removeprefix(API)).split("/")

    def _hangs_up(self, *, late: bool) -> bool:
        """Whether this is the call at which it does."""
        if self.server.dies is None:
            return False
        left, when = self.server.dies
        if not late:
            left -= 1
            self.server.dies = (left, when)
        self.close_connection = left == 0 and when == late
        return self.close_connection

    def _turned_away(self) -> bool:
        """Whether nothing is done for this request: its connection is cut, or the forge asks for rest."""
        if self._hangs_up(late=False):
            return True
        if self.server.resting:
            self._path()
            self._answer(429, {"message": "too many requests"})
        return bool(self.server.resting)

    def _answer(self, status: int, content: object) -> None:
        if self._hangs_up(late=True):
            return
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", str(self.server.resting))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The test's output is its own."""
