"""Where a rig's forge shows commits and branches to people: addresses that Argo's interface makes links of."""

from typing import NamedTuple
from urllib.parse import urlsplit

from crds import Rig
from forges.model import ForgeKind
from forges.registry import ROWS, by_git_address

_FORMS = {
    ForgeKind.GITHUB: ("commit/{}", "tree/{}"),
    ForgeKind.GITLAB: ("-/commit/{}", "-/tree/{}"),
    ForgeKind.GITEA: ("commit/{}", "src/branch/{}"),
    ForgeKind.FORGEJO: ("commit/{}", "src/branch/{}"),
    ForgeKind.BITBUCKET: ("commits/{}", "branch/{}"),
    ForgeKind.BITBUCKET_SERVER: ("commits/{}", "browse?at=refs%2Fheads%2F{}"),
}


class Pages(NamedTuple):
    """Addresses with `{}` for the commit or the branch; empty where the forge is not known."""

    commit: str = ""
    branch: str = ""


def pages(rig: Rig) -> Pages:
    """By what the rig says of its forge, else by the repository's address where that is on a public forge."""
    forge = rig.spec.forge
    if forge is None:
        found = by_git_address(rig.spec.git_url)
        if found is None:
            return Pages()
        kind, repository = found.kind, found.repository
        site = found.api or f"https://{ROWS[kind].hosts[0]}"
    else:
        kind, repository = ForgeKind(forge.kind), forge.repository
        site = forge.web_url or _site(kind, forge.api_url)
    commit, branch = _FORMS[kind]
    root = f"{site.rstrip('/')}/{_path(kind, repository)}"
    return Pages(f"{root}/{commit}", f"{root}/{branch}")


def _site(kind: ForgeKind, api: str) -> str:
    """The address for people that goes with that of an API."""
    row = ROWS[kind]
    if not api or api.rstrip("/") == row.site or urlsplit(api).hostname in row.hosts:
        return f"https://{row.hosts[0]}"
    return api.rstrip("/").removesuffix(row.path)


def _path(kind: ForgeKind, repository: str) -> str:
    plain = repository.strip("/").removesuffix(".git")
    if kind is not ForgeKind.BITBUCKET_SERVER:
        return plain
    project, _, name = plain.partition("/")
    return f"projects/{project}/repos/{name}"
