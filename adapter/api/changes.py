"""A merge patch as a value: what is to change in one object, decided in one place and written in another."""

import dataclasses

from adapter.objects.keys import Key
from crds import Manifest


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A merge patch for one object."""

    key: Key
    uid: str
    patch: Manifest
