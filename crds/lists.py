"""Lists whose entries are told apart by a key: gates by name, beads by id, conditions by type.

The key makes two entries of one name an error instead of a riddle, and lets several writers apply their own
entries.
"""

import dataclasses
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


@dataclasses.dataclass(frozen=True, slots=True)
class Keyed:
    """Marks a tuple of models in its annotation. `key` is the field that tells them apart, one word on either
    side.
    """

    key: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse a second entry of the same key, as the API server does."""
        return core_schema.no_info_after_validator_function(self._distinct, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Say so in the CRD."""
        return handler(schema) | {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [self.key]}

    def _distinct(self, entries: tuple[Any, ...]) -> tuple[Any, ...]:
        seen: set[str] = set()
        for value in (getattr(entry, self.key) for entry in entries):
            if value in seen:
                message = f"has two entries with the {self.key} {value}; keep one of them"
                raise PydanticCustomError("rule", "{message}", {"message": message, "field": ""})
            seen.add(value)
        return entries
