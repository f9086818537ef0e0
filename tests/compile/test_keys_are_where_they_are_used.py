"""A volume that not all may see is mounted by the container that uses it, and by no other."""

import pytest

from workflows.compile import CompileSettings

KEY = {"name": "merges", "key": "ssh-privatekey"}


def containers(template):
    """All containers of a pod, by name."""
    found = [*template.get("initContainers", ()), *template.get("sidecars", ())]
    return {each["name"]: each for each in found} | {"main": template["container"]}


def test_only_the_container_that_pushes_has_the_signing_key(submit):
    """No agent, courier or gate shares a pod's volume with it, and no polecat's pod has it at all."""
    rig = {"commits": {"signingKeySecretRef": KEY}, "gates": [{"name": "unit", "command": "true"}]}
    templates = submit(rig=rig).templates
    merge = containers(templates["merge"])
    holders = [
        name for name, each in merge.items() if "signing-key" in {at["name"] for at in each["volumeMounts"]}
    ]
    assert holders == ["main"]
    told = {each["name"]: each.get("value") for each in merge["main"]["env"]}
    assert told["GASTOWN_SIGNING_KEY"] == "/signing-key/ssh-privatekey"
    assert "signing-key" not in {each["name"] for each in templates["polecat"]["volumes"]}


def test_an_agents_settings_are_seen_by_the_agent_alone(submit):
    """A ConfigMap of files; whoever may write it decides what the agent does, and nothing about the containers with a key."""
    templates = submit(agentConfig={"configMapRef": {"name": "house-rules"}}).templates
    found = {
        name: [at["mountPath"] for at in each["volumeMounts"] if at["name"] == "agent-files"]
        for name, each in containers(templates["polecat"]).items()
    }
    assert found == {"git-init": [], "claude": ["/agent-files"], "courier": [], "main": []}
    (volume,) = (each for each in templates["polecat"]["volumes"] if each["name"] == "agent-files")
    assert volume["configMap"] == {"name": "house-rules"}
    assert {"name": "GASTOWN_AGENT_FILES", "value": "/agent-files"} in containers(templates["polecat"])[
        "claude"
    ]["env"]


@pytest.mark.parametrize(
    ("rig", "image", "login"),
    [
        pytest.param(
            {"claudeCredentials": {"secretRef": {"name": "max"}}}, "", "max", id="claudeCredentials"
        ),
        pytest.param({"claudeCredsSecretRef": {"name": "max"}}, "", "max", id="claudeCredsSecretRef"),
        pytest.param({"backend": {"kubernetes": {"image": "house:2"}}}, "house:2", "", id="backend"),
        pytest.param(
            {"backend": {"kubernetes": {"image": "house:2"}}, "agentConfig": {"image": "own:1"}},
            "own:1",
            "",
            id="its own image",
        ),
    ],
)
def test_what_a_rig_says_in_other_words_counts(submit, rig, image, login):
    """The places in which manifests after gastown-operator's design have log-in and image."""
    usual = CompileSettings()
    templates = submit(rig=rig).templates
    (volume,) = (each for each in templates["polecat"]["volumes"] if each["name"] == "model-creds")
    (source,) = volume["projected"]["sources"]
    assert containers(templates["polecat"])["claude"]["image"] == (image or usual.agent_image)
    assert source["secret"]["name"] == (login or usual.model_secret)


def test_what_gates_keep_is_seen_by_gates_alone(submit):
    """What agents' code can write is nothing that a container with a key reads."""
    rig = {"gateCache": {"claimName": "builds"}, "gates": [{"name": "unit", "command": "true"}]}
    merge = submit(rig=rig).templates["merge"]
    found = {
        name: [at["mountPath"] for at in each["volumeMounts"] if at["name"] == "gate-cache"]
        for name, each in containers(merge).items()
    }
    assert found == {"prepare": [], "gates": ["/gate-cache"], "main": []}
    (volume,) = (each for each in merge["volumes"] if each["name"] == "gate-cache")
    assert volume["persistentVolumeClaim"] == {"claimName": "builds"}
