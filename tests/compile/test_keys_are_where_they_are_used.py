"""A key is mounted by the container that uses it, and by no other."""

KEY = {"name": "merges", "key": "ssh-privatekey"}


def containers(template):
    """All containers of a pod, by name."""
    found = [*template.get("initContainers", ()), *template.get("sidecars", ())]
    return {each["name"]: each for each in found} | {"main": template["container"]}


def test_only_the_container_that_pushes_has_the_signing_key(submit):
    """No agent, courier or gate shares a pod's volume with it, and no polecat's pod has it at all."""
    rig = {"commits": {"signingKeySecretRef": KEY}, "gates": [{"name": "unit", "command": "true"}]}
    spec = submit(rig=rig).trains[0].workflow["spec"]
    templates = {each["name"]: each for each in spec["templates"]}
    merge = containers(templates["merge"])
    holders = [
        name for name, each in merge.items() if "signing-key" in {at["name"] for at in each["volumeMounts"]}
    ]
    assert holders == ["main"]
    told = {each["name"]: each.get("value") for each in merge["main"]["env"]}
    assert told["GASTOWN_SIGNING_KEY"] == "/signing-key/ssh-privatekey"
    assert "signing-key" not in {each["name"] for each in templates["polecat"]["volumes"]}
