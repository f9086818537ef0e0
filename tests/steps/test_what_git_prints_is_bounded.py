"""How much git prints others decide, who push to a repository: none of it takes the memory of who asks."""

import os
import tracemalloc

import pytest

from workflows import programs, refs
from workflows.entries import LARGEST
from workflows.errors import Unavailable
from workflows.local.repositories import inspection
from workflows.steps.claim import Holder
from workflows.steps.errors import GitFailed
from workflows.steps.git.command import Git

HUGE = programs.MOST + 1


@pytest.fixture
def git(tmp_path):
    """Git in a repository of its own, which has a blob that is larger than anything that is held."""
    made = Git.of(os.environ).having(GIT_DIR=tmp_path / "a.git").within(tmp_path)
    made.run("init", "--quiet", "--bare", tmp_path / "a.git")
    with (tmp_path / "huge").open("wb") as stream:
        stream.truncate(2 * HUGE)
    made.run("update-ref", "refs/huge", made.run("hash-object", "-w", tmp_path / "huge").strip())
    return made


@pytest.fixture
def peak():
    """What ran so far took at most so many bytes."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def test_more_than_may_be_held_is_an_error(git, peak):
    """In one sentence, which says how much it may be; what goes into a file is not held, and may be as large as it is."""
    with pytest.raises(
        GitFailed, match=r"git cat-file failed with code 125: fatal: it printed more than 64 MiB"
    ):
        git.run("cat-file", "blob", "refs/huge")
    assert peak() < HUGE + (8 << 20)
    copy = git.directory / "copy"
    with copy.open("wb") as stream:
        git.store(stream, "cat-file", "blob", "refs/huge")
    assert 2 * HUGE == copy.stat().st_size


def test_the_users_own_git_is_bounded_too(git, peak):
    """The sentence names the repository."""
    with pytest.raises(Unavailable, match=r"repository here: fatal: it printed more than 64 MiB"):
        inspection.git("cat-file", "blob", "refs/huge", url="here", repository=git.directory / "a.git")
    assert peak() < HUGE + (8 << 20)


def test_what_a_server_says_is_one_short_line():
    """However much it says; a full disk is told with what mends that."""
    told = "!for i in $(seq 5000); do echo 'error: many words' >&2; done; echo {} >&2; false"
    for said, step in (
        ("no", "check the address and your access to it"),
        ("No space left on device", "free some"),
    ):
        with pytest.raises(Unavailable) as refusal:
            inspection.git("-c", f"alias.talk={told.format(said)}", "talk", url="here")
        assert len(str(refusal.value)) < 1200
        assert str(refusal.value).endswith(f"; {step}")


def test_of_errors_the_end_is_held(git, peak):
    """A server may send words without an end."""
    script = "!head -c 100000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo 'fatal: so it is' >&2; false"
    done = git.call("-c", f"alias.flood={script}", "flood")
    assert (1, programs.WORDS) == (done.code, len(done.err))
    assert done.err.endswith("\nfatal: so it is\n")
    assert peak() < 4 << 20


def test_what_is_fed_may_be_larger_than_any_pipe(git):
    """Both ways at once."""
    text = "x" * 80 + "\n"
    asked = "refs/huge\n" * 200_000
    assert len(asked) == len(git.run("-c", "alias.echo=!cat", "echo", text=asked))
    assert git.run("hash-object", "--stdin", text=text * 100_000).strip()


def test_who_reads_nothing_of_what_it_is_fed_ends(git):
    """Nobody waits for it."""
    assert git.call("-c", "alias.deaf=!exit 3", "deaf", text="x" * (8 << 20)).code == 3


def test_a_command_that_hangs_is_ended(git):
    """Also one that says something now and then."""
    done = git.within_seconds(0.5).call("-c", "alias.talk=!while echo x; do sleep 0.05; done", "talk")
    assert (programs.LATE, "", "fatal: timed out: no answer in 0.5 s") == done


def test_a_huge_claim_is_nobodys(git):
    """Whoever may push can write one; it is not read."""
    assert Holder.read(git.run, "refs/huge") is None


def test_a_huge_entry_of_the_queue_is_none(town):
    """A polecat goes on without it."""
    town.script("echo work > file")
    told = f"object {town.git('rev-parse', 'main')}\ntype commit\ntag x\ntagger Max <max@example.org> 1 +0000\n\n"
    tag = town.git("mktag", text=told + "x" * LARGEST)
    town.git("update-ref", refs.queue("main", "gt-1"), tag)
    assert town.polecat().code == 0
    assert tag != town.refs()[refs.queue("main", "gt-1")]
