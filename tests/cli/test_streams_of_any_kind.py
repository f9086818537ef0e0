"""What an answer goes to, and what is typed, may be of any kind: closed, gone, full, and bytes that are no text."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kubectl_gt.cli.failures import LONGEST
from kubectl_gt.exits import Exit

ANSWERS = ("version", "--help", "convoy list", "convoy status build", "top", "rig list -o json")
"""By click, and by rich as table, picture and line."""


def _run(town, line, *more, **streams):
    """The program as a process of its own, in a shell that may close its streams."""
    command = f'exec "$0" -m kubectl_gt "$@" {streams.pop("redirected", "")}'
    return subprocess.run(
        ["sh", "-c", command, sys.executable, *line.split(), *more],
        env=town.environ,
        cwd=town.root,
        check=False,
        stderr=subprocess.PIPE,
        **streams,
    )


@pytest.mark.parametrize("line", ANSWERS)
def test_a_reader_that_went_away_is_told_apart_from_a_failed_convoy(worked, line):
    """`gastown convoy status NAME | head -1` in a script with pipefail."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as gone:
        done = _run(worked, line, stdout=gone)
    assert (Exit.PIPE, b"") == (done.returncode, done.stderr)


@pytest.mark.parametrize("redirected", [">&-", "<&-", ">&- <&- 2>&-"])
@pytest.mark.parametrize("line", ["version", "convoy list"])
def test_closed_streams_are_nobody_who_reads(worked, line, redirected):
    """Cron and init systems start programs so."""
    done = _run(worked, line, redirected=redirected)
    assert (Exit.OK, b"") == (done.returncode, done.stderr)


def test_a_full_disk_is_no_success(worked):
    """What was not written was not answered."""
    with Path("/dev/full").open("wb") as full:
        done = _run(worked, "convoy list", stdout=full)
    assert Exit.UNAVAILABLE == done.returncode
    assert b"No space left on device; free" in done.stderr


@pytest.mark.parametrize("line", ["rig status", "land", "sling", "--help"])
def test_an_argument_that_is_no_text_is_refused(worked, line):
    """A terminal of another encoding; no query and no request takes it."""
    done = _run(worked, line, b"caf\xe9")
    assert Exit.USAGE == done.returncode
    assert b"error: gastown: 'caf?' is not UTF-8; write it in that encoding" in done.stderr


def test_a_word_without_end_does_not_fill_the_screen(here):
    """A file pasted in place of its name."""
    ran = here("status", "-o", "x" * 5000)
    assert 2 == ran.code
    assert len(ran.error) < 2 * LONGEST
    assert "is not one of 'text', 'json'" in ran.error


@pytest.mark.parametrize(
    "line",
    [
        "convoy create X app-1 --rig app --from-file odd --dry-run",
        "beads import odd --prefix app",
    ],
)
def test_a_file_of_bytes_is_called_no_text(here, gastown, line):
    """In people's words, with what to do."""
    assert 0 == here("rig", "create", "app", "--git-url", "origin.git").code
    (gastown.root / "odd").write_bytes(b"a" * 7 + bytes(range(128, 256)))
    ran = here(*line.split())
    assert 3 == ran.code
    assert "not UTF-8 at byte 7; " in ran.error


def test_a_town_whose_folder_is_a_file_says_so(here, gastown, monkeypatch):
    """The system's words without its number."""
    (gastown.root / "file").write_text("")
    monkeypatch.setenv("GASTOWN_HOME", str(gastown.root / "file"))
    assert here("status").error == (
        f"state file {gastown.root}/file/town.db: {gastown.root}/file: File exists; name another place with GASTOWN_HOME"
    )
