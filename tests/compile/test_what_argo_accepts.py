"""Argo's own limits and what its controller was seen to need; research in `docs/` tells where each comes from."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.compile import CompileSettings
from workflows.errors import AgentRefused, ConvoyRefused
from workflows.shape import CONVOY, MERGE, POLECAT

PODS = (POLECAT, MERGE)


def _containers(template):
    """All containers of a pod by name, in the order in which they start."""
    main = {"main": template["container"]}
    named = [*template.get("initContainers", ()), *template.get("sidecars", ())]
    return {each["name"]: each for each in named} | main


def _paths(container):
    return {each["mountPath"] for each in container["volumeMounts"]}


def _variables(container):
    return {each["name"]: each.get("value") for each in container.get("env", ())}


def test_a_bead_costs_little(submit):
    """Its task and its graph: 600 bytes at most, so that a full train stays far below etcd's limit."""
    edges = {f"app-{n}": [f"app-{n - 1}"] if n % 7 else [] for n in range(100)}

    templates = submit(edges).templates

    told = [templates[CONVOY]["dag"]["tasks"], *(templates[name] for name in edges)]
    assert len(json.dumps(told, separators=(",", ":"))) / len(edges) <= 600


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 230), st.randoms(use_true_random=True))
def test_graphs_stay_within_the_definitions_limits(submit, size, random):
    """At most 200 tasks and templates, no two of one name, and each dependency a task of the same graph."""
    ids = [f"{random.choice(['ap', '7', 'AP.x'])}-{n}" for n in range(size)]
    edges = {name: random.sample(ids[:n], min(n, random.randint(0, 2))) for n, name in enumerate(ids)}

    for workflow in submit(edges).workflows:
        templates = workflow["spec"]["templates"]
        assert len({each["name"] for each in templates}) == len(templates) <= 200
        for template in templates:
            tasks = template.get("dag", {}).get("tasks", [])
            names = {task["name"] for task in tasks}
            assert len(names) == len(tasks) <= 200
            for task in tasks:
                assert re.fullmatch(r"[a-z][a-z0-9-]{0,127}", task["name"])
                depends = task.get("depends")
                assert depends is None or set(depends.split(" && ")) <= names - {task["name"]}
                assert "dependencies" not in task


def test_names_and_labels_fit(submit):
    """The longest ids and names that are let through."""
    submission = submit({"x" * 63: [], "A-" + "1" * 61: []}, attempt=999)

    labels = submission.workflow["metadata"]["labels"]
    assert all(len(value) <= 63 for value in labels.values())
    assert len(submission.workflow["metadata"]["name"]) <= 63


def test_every_container_has_a_command(submit):
    """Without one Argo's controller asks a registry for it."""
    submission = submit(refinery={"gates": [{"name": "g", "command": "c"}]})

    assert all(each["command"] for name in PODS for each in _containers(submission.templates[name]).values())


def test_the_agent_sees_no_credentials_of_ours(submit):
    """No key to the repository, no token of the cluster, no cache that others trust."""
    submission = submit()
    agent = _containers(submission.templates[POLECAT])["claude"]

    assert {"workspace", "tmp", "model-creds"} == {mount["name"] for mount in agent["volumeMounts"]}
    assert {"GASTOWN_WORKSPACE", "GASTOWN_MODEL_CREDENTIALS"} == set(_variables(agent))
    spec = submission.workflow["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert ("gastown-polecat", {"serviceAccountName": "gastown-executor"}) == (
        spec["serviceAccountName"],
        spec["executor"],
    )


GATED = {
    "prepare": ["--hand-on", "merge", "prepare"],
    "gates": ["--hand-on", "merge", "gates"],
    "main": ["merge", "push"],
}


@pytest.mark.parametrize(
    ("refinery", "containers", "with_key"),
    [
        pytest.param({}, {"main": ["merge"]}, {"main"}, id="no gates"),
        pytest.param(
            {"gates": [{"name": "test", "command": "make test"}]},
            GATED,
            {"prepare", "main"},
            id="gates",
        ),
        pytest.param(
            {"testCommand": "make test"},
            GATED,
            {"prepare", "main"},
            id="test command",
        ),
    ],
)
def test_gates_run_without_credentials(submit, refinery, containers, with_key):
    """They run what agents wrote."""
    made = _containers(submit(refinery=refinery).templates[MERGE])

    assert containers == {name: each["command"][1:] for name, each in made.items()}
    assert list(containers) == list(made)
    assert with_key == {
        name
        for name, each in made.items()
        if "git-creds" in {mount["name"] for mount in each["volumeMounts"]}
    }
    assert with_key == {name for name, each in made.items() if "GASTOWN_GIT_CREDENTIALS" in _variables(each)}


