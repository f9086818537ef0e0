"""A bead's record names the commit that carries it, and not what others pushed after it."""

import pytest

from workflows.refinery.modes.pr.carrier import carrier
from workflows.steps.git.command import Git


@pytest.fixture
def work(rig):
    """The head of a branch with one commit of work."""
    rig.git("switch", "--quiet", "-c", "work", rig.base, cwd=rig.seed)
    return _commit(rig, "the work")


def _commit(rig, words):
    rig.git("commit", "--quiet", "--allow-empty", "-m", words, cwd=rig.seed)
    return rig.git("rev-parse", "HEAD", cwd=rig.seed).strip()


def _squash(rig, work, words):
    rig.git("switch", "--quiet", "main", cwd=rig.seed)
    return _commit(rig, words.format(work=work))


def _merge(rig, work, _words):
    rig.git("switch", "--quiet", "main", cwd=rig.seed)
    _commit(rig, "meanwhile")
    rig.git("merge", "--quiet", "--no-ff", "-m", "in my own words", work, cwd=rig.seed)
    return rig.git("rev-parse", "HEAD", cwd=rig.seed).strip()


def _forward(rig, work, _words):
    rig.git("switch", "--quiet", "main", cwd=rig.seed)
    rig.git("merge", "--quiet", "--ff-only", work, cwd=rig.seed)
    return work


@pytest.mark.parametrize(
    ("how", "words"),
    [
        pytest.param(_squash, "Do it\n\nGastown-Head: {work}", id="squashed with its trailers"),
        pytest.param(_squash, "In my own words (#4)", id="squashed as GitHub and Gitea do"),
        pytest.param(_squash, "In my own words (!4)", id="squashed as GitLab does"),
        pytest.param(_merge, "", id="merged"),
        pytest.param(_forward, "", id="fast-forwarded"),
    ],
)
def test_the_commit_is_found_although_the_target_moved_on(rig, work, how, words):
    """The forge named no commit, and others were merged since: one with a similar number, one by a merge."""
    merged = how(rig, work, words)
    _commit(rig, "Another (#41)")
    rig.git("switch", "--quiet", "-c", "other", rig.base, cwd=rig.seed)
    _commit(rig, "other")
    rig.git("switch", "--quiet", "main", cwd=rig.seed)
    rig.git("merge", "--quiet", "--no-ff", "-m", "Merge other", "other", cwd=rig.seed)
    git = Git.of(rig.environ).within(rig.seed)
    assert merged == carrier(git, "refs/heads/main", told="", head=work, number=4)
    assert merged == carrier(git, "refs/heads/main", told=merged[:12], head=work, number=4)
