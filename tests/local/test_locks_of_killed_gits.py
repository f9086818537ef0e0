"""Git never removes the lock files of a git that was killed; a town on one machine kills gits, and must go on."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from crds import Rig
from workflows.local.repositories.inspection import committed_beads

AGENT = 'echo x > "$GASTOWN_BEAD" && git add -A && git commit -qm x'


@pytest.mark.parametrize(
    ("lock", "age"),
    [
        ("refs/heads/main.lock", 60),
        ("packed-refs.lock", 60),
        pytest.param("refs/heads/polecat/a.lock", -3600, id="before the clock was set back"),
    ],
)
def test_a_stale_lock_in_the_repository_is_removed(town, lock, age):
    """Left by the receiving end of a push that died with its town."""
    file = town.origin / lock
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    os.utime(file, (time.time() - age,) * 2)

    assert "Complete" == town.convoy({"a": []}, AGENT).wait().phase, town.ends()

    assert ["a"] == town.merged()
    assert not file.exists()


def test_a_fresh_lock_is_waited_for(town):
    """It may be another's push."""
    file = town.origin / "refs" / "heads" / "main.lock"
    file.touch()
    town.convoy({"a": []}, AGENT)
    town.until(town.queue)

    assert file.exists()
    file.unlink()

    assert "Complete" == town.wait().phase


def test_a_broken_copy_of_the_beads_is_made_anew(town):
    """It is a cache."""
    town.seed.joinpath(".beads").mkdir()
    town.commit(".beads/issues.jsonl", '{"id": "ap-1"}\n')
    rig = {"gitURL": f"file://{town.origin}", "beadsPrefix": "ap"}
    town.local.rigs.create(Rig.model_validate({"metadata": {"name": "app"}, "spec": rig}))
    assert ["ap-1"] == list(town.local.rigs.beads("app"))
    (town.home.cache("app") / "beads.git" / "shallow.lock").touch()
    town.commit("more", "x\n")

    assert ["ap-1"] == list(town.local.rigs.beads("app"))


def test_many_may_read_the_beads_at_once(town, tmp_path):
    """Two commands of one user share the copy: neither finds it half made, or removed by the other."""
    town.seed.joinpath(".beads").mkdir()
    town.commit(".beads/issues.jsonl", '{"id": "ap-1"}\n')
    (tmp_path / "cache" / "beads.git").mkdir(parents=True)

    def read(_):
        return list(
            committed_beads(str(town.origin), "main", ".beads/issues.jsonl", cache=tmp_path / "cache")
        )

    with ThreadPoolExecutor(8) as readers:
        assert [["ap-1"]] * 16 == list(readers.map(read, range(16)))
