"""What an apiserver's refusal means for whoever asked, as an error of the adapter."""

from adapter.errors import AdapterError, Conflicted, Denied, Exists, Expired, Missing, Unreachable
from apiserver.transport import Errors, Refusal

_BUSY = 429
_GONE = 410


def refused(found: Refusal) -> AdapterError:
    """The error by what the caller does next."""
    text = str(found)
    if found.status == 404:
        return Missing(text)
    # A patch that names the uid of an earlier object would change an immutable field, so the apiserver calls it invalid.
    if found.status == 409 or "metadata.uid" in found.fields:
        return Exists(text) if found.reason == "AlreadyExists" else Conflicted(text)
    if found.status == _GONE:
        return Expired(text)
    if found.status in (401, _BUSY) or found.status >= 500:
        return Unreachable(text)
    return Denied(text)


ERRORS = Errors(refused=refused, unreachable=Unreachable)
