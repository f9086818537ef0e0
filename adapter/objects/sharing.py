"""What a rig lets others do with it: which namespaces sling at it, and which branches polecats write."""

from adapter.objects.conditions import Problem
from crds import Polecat, Rig
from workflows.globs import matches_any
from workflows.refs import WORK_BRANCHES

NOT_ALLOWED = "NamespaceNotAllowed"


def not_shared(rig: Rig, namespace: str) -> Problem | None:
    """Why work of a namespace is not done on a rig; None where it is."""
    name, own, allowed = rig.metadata.name, rig.spec.pods.namespace, rig.spec.allowed_namespaces or ()
    if rig.spec.backend and rig.spec.backend.type == "local":
        return Problem(
            "LocalMode",
            f"rig {name} is worked on the machine of whoever slings: set its backend.type to kubernetes, or sling with --local",
        )
    if namespace == own or matches_any(namespace, allowed):
        return None
    if own:
        return Problem(
            NOT_ALLOWED,
            f"rig {name} is worked in namespace {own}, as its backend says; sling there, or add {namespace} to its allowedNamespaces",
        )
    if rig.spec.allowed_namespaces is None:
        return None
    return Problem(
        NOT_ALLOWED,
        f"rig {name} takes no work of namespace {namespace}; its owner adds it to allowedNamespaces",
    )


def speaks_of(rig: Rig | None, namespace: str) -> bool:
    """Whether what stands in a namespace counts where others read of a rig: there, anybody may write that its work is done or stuck."""
    problem = not_shared(rig, namespace) if rig else None
    return problem is None or problem.reason != NOT_ALLOWED


def branch_refused(polecat: Polecat, rig: Rig | None, target: str) -> Problem | None:
    """Why a Polecat may not write the branch that it names; None where it may, or names none. `target` is its refinery's."""
    kubernetes = polecat.spec.kubernetes
    branch = kubernetes.work_branch if kubernetes else None
    if not kubernetes or not branch:
        return None
    if branch in {kubernetes.git_branch, rig.spec.base_branch if rig else "", target}:
        return Problem(
            "BranchNotAllowed",
            f"spec.kubernetes.workBranch {branch} is a branch that work is merged into; name another, such as polecat/{branch}",
        )
    allowed = (rig.spec.work_branches if rig else None) or WORK_BRANCHES
    if matches_any(branch, allowed):
        return None
    where = f"; the owner of rig {rig.metadata.name} may add it to workBranches" if rig else ""
    return Problem(
        "BranchNotAllowed",
        f"spec.kubernetes.workBranch {branch} is none of {', '.join(allowed)}; name one of these{where}",
    )
