"""The one program inside our containers: `gastown-step check | clone | courier | publish | merge [prepare|gates|push] | beads`.

Its exit code is the reason's; its last words go to stderr and, in one line, to the termination log.
"""

import importlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from workflows.clean import plain
from workflows.steps.errors import STOPPED_CODE, StepError, Stopped, WorkspaceFull
from workflows.steps.git import address
from workflows.steps.pod.environment import Pod, termination_log
from workflows.steps.pod.ledger import Failure, Ledger
from workflows.steps.speech import say
from workflows.steps.wall import keyless

USAGE = (
    "usage: gastown-step [--hand-on] check | clone | courier | publish | merge [prepare|gates|push] | beads\n"
)
HAND_ON = "--hand-on"
"""Leave a failure to the container `main` instead of exiting with it."""

WORDS_BYTES = 1024
_VERBS = {
    ("check",): ("workflows.steps.check", "check"),
    ("clone",): ("workflows.steps.clone.step", "clone"),
    ("courier",): ("workflows.steps.courier.step", "courier"),
    ("publish",): ("workflows.refinery.polecat", "publish"),
    ("merge",): ("workflows.refinery.step", "merge"),
    ("merge", "prepare"): ("workflows.refinery.step", "prepare"),
    ("merge", "gates"): ("workflows.refinery.gating", "gates"),
    ("merge", "push"): ("workflows.refinery.step", "push"),
    ("beads",): ("workflows.beadstore.step", "beads"),
}
MODULES = tuple({module: None for verb, (module, _) in _VERBS.items() if verb != ("beads",)})
"""Where the steps of convoys are. `beads` is none, and loads what talks over TLS."""

_OPEN_TO_THE_GROUP = 0o002
"""Where the containers of a pod are two users of one group, each goes on with files that the other made."""

_FIRST = (("check",), ("clone",), ("merge",), ("merge", "prepare"), ("beads",))
"""Steps that begin a pod."""
_KEYLESS = (("courier",), ("merge", "gates"))
"""Steps of containers that see no key, nor what those that do leave for each other."""


def main() -> int:
    """Run one step as this process."""
    return run(sys.argv[1:], os.environ)


def run(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one step and answer with its exit code."""
    hands_on = HAND_ON in arguments
    verb = tuple(word for word in arguments if word != HAND_ON)
    if verb not in _VERBS:
        sys.stderr.write(USAGE)
        return 64
    try:
        pod = Pod.of(environ)
        if pod.apart:
            os.umask(_OPEN_TO_THE_GROUP)
        failure = _run(verb, pod, environ)
    except Stopped:
        return _say("stopped by SIGTERM; what there was is pushed", environ, STOPPED_CODE)
    except StepError as error:
        return _say(str(error), environ, error.reason.value)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    if failure is None:
        return 0
    if hands_on and _left(failure, verb, pod):
        say(failure.words)
        return 0
    return _say(failure.words, environ, failure.code)


def _run(verb: tuple[str, ...], pod: Pod, environ: Mapping[str, str]) -> Failure | None:
    """Run a step whose pod is known; an earlier container's failure stands for its own."""
    module, function = _VERBS[verb]
    try:
        if verb in _FIRST:
            Ledger(pod.private).forget_failure()
            keyless.forget(pod)
        elif verb not in _KEYLESS and (failure := Ledger(pod.private).failure() or keyless.failure(pod)):
            return failure
        getattr(importlib.import_module(module), function)(pod, environ)
    except StepError as error:
        return Failure(error.reason.value, _one_line(str(error)))
    except OSError as error:
        return Failure(WorkspaceFull.reason.value, _one_line(_disk(error)))
    return None


def _left(failure: Failure, verb: tuple[str, ...], pod: Pod) -> bool:
    try:
        if verb in _KEYLESS:
            keyless.leave(pod, failure)
        else:
            Ledger(pod.private).leave(failure)
        if verb == ("clone",):
            keyless.idle(pod)
    except OSError:
        return False
    return True


def _disk(error: OSError) -> str:
    return f"the workspace cannot be used: {error}; free space or repair it, then run the step again"


def _one_line(words: str) -> str:
    return address.shown(plain(words))


def _say(words: str, environ: Mapping[str, str], code: int) -> int:
    line = _one_line(words)
    say(line)
    log = termination_log(environ)
    if log:
        _note(log, line)
    return code


def _note(log: Path, line: str) -> None:
    try:
        log.write_bytes(line.encode("utf-8", "replace")[:WORDS_BYTES])
    except OSError as error:
        say(f"{log} cannot be written: {error}")


if __name__ == "__main__":
    sys.exit(main())
