"""A commit of another repository that a bead links to must be on its server before it lands, and gates see its files."""

import pytest

from workflows.exits import Reason
from workflows.steps.git.submodules import resolved


@pytest.fixture
def library(rig):
    """Makes repositories beside the rig's, one commit each; of a commit its server may know nothing."""

    def make(name, files, *, pushed=True, links=()):
        place, seed = rig.root / f"{name}.git", rig.root / f"{name}-seed"
        rig.git("init", "--quiet", "--bare", place, cwd=rig.root)
        rig.git("init", "--quiet", seed, cwd=rig.root)
        for file, text in files.items():
            (seed / file).write_text(text)
        for path, sha in links:
            (seed / path).mkdir()
            rig.git("update-index", "--add", "--cacheinfo", f"160000,{sha},{path}", cwd=seed)
        rig.git("add", "--all", cwd=seed)
        rig.git("commit", "--quiet", "--message", name, cwd=seed)
        if pushed:
            rig.git("push", "--quiet", place, "HEAD:main", cwd=seed)
        return rig.git("rev-parse", "HEAD", cwd=seed)

    return make


def names(url, *paths):
    """A .gitmodules in which each path is a submodule of its own name."""
    return "".join(f'[submodule "{path}"]\n\tpath = {path}\n\turl = {url}\n' for path in paths)


def linked(rig, bead, sha, *, url="../library.git", modules=True):
    """Publish a bead that links to a commit under lib."""
    rig.git("checkout", "--quiet", "--detach", rig.base, cwd=rig.seed)
    rig.git("update-index", "--add", "--cacheinfo", f"160000,{sha},lib", cwd=rig.seed)
    (rig.seed / "lib").mkdir(exist_ok=True)
    return rig.publish(bead, {".gitmodules": names(url, "lib")} if modules else {"f": "1\n"}, start="HEAD")


def test_gates_see_submodules_and_theirs(rig, library):
    """Where the link stands, and as deep as they go."""
    inner = library("inner", {"deep": "1\n"})
    sha = library(
        "library", {"f": "1\n", ".gitmodules": names("../inner.git", "sub")}, links=[("sub", inner)]
    )
    rig.orders(gates={"unit": "test -e lib/f && test -e lib/sub/deep"})
    linked(rig, "gt-1", sha)
    assert rig.gated("gt-1") == 0, rig.said
    assert rig.landed() == ["gt-1"]


def test_a_commit_that_is_on_no_server_is_refused(rig, library):
    """In one sentence with the submodule's name; once it is pushed, the bead lands."""
    library("library", {"g": "0\n"})
    rig.git("checkout", "--quiet", "--orphan", "later", cwd=rig.root / "library-seed")
    rig.git("commit", "--quiet", "--message", "later", cwd=rig.root / "library-seed")
    sha = rig.git("rev-parse", "HEAD", cwd=rig.root / "library-seed")
    linked(rig, "gt-1", sha)
    assert rig.merge("gt-1") == Reason.REJECTED.value
    assert f"submodule lib: its commit {sha[:12]} is not on {rig.root}/library.git" in rig.last_words()
    assert "kept" not in rig.last_words()
    rig.git("update-ref", f"refs/gastown/kept/gt-1/{sha[:12]}", rig.base)
    assert rig.merge("gt-1") == Reason.REJECTED.value
    assert f"what its agent made elsewhere is kept as refs/gastown/kept/gt-1/{sha[:12]}" in rig.last_words()
    assert rig.landed() == []
    rig.git("push", "--quiet", rig.root / "library.git", "HEAD:later", cwd=rig.root / "library-seed")
    assert rig.merge("gt-1") == 0, rig.said


def test_a_repository_committed_by_accident_is_refused(rig, library):
    """`git add` of a folder that holds a repository makes a link that no clone can follow."""
    linked(rig, "gt-1", library("library", {"f": "1\n"}), modules=False)
    assert rig.merge("gt-1") == Reason.REJECTED.value
    assert "lib: a commit of another repository that .gitmodules does not name" in rig.last_words()


@pytest.mark.parametrize("url", ["ext::sh -c id", "--upload-pack=id", "relative"])
def test_what_is_no_address_is_asked_of_nobody(rig, library, url):
    """It is text that an agent may have written."""
    linked(rig, "gt-1", library("library", {"f": "1\n"}), url=url)
    assert rig.merge("gt-1") == Reason.REJECTED.value
    assert "submodule lib: its address" in rig.last_words()


def test_a_link_that_was_there_before_is_nobodys_fault(rig):
    """A bead that touches other files lands; its gates find an empty folder, and are told why."""
    linked(rig, "gt-1", "1" * 40)
    rig.base = rig.git("rev-parse", "polecat/gt-1")
    rig.git("update-ref", "refs/heads/main", rig.base)
    rig.orders(gates={"unit": "test -d lib && ! test -e lib/f"})
    rig.publish("gt-2", {"text": "1\n"})
    assert rig.merge("gt-2", "prepare") == 0, rig.said
    assert "the gates see an empty folder: submodule lib" in rig.said
    assert rig.merge("gt-2", "gates") == 0
    assert rig.merge("gt-2", "push") == 0, rig.said


@pytest.mark.parametrize(
    ("parent", "url", "expected"),
    [
        pytest.param("https://h/a/b.git", "../c.git", "https://h/a/c.git", id="beside"),
        pytest.param("https://h/a/b/", "../../c", "https://h/c", id="further up"),
        pytest.param("git@h:a/b.git", "../c.git", "git@h:a/c.git", id="ssh"),
        pytest.param("git@h:b.git", "../c.git", "git@h:c.git", id="ssh at the top"),
        pytest.param("/srv/b.git", "./c.git", "/srv/b.git/c.git", id="below"),
        pytest.param("https://h/a", "https://i/c", "https://i/c", id="elsewhere"),
    ],
)
def test_addresses_may_be_relative(parent, url, expected):
    """To that of the repository that links."""
    assert resolved(parent, url) == expected
