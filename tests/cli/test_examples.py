import shlex
from pathlib import Path

import pytest
import yaml

from crds import load

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.name)
def test_a_manifest_is_accepted(file):
    """Who copies it starts from something that works."""
    assert load(yaml.safe_load(file.read_text())).manifest()


def test_every_file_is_told_of():
    """A file that the page does not name is found by nobody."""
    page = (EXAMPLES / "README.md").read_text()
    assert all(f"({file.name})" in page for file in EXAMPLES.iterdir() if file.name != "README.md")


def test_the_beads_and_the_convoy_are_the_same_graph(here, gastown):
    """From a bead file or from a manifest, Argo gets the same tasks in the same order."""
    made = here("rig", "create", "shop", "--git-url", gastown.origin, "--beads", EXAMPLES / "beads.jsonl")
    assert 0 == made.code, made.err
    ids = [f"shop-{number}" for number in range(1, 5)]
    listed = here(
        "convoy", "create", "A price list", *ids, "--name", "listed", "--dry-run", "-o", "json"
    ).json
    told = here("convoy", "create", "--from-file", EXAMPLES / "convoy.yaml", "--dry-run", "-o", "json").json
    assert _depends(listed) == _depends(told)
    assert {"shop-2 && shop-3", "shop-1", None} == set(_depends(told).values())


def _depends(answer):
    convoy = next(each for each in answer["items"][-1]["spec"]["templates"] if each["name"] == "convoy")
    return {task["name"]: task.get("depends") for task in convoy["dag"]["tasks"]}


def test_the_commands_of_the_page_run_as_they_stand(here, gastown):
    """Line by line, in a folder with a clone of a repository beside `examples`; the one for a cluster is held to its manifests above."""
    page = (EXAMPLES / "README.md").read_text()
    block = page.partition("```sh\n")[2].partition("```")[0]
    lines = [shlex.split(line, comments=True) for line in block.splitlines() if line.startswith("gastown ")]
    (gastown.root / "examples").symlink_to(EXAMPLES)
    gastown.git("clone", "--quiet", gastown.origin, gastown.root / "shop.git", cwd=gastown.root)
    assert 3 == len(lines)
    for _, *words in lines:
        ran = here(
            *(word for word in words if word != "--wait"), *(["--dry-run"] if "--wait" in words else [])
        )
        assert 0 == ran.code, (words, ran.err)


def test_the_agents_are_read(here, gastown):
    """The file goes where the program looks for it."""
    home = gastown.root / "home" / ".config" / "gastown"
    home.mkdir(parents=True)
    (home / "agents.toml").write_text((EXAMPLES / "agents.toml").read_text())
    assert "house-agent" in here("agents", "list", "-o", "name").out.split()
