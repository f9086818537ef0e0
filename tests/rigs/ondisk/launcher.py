"""Stands in for Python where one of our programs starts another: what can be a fork of `forks.py` is one, anything else is started.

It runs without `site` and is short, as it is what such a start costs.
"""

import json
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

FORKED = ("kubectl_gt", "workflows.local")
"""Modules that can be: but for a runner that is given its lock, as a fork gets no descriptors."""


def script(python: str, place: str, modules: Sequence[str]) -> str:
    """The program: `python` is the real one, `place` the socket, `modules` what the fork shall have loaded."""
    folder = str(Path(__file__).parent)
    return (
        f"#!{python} -IS\nimport sys\n\nsys.path.append({folder!r})\nfrom launcher import main\n\n"
        f"main({python!r}, {place!r}, {[*modules]!r})\n"
    )


def main(python: str, place: str, modules: Sequence[str]) -> None:
    """Become the program that this process was started as."""
    words = sys.argv[1:]
    module, arguments = (words[2], words[3:]) if words[:2] == ["-P", "-m"] else ("", [])
    if module not in FORKED or (module == "workflows.local" and len(arguments) != 1):
        os.execv(python, (python, *words))  # noqa: S606 - as who started this asked
    told = {
        "user": None,
        "module": module,
        "arguments": arguments,
        "directory": os.getcwd(),  # noqa: PTH109 - pathlib is one import more
        "environ": dict(os.environ),
        "python": python,
    }
    ours, theirs = socket.socketpair()
    with theirs, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asked:
        asked.connect(place)
        socket.send_fds(asked, [json.dumps(modules).encode()], [theirs.fileno(), 0, 1, 2])
    with ours, ours.makefile("rwb") as channel:
        channel.write(json.dumps(told).encode() + b"\n")
        channel.flush()
        channel.readline()
        code = int(channel.readline())
    os._exit(code if code >= 0 else 128 - code)
