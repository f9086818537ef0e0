"""The order of the tests, what takes long first, or the last of them would keep one core busy alone; and where they lay their files."""

import gc
import os
import shutil
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from ondisk import forker

gc.disable()  # until all is imported and collected, which makes much and drops little

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
"""A machine with much else to do is no fault of what is tested."""

MEMORY = Path("/dev/shm")  # noqa: S108 - a place for pytest's own folders, which are nobody else's
ROOM = 2 << 30
"""Bytes. A run writes a tenth of it, in some hundred thousand files of git."""

if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_configure(config: pytest.Config) -> None:
    """One process forks our programs for all of pytest's: what it loads is loaded once."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        stack = ExitStack()
        stack.enter_context(forker())
        config.add_cleanup(stack.close)


def pytest_collection_finish() -> None:
    """Thousands of tests stay in memory to the end: looking through them for garbage again and again costs a tenth of the time."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """After everybody's shuffling; among the slow and among the quick the order stays."""
    yield
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
