"""Fixtures that several folders of tests have, each with modules of its own."""

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ondisk.programs import Programs


def forking(*modules: str, warm: bool = False) -> object:
    """The fixture `programs`: runs programs of ours as forks that have these modules loaded; with `warm`, also what they start."""

    @pytest.fixture(scope="session", name="programs")
    def programs() -> Iterator[Programs]:
        with Programs(*modules, warm=warm) as running:
            yield running

    return programs


def once(factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], object]) -> Path:
    """A folder that the first of pytest's processes fills, and the others find as it is."""
    shared = factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    folder, done = shared / name, shared / f"{name}.done"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            folder.mkdir(exist_ok=True)
            fill(folder)
            done.touch()
    return folder
