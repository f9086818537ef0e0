"""What git-lfs keeps of an agent's work reaches the server before the commits that refer to it."""

import hashlib
import shutil

import pytest

TEXT = "a picture"
OID = hashlib.sha256(TEXT.encode()).hexdigest()
PLACE = f"{OID[:2]}/{OID[2:4]}/{OID}"
DRAW = (
    f"mkdir -p .git/lfs/objects/{OID[:2]}/{OID[2:4]}; printf '{{text}}' > .git/lfs/objects/{PLACE};"
    f"printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:{OID}\\nsize {len(TEXT)}\\n' > two.bin;"
    "git add -A && git commit -q -m draw"
)
"""What `git add` and git-lfs make of a large file."""


@pytest.mark.skipif(not shutil.which("git-lfs"), reason="git-lfs is not installed")
def test_contents_are_uploaded(town):
    """The agent's container has no key: `main` does it, with what the courier brought."""
    town.script(DRAW.format(text=TEXT))
    done = town.polecat()
    assert done.code == 0, done
    assert (town.origin / "lfs" / "objects" / PLACE).read_text() == TEXT


@pytest.mark.skipif(bool(shutil.which("git-lfs")), reason="git-lfs is installed")
def test_without_git_lfs_it_is_told(town):
    """The work is published all the same; the refinery refuses it until its contents are there."""
    town.script(DRAW.format(text=TEXT))
    done = town.polecat()
    assert done.code == 0, done
    assert "1 files that git-lfs keeps were not uploaded: git-lfs is not installed" in done.err


def test_contents_that_are_not_what_their_name_says_stay_out(town):
    """An agent may write anything there."""
    town.script(DRAW.format(text="something else"))
    done = town.polecat()
    assert done.code == 0, done
    assert "git-lfs keeps" not in done.err
    assert not (town.origin / "lfs").exists()
