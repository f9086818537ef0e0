"""Starts adapters in a moment: all is imported once, and each start is a fork. For tests that kill a hundred of them.

Each line read is the arguments of `gastown-adapter` and a log file, as JSON; each one written is the pid, and then how that process ended.
"""

import json
import os
import sys

from adapter import main


def _become(arguments: list[str], log: str) -> None:
    """Be an adapter, in a child; never returns."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for taken, number in ((nothing, 0), (file, 1), (file, 2)):
        os.dup2(taken, number)
    main.main.main(args=arguments)


def serve() -> None:
    """One adapter at a time, until there are no more lines."""
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(request["arguments"], request["log"])
        print(pid, flush=True)  # noqa: T201 - whoever asked reads it
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    serve()
