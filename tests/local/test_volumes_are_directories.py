import pytest

from workflows.local.mounts import Mounts, directories

VOLUMES = [
    {"name": "workspace", "emptyDir": {}},
    {"name": "cache", "emptyDir": {}},
    {
        "name": "tasks",
        "projected": {"sources": [{"configMap": {"name": "one"}}, {"configMap": {"name": "two"}}]},
    },
    {
        "name": "git-creds",
        "projected": {"sources": [{"secret": {"name": "key"}}, {"configMap": {"name": "one"}}]},
    },
]
FILES = {"one": {"train.json": "{}"}, "two": {"task.a.json": "ü"}}


@pytest.fixture
def made(tmp_path):
    """The directories of a pod."""
    return directories(VOLUMES, tmp_path / "pod", persistent={"cache": tmp_path / "rig"}, files=FILES.get)


def test_volumes_of_a_pod(made, tmp_path):
    """A pod's own, a persistent one, texts written out; Secrets have none, so nothing stands in for credentials."""
    assert {"workspace", "cache", "tasks"} == set(made)
    assert (tmp_path / "pod" / "workspace", tmp_path / "rig") == (made["workspace"], made["cache"])
    assert all(each.is_dir() for each in made.values())
    assert {"train.json": "{}", "task.a.json": "ü"} == {
        each.name: each.read_text(encoding="utf-8") for each in made["tasks"].iterdir()
    }


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param("/workspace", "pod/workspace", id="the mount"),
        pytest.param("/workspace/run/launch", "pod/workspace/run/launch", id="under it"),
        pytest.param("/workspace/tasks/x", "pod/tasks/x", id="the longest wins"),
    ],
)
def test_paths_lead_to_them(made, tmp_path, text, path):
    """As arguments and as variables."""
    mounts = Mounts.of(
        {
            "volumeMounts": [
                {"name": "workspace", "mountPath": "/workspace"},
                {"name": "tasks", "mountPath": "/workspace/tasks"},
            ]
        },
        made,
    )

    assert str(tmp_path / path) == mounts.translate(text)


@pytest.mark.parametrize(
    "text", ["/workspaces", "x/workspace", "workspace", "--in=/workspace", "/git-creds", ""]
)
def test_other_texts_stay(made, text):
    """Only what is a path under a mount of that container."""
    mounts = Mounts.of(
        {
            "volumeMounts": [
                {"name": "workspace", "mountPath": "/workspace"},
                {"name": "git-creds", "mountPath": "/git-creds"},
            ]
        },
        made,
    )

    assert text == mounts.translate(text)
