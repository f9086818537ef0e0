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


ASKING = {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"}
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize {len(TEXT)}"


def published(town, path):
    """What the work branch holds under a path."""
    return town.git("show", f"polecat/gt-1:{path}")


@pytest.mark.skipif(not shutil.which("git-lfs"), reason="git-lfs is not installed")
def test_what_an_agent_left_uncommitted_becomes_a_pointer(town):
    """Its image has no git-lfs, so the files lie there as they are. Their attributes may be new, too, and of a folder."""
    town.commit("attributes", ASKING)
    town.script(
        f"printf '{TEXT}' > two.bin; printf '{TEXT}' > 'a b.bin'; mkdir sub; echo '*.raw filter=lfs' > sub/.gitattributes;"
        f"printf '{TEXT}' > sub/three.raw; printf '{TEXT}' > plain.txt; : > empty.bin; printf '{POINTER}\\n' > kept.bin"
    )
    done = town.polecat()
    assert done.code == 0, done
    assert (town.origin / "lfs" / "objects" / PLACE).read_text() == TEXT
    paths = ("two.bin", "a b.bin", "sub/three.raw", "plain.txt", "empty.bin", "kept.bin")
    assert {path: published(town, path) for path in paths} == {
        "two.bin": POINTER,
        "a b.bin": POINTER,
        "sub/three.raw": POINTER,
        "plain.txt": TEXT,
        "empty.bin": "",
        "kept.bin": POINTER,
    }


@pytest.mark.skipif(not shutil.which("git-lfs"), reason="git-lfs is not installed")
def test_a_file_that_is_what_its_pointer_says_is_no_change(town):
    """Somebody had checked it out with git-lfs and touched it."""
    town.commit("attributes", {**ASKING, "two.bin": f"{POINTER}\n"})
    town.script(f"printf '{TEXT}' > two.bin")
    assert town.polecat().code == 10


@pytest.mark.skipif(bool(shutil.which("git-lfs")), reason="git-lfs is installed")
def test_without_git_lfs_uncommitted_files_stay_as_they_are(town):
    """A pointer whose contents nobody has would be lost work. It is told."""
    town.commit("attributes", ASKING)
    town.script(f"printf '{TEXT}' > two.bin")
    done = town.polecat()
    assert done.code == 0, done
    assert published(town, "two.bin") == TEXT
    assert (
        "two.bin: .gitattributes gives them to git-lfs, and they are published as they are; the server did not get them: "
        "git-lfs is not installed where work is published"
    ) in done.err


def test_what_an_agent_committed_without_git_lfs_is_told(town):
    """Its commits stay as they are."""
    town.commit("attributes", ASKING)
    town.script(f"printf '{TEXT}' > two.bin; git -c filter.lfs.clean= add -A && git commit -q -m draw")
    done = town.polecat()
    assert done.code == 0, done
    assert published(town, "two.bin") == TEXT
    assert "two.bin: .gitattributes gives them to git-lfs, and they are published as they are" in done.err
