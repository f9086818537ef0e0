"""Stands in for Python where one of our programs starts another: what can be a fork of `forks.py` is one, anything else is started.

It runs without `site`, and on parts of `socket`, as its imports are what such a start costs.
"""

import _socket
import json
import os
import sys
from collections.abc import Sequence

FORKED = ("kubectl_gt", "workflows.local")
"""Modules that can be: but for a runner that is given its lock, as a fork gets no descriptors."""


def main(python: str, place: str, modules: Sequence[str]) -> None:
    """Become the program that this process was started as: `python` is the real one, `place` the socket, `modules` what the fork shall have."""
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
    ours, theirs = _socket.socketpair()
    asked = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    asked.connect(place)
    given = b"".join(each.to_bytes(4, sys.byteorder) for each in (theirs.fileno(), 0, 1, 2))
    asked.sendmsg([json.dumps(modules).encode()], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, given)])
    theirs.close()
    ours.sendall(json.dumps(told).encode() + b"\n")
    with os.fdopen(ours.detach(), "rb", 0) as channel:
        channel.readline()
        code = int(channel.readline())
    os._exit(code if code >= 0 else 128 - code)