WALLS = {
    "git-init": {"workspace", "handover", "private", "cache", "git-creds", "tasks", "tmp"},
    "claude": {"workspace", "model-creds", "tmp"},
    "courier": {"workspace", "handover", "tasks", "tmp"},
    "main": {"handover", "private", "out", "cache", "git-creds", "tasks", "tmp"},
}


def test_who_mounts_what_in_a_polecat(submit):
    """The agent and `main` share nothing: the courier stands between them, without a key. Outputs are `main`'s alone."""
    made = _containers(submit().templates[POLECAT])

    assert WALLS == {name: {each["name"] for each in made[name]["volumeMounts"]} for name in made}
    temporary = [each for name in made for each in made[name]["volumeMounts"] if each["name"] == "tmp"]
    assert sorted(made) == sorted(each["subPath"] for each in temporary)


def test_gates_see_no_outputs(submit):
    """What decides is not where the judged code can write."""
    made = _containers(submit(refinery={"gates": [{"name": "g", "command": "c"}]}).templates[MERGE])

    assert {"workspace", "tasks", "tmp"} == {each["name"] for each in made["gates"]["volumeMounts"]}
    assert {"/out"} == {each["mountPath"] for each in made["main"]["volumeMounts"] if each["name"] == "out"}


@pytest.mark.parametrize("name", PODS)
def test_outputs_are_read_from_a_volume_of_main(submit, name):
    """Then Argo reads them there; else `main` copies them into a folder that every container of the pod can write."""
    template = submit().templates[name]

    paths = [each["valueFrom"]["path"] for each in template["outputs"]["parameters"]]
    assert all(path.startswith("/out/") for path in paths)
    assert "out" in {each["name"] for each in template["container"]["volumeMounts"]}
    writing = [name for name, each in _containers(template).items() if "/out" in _paths(each)]
    assert {"prepare", "main"} >= set(writing)


def test_every_mount_has_a_volume_of_its_template(submit):
    """Argo adds a Workflow's volumes only to pods in whose main container it sees a mount."""
    submission = submit()

    for name in PODS:
        template = submission.templates[name]
        volumes = {each["name"] for each in template["volumes"]}
        mounted = {m["name"] for c in _containers(template).values() for m in c["volumeMounts"]}
        assert mounted <= volumes


def test_secrets_stand_by_name_only(submit):
    """Keys are references that kubelet fills in."""
    submission = submit(
        rig={
            "gitSecretRef": {"name": "push-key"},
            "claudeCredsSecretRef": {"name": "logins"},
            "apiKeySecretRef": {"name": "keys", "key": "anthropic"},
            "sshKnownHostsConfigMapRef": {"name": "hosts"},
        },
        agentConfig={
            "env": [{"name": "NPM", "valueFrom": {"secretKeyRef": {"name": "npm", "key": "token"}}}]
        },
    )

    agent = _containers(submission.templates[POLECAT])["claude"]
    references = {
        each["name"]: each["valueFrom"]["secretKeyRef"] for each in agent["env"] if "valueFrom" in each
    }
    assert {
        "NPM": {"name": "npm", "key": "token"},
        "ANTHROPIC_API_KEY": {"name": "keys", "key": "anthropic"},
    } == references
    volumes = {each["name"]: each.get("projected") for each in submission.templates[POLECAT]["volumes"]}
    assert {"name": "push-key", "optional": True} == volumes["git-creds"]["sources"][0]["secret"]
    assert "hosts" == volumes["git-creds"]["sources"][1]["configMap"]["name"]
    assert {"name": "logins", "optional": True} == volumes["model-creds"]["sources"][0]["secret"]


