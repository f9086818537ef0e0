"""What is to be pushed exists only here: a server that is full, or lets nobody in, is asked again for a while, whatever the end is."""

import shutil

import pytest

from workflows.exits import Reason

QUEUE = "refs/gastown/queue/main/gt-1"
TROUBLES = {
    "its disk": "fatal: write error: No space left on device",
    "a quota": "Disk quota exceeded",
    "its own interface": "GitLab: Internal API unreachable",
    "a pause": "this repository is temporarily closed, please try again later",
}
ANSWERS = {
    "a quota or a revoked key": "fatal: unable to access 'x': The requested URL returned error: 403",
    "a key that ran out": "fatal: Authentication failed for 'x'",
    "too many requests": "fatal: unable to access 'x': The requested URL returned error: 429",
}


@pytest.fixture
def failing(town):
    """A path on which git's first pushes get no further than to this answer."""

    def make(answer, times=2):
        folder = town.root / "shim"
        folder.mkdir()
        git, told = shutil.which("git"), folder / "pushes"
        (folder / "git").write_text(
            f'#!/bin/sh\ncase " $* " in *" push "*) echo x >>{told}\n'
            f'[ "$(wc -l <{told})" -gt {times} ] || {{ echo "{answer}" >&2; exit 128; }} ;; esac\nexec {git} "$@"\n'
        )
        (folder / "git").chmod(0o755)
        return f"{folder}:{town.environ['PATH']}"

    return make


def declining(town, words, times=2):
    """A hook that declines the next pushes with these words."""
    hook, told = town.origin / "hooks" / "pre-receive", town.root / "declined"
    hook.write_text(
        f'#!/bin/sh\necho x >>{told}\n[ "$(wc -l <{told})" -gt {times} ] || {{ echo "{words}" >&2; exit 1; }}\n'
    )
    hook.chmod(0o755)


@pytest.mark.parametrize("words", TROUBLES.values(), ids=TROUBLES)
def test_a_hook_that_tells_of_trouble_breaks_no_rule(town, words):
    """Forges check pushes in hooks: what goes wrong there says nothing about the work."""
    town.script("echo 1 > a")
    assert town.step("clone").code == 0
    town.launch()
    declining(town, words)
    assert town.step("publish").code == 0, town.last_words()
    assert QUEUE in town.refs()


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_repository_that_lets_nobody_in_is_asked_again(town, failing, answer):
    """Somebody renews the Secret, or makes room."""
    town.script("echo 1 > a")
    assert town.step("clone").code == 0
    town.launch()
    done = town.step("publish", PATH=failing(answer))
    assert done.code == 0, town.last_words()
    assert "trying again" in done.err
    assert QUEUE in town.refs()


def test_a_key_that_stays_refused_is_told_with_the_place_of_the_work(town, failing):
    """No try would end otherwise, so a person is told what to renew, and which commit to save."""
    town.script("echo 1 > a")
    assert town.step("clone").code == 0
    town.launch()
    path = failing(ANSWERS["a key that ran out"], times=99)
    assert town.step("publish", PATH=path, GASTOWN_PATIENCE="0.1").code == Reason.AUTH_FAILED.value
    words = town.last_words()
    assert "check the rig's git credentials" in words
    sha, _, place = words.rpartition("it is ")[2].partition(" in ")
    assert town.git("cat-file", "-t", sha, cwd=place).strip() == "commit"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param("echo 42 > a; exit 11", Reason.ESCALATED, id="it asks a person"),
        pytest.param(
            "git checkout -q --orphan b; echo 42 > a; git add a; git commit -qm a",
            Reason.REJECTED,
            id="it is refused",
        ),
    ],
)
def test_work_that_is_not_published_is_saved_all_the_same(town, script, reason):
    """Its server is in trouble just when the agent ends."""
    town.script(script, push_interval=60)
    assert town.step("clone").code == 0
    town.launch()
    declining(town, TROUBLES["its disk"])
    assert town.step("publish").code == reason.value, town.last_words()
    held = town.git("rev-list", "--objects", "--glob=refs/gastown", "--branches=polecat/*")
    assert town.git("hash-object", "--stdin", text="42\n").strip() in held


def test_work_that_a_rule_keeps_off_the_server_is_told_with_its_place(town):
    """Neither its branch nor what is kept of it is taken: nobody says that it is there."""
    town.script("echo 42 > a")
    assert town.step("clone").code == 0
    town.launch()
    declining(town, "no polecats on Friday", times=99)
    assert town.step("publish").code == Reason.REJECTED.value
    words = town.last_words()
    assert "is kept as" not in words
    sha, _, place = words.rpartition("it is ")[2].partition(" in ")
    assert town.git("show", f"{sha}:a", cwd=place).strip() == "42"
