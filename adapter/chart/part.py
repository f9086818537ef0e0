"""What all groups of values have in common."""

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

GROUP = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, alias_generator=to_camel)
"""Names as Helm's users write them, and none that is not known."""
