import pytest

from workflows.local.processes.mounts import Mounts, Volumes

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
def volumes(tmp_path):
    """The volumes of a Workflow."""
    return Volumes(
        tmp_path / "all", persistent={"cache": tmp_path / "rig"}, secrets=tmp_path / "kept", files=FILES.get
    )


@pytest.fixture
def made(volumes, tmp_path):
    """The directories of a pod."""
    return volumes.of_pod(VOLUMES, tmp_path / "pod")


def test_volumes_of_a_pod(made, tmp_path):
    """A pod's own, a persistent one, texts written out; Secrets have none, so nothing stands in for credentials."""
    assert {"workspace", "cache", "tasks"} == set(made)
    assert (tmp_path / "pod" / "workspace", tmp_path / "rig") == (made["workspace"], made["cache"])
    assert all(each.is_dir() for each in made.values())
    assert {"train.json": "{}", "task.a.json": "ü"} == {
        each.name: each.read_text(encoding="utf-8") for each in made["tasks"].iterdir()
    }


def test_a_secret_that_the_user_keeps_is_its_directory(volumes, tmp_path):
    """As `rig connect` keeps the token of a forge; another one's name leads nowhere."""
    (tmp_path / "kept" / "app-forge").mkdir(parents=True)
    secrets = [
        {"name": name, "projected": {"sources": [{"secret": {"name": name, "optional": True}}]}}
        for name in ("app-forge", "git-creds")
    ]
    assert {"app-forge": tmp_path / "kept" / "app-forge"} == volumes.of_pod(secrets, tmp_path / "pod")


def test_texts_are_written_once_for_all_pods(volumes, made, tmp_path):
    """A pod that comes later finds them, and they go when all pods have ended."""
    tasks = made["tasks"] / "train.json"
    tasks.write_text("as it was")
    assert made["tasks"] == volumes.of_pod(VOLUMES, tmp_path / "other")["tasks"]
    assert "as it was" == tasks.read_text()
    volumes.remove()
    assert not tasks.exists()
    assert "{}" == (volumes.of_pod(VOLUMES, tmp_path / "last")["tasks"] / "train.json").read_text()


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param("/workspace", "pod/workspace", id="the mount"),
        pytest.param("/workspace/run/launch", "pod/workspace/run/launch", id="under it"),
        pytest.param("/workspace/tasks/x", "all/0/x", id="the longest wins"),
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
