import json
import re
import signal
from pathlib import Path

import psutil
import pytest

from workflows.errors import Missing, Occupied, Refused

OWN_FILE = 'echo "$GASTOWN_BEAD" > "$GASTOWN_BEAD" && git add -A && git commit -qm x'


@pytest.fixture
def waiting(town):
    """An agent that says that it is at work, and waits for the file `go`."""
    return f"touch {town.root}/at-work.$GASTOWN_BEAD; until [ -e {town.root}/go ]; do sleep 0.02; done; {OWN_FILE}"


def _at_work(town, bead):
    town.until((town.root / f"at-work.{bead}").exists)


def _listens(process):
    """Whether it is a step that has come as far as to listen for SIGTERM."""
    try:
        caught = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{process.pid}/status").read_text())[1]
        return (
            "workflows.steps.preloaded" in process.cmdline() and int(caught, 16) >> (signal.SIGTERM - 1) & 1
        )
    except (OSError, psutil.Error):
        return False


def test_stop_saves_the_work_and_resume_goes_on(town):
    """What an agent had not committed is on a ref of its own; the next attempt starts from there."""
    agent = f"[ -e half ] || {{ echo half > half; touch {town.root}/at-work.$GASTOWN_BEAD; sleep 300; }}; {OWN_FILE}"
    town.convoy({"a": [], "b": ["a"]}, agent)
    _at_work(town, "a")
    town.until(lambda: sum(map(_listens, town.processes())) == 2)  # publish and courier

    town.local.convoys.stop("c")

    assert "Failed" == town.wait().phase
    assert {"a": "Stopped", "b": "NotRun"} == {bead: reason for bead, (reason, _) in town.ends().items()}
    assert "half" in town.git("ls-tree", "--name-only", "refs/gastown/wip/a")
    town.local.convoys.resume("c")
    assert "Complete" == town.wait().phase, town.ends()
    assert ["a", "b"] == town.merged()
    assert "half" in town.git("ls-tree", "--name-only", "main")


def test_a_polecat_is_nuked_before_it_starts(town, waiting):
    """Its bead does not run, nor what waits for it; the rest does."""
    town.convoy({"a": [], "b": ["a"], "c": ["b"]}, waiting)
    _at_work(town, "a")

    town.local.polecats.nuke(town.local.polecats.get("b"))
    (town.root / "go").touch()

    assert "Failed" == town.wait().phase
    assert ["a"] == town.merged()
    assert {"a": "Merged", "b": "Stopped", "c": "DependencyFailed"} == {
        b: reason for b, (reason, _) in town.ends().items()
    }


def test_over_budget_nothing_more_starts(town):
    """The agent's own report says what it cost; with more to spend the convoy goes on."""
    town.rig(
        agents=[
            {
                "name": "paid",
                "command": ["sh", "-c", OWN_FILE + """; echo '{"usd": 3}'"""],
                "report": {"format": "json", "cost": "usd"},
            }
        ]
    )

    town.convoy({"a": [], "b": ["a"]}, [], budget={"totalUSD": 2.5}, agent="paid")

    assert "Failed" == town.wait().phase
    reason, message = town.ends()["b"]
    assert ("BudgetExceeded", 3.0) == (reason, town.status().cost_usd)
    assert message.endswith("raise it with convoy resume c --budget")

    town.local.convoys.resume("c", budget=10)

    assert ("Complete", 6.0) == (town.wait().phase, town.status().cost_usd)


def test_the_rigs_polecats_are_counted_over_its_convoys(town, waiting):
    """One slot: the second convoy waits, and says for what."""
    town.rig(settings={"maxPolecats": 1})
    town.convoy({"a": []}, waiting, "one")
    _at_work(town, "a")
    town.convoy({"b": []}, waiting, "two")
    town.until(lambda: town.ends("two")["b"][1] == "waits for a free polecat of the rig")

    (town.root / "go").touch()

    assert ["Complete", "Complete"] == [town.wait("one").phase, town.wait("two").phase]


def test_a_convoy_is_forgotten_with_its_clones(town):
    """One of the same name starts from nothing."""
    town.convoy({"a": []}, "exit 10").wait()
    town.until(lambda: not town.processes())
    assert list(town.home.work("c-1").iterdir())

    town.local.convoys.delete("c")

    assert not town.home.work("c-1").exists()
    assert "Complete" == town.convoy({"a": []}, OWN_FILE).wait().phase


def test_a_running_convoy_is_not_forgotten(town, waiting):
    """Nor is its rig."""
    town.convoy({"a": []}, waiting)
    _at_work(town, "a")

    with pytest.raises(Refused, match="convoy c: it runs; stop it first"):
        town.local.convoys.delete("c")
    with pytest.raises(Refused, match="rig app: 1 convoy"):
        town.local.rigs.delete("app")


