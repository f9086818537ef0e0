"""What a tenant can make a cluster-scoped rig, and another namespace, do."""

import pytest

from adapter.objects.sharing import branch_refused, not_shared
from adapter.polecats.translation import as_rig, key_for
from crds import Polecat, Rig
from workflows.steps.git import address

REPOSITORY = "https://git.example.org/app.git"


def _rig(**spec):
    return Rig.model_validate(
        {
            "kind": "Rig",
            "metadata": {"name": "app"},
            "spec": {"gitURL": REPOSITORY, "beadsPrefix": "app", "gitSecretRef": {"name": "key"}} | spec,
        }
    )


def _polecat(**kubernetes):
    spec = {"rig": "app", "desiredState": "Working", "taskDescription": "x"}
    return Polecat.model_validate(
        {
            "kind": "Polecat",
            "metadata": {"name": "nux", "namespace": "team-a"},
            "spec": spec | ({"kubernetes": {"gitRepository": REPOSITORY} | kubernetes} if kubernetes else {}),
        }
    )


@pytest.mark.parametrize(
    ("allowed", "namespace", "shared"),
    [
        (None, "anybody", True),
        ([], "team-a", False),
        (["team-a"], "team-a", True),
        (["team-*"], "team-b", True),
        (["team-a"], "team-ab", False),
    ],
)
def test_a_rig_takes_work_of_the_namespaces_that_it_names(allowed, namespace, shared):
    """Absent means all, as in gastown-operator; an empty list means none."""
    problem = not_shared(_rig() if allowed is None else _rig(allowedNamespaces=allowed), namespace)
    assert shared == (problem is None)
    assert problem is None or namespace in problem.message


@pytest.mark.parametrize(
    ("spec", "namespace", "reason"),
    [
        pytest.param({}, "team-a", None, id="there"),
        pytest.param({}, "team-b", "NamespaceNotAllowed", id="elsewhere"),
        pytest.param({"allowedNamespaces": ["team-b"]}, "team-b", None, id="allowed beside it"),
        pytest.param({"backend": {"type": "local"}}, "team-a", "LocalMode", id="on somebody's machine"),
    ],
)
def test_a_backend_says_where_a_rig_is_worked(spec, namespace, reason):
    """Its namespace, unless the rig allows more; none of the cluster's where it is local."""
    problem = not_shared(_rig(**{"backend": {"kubernetes": {"namespace": "team-a"}}} | spec), namespace)
    assert reason == (problem.reason if problem else None)


@pytest.mark.parametrize(
    ("repository", "kept"),
    [
        (REPOSITORY, True),
        (REPOSITORY.removesuffix(".git"), True),
        ("https://git.example.org/other.git", False),
        ("https://evil.example.com/app.git", False),
        ("git@git.example.org:app.git", False),
    ],
)
def test_a_key_stays_with_its_repository(repository, kept):
    """A Polecat that names another repository brings its own key, or has none: the rig's would be sent to that host."""
    rig = as_rig(_polecat(gitRepository=repository), _rig())
    assert ("key" if kept else None) == (rig.spec.git_secret_ref.name if rig.spec.git_secret_ref else None)
    assert kept == address.same(repository, key_for(_polecat(gitRepository=repository), _rig()))
    mine = _polecat(gitRepository=repository, gitSecretRef={"name": "mine"})
    assert ("mine", "") == (as_rig(mine, _rig()).spec.git_secret_ref.name, key_for(mine, _rig()))


@pytest.mark.parametrize(
    ("branch", "allowed", "fine"),
    [
        ("polecat/nux", None, True),
        ("feature/a/b", None, True),
        ("main", None, False),
        ("dev", None, False),
        ("release", None, False),
        ("release", ["release"], False),
        ("team/x", None, False),
        ("team/x", ["team/*"], True),
        ("feature/x", ["team/*"], False),
        ("polecat", None, False),
    ],
)
def test_a_polecat_writes_branches_of_its_own_only(branch, allowed, fine):
    """What is pushed while the agent works passes no gate, so it never lands on a branch that others build on."""
    rig = _rig() if allowed is None else _rig(workBranches=allowed)
    problem = branch_refused(_polecat(workBranch=branch, gitBranch="dev"), rig, "release")
    assert fine == (problem is None), problem


def test_a_polecat_that_names_no_branch_is_fine():
    """Ours is made of the bead."""
    assert None is branch_refused(_polecat(), _rig(), "main")
    assert None is branch_refused(_polecat(gitBranch="main"), None, "")
