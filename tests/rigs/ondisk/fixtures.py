"""Fixtures that several folders of tests have, each with modules of its own."""

from collections.abc import Iterator

import pytest

from ondisk.programs import Programs


def forking(*modules: str) -> object:
    """The fixture `programs`: runs programs of ours as forks that have these modules loaded."""

    @pytest.fixture(scope="session", name="programs")
    def programs() -> Iterator[Programs]:
        with Programs(*modules) as running:
            yield running

    return programs