def test_a_rig_stays_while_its_convoys_are_kept(town):
    """What is left of them could not be shown without it."""
    town.convoy({"a": []}, OWN_FILE).wait()

    with pytest.raises(Refused, match="convoys of it are kept here: c; delete them first"):
        town.local.rigs.delete("app")


def test_a_name_is_taken_once(town):
    """The same convoy is the same; another one needs another name."""
    town.convoy({"a": []}, OWN_FILE).wait()

    with pytest.raises(Occupied, match="convoy c: exists with other beads or settings; choose another name"):
        town.convoy({"a": [], "b": []}, OWN_FILE)


def test_what_is_not_there_is_named_with_what_is(town):
    """So that a typing error is seen."""
    town.convoy({"a": []}, OWN_FILE).wait()

    with pytest.raises(Missing, match="convoy d: not found; there are: c"):
        town.local.convoys.get("d")
    with pytest.raises(Missing, match="polecat x: not found; there are: c"):
        town.local.polecats.get("x")
    with pytest.raises(Missing, match="rig other: not found; there are: app"):
        town.local.rigs.get("other")
    with pytest.raises(
        Missing, match="no log of claude; choose a container of: courier, custom, git-init, main"
    ):
        town.local.polecats.logs(town.local.polecats.get("c"), "claude")


@pytest.mark.parametrize("again", ["resume", "sling"])
def test_a_new_attempt_is_told_what_was_red(town, again):
    """The agent that comes back reads what the gate said of its work, mends it, and is merged."""
    town.rig(gates=[{"name": "no-bugs", "command": "! grep -Hn bug *.txt"}])
    mends = 'grep -q "it.txt:1:a bug" "$0" && echo fine > it.txt || echo a bug > it.txt; git add . && git commit -qm Work'
    agent = ["sh", "-c", mends, "{prompt_file}"]

    town.convoy({"ap-1": []}, agent).wait()
    assert "GateFailed" == town.ends()["ap-1"][0]
    if again == "resume":
        town.local.convoys.resume("c")
    else:
        town.convoy({"ap-1": []}, agent, name="d")
    name = "c" if again == "resume" else "d"
    town.until(lambda: town.status(name).merged_beads)

    assert ["ap-1"] == town.merged()
    assert "fine" == town.git("show", "main:it.txt")


def test_beads_are_added_to_a_convoy_under_way(town, waiting):
    """They start beside what runs, after what they need there; what ran has one Workflow as before, and is not run again."""
    beads = [{"id": bead, "title": bead} for bead in ("a", "b", "d", "e")]
    beads[2]["dependencies"] = [{"depends_on_id": "a", "type": "blocks"}]
    town.commit("beads.jsonl", "".join(json.dumps(bead) + "\n" for bead in beads))
    town.rig(beadsPath="beads.jsonl")
    town.convoy({}, waiting, trackedBeads=["a", "b"])
    _at_work(town, "a")

    with pytest.raises(Refused, match="unheard-of"):
        town.local.convoys.add("c", ["unheard-of"])
    added = town.local.convoys.add("c", ["d", "e"])

    assert ("a", "b", "d", "e") == added.spec.tracked_beads
    _at_work(town, "e")
    (town.root / "go").touch()
    assert "Complete" == town.wait().phase, town.ends()
    assert sorted(town.merged()) == ["a", "b", "d", "e"]
    assert [("a", "b"), ("e",), ("d",)] == [train.beads for train in town.status().trains]
    assert all(polecat.status.attempts == 1 for polecat in town.local.polecats.of_convoy("c"))
    with pytest.raises(Refused, match="has ended"):
        town.local.convoys.add("c", ["f"])


def test_added_beads_are_resumed_with_the_others(town, waiting):
    """The next attempt plans all that is left anew."""
    town.commit("beads.jsonl", '{"id": "a", "title": "a"}\n{"id": "b", "title": "b"}\n')
    town.rig(beadsPath="beads.jsonl")
    town.convoy({}, waiting.replace("; echo", f"; [ -e {town.root}/ok ] || exit 0; echo"), trackedBeads=["a"])
    _at_work(town, "a")
    town.local.convoys.add("c", ["b"])
    (town.root / "go").touch()
    assert "Failed" == town.wait().phase
    (town.root / "ok").touch()

    town.local.convoys.resume("c")

    assert "Complete" == town.wait().phase, town.ends()
    assert ["a", "b"] == sorted(town.merged())
    assert [("a", "b")] == [train.beads for train in town.status().trains]
