"""A real Gitea, one a session, and a repository of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.gitea import Gitea, gitea
from harness.place import Place, new_place
from harness.skipping import have


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A first build takes minutes."""
    for item in items:
        item.add_marker(pytest.mark.forge)
        item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gitea]:
    """The Gitea."""
    have("gitea")
    with gitea(tmp_path_factory.mktemp("gitea") / "work") as running:
        yield running


@pytest.fixture
def place(site: Gitea, tmp_path: Path) -> Place:
    """A public repository."""
    return new_place(site, tmp_path)
