"""Refusals, in the words of a real apiserver."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any


@dataclasses.dataclass
class Refused(Exception):
    """A request that is answered with a Status of kind Failure."""

    code: int
    reason: str
    message: str
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def status(self) -> dict[str, Any]:
        """The answer's body."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": dict(self.details),
            "code": self.code,
        }


def bad_request(message: str) -> Refused:
    """The request makes no sense."""
    return Refused(400, "BadRequest", message)


def not_found(what: str, name: str) -> Refused:
    """`what` is a resource with its group, as `convoys.gastown.gastown.io`."""
    return Refused(404, "NotFound", f'{what} "{name}" not found', {"name": name, "kind": what})


def already_exists(what: str, name: str) -> Refused:
    """The name is taken."""
    return Refused(409, "AlreadyExists", f'{what} "{name}" already exists', {"name": name, "kind": what})


def changed_meanwhile(what: str, name: str) -> Refused:
    """The resourceVersion of the request is not the object's."""
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return _conflict(what, name, why)


def other_version(what: str, name: str, *, wanted: str, found: str) -> Refused:
    """A precondition of a deletion names another resourceVersion."""
    why = f"the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record ({found}). The object might have been modified"
    return _conflict(what, name, why)


def other_uid(what: str, name: str, *, wanted: str, found: str) -> Refused:
    """Another object has this name now."""
    return _conflict(
        what, name, f"Precondition failed: UID in precondition: {wanted}, UID in object meta: {found}"
    )


def changed_uid(what: str, name: str, *, wanted: str) -> Refused:
    """A patch would give the object another uid."""
    problem = f'metadata.uid: Invalid value: "{wanted}": field is immutable'
    cause = {"reason": "FieldValueInvalid", "message": problem, "field": "metadata.uid"}
    return Refused(
        422, "Invalid", f'{what} "{name}" is invalid: {problem}', {"name": name, "causes": [cause]}
    )


def owned_by_others(conflicts: Mapping[str, Iterable[str]]) -> Refused:
    """An apply without force, of fields that others own: by manager, the fields."""
    causes = [
        {"reason": "FieldManagerConflict", "message": f'conflict with "{manager}"', "field": field}
        for manager, fields in sorted(conflicts.items())
        for field in sorted(fields)
    ]
    count = f"{len(causes)} conflict{'s' if len(causes) != 1 else ''}"
    message = f"Apply failed with {count}: {', '.join(each['message'] for each in causes)}"
    return Refused(409, "Conflict", message, {"causes": causes})


def invalid(what: str, name: str, problems: Iterable[str]) -> Refused:
    """The definition does not allow it."""
    return Refused(422, "Invalid", f'{what} "{name}" is invalid: {"; ".join(problems)}', {"name": name})


def expired(message: str) -> Refused:
    """The version that the request goes on from is forgotten."""
    return Refused(410, "Expired", message)


def _conflict(what: str, name: str, why: str) -> Refused:
    message = f'Operation cannot be fulfilled on {what} "{name}": {why}'
    return Refused(409, "Conflict", message, {"name": name, "kind": what})
