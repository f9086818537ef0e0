"""What can be wrong with a manifest, classed by what the caller does next.

CrdError
├── UnknownKindError       not one of ours: pass the manifest on, or correct apiVersion and kind
├── InvalidManifestError   the author corrects the manifest; `problems` names each field
└── RefusedChangeError     the manifest is fine, the change to the live object is not: make a new object
"""

import dataclasses


class CrdError(Exception):
    """Anything wrong with a manifest of ours."""


class UnknownKindError(CrdError):
    """The manifest is of none of the six kinds."""


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: the path of the field from the top (`spec.beads[0].id`), and in what way."""

    path: str
    message: str

    def __str__(self) -> str:
        """The problem as a clause of a sentence."""
        return f"{self.path} {self.message}" if self.path else self.message


class InvalidManifestError(CrdError):
    """The manifest breaks the schema of its kind."""

    def __init__(self, name: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{name}: {'; '.join(map(str, problems))}. Correct the manifest and apply it again")
        self.problems = problems


class RefusedChangeError(CrdError):
    """The change touches what stays as it is for the life of the object."""

    def __init__(self, name: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{name}: {'; '.join(map(str, problems))}")
        self.problems = problems
