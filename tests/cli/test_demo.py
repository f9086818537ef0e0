import os
import re

import pytest


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_the_demo_runs_through_and_over_an_older_one(gastown):
    """Eight beads, a retry and a conflict become eight commits, by commands that anybody can type."""
    ran = gastown(
        "demo", "--directory", "play", environ={"GASTOWN_LOCAL": "", "PATH": os.defpath}, deadline=280
    )
    assert 0 == ran.code, ran.err
    assert ["rig create", "convoy create", "convoy graph"] == re.findall(
        r"^\$ gastown (\w+ \w+)", ran.out, re.MULTILINE
    )
    assert "Complete, 8/8" in ran.out
    assert "is tried again after" in ran.out
    assert "resolves a conflict" in ran.out
    origin = gastown.root / "play" / "citadel.git"
    subjects = gastown.git("log", "--format=%s", "main", cwd=origin).splitlines()
    assert 9 == len(subjects)
    road = gastown.git("show", "main:road.txt", cwd=origin).splitlines()
    assert {"Fury Road", "Thunder Road"} == set(road)
    assert "gastown sling --text" in ran.out
    assert "`gastown` is not on your PATH; for this shell: export PATH=" in ran.out


def test_a_directory_with_anything_else_is_left_alone(gastown):
    """The demo clears only what a demo made."""
    (gastown.root / "mine").mkdir()
    (gastown.root / "mine" / "thesis.tex").write_text("years of work")
    ran = gastown("demo", "--directory", "mine")
    assert 3 == ran.code
    assert "it holds something that is no demo" in ran.error
    assert ["thesis.tex"] == [each.name for each in (gastown.root / "mine").iterdir()]
