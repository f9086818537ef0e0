"""Steps without a start of Python for each: this process has them loaded, and forks for each that is asked for. For one machine only.

A fork shows, to who looks from outside, the environment that this process was started with: what marks a pod's processes must stand in it.
It ends when the runner closes its socket; steps that run then run on, as programs of their own would.
"""

import gc
import importlib
import json
import os
import socket
import sys
import traceback

from workflows.steps.__main__ import MODULES, run

START = b"s"
"""Asks for a fork, together with two descriptors: the step's channel and its log."""


def main(descriptor: int) -> None:
    """Serve a runner until it is gone."""
    control = socket.socket(fileno=descriptor)
    gc.disable()  # modules are made here, and stay: looking for garbage among them is a sixth of the start
    for module in MODULES:
        importlib.import_module(module)
    gc.freeze()  # else the first collection in each fork copies all pages
    gc.enable()
    while given := _asked(control):
        _reap()
        try:
            forked = os.fork()
        except OSError as error:
            sys.stderr.write(f"gastown: no step can be started: {error}\n")
        else:
            if not forked:
                control.close()
                _become_step(*given)
        for each in given:
            os.close(each)


def _asked(control: socket.socket) -> list[int]:
    message, descriptors, _, _ = socket.recv_fds(control, len(START), 2)
    for each in descriptors:
        os.set_inheritable(each, False)  # noqa: FBT003
    return descriptors if message else []


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _become_step(descriptor: int, log: int) -> None:
    """Run one step as this process and end it. Its number comes first, so that nothing runs that nobody can end."""
    code = 1
    try:
        os.setsid()
        for stream in (1, 2):
            os.dup2(log, stream)
        channel = socket.socket(fileno=descriptor)
        channel.sendall(f"{os.getpid()}\n".encode())
        with channel.makefile("rb") as lines:
            told = lines.readline()
        if told:
            code = _step(**json.loads(told))
            sys.stdout.flush()
            channel.sendall(f"{code}\n".encode())
    except BaseException:  # noqa: BLE001 - the end of the process, as in a program of its own
        traceback.print_exc()
    finally:
        os._exit(code)


def _step(arguments: list[str], directory: str, environment: dict[str, str]) -> int:
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    return run(arguments, os.environ)


if __name__ == "__main__":
    main(int(sys.argv[1]))
