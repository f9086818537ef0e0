"""What Argo gets for one small convoy, committed to be read.

After a change that is meant, write it anew and read the difference: `REGENERATE=1 pytest tests/compile/test_golden_convoy.py`.
"""

import os
from pathlib import Path

import yaml

GOLDEN = Path(__file__).parent / "golden" / "diamond.yaml"


def test_the_compiled_convoy_is_as_committed(submit):
    """A diamond of four beads with gates: the Workflow and its ConfigMaps."""
    edges = {"ap-1": [], "ap-2": ["ap-1"], "ap-3": ["ap-1"], "ap-4": ["ap-2", "ap-3"]}
    compiled = submit(edges, refinery={"gates": [{"name": "test", "command": "make test"}]}).trains[0]

    text = yaml.safe_dump_all([*compiled.config_maps, compiled.workflow], sort_keys=False, width=110)

    if os.environ.get("REGENERATE"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert GOLDEN.read_text(encoding="utf-8") == text
