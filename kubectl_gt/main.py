"""Where both scripts start: run a verb, and turn whatever goes wrong into one line and an exit code."""

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from click.shell_completion import shell_complete

from kubectl_gt.cli.commandlines import copyable
from kubectl_gt.cli.completion import variable
from kubectl_gt.cli.failures import exit_code, one_line, shown
from kubectl_gt.cli.lazy import typed
from kubectl_gt.cli.program import program
from kubectl_gt.exits import Exit

_OBJECTS = 100_000
"""So many new objects before garbage is looked for. Imports and a town that is read make that many and no garbage: to look each 700 costs a tenth of a short run."""


def main() -> int:
    """Run the command line of this process."""
    gc.set_threshold(_OBJECTS)
    _open_streams()
    name = Path(sys.argv[0]).name
    code = run(sys.argv[1:], name=name if name in ("gastown", "kubectl-gt") else "gastown")
    gc.freeze()  # else all of it is looked through once more on the way out
    return code


def _open_streams() -> None:
    """Whoever started this may have closed them, `>&-`: then nobody reads, which is no error, and no file shall take their place."""
    for number, stream in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, stream) is None:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
            setattr(sys, stream, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))


def run(arguments: Sequence[str], *, name: str = "gastown") -> int:
    """Run one command line; `name` is what the program calls itself. Returns the exit code."""
    try:
        return _invoke(arguments, name)
    except click.UsageError as error:
        return _usage(error, name)
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return Exit.PIPE
    except Exception as error:
        code = exit_code(error)
        if code is None:
            raise
        if isinstance(error, OSError):
            _forget_output()
        return _fail(one_line(error), code, name)


def _invoke(arguments: Sequence[str], name: str) -> int:
    """What click's own `main` does, but that one answers a broken pipe with 1, which here means that a convoy failed."""
    for each in arguments:
        _refuse_bytes(each)
    asked = os.environ.get(variable(name))
    if asked:
        return shell_complete(program, {}, name, variable(name), asked)
    try:
        with program.make_context(name, [*arguments]) as context:
            outcome = program.invoke(context)
    except click.exceptions.Exit as end:
        outcome = end.exit_code
    sys.stdout.flush()
    return outcome if isinstance(outcome, int) else Exit.OK


def _refuse_bytes(argument: str) -> None:
    """Python lets bytes that are no UTF-8 pass as halves of characters, which no file, query or request takes."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        told = argument.encode("utf-8", "replace").decode()
        raise click.UsageError(f"{told!r} is not UTF-8; write it in that encoding") from None


def _forget_output() -> None:
    """What can't be written stays in the buffer, and the interpreter would complain about it on its way out."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(error: click.UsageError, name: str) -> int:
    path = typed(error.ctx.command_path) if error.ctx else "gastown"
    words = shown(error.format_message()).rstrip(".")
    ending = "" if words.endswith("?") else ";"
    return _fail(f"{path}: {words}{ending} see `{path} --help`", Exit.USAGE, name)


def _fail(words: str, code: Exit, name: str) -> int:
    line = f"error: {copyable(words, typed(name))}"
    if sys.stderr is not None and sys.stderr.isatty():
        from kubectl_gt.show import console  # noqa: PLC0415 - who sees the words can wait for rich

        console.say(line, err=True)
    else:
        click.echo(line, err=True)
    return code
