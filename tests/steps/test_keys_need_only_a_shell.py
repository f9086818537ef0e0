"""git is given a token by the shell alone: the image of the steps has no `cat`, nor any other small tool."""

import subprocess
from pathlib import Path

import pytest

from workflows.steps.git.access import _HELPER


@pytest.mark.parametrize(
    ("files", "told"),
    [
        pytest.param(
            {"username": "town", "password": "a b\\c\n"}, ["username=town", "password=a b\\c"], id="user"
        ),
        pytest.param({"token": "t"}, ["username=x-access-token", "password=t"], id="token alone"),
    ],
)
def test_a_token_is_read_without_another_program(
    files: dict[str, str], told: list[str], tmp_path: Path
) -> None:
    """With a path on which nothing is, as with files that end without a line's end."""
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["/bin/sh", "-c", f"{_HELPER.removeprefix('!')} get"],
        env={"PATH": "/nowhere", "GASTOWN_GIT_CREDENTIALS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told == done.stdout.splitlines()
