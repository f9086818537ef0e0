import re
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crds.shapes import BEAD, PATH, REPOSITORY


@settings(max_examples=50, deadline=None)
@given(st.from_regex(BEAD.pattern, fullmatch=True).filter(lambda bead: not bead.endswith(".lock")))
def test_a_beads_id_is_a_part_of_a_reference(bead):
    """The work branch and the merge queue's entries are named after it; only the suffix .lock is git's own."""
    reference = f"refs/heads/polecat/{bead}"

    assert subprocess.run(["git", "check-ref-format", reference], check=False).returncode == 0


@pytest.mark.parametrize(
    "address",
    [
        "git@github.com:org/repo.git",
        "host:repo",
        "ssh://git@git.example.com:2222/org/repo.git",
        "https://example.com:8443/org/repo",
        "file:///srv/my repositories/repo",
        "/srv/my repositories/repo",
    ],
)
def test_an_address_that_git_clones_is_a_repository(address):
    """Wider than gastown-operator's, which knew neither ssh:// nor ports nor paths."""
    assert re.fullmatch(REPOSITORY.pattern, address)


@pytest.mark.parametrize("address", ["", "-u", "--upload-pack=x", "ext::sh -c id", "repo", "git@host:a\nb"])
def test_what_git_would_run_or_misread_is_none(address):
    """An address reaches git as an argument; it must not be an option, nor a helper that runs a command."""
    assert not re.fullmatch(REPOSITORY.pattern, address)


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        (".beads/issues.jsonl", True),
        ("a/b-c/d_e.jsonl", True),
        ("/etc/passwd", False),
        ("../other/issues.jsonl", False),
        ("a/../../b", False),
        ("a//b", False),
        ("", False),
    ],
)
def test_a_path_stays_in_the_repository(path, inside):
    """It is read from a clone of somebody else's code."""
    assert bool(re.fullmatch(PATH.pattern, path)) is inside
