"""The small forge, and towns with a rig on it."""

import pytest
from smallgitea import Clock, SmallGitea
from towns import Town


@pytest.fixture
def clock():
    """Time."""
    return Clock()


@pytest.fixture
def forge(clock):
    """The small forge."""
    return SmallGitea(clock)


@pytest.fixture
def make(tmp_path, forge, clock):
    """Make a town with a rig."""

    def made(**spec):
        return Town(tmp_path, forge, clock, **spec)

    return made


@pytest.fixture
def town(make):
    """A town with a rig that listens to a label and a command."""
    return make()


@pytest.fixture(scope="session")
def fresh():
    """Make a town with a clock of its own, on a small forge of its own or on the given one."""

    def made(root, on=None, **spec):
        clock = Clock()
        return Town(root, on or SmallGitea(clock), clock, **spec)

    return made
