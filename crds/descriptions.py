"""The sentence below each field, read from the source, so that it stands once and `kubectl explain` prints
it.

pydantic can do this by itself (`use_attribute_docstrings`), but at every start of every program: measured 45
of 80 ms of importing this package. Only the generator needs it.
"""

import ast
import functools
import inspect
import sys
from itertools import pairwise

from crds.wire import Wire


def descriptions(model: type[Wire]) -> dict[str, str]:
    """The docstring of each attribute of a model, inherited ones too."""
    found: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if issubclass(owner, Wire):
            found |= _attributes(owner.__module__).get(owner.__name__, {})
    return found


@functools.cache
def _attributes(module: str) -> dict[str, dict[str, str]]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: dict(_documented(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _documented(owner: ast.ClassDef) -> list[tuple[str, str]]:
    return [
        (attribute.target.id, " ".join(below.value.value.split()))
        for attribute, below in pairwise(owner.body)
        if isinstance(attribute, ast.AnnAssign)
        and isinstance(attribute.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    ]