def test_only_pods_are_tried_again(submit):
    """A retry on a graph would rename every node in it; exit codes that another try can't help stop it."""
    submission = submit()

    assert set(PODS) == {name for name, each in submission.templates.items() if "retryStrategy" in each}
    assert "retryStrategy" not in submission.workflow["spec"]
    strategy = submission.templates[POLECAT]["retryStrategy"]
    assert "Always" == strategy["retryPolicy"]
    final = "['0', '10', '11', '12', '20', '22', '23', '24', '25', '26', '27', '30', '31', '32', '36', '38']"
    assert (
        f"lastRetry.exitCode in ['33', '34', '35', '37', '28', '39'] || (lastRetry.exitCode not in {final} && asInt(retries) < 2)"
        == strategy["expression"]
    )


def test_published_is_enough_where_asked(submit):
    """No refinery in the Workflow, and dependents start from what is published."""
    submission = submit(mergeStrategy="published")

    assert {CONVOY, "ap-1", POLECAT} == set(submission.templates)
    assert ["ap-1-work"] == [task["name"] for task in submission.templates["ap-1"]["dag"]["tasks"]]


def test_a_refinery_that_does_not_merge_is_left_out(submit):
    """Mode none is the rig's way to ask the same."""
    assert MERGE not in submit(refinery={"mode": "none"}).templates


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"branch": "mine"}, id="branch"),
        pytest.param({"reverts": {"bead": "ap-1", "convoy": "c"}}, id="revert"),
    ],
)
def test_what_people_keep_to_themselves_is_only_merged(submit, told):
    """No agent works it, and none resolves it."""
    submission = submit(inline=[{"id": "mine", "title": "Mine"} | told])

    assert ["mine-merge"] == [task["name"] for task in submission.templates["mine"]["dag"]["tasks"]]


def test_a_revert_may_be_given_to_an_agent_where_it_conflicts(submit):
    """As any work that is published."""
    told = {"reverts": {"bead": "ap-1", "convoy": "c"}, "onConflict": "Agent"}
    submission = submit(inline=[{"id": "undo", "title": "Undo"} | told])

    assert ["undo-merge", "undo-again"] == [
        task["name"] for task in submission.templates["undo"]["dag"]["tasks"]
    ]


@pytest.mark.parametrize(
    "spec",
    [pytest.param({"held": True}, id="held"), pytest.param({"mergeStrategy": "published"}, id="published")],
)
def test_a_branch_is_refused_where_nothing_is_merged(submit, spec):
    """It would come to nothing."""
    with pytest.raises(ConvoyRefused, match="bead mine: nothing is merged in convoy c"):
        submit(inline=[{"id": "mine", "title": "t", "branch": "mine"}], **spec)


@pytest.mark.parametrize("name", [CONVOY, POLECAT, MERGE])
def test_a_bead_may_have_the_name_of_a_template(submit, name):
    """Its own graph has another one."""
    submission = submit({name: [], "ap-2": [name]})

    assert {CONVOY, POLECAT, MERGE, f"b-{name}", "ap-2"} == set(submission.templates)
    assert ["b-" + name, "ap-2"] == [
        task["template"] for task in submission.templates[CONVOY]["dag"]["tasks"]
    ]


def test_limits_reach_argo(submit):
    """A convoy's parallelism and deadline, a rig's polecats. Merges start together: one of them leads, by the repository."""
    submission = submit(
        parallelism=3, deadline="1m1ms", baseBranch="release/1.0", agentConfig={"timeoutSeconds": 60}
    )

    spec = submission.workflow["spec"]
    assert 61 == spec["activeDeadlineSeconds"]
    assert 3 == submission.templates[CONVOY]["parallelism"]
    assert 660 == submission.templates[POLECAT]["activeDeadlineSeconds"]
    assert "configMapKeyRef" in submission.templates[POLECAT]["synchronization"]["semaphores"][0]
    assert "synchronization" not in submission.templates[MERGE]


def test_a_short_deadline_is_no_lack_of_one(submit):
    """Argo counts whole seconds; 400 ms must not become no limit."""
    assert 1 == submit(deadline="400ms").workflow["spec"]["activeDeadlineSeconds"]


