"""What a machine lacks skips a test and says so; in CI it fails."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from harness.build import build
from harness.errors import Missing


@contextmanager
def or_skip(what: str) -> Iterator[None]:
    """Skip the test where this is missing, with the reason."""
    try:
        yield
    except Missing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no {what} here: {missing}")


def have(family: str, say: Callable[[str], None] = print) -> None:
    """Build a family unless it is there; a machine without Go or a C compiler skips the test."""
    with or_skip(family):
        build((family,), say)
