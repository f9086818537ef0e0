"""Forgejo: Gitea's API, from which it parted in 2022; what differs stands here."""

from collections.abc import Mapping
from dataclasses import replace

from forges import gitea
from forges.interface import Ability, Forge
from forges.model import ForgeKind

LACKS: Mapping[Ability, str] = {
    ability: why.replace("Gitea", "Forgejo") for ability, why in gitea.LACKS.items()
}


def connect(root: str, owner: str, name: str) -> Forge:
    """The repository `owner/name` of the Forgejo whose API is at `root`."""
    return replace(gitea.connect(root, owner, name), kind=ForgeKind.FORGEJO, lacks=LACKS)
