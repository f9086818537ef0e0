import re
import shlex

import click
import pytest

from kubectl_gt.cli.command import Verb
from kubectl_gt.cli.program import program
from kubectl_gt.reference import commands

LONG = "a" * 80


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("rgi list", 2, "did you mean `gastown rig`?"),
        ("ready", 2, "did you mean `gastown beads ready`?"),
        ("rig add app", 2, "did you mean `gastown rig create`?"),
        ("polecat kill nux", 2, "did you mean `gastown polecat nuke`?"),
        ("convoy xyzzy", 2, "No such command 'xyzzy'; see"),
        ("convoy create X app-1 --max-concurrent 2", 2, "use --max;"),
        ("sling -a words app", 2, "use --text;"),
        ("mq list -a", 2, "No such option '-a'; see"),
        ("sling app-3 --no-merge", 2, "use --hold;"),
        ("sling app-3 --merge=mr", 2, "`gastown rig connect RIG --mode pr` for pull requests"),
        ("rig create MyApp --git-url origin.git", 2, "did you mean 'my-app'?"),
        ("rig create Größe_2 --git-url origin.git", 2, "a rig is named with lower-case letters"),
        (f"rig create {LONG} --git-url origin.git", 2, "63 at most"),
        (f"rig create {'b' * 253} --git-url origin.git", 2, "63 at most"),
        (f"sling app-1 app --name {LONG}", 2, "50 at most"),
        ("convoy create X app-1 --name My_Convoy", 2, "did you mean 'my-convoy'?"),
        ("rig set app", 2, "nothing to change"),
        ("rig set app --gate test", 2, "is not NAME=COMMAND"),
        ("rig set ap --max-polecats 2", 4, "did you mean app?"),
        ("rig set app --base-branch nowhere", 3, "it has no branch nowhere"),
        ("rig set app --max-polecats 101", 2, "--max-polecats"),
        ("convoy stop", 2, "which convoy?"),
        ("convoy stop nux --all", 2, "exclude each other"),
        ("convoy list -w -o json", 2, "-o json is one answer"),
        ("rig list --local --context prod", 2, "name two places"),
        ("polecat status no/such/name", 3, "it is not <rig>/<name>"),
        ("polecat list --phase", 2, "gastown polecat list: Option '--phase' requires an argument"),
        ("polecat logs nux --tail abc", 2, "'abc' is not a valid number"),
        (f"convoy status {'c' * 300}", 4, f"convoy {'c' * 79}…: not found"),
        ("convoy stop", 2, "`gastown convoy list` shows them"),
        ("convoy create X app-3 --deadline 0s", 2, "is no time at all"),
        ("convoy create --from-file agent.sh --rig app", 3, "it must hold one Convoy and nothing else"),
        ("beads show app-33", 4, "did you mean app-3?"),
        ("sling APP-3 app", 4, "did you mean app-3?"),
        ("agents show claude", 4, "did you mean claude-code?"),
        ("demo --directory /proc/x", 6, "/proc/x: No such file or directory; mend that"),
        ("events serve --listen no..where", 2, "--listen no..where: "),
        ("rig create other --git-url origin.git --prefix 'A B'", 3, "--prefix must be two to ten lower-case"),
        (f"rig create other --git-url origin.git --prefix {'p' * 11}", 3, "--prefix must have at most 10"),
        ("rig create other --git-url origin.git --gate 'a b=c'", 3, "--gate must be letters, digits"),
        (
            "rig create other --git-url origin.git --gate a=b --gate a=c",
            3,
            "--gate has two entries with the name a",
        ),
        ("rig create other --git-url origin.git --base-branch 'a b'", 3, "--base-branch must be a branch"),
        (
            "rig create other --git-url origin.git --signing-key /none",
            2,
            "/none: No such file or directory; name",
        ),
        ("rig create app --git-url origin.git --prefix app --beads none", 5, "exists with other settings"),
        ("rig set app --agent nobody", 3, "--agent is none of claude-code"),
        ("rig list --server nowhere", 2, "is no address such as https://"),
        ("rig list --server https://127.0.0.1:1 --client-key /none", 2, "/none: there is no such file"),
        (
            "rig list --server https://127.0.0.1:1 --request-timeout x",
            2,
            "Invalid value for '--request-timeout'",
        ),
        ("rig list --context prod", 6, "cluster: there is no kubeconfig"),
        ("rig list --kubeconfig agent.sh", 6, "kubeconfig: it has not the form of one"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_slip_is_answered_with_what_was_meant(look, line, code, words):
    """One line, the object, the likely right command; nothing changes and nothing is raised."""
    before = look("rig", "list", "-o", "yaml").out, look("convoy", "list", "-o", "name").out
    ran = look(*shlex.split(line))
    assert code == ran.code, ran.err
    assert words in ran.error
    assert before == (look("rig", "list", "-o", "yaml").out, look("convoy", "list", "-o", "name").out)


@pytest.mark.parametrize(
    ("path", "verb"), [*commands()], ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_verb_shows_examples_that_can_be_typed(path, verb, tmp_path, monkeypatch):
    """An example with an option that does not exist teaches the wrong thing."""
    assert isinstance(verb, Verb)
    assert verb.examples
    monkeypatch.chdir(tmp_path)
    for file in ("token", "delivery.json"):
        (tmp_path / file).touch()
    for example in verb.examples:
        words = shlex.split(example)
        assert [*path] == words[: len(path)]
        with click.Context(program, info_name="gastown") as root:
            verb.make_context(" ".join(path), words[len(path) :], parent=root, resilient_parsing=False)
    assert f"gastown {verb.examples[0]}" in verb.get_help(
        click.Context(verb, parent=click.Context(program, info_name="gastown"))
    )


@pytest.mark.parametrize("asked", ["-h", "--help", "help", "rig create -h", "help rig create"])
def test_help_is_asked_in_three_ways(here, asked):
    """Whichever somebody is used to."""
    verb = ["rig", "create"] if "create" in asked else []
    assert here(*verb, "--help").out == here(*asked.split()).out


def test_the_program_names_its_version_and_kubectls_options(here):
    """`--version` is what a bug report asks for; the nineteen options stand in a list of their own."""
    assert here("version").out == here("--version").out
    assert "--as-group" not in here("--help").out
    assert "--as-group" in here("options").out


def test_json_is_an_option_of_its_own(look):
    """`--json` where `-o json` is meant, and not where it means nothing."""
    assert look("convoy", "list", "-o", "json").out == look("convoy", "list", "--json").out
    assert 2 == look("rig", "delete", "app", "--json").code


def test_what_is_typed_beats_the_environment(look, monkeypatch, tmp_path):
    """GASTOWN_LOCAL=1 in a profile must not turn `--context prod` into this machine, in silence."""
    assert 0 == look("rig", "list").code
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    typed = look("rig", "list", "--context", "prod")
    assert 6 == typed.code, typed.out
    monkeypatch.setenv("GASTOWN_LOCAL", "maybe")
    assert (2, "GASTOWN_LOCAL is 'maybe'; set it to 1 for this machine, or to 0") == (
        (ran := look("rig", "list")).code,
        ran.error,
    )


def test_a_forgotten_description_does_not_swallow_the_first_bead(look):
    """`convoy create app-1 app-2` makes a convoy of two beads, and calls it by them."""
    dry = look("convoy", "create", "app-3", "app-4", "--dry-run", "-o", "json").json
    assert dry["items"][-1]["metadata"]["name"].startswith("app-3-app-4-")
    assert {"app-3", "app-4"} <= set(re.findall(r"app-\d", str(dry["items"][-1]["spec"])))
