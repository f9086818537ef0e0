import pytest
import yaml


@pytest.fixture
def rig(here, gastown):
    """The rig `app`, made in this process."""
    ran = here("rig", "create", "app", "--git-url", gastown.origin, "--agent-command", gastown.agent)
    assert ran.code == 0, ran.err
    return here


def test_a_dry_run_prints_what_argo_would_get_and_changes_nothing(rig):
    """ConfigMaps before the Workflow that mounts them, ready for `kubectl apply -f -`."""
    ran = rig("sling", "app-1", "app", "--dry-run", "--name", "furiosa")
    documents = [*yaml.safe_load_all(ran.out)]
    assert ["ConfigMap", "ConfigMap", "Workflow"] == [each["kind"] for each in documents]
    assert "furiosa-1" == documents[-1]["metadata"]["name"]
    listed = rig("sling", "app-1", "app", "--dry-run", "--name", "furiosa", "-o", "json").json
    assert documents[0] == listed["items"][0]
    assert documents[-1] == listed["items"][-1]
    assert [] == rig("convoy", "list", "-o", "json").json


def test_a_polecat_is_named_by_its_theme_as_long_as_there_are_names(rig):
    """The first free name, so that the same town gives the same names."""
    for theme, name in ((None, "furiosa-1"), ("minerals", "agate-1")):
        more = ["--theme", theme] if theme else []
        documents = [*yaml.safe_load_all(rig("sling", "app-1", "app", "--dry-run", *more).out)]
        assert name == documents[-1]["metadata"]["name"]


def test_a_task_in_words_becomes_a_bead_of_its_own(rig):
    """The id is a function of the words: the same task finds itself again."""
    first = rig("sling", "--text", "Add a --version flag\n\nwith a test", "app", "--dry-run")
    second = rig("sling", "--text", "Add a --version flag\n\nwith a test", "app", "--dry-run")
    assert first.out.replace(_created(first), "") == second.out.replace(_created(second), "")
    workflow = [*yaml.safe_load_all(first.out)][-1]
    task = next(each for each in workflow["spec"]["templates"] if each["name"] == "convoy")["dag"]["tasks"][0]
    assert task["name"].startswith("text-")
    assert "Add a --version flag" not in str(workflow["spec"])
    assert "with a test" in first.out


def _created(ran):
    return ran.out.split('"created":"')[1].split('"')[0]


def test_settings_of_the_rigs_agent_stay_when_one_is_changed(rig):
    """A convoy's agentConfig replaces the rig's as a whole, so the model alone must bring the command along."""
    out = rig("sling", "app-1", "app", "--dry-run", "--model", "small").out
    assert "agent.sh" in out
    assert '"model":"small"' in out


def test_the_beads_say_which_rig_is_meant(here, gastown):
    """By their prefix, where there are several rigs and none is named; gastown-operator's scripts name none."""
    (gastown.root / "lib.jsonl").write_text('{"id": "lib-1", "title": "Another"}\n')
    assert 0 == here("rig", "create", "app", "--git-url", "origin.git", "--prefix", "app").code
    more = ("--prefix", "lib", "--beads", gastown.root / "lib.jsonl")
    assert 0 == here("rig", "create", "second", "--git-url", "origin.git", *more).code
    for words in (["sling", "lib-1"], ["convoy", "create", "Words", "lib-1"]):
        ran = here(*words, "--dry-run", "-o", "json")
        assert (0, True) == (ran.code, '"rig":"second"' in ran.out.replace('\\"', '"')), ran.err
    mixed = here("convoy", "create", "Words", "lib-1", "app-1", "--dry-run")
    assert (2, True) == (mixed.code, "which rig?" in mixed.error)


def test_a_rig_that_is_away_hides_nothing_of_the_others(here, gastown):
    """It is named, and what the rest have is listed."""
    (gastown.root / "lib.jsonl").write_text('{"id": "lib-1", "title": "Another"}\n')
    more = ("--prefix", "lib", "--beads", gastown.root / "lib.jsonl")
    for name, options in (("away", ("--prefix", "app")), ("second", more)):
        assert 0 == here("rig", "create", name, "--git-url", "origin.git", *options).code
    (gastown.root / "lib.jsonl").rename(gastown.root / "gone.jsonl")
    ready = here("beads", "ready", "-o", "name")
    assert {"app-1", "app-3", "app-4"} <= {each.rpartition("/")[2] for each in ready.out.split()}
    assert "warning: rig second: " in ready.err


