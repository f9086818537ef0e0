"""The one program inside our containers: `gastown-step clone | publish | merge [prepare|gates|push]`.

Its exit code is the reason's; its last words go to stderr and, in one line, to the termination log.
"""

import importlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from workflows.steps import address
from workflows.steps.errors import STOPPED_CODE, StepError, Stopped, WorkspaceFull
from workflows.steps.pod import Pod, termination_log
from workflows.steps.speech import say

USAGE = "usage: gastown-step clone | publish | merge [prepare|gates|push]\n"
WORDS_BYTES = 1024
_VERBS = {
    ("clone",): ("workflows.steps.clone", "clone"),
    ("publish",): ("workflows.steps.publish", "publish"),
    ("merge",): ("workflows.refinery.step", "merge"),
    ("merge", "prepare"): ("workflows.refinery.step", "prepare"),
    ("merge", "gates"): ("workflows.refinery.step", "gates"),
    ("merge", "push"): ("workflows.refinery.step", "push"),
}


def main() -> int:
    """Run one step as this process."""
    return run(sys.argv[1:], os.environ)


def run(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one step and answer with its exit code."""
    verb = _VERBS.get(tuple(arguments))
    if verb is None:
        sys.stderr.write(USAGE)
        return 64
    try:
        getattr(importlib.import_module(verb[0]), verb[1])(Pod.of(environ), environ)
    except Stopped:
        return _say("stopped by SIGTERM; what there was is pushed", environ, STOPPED_CODE)
    except StepError as error:
        return _say(str(error), environ, error.reason.value)
    except OSError as error:
        return _say(str(_disk(error)), environ, WorkspaceFull.reason.value)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


def _disk(error: OSError) -> str:
    return f"the workspace cannot be used: {error}; free space or repair it, then run the step again"


def _say(words: str, environ: Mapping[str, str], code: int) -> int:
    line = address.shown(" ".join(words.split()))
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
