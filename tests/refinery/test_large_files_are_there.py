"""What git-lfs keeps: a bead whose pointers have no contents on the server is refused before anybody can clone them."""

import hashlib
import shutil

import pytest

from workflows.exits import Reason

TEXT = "a picture"
OID = hashlib.sha256(TEXT.encode()).hexdigest()
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize {len(TEXT)}\n"
lfs = pytest.mark.skipif(not shutil.which("git-lfs"), reason="git-lfs is not installed")


@pytest.fixture
def without_lfs(rig):
    """A place where git is, and git-lfs is not."""
    place = rig.root / "bin"
    place.mkdir()
    for program in ("git", "sh"):
        (place / program).symlink_to(shutil.which(program))
    return {"PATH": str(place)}


def test_without_git_lfs_pointers_are_refused_and_text_is_not(rig, without_lfs):
    """In a sentence that says what to install; nothing of it is merged."""
    rig.publish("gt-1", {"two.bin": POINTER})
    rig.publish(
        "gt-2", {"text": "version https://git-lfs.github.com/spec/v1 is what pointers begin with" * 3}
    )
    assert rig.merge("gt-1", **without_lfs) == Reason.REJECTED.value
    assert "two.bin: kept by git-lfs, which is not installed where the refinery runs" in rig.last_words()
    assert rig.merge("gt-2", **without_lfs) == 0, rig.said
    assert rig.landed() == ["gt-2"]


def test_pointers_that_were_there_before_are_nobodys_fault(rig, without_lfs):
    """A bead that touches other files is merged."""
    rig.base = rig.commit({"one.bin": POINTER}, "main", "a picture", start=rig.base)
    rig.publish("gt-1", {"text": "1\n"})
    assert rig.merge("gt-1", **without_lfs) == 0, rig.said


@lfs
def test_with_git_lfs_the_server_is_asked(rig):
    """Pointers land once their contents are there."""
    rig.orders(repository=f"file://{rig.origin}")
    rig.publish("gt-1", {"two.bin": POINTER})
    assert rig.merge("gt-1") == Reason.REJECTED.value
    assert "does not have the contents" in rig.last_words()
    place = rig.origin / "lfs" / "objects" / OID[:2] / OID[2:4]
    place.mkdir(parents=True)
    (place / OID).write_text(TEXT)
    assert rig.merge("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]


@lfs
def test_gates_see_the_contents(rig):
    """Of the bead, and of what was there before."""
    rig.orders(repository=f"file://{rig.origin}", gates={"unit": f"test \"$(cat two.bin)\" = '{TEXT}'"})
    attributes = {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"}
    rig.publish("gt-1", {"two.bin": POINTER, **attributes})
    place = rig.origin / "lfs" / "objects" / OID[:2] / OID[2:4]
    place.mkdir(parents=True)
    (place / OID).write_text(TEXT)
    assert rig.gated("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]