def test_another_model_goes_on_where_the_first_is_at_its_limit(gastown):
    """From the command line to the merge; what it went on with stands in the log."""
    gastown.rig("--prefix", "app")
    (gastown.root / "models.sh").write_text(
        f'[ "$1" = small ] || exit 21\nexec sh {gastown.root}/agent.sh "$2"\n'
    )
    command = f"sh {gastown.root}/models.sh {{model}} {{prompt_file}}"
    models = ("--model", "big", "--fallback-model", "gone", "--fallback-model", "small")
    done = gastown("sling", "app-1", "app", "--agent-command", command, *models, "--name", "nux", "--wait")
    assert 0 == done.code, done.err
    log = gastown("polecat", "logs", "nux").out
    assert ["gone", "small"] == [
        line.split("goes on with the model ")[1].partition(":")[0]
        for line in log.splitlines()
        if "goes on with" in line
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["app-1", "app", "--fallback-model", "b"], 3, "its command does not say {model}"),
        (["app-77", "app"], 4, "bead app-77: not found among the 5 beads"),
        (["app-2", "app"], 3, "bead app-2: depends on app-1, which is open and not in this convoy"),
        (["app-1", "nowhere"], 4, "rig nowhere: not found; there are: app"),
        (["app"], 2, "no bead"),
        (["--text", "x", "app-1", "app"], 2, "--text stands instead of a bead"),
        (["--text", "  ", "app"], 2, "--text is empty"),
        (["app-1", "app", "--agent", "nobody"], 3, "agent nobody: unknown"),
        (["app-1", "app", "--theme", "jazz"], 2, "'jazz' is not one of"),
        (["app-1", "app", "--timeout", "soon"], 2, "'soon' is not a length of time"),
        (["app-1", "app", "--name", "No Name"], 2, "a convoy is named with lower-case letters"),
        (["app-1", "app", "--base-branch", "-x"], 3, "--base-branch must be a branch"),
        (["app-1", "app", "--budget", "0"], 2, "--budget"),
        (["bad bead", "app"], 2, "did you mean `gastown sling --text 'bad bead' app`?"),
        (["app-1", "ap"], 4, "rig ap: not found; did you mean app? there are: app"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_input_is_told_in_one_line_and_changes_nothing(rig, arguments, code, words):
    """Nothing is half slung."""
    ran = rig("sling", *arguments)
    assert code == ran.code
    assert words in ran.error
    assert [] == rig("convoy", "list", "-o", "json").json


def test_what_is_merged_is_not_done_again(look):
    """It says where it is, and that is success."""
    ran = look("sling", "app-1", "app")
    assert 0 == ran.code
    assert "app-1 was merged into main as " in ran.out
    assert "by convoy build" in ran.out
    dry = look("sling", "app-1", "app", "--again", "--dry-run")
    assert "kind: Workflow" in dry.out


def test_a_bead_is_slung_watched_refused_a_second_time_and_stopped(rig, gastown):
    """One bead, one polecat, one branch: a second one would fight for it. Waiting may end; the work goes on."""
    slung = gastown("sling", "app-3", "app", "--wait-ready", "--timeout", "20s")
    assert (0, "polecat/furiosa slung at app") == (slung.code, slung.out.splitlines()[0])
    late = rig("convoy", "watch", "furiosa", "--timeout", "100ms")
    assert 124 == late.code
    assert "convoy furiosa: not done in 0.1 s" in late.err
    twice = rig("sling", "app-3", "app")
    assert 5 == twice.code
    assert "bead app-3: convoy furiosa carries it (InProgress, 0/1)" in twice.error
    running = rig("convoy", "delete", "furiosa")
    assert (3, True) == (running.code, "it runs; stop it first" in running.error)
    busy = rig("rig", "delete", "app")
    assert (3, True) == (busy.code, "1 convoy(s) still run" in busy.error)
    assert "polecat/furiosa nuked; its branch stays\n" == rig("polecat", "nuke", "app/furiosa").out
    ended = rig("convoy", "watch", "furiosa")
    assert 1 == ended.code
    assert "convoy resume furiosa" in ended.err
    assert "Terminated" == rig("polecat", "status", "furiosa", "-o", "json").json["status"]["phase"]
    gastown.until(lambda: rig("convoy", "delete", "furiosa").code == 0, "the runner never left")
    assert 0 == rig("rig", "delete", "app").code
