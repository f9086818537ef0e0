import json

import pytest

MANIFEST = """\
apiVersion: gastown.gastown.io/v1alpha1
kind: Convoy
metadata:
  name: from-file
spec:
  description: From a file
  rigRef: app
  beads:
    - {id: in-1, title: First}
    - {id: in-2, title: Second, dependsOn: [in-1]}
"""


@pytest.fixture
def rig(here, gastown):
    """The rig `app`, made in this process."""
    assert (
        here("rig", "create", "app", "--git-url", gastown.origin, "--agent-command", gastown.agent).code == 0
    )
    return here


def test_the_same_convoy_again_is_told_complete(look):
    """Nothing is done twice, whoever types it twice."""
    again = look("convoy", "create", "Build the app", "app-1", "app-2", "--name", "build")
    assert (0, "convoy/build unchanged: Complete, 2/2\n") == (again.code, again.out)
    other = look("convoy", "create", "Build something else", "app-1", "--name", "build")
    assert 5 == other.code
    assert "convoy build: exists with other beads or settings" in other.error


def test_a_convoy_that_ended_is_resumed_stopped_and_watched_as_what_it_is(look):
    """Verbs on what has ended say so, and change nothing."""
    assert "convoy/build unchanged: Complete, 2/2\n" == look("convoy", "resume", "build").out
    assert "convoy/build unchanged: Complete, 2/2\n" == look("convoy", "stop", "build").out
    watched = look("convoy", "watch", "build")
    assert 0 == watched.code
    assert "convoy build: Complete, 2/2 in " in watched.out.splitlines()[-1]


def test_a_failed_convoy_is_resumed_and_all_of_it_runs_again(gastown):
    """What was merged is left alone; what failed gets another attempt, and the exit code tells of the whole."""
    gastown.rig()
    failed = gastown("convoy", "create", "Both", "app-1", "app-4", "--rig", "app", "--name", "both", "--wait")
    assert 1 == failed.code
    assert "convoy both: Failed, 1 done, 1 failed in " in failed.err
    assert "✗ app-4 Asks (capable-app-4)" in failed.err
    assert "  Escalated: " in failed.err
    assert "which colour?" in failed.err
    assert "  next: answer it with `gastown answer app-4 'WORDS'`" in failed.err
    head = gastown.git("rev-parse", "main")
    again = gastown("convoy", "resume", "both", "--wait")
    assert 1 == again.code
    assert "convoy/both resumed at 1/2" in again.out
    assert head == gastown.git("rev-parse", "main")
    assert "Attempt" in gastown("convoy", "status", "both").out
    assert 0 == gastown("convoy", "delete", "both").code


def test_a_file_describes_a_convoy_and_options_go_before_it(rig, gastown):
    """The manifest that a cluster takes, on one machine; also from standard input."""
    (gastown.root / "convoy.yaml").write_text(MANIFEST)
    dry = rig("convoy", "create", "--from-file", "convoy.yaml", "--dry-run", "--max", "1", "-o", "json").json
    workflow = dry["items"][-1]
    assert "from-file-1" == workflow["metadata"]["name"]
    tasks = next(each for each in workflow["spec"]["templates"] if each["name"] == "convoy")
    assert 1 == tasks["parallelism"]
    assert [None, "in-1"] == [task.get("depends") for task in tasks["dag"]["tasks"]]
    read = gastown("convoy", "create", "--from-file", "-", "--name", "other", "--dry-run", text=MANIFEST)
    assert "name: other-1" in read.out


def test_all_that_is_ready_goes_without_what_is_under_way(look):
    """A nightly `--all-ready` never slings a bead twice."""
    dry = look("convoy", "create", "Nightly", "--all-ready", "--dry-run", "-o", "json").json
    tasks = next(each for each in dry["items"][-1]["spec"]["templates"] if each["name"] == "convoy")
    assert ["app-3"] == [task["name"] for task in tasks["dag"]["tasks"]]


def test_nothing_ready_is_no_failure(rig, gastown):
    """Nothing to do is done."""
    gastown.commit({".beads/issues.jsonl": json.dumps({"id": "app-1", "status": "closed"}) + "\n"})
    ran = rig("convoy", "create", "Nightly", "--all-ready")
    assert 0 == ran.code
    assert "nothing to do" in ran.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["What for"], 2, "no bead: name beads behind the description"),
        ([], 2, "no bead: name beads"),
        (["Twice", "app-1", "app-1"], 3, "bead app-1: listed twice"),
        (["Late", "app-1", "--deadline", "soon"], 2, "'soon' is not a length of time"),
        (["Elsewhere", "app-1", "--rig", "nowhere"], 4, "rig nowhere: not found"),
        (["--from-file", "absent.yaml"], 3, "absent.yaml: No such file"),
        (["--from-file", "broken.yaml"], 3, "broken.yaml: not YAML"),
        (["--from-file", "pod.yaml"], 3, "pod.yaml: it must hold one Convoy"),
        (["--from-file", "typo.yaml"], 3, "spec.bead is not a field (did you mean beads?)"),
        (["Cycle", "in-1", "in-2"], 3, "beads wait for each other: in-1 -> in-2 -> in-1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_input_is_told_in_one_line_and_changes_nothing(rig, gastown, arguments, code, words):
    """Whether typed or in a file."""
    (gastown.root / "broken.yaml").write_text("a: [b")
    (gastown.root / "pod.yaml").write_text("kind: Pod\n")
    (gastown.root / "typo.yaml").write_text(MANIFEST.replace("beads:", "bead:"))
    if "Cycle" in arguments:
        edge = [{"depends_on_id": "in-2", "type": "blocks"}], [{"depends_on_id": "in-1", "type": "blocks"}]
        lines = [{"id": f"in-{number}", "dependencies": needs} for number, needs in enumerate(edge, start=1)]
        gastown.commit({".beads/issues.jsonl": "".join(json.dumps(line) + "\n" for line in lines)})
    ran = rig("convoy", "create", *arguments)
    assert code == ran.code
    assert words in ran.error
    assert [] == rig("convoy", "list", "-o", "json").json


def test_unknown_names_are_told_with_those_there_are(look):
    """The next step stands in the line."""
    for words in (["status"], ["graph"], ["watch"], ["resume"], ["stop"], ["delete"]):
        ran = look("convoy", *words, "nothing")
        assert (4, "convoy nothing: not found; there are: build, nux") == (ran.code, ran.error)


def test_what_was_merged_is_done_for_later_convoys(look, tmp_path):
    """Nobody writes to the bead store, so it still calls them open; people should not have to know that."""
    later = tmp_path / "later.yaml"
    later.write_text(MANIFEST.replace("dependsOn: [in-1]", "dependsOn: [app-2]"))

    ready = look("beads", "ready", "app", "-o", "name").out.split()
    drafted = look("convoy", "create", "--from-file", later, "--dry-run")

    assert ["app-3", "app-4"] == ready
    assert 0 == drafted.code, drafted.err
