"""Smart HTTP for git: `git http-backend` behind one token, as a forge answers. A program of its own, standard library only."""

import base64
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


class Handler(BaseHTTPRequestHandler):
    """Hands every request whose password is the token to git; any user name will do, as with forges' tokens."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    root: Path
    token: str

    def do_GET(self) -> None:
        """The advertisement of references."""
        self._serve()

    def do_POST(self) -> None:
        """A fetch or a push."""
        self._serve()

    def _serve(self) -> None:
        body = self._body()
        if not self._allowed():
            self._reply(401, {"WWW-Authenticate": 'Basic realm="git"'}, b"a token is needed\n")
            return
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            env=self._environment(len(body)),
            capture_output=True,
            check=False,
        )
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        status = int(headers.pop("Status", "200 OK" if done.returncode == 0 else "500").split()[0])
        self._reply(status, headers, answer)

    def _body(self) -> bytes:
        """The request's body: git sends a large pack in chunks, without a length."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _allowed(self) -> bool:
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "basic":
            return False
        _, _, password = base64.b64decode(value).decode(errors="replace").partition(":")
        return password == self.token

    def _environment(self, length: int) -> dict[str, str]:
        url = urlsplit(self.path)
        return {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_ADDR": self.client_address[0],
            "REMOTE_USER": "pods",
        }

    def _reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(address: str, port: int, root: Path) -> None:
    """Serve the bare repositories under `root`; the token comes in the environment, not on the command line."""
    Handler.root, Handler.token = root, os.environ["GIT_TOKEN"]
    ThreadingHTTPServer((address, port), Handler).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
