import pytest


def test_a_path_becomes_absolute_and_the_same_again_changes_nothing(here, gastown):
    """Polecats run elsewhere, so `.` must not depend on who reads it."""
    made = here(
        "rig",
        "create",
        "app",
        "--git-url",
        "origin.git",
        "--gate",
        "test=test -d .beads",
        "--theme",
        "minerals",
    )
    again = here(
        "rig",
        "create",
        "app",
        "--git-url",
        "origin.git",
        "--gate",
        "test=test -d .beads",
        "--theme",
        "minerals",
    )
    assert (0, "rig/app created\n") == (made.code, made.out)
    assert (0, "rig/app unchanged\n") == (again.code, again.out)
    rig = here("rig", "status", "app", "-o", "json").json
    assert str(gastown.origin) == rig["spec"]["gitURL"]
    assert "main" == rig["spec"]["baseBranch"]
    assert "app" == rig["spec"]["beadsPrefix"]
    assert {"name": "test", "command": "test -d .beads"}.items() <= rig["spec"]["gates"][0].items()
    assert "minerals" == rig["spec"]["settings"]["namepoolTheme"]


def test_other_settings_under_the_same_name_are_refused(here, gastown):
    """A rig never changes behind the back of who made it."""
    here("rig", "create", "app", "--git-url", gastown.origin)
    other = here("rig", "create", "app", "--git-url", gastown.origin, "--max-polecats", "2")
    assert 5 == other.code
    assert "rig app: exists with other settings" in other.error


def test_a_working_copy_is_its_top_and_gets_a_hint(here, gastown):
    """Git refuses a push to a branch that is checked out; better told before an agent has worked."""
    made = here("rig", "create", "app", "--git-url", "seed/.beads")
    assert 0 == made.code
    assert f"git -C {gastown.root}/seed config receive.denyCurrentBranch updateInstead" in made.err
    gastown.git("config", "receive.denyCurrentBranch", "updateInstead", cwd=gastown.root / "seed")
    assert "" == here("rig", "create", "app", "--git-url", "seed").err


def test_options_of_gastown_operator_are_taken(here, gastown):
    """`--local-path` was required there."""
    made = here(
        "rig", "create", "app", "--git-url", gastown.origin, "--prefix", "ap", "--local-path", "/rigs/app"
    )
    assert 0 == made.code
    assert "--local-path has no effect" in made.err
    listed = here("rig", "list")
    assert ["NAME", "PREFIX", "GIT-URL", "PHASE", "AGE"] == listed.out.splitlines()[0].split()
    assert ["app", "ap", str(gastown.origin), "Ready"] == listed.out.splitlines()[1].split()[:4]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--git-url", "nowhere"], 6, "/nowhere"),
        (["--git-url", "empty.git"], 3, "it has no commits yet"),
        (["--git-url", "origin.git", "--base-branch", "release"], 3, "it has no branch release"),
        (["--git-url", "origin.git", "--base-branch", "-x"], 3, "--base-branch must be a branch"),
        (
            ["--git-url", "origin.git", "--prefix", "A1"],
            3,
            "--prefix must be two to ten lower-case letters",
        ),
        (["--git-url", "origin.git", "--agent", "nobody"], 3, "--agent is none of claude-code"),
        (["--git-url", "origin.git", "--gate", "make test"], 2, "is not NAME=COMMAND"),
        (["--git-url", "origin.git", "--agent-command", "sh 'x"], 2, "No closing quotation"),
        (["--git-url", "origin.git", "--max-polecats", "0"], 2, "--max-polecats"),
        ([], 2, "Missing option '--git-url'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_input_is_told_in_one_line_and_changes_nothing(here, gastown, arguments, code, words):
    """The line names what is wrong; a script sees it by the code."""
    gastown.git("init", "--quiet", "--bare", "empty.git", cwd=gastown.root)
    ran = here("rig", "create", "app", *arguments)
    assert code == ran.code
    assert words in ran.error
    assert "" == ran.out
    assert [] == here("rig", "list", "-o", "json").json


def test_a_rig_is_forgotten_and_its_repository_stays(here, gastown):
    """Deleting is about the town, not about the work."""
    here("rig", "create", "app", "--git-url", gastown.origin)
    assert "rig/app deleted\n" == here("rig", "delete", "rig.gastown.gastown.io/app").out
    gone = here("rig", "status", "app")
    assert (4, "rig app: not found; make it with `gastown rig create`") == (gone.code, gone.error)
    assert "1" == gastown.git("rev-list", "--count", "main")


def test_beads_may_stand_outside_of_the_repository(here, gastown):
    """A bead file of one's own, for a repository of others."""
    (gastown.root / "mine.jsonl").write_text('{"id":"my-1","title":"Mine"}\n')
    here("rig", "create", "app", "--git-url", gastown.origin, "--beads", "mine.jsonl")
    assert "my-1\n" == here("beads", "ready", "app", "-o", "name").out


@pytest.mark.parametrize("installed", [None, "/usr/bin/git-lfs"], ids=["absent", "there"])
def test_what_git_lfs_keeps_is_told_where_it_is_absent(here, gastown, monkeypatch, installed):
    """When the rig is made, and not by its beads."""
    gastown.commit({"pictures/.gitattributes": "*.png filter=lfs diff=lfs merge=lfs -text\n"})
    monkeypatch.setattr("shutil.which", lambda name: installed if name == "git-lfs" else name)
    made = here("rig", "create", "app", "--git-url", gastown.origin)
    assert made.code == 0, made.err
    assert ("keeps large files by git-lfs, which is not installed here" in made.err) is (installed is None)


def test_a_signing_key_is_kept_for_the_refinery_alone(here, gastown):
    """A public key is a slip; the private one lies where only the user reads."""
    (gastown.root / "key").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    (gastown.root / "key.pub").write_text("ssh-ed25519 AAAA\n")
    make = ("rig", "create", "app", "--git-url", gastown.origin, "--signing-key")
    assert "no private ssh key" in here(*make, "key.pub").err
    assert here(*make, "key").code == 0
    kept = gastown.root / "town" / "secrets" / "app-signing" / "ssh-privatekey"
    assert kept.stat().st_mode & 0o077 == 0
    (rig,) = here("rig", "list", "-o", "json").json
    assert rig["spec"]["commits"]["signingKeySecretRef"] == {"name": "app-signing", "key": "ssh-privatekey"}
    assert here("rig", "set", "app", "--unset", "signing-key").code == 0
    (rig,) = here("rig", "list", "-o", "json").json
    assert "signingKeySecretRef" not in rig["spec"]["commits"]
