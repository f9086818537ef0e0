"""A volume that not all may see is mounted by the container that uses it, and by no other."""

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
