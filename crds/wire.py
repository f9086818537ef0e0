"""How a model becomes JSON on the wire: camelCase names, nothing unknown, nothing null.

Python names a field `git_url`, Kubernetes `gitURL`; this is the one place that knows both. Without it each
kind would spell its own aliases, and a typing error in a manifest would be dropped in silence instead of
refused.
"""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from crds.rules import Change, Rule

Manifest = dict[str, Any]
"""A Kubernetes object as parsed from YAML or JSON."""

_ACRONYMS = {"id": "ID", "ttl": "TTL", "url": "URL", "usd": "USD"}


def wire_name(name: str) -> str:
    """The camelCase name of a Python attribute, acronyms in capitals as Kubernetes writes them: `bead_id` is
    `beadID`.
    """
    first, *rest = name.split("_")
    return first + "".join(_ACRONYMS.get(part, part.capitalize()) for part in rest)


class Wire(BaseModel):
    """Any object below a spec: frozen, and a field that is not declared is an error that names it."""

    model_config = ConfigDict(
        alias_generator=wire_name,
        validate_by_alias=True,
        validate_by_name=True,
        extra="forbid",
        frozen=True,
        defer_build=True,
    )

    rules: ClassVar[tuple[Rule | Change, ...]] = ()
    """What must hold between fields; the same table makes the CEL of the CRD and the check below."""

    def dump(self) -> Manifest:
        """This part as it stands in YAML: camelCase, only what was given, no nulls and no defaults."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)

    @model_validator(mode="after")
    def _obeys_rules(self) -> Self:
        for rule in self.rules:
            if isinstance(rule, Rule) and not rule.holds(self):
                raise PydanticCustomError("rule", "{message}", {"message": rule.message, "field": rule.field})
        return self


class Observed(Wire):
    """Any object below a status: fields of a newer writer are passed over, so that an older reader goes on
    working.
    """

    model_config = ConfigDict(extra="ignore")
