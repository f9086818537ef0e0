import ast
import subprocess
import sys
from pathlib import Path

import pytest

import crds

ROOT = Path(__file__).parents[2]


def test_every_import_of_the_door_is_exported_and_nothing_else():
    """What can be reached as `crds.X` is a promise, so the list of promises is written down."""
    tree = ast.parse(Path(crds.__file__).read_text(encoding="utf-8"))
    imported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]

    assert sorted(imported) == sorted(crds.__all__)


@pytest.mark.parametrize("heavy", ["yaml", "hera", "kubernetes", "click", "workflows", "hypothesis"])
def test_importing_the_door_stays_light(heavy):
    """Each start of the command line pays for what this package imports."""
    code = f"import crds, sys; sys.exit({heavy!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_every_kind_is_known_by_its_own_name():
    """A manifest's kind finds the model that is called like it."""
    assert {name: kind.__name__ for name, kind in crds.KINDS.items()} == {
        name: name for name in ("Rig", "Polecat", "Convoy", "Refinery", "Witness", "BeadStore")
    }
