"""Clone hands the agent a work tree, and the launcher all it needs."""

import json

import pytest


def state(town, bead="gt-1"):
    """What clone tells the other containers."""
    return json.loads((town.workspace(bead) / "private" / "private" / "state.json").read_text())


def test_new_work_starts_from_the_base(town):
    """A first attempt stands on the base's head, on the work branch, with the polecat's identity."""
    base = town.git("rev-parse", "main")
    assert town.step("clone").code == 0
    repo = town.workspace() / "repo"
    assert [base, "polecat/gt-1"] == town.git("rev-parse", "HEAD", "--abbrev-ref", "HEAD", cwd=repo).split()
    assert town.git("config", "user.email", cwd=repo) == "polecat@gastown.io"
    assert town.git("status", "--porcelain", cwd=repo) == ""
    told = {key: state(town)[key] for key in ("base_sha", "start_sha", "base", "branch", "settled")}
    assert told == {
        "base_sha": base,
        "start_sha": base,
        "base": "main",
        "branch": "polecat/gt-1",
        "settled": None,
    }


def test_a_path_on_this_machine_lends_its_objects(town):
    """Cloning beside the repository copies no history."""
    town.step("clone")
    assert "count: 0" in town.git("count-objects", "-v", cwd=town.workspace() / "repo")


def test_a_true_transfer_is_shallow(town):
    """Over a real transport only the last commits come."""
    for number in range(5):
        town.commit(f"more {number}", {"README": f"{number}\n"})
    town.orders(repository=f"file://{town.origin}", depth=2)
    assert town.step("clone").code == 0
    assert town.git("rev-list", "--count", "HEAD", cwd=town.workspace() / "repo") == "2"


def test_a_partial_clone_brings_blobs_when_they_are_needed(town):
    """With a filter the work tree is whole, although old blobs stay behind."""
    town.git("config", "uploadpack.allowFilter", "true")
    town.commit("more", {"README": "new\n"})
    town.orders(repository=f"file://{town.origin}", depth=0, filter="blob:none")
    assert town.step("clone").code == 0
    repo = town.workspace() / "repo"
    assert (repo / "README").read_text() == "new\n"
    assert town.git("rev-list", "--objects", "--all", "--missing=print", cwd=repo).count("\n?") == 1
    town.launch()


def test_a_killed_clone_is_redone(town):
    """A workspace without a state is nobody's work: it is laid anew."""
    repo = town.workspace() / "repo"
    (repo / ".git").mkdir(parents=True)
    (repo / ".git" / "HEAD").write_text("half of")
    (repo / "stray").write_text("left over")
    assert town.step("clone").code == 0
    assert not (repo / "stray").exists()
    assert town.git("status", "--porcelain", cwd=repo) == ""


def test_a_finished_clone_keeps_the_work_in_it(town):
    """Run again in the same workspace, clone keeps what the agent has made so far."""
    town.step("clone")
    (town.workspace() / "repo" / "half-done").write_text("precious")
    assert town.step("clone").code == 0
    assert (town.workspace() / "repo" / "half-done").read_text() == "precious"


@pytest.mark.parametrize("depth", [0, 1], ids=["whole", "shallow"])
def test_work_goes_on_from_its_branch(town, depth):
    """A second attempt stands on the work branch, with the fork point known although the clone was shallow."""
    fork = town.git("rev-parse", "main")
    for number in range(3):
        work = town.commit(f"work {number}", {"work": f"{number}\n"}, branch="polecat/gt-1")
    town.git("reset", "--quiet", "--hard", fork, cwd=town.seed)
    for number in range(3):
        town.commit(f"base {number}", {"base": f"{number}\n"})
    town.orders(repository=f"file://{town.origin}", depth=depth)
    assert town.step("clone").code == 0
    assert [fork, work, work] == [state(town)[key] for key in ("base_sha", "start_sha", "remote_sha")]


def test_hostile_orders_reach_the_agent_as_they_are(town):
    """No text of a user is ever shell, git option or config."""
    prompt = (
        "{{workflow.name}} $(touch pwned) `touch pwned` '\"\\ {model}\n\u00e9\U0001f600\x01 "
        + "x" * 100_000
        + "\n"
    )
    town.bead(title="'; touch pwned #\n--amend", prompt=prompt)
    town.orders(
        author='Max" <>\n[core]\n\teditor = touch pwned',
        agent={
            "command": ("sh", "-c", 'printf %s "$1" > got', "agent", "{prompt}"),
            "environment": {"A": "$(touch pwned)'"},
        },
    )
    assert town.step("clone").code == 0
    assert town.launch()["reason"] == "Completed"
    repo = town.workspace() / "repo"
    assert (repo / "got").read_text() == prompt
    assert not list(town.root.rglob("pwned"))
    assert town.step("publish").code == 0
    assert town.git("log", "-1", "--format=%s", "polecat/gt-1") == "'; touch pwned # --amend"


def test_a_prompt_too_long_for_an_argument_becomes_a_pointer(town):
    """Linux takes no argument of 128 KiB: the agent is told where its task is."""
    town.bead(prompt="y" * 140_000)
    town.script('printf %s "$1" > got')
    town.step("clone")
    town.launch()
    told = (town.workspace() / "repo" / "got").read_text()
    assert f"{town.workspace()}/run/prompt.md" in told
    assert (town.workspace() / "run" / "prompt.md").read_text() == "y" * 140_000


def test_a_command_without_a_place_for_it_reads_the_prompt(town):
    """An agent that names no prompt gets it on its standard input."""
    town.orders(agent={"command": ("sh", "-c", "cat > got")})
    town.step("clone")
    town.launch()
    assert (town.workspace() / "repo" / "got").read_text() == "Work on gt-1."


def test_an_option_without_a_value_is_left_out(town):
    """No model is chosen: the option goes with its value, other braces stay."""
    words = (
        "sh",
        "-c",
        'printf "%s|" "$@" > got',
        "agent",
        "--model",
        "{model}",
        "--budget={budget}",
        "{json}",
        "{prompt_file}",
    )
    town.orders(agent={"command": words})
    town.step("clone")
    town.launch()
    assert (town.workspace() / "repo" / "got").read_text() == f"{{json}}|{town.workspace()}/run/prompt.md|"
