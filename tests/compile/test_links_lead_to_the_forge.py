"""The outputs `commit` and `branch` are addresses of the rig's forge, which Argo's interface makes links of."""

import pytest

from workflows.orders import TrainOrders

SHA = "c0ffee" + "0" * 34
GITHUB = "https://github.com/town/app"
OWN = "https://git.example.com/town/app"


def _forge(kind, **more):
    return {"kind": kind, "apiURL": "https://git.example.com/api/v1", "repository": "town/app", **more}


@pytest.mark.parametrize(
    ("rig", "commit", "branch"),
    [
        ({"gitURL": "git@github.com:town/app.git"}, f"{GITHUB}/commit/{SHA}", f"{GITHUB}/tree/polecat/a%23b"),
        (
            {"gitURL": "https://gitlab.com/town/sub/app.git"},
            f"https://gitlab.com/town/sub/app/-/commit/{SHA}",
            "https://gitlab.com/town/sub/app/-/tree/polecat/a%23b",
        ),
        (
            {"gitURL": "ssh://git@bitbucket.org/town/app.git"},
            f"https://bitbucket.org/town/app/commits/{SHA}",
            "https://bitbucket.org/town/app/branch/polecat/a%23b",
        ),
        ({"forge": _forge("gitea")}, f"{OWN}/commit/{SHA}", f"{OWN}/src/branch/polecat/a%23b"),
        (
            {"forge": _forge("forgejo", webURL="https://code.example.com/")},
            f"https://code.example.com/town/app/commit/{SHA}",
            "https://code.example.com/town/app/src/branch/polecat/a%23b",
        ),
        (
            {"forge": _forge("bitbucketServer", apiURL="https://bb.example.com/rest/api/1.0")},
            f"https://bb.example.com/projects/town/repos/app/commits/{SHA}",
            "https://bb.example.com/projects/town/repos/app/browse?at=refs%2Fheads%2Fpolecat/a%23b",
        ),
        ({"gitURL": "https://git.example.com/town/app.git"}, SHA, "polecat/a#b"),
    ],
    ids=["github", "gitlab", "bitbucket", "gitea", "forgejo elsewhere", "bitbucket server", "unknown"],
)
def test_each_forge_has_its_own(submit, tmp_path, rig, commit, branch):
    """By what the rig says of its forge, else by the address of its repository; where neither tells, the bare words."""
    orders = TrainOrders.load(submit(rig=rig).mount(tmp_path))

    assert (commit, branch) == (orders.shown_commit(SHA), orders.shown_branch("polecat/a#b"))
    assert orders.shown_commit("") == ""