@pytest.mark.parametrize(
    ("told", "refusal", "words"),
    [
        pytest.param({"refinery": {"mode": "pr"}}, ConvoyRefused, "mode pr needs the forge", id="pr"),
        pytest.param(
            {"agent": "nobody"},
            AgentRefused,
            "agent nobody: unknown; choose one of aider, claude",
            id="agent",
        ),
        pytest.param(
            {"agent": "custom"}, AgentRefused, "agent custom: it has no command; give one", id="custom"
        ),
    ],
)
def test_what_cannot_be_compiled_is_refused(submit, told, refusal, words):
    """Before anything is made."""
    with pytest.raises(refusal, match=words):
        submit(**told)


def test_the_platform_may_choose_the_user(submit):
    """As OpenShift does."""
    context = submit(settings=CompileSettings(user_id=None)).workflow["spec"]["securityContext"]

    assert {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}} == context


@pytest.mark.parametrize(
    ("asked", "memory", "disk"),
    [
        pytest.param({}, ("1Gi", "4Gi"), ("256Mi", "20Gi"), id="nothing"),
        pytest.param({"limits": {"memory": "9Gi"}}, (None, "9Gi"), ("256Mi", "20Gi"), id="memory"),
        pytest.param(
            {"requests": {"memory": "9Gi"}},
            ("9Gi", None),
            ("256Mi", "20Gi"),
            id="a request above the usual limit",
        ),
        pytest.param({"limits": {"ephemeral-storage": "50Gi"}}, ("1Gi", "4Gi"), (None, "50Gi"), id="disk"),
    ],
)
def test_a_resource_that_nobody_names_is_as_usual(submit, asked, memory, disk):
    """Nobody loses the limit of a disk by asking for memory; what is named is as it was asked for, in both halves."""
    templates = submit(rig={"resources": asked}).workflow["spec"]["templates"]
    (agent,) = (each for found in templates for each in found.get("sidecars", ()) if each["name"] == "claude")
    halves = [agent["resources"].get(half, {}) for half in ("requests", "limits")]
    assert [memory, disk] == [
        tuple(half.get(name) for half in halves) for name in ("memory", "ephemeral-storage")
    ]


def test_the_same_input_gives_the_same_bytes(submit):
    """A second submit compares equal, to the order of the keys."""
    edges = {"ap-1": [], "ap-2": ["ap-1"], "ap-3": ["ap-1"]}

    assert [json.dumps(each) for each in submit(edges).workflows] == [
        json.dumps(each) for each in submit(dict(reversed(edges.items()))).workflows
    ]


def test_argos_own_folder_is_covered_where_others_code_runs(submit):
    """A patch, since Argo mounts its folder into every container after all else; `ctr` before what lies in it, or kubelet locks main out."""
    templates = {each["name"]: each for each in submit().workflow["spec"]["templates"]}
    patches = {
        name: {
            container["name"]: {
                mount["mountPath"].removeprefix("/var/run/argo/"): mount.get("readOnly", False)
                for mount in container["volumeMounts"]
            }
            for container in json.loads(each["podSpecPatch"]).get("containers", ())
        }
        for name, each in templates.items()
        if "container" in each
    }
    assert "polecat" in patches
    for template, containers in patches.items():
        beside = {each["name"] for each in templates[template].get("sidecars", ())}
        assert beside == set(containers)
        for name, mounts in containers.items():
            assert list(mounts) == ["argoexec", "template", "ctr", "outputs", f"ctr/{name}"]
            assert [part for part, locked in mounts.items() if not locked] == [f"ctr/{name}"]
    bare = submit(settings=CompileSettings(cover_exchange=False)).workflow["spec"]["templates"]
    assert not any("volumeMounts" in each.get("podSpecPatch", "") for each in bare)


@pytest.mark.parametrize("cover", [True, False], ids=["covered", "not covered"])
def test_argos_wait_starts_between_main_and_what_runs_others_code(submit, cover):
    """Both look once a second, `wait` for what `main` says: it must look after it, and be there before an agent or a gate is."""
    templates = submit(settings=CompileSettings(cover_exchange=cover)).workflow["spec"]["templates"]
    pods = [each for each in templates if "container" in each]
    assert {each["name"] for each in pods} >= {"polecat", "merge"}
    for pod in pods:
        order = json.loads(pod["podSpecPatch"])["$setElementOrder/containers"]
        beside = [each["name"] for each in pod.get("sidecars", ())]
        assert [each["name"] for each in order] == ["main", "wait", *beside]
