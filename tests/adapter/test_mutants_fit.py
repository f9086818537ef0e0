"""`make mutants` breaks lines that are there: one that was rewritten since would end it with nothing tested."""

import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ADAPTER = HERE.parents[1] / "adapter"


def _mutants():
    spec = importlib.util.spec_from_file_location("mutants", HERE / "mutants.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MUTANTS


@pytest.mark.parametrize("mutant", _mutants(), ids=lambda each: each.name)
def test_a_mutant_finds_its_line_and_its_test(mutant):
    """The line once, and a test of that name."""
    file, _, name = mutant.test.partition("::")
    assert 1 == (ADAPTER / mutant.file).read_text().count(mutant.old)
    assert f"def {name}" in (HERE / file).read_text()
