"""What all groups of values have in common."""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

GROUP = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, alias_generator=to_camel)
"""Names as Helm's users write them, and none that is not known."""

Named = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length=253)]
"""The name of an object of Kubernetes."""

NamedOrNot = Annotated[str, Field(pattern=r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$", max_length=253)]
"""The same, or empty."""

Namespace = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
"""The name of a namespace."""
