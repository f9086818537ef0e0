"""What can go wrong between the adapter and its cluster, classed by what the caller does next.

    AdapterError
    ├── Retry            nothing is wrong with the object: try again, later each time
    │   ├── Unreachable  the apiserver doesn't answer, or asks for patience
    │   ├── Conflicted   somebody else wrote first: look again, then decide
    │   └── Expired      what was read is too old to go on from: read all of it anew
    ├── Missing          the object is not there
    ├── Exists           the name is taken; whether by our own earlier try, the caller finds out
    └── Denied           the apiserver will say the same again: tell people, and wait for a change

Every message names the request and what the apiserver said.
"""


class AdapterError(Exception):
    """Root of the errors of `adapter`."""


class Retry(AdapterError):
    """Nothing is wrong with the object itself; the same again may succeed."""


class Unreachable(Retry):
    """The apiserver can't be reached, is overloaded, or failed inside."""


class Conflicted(Retry):
    """The object is no longer the one that was looked at."""


class Expired(Retry):
    """The apiserver has forgotten the version that was to be gone on from."""


class Missing(AdapterError):
    """There is no such object."""


class Exists(AdapterError):
    """An object of this name is there already."""


class Denied(AdapterError):
    """The request is wrong or not allowed."""
