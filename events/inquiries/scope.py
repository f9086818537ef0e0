"""What an inquiry is about: the repository, who we are there, and since when."""

import datetime
from dataclasses import dataclass

from crds import Rig
from forges.interface import Forge
from forges.model import Account, RepositoryId


@dataclass(frozen=True, slots=True)
class Scope:
    """One rig on its forge."""

    rig: Rig
    forge: Forge
    repository: RepositoryId
    me: Account
    since: datetime.datetime
    """What happened before is too old to sling."""


SLACK = datetime.timedelta(seconds=1)
"""Forges keep whole seconds: what is written a moment later may bear a later one."""
