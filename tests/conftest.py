"""The order of the tests: what takes long starts first, or the last of them would keep one core busy alone."""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """After everybody's shuffling; among the slow and among the quick the order stays."""
    yield
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
