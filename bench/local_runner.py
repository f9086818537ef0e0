"""What the town of one machine adds to a bead: 40 independent beads at width 4 with an agent that commits one file and ends.

The baseline runs the same bare git commands in shells, four at a time: clone, commit, push the branch, then squash and push to the
target one after the other. Target: less than 0.5 s a bead over the baseline.
"""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from crds import Convoy, Rig
from workflows.local.home import Home
from workflows.local.town import LocalTown

BEADS = 40
WIDTH = 4
RUNS = 3
AGENT = 'echo "$GASTOWN_BEAD" > "$GASTOWN_BEAD.txt" && git add -A && git commit -qm "Do $GASTOWN_BEAD"'
BARE = """
set -e
cd "$1"
git clone -q --depth=50 "file://$1/origin.git" "bare-$2"
cd "bare-$2"
git checkout -q -b "polecat/$2"
echo "$2" > "$2.txt"
git add -A
git commit -qm "Do $2"
git push -q origin "polecat/$2"
until mkdir "$1/lock" 2>/dev/null; do sleep 0.02; done
git fetch -q origin main
git checkout -q --detach FETCH_HEAD
git merge -q --squash "polecat/$2"
git commit -qm "Do $2"
git push -q origin HEAD:main
git push -q origin --delete "polecat/$2"
rmdir "$1/lock"
"""


def repository(root: Path) -> None:
    """A bare repository of a hundred files."""
    seed = root / "seed"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", root / "origin.git"], check=True)
    subprocess.run(["git", "init", "-q", "-b", "main", seed], check=True)
    for number in range(100):
        (seed / f"file{number}").write_text(f"{number}\n" * 100, encoding="utf-8")
    for command in ("git add -A", "git commit -qm first", f"git push -q {root}/origin.git main"):
        subprocess.run(command.split(), cwd=seed, check=True)


def bare(root: Path) -> None:
    """The same work as git commands alone."""
    (root / "bare.sh").write_text(BARE, encoding="utf-8")
    numbers = " ".join(f"b{number}" for number in range(BEADS))
    command = f"echo {numbers} | xargs -n 1 -P {WIDTH} sh {root}/bare.sh {root}"
    subprocess.run(["sh", "-c", command], check=True, capture_output=True)


def town(root: Path) -> None:
    """The same work as a convoy, from its making to its end."""
    os.environ["GASTOWN_HOME"] = str(root / "home")
    made = LocalTown(Home.of_user())
    rig = {"gitURL": str(root / "origin.git"), "beadsPrefix": "be", "baseBranch": "main"}
    made.rigs.create(Rig.model_validate({"metadata": {"name": "bench"}, "spec": rig}))
    spec = {
        "description": "d",
        "rigRef": "bench",
        "beads": [{"id": f"b{number}", "title": "t"} for number in range(BEADS)],
        "parallelism": WIDTH,
        "agent": "custom",
        "agentConfig": {"command": ["sh", "-c", AGENT]},
    }
    made.convoys.create(Convoy.model_validate({"metadata": {"name": "bench"}, "spec": spec}))
    made.convoys.start("bench")
    while (phase := made.convoys.get("bench").status.phase) not in ("Complete", "Failed"):
        time.sleep(0.1)
    if phase == "Failed":
        raise SystemExit(f"the convoy failed; its town is kept in {root}")
    made.store.close()


def seconds(work: Callable[[Path], None]) -> float:
    """Wall time of one run in a place of its own."""
    root = Path(tempfile.mkdtemp(prefix="gastown-bench-"))
    repository(root)
    begun = time.perf_counter()
    work(root)
    taken = time.perf_counter() - begun
    shutil.rmtree(root, ignore_errors=True)  # the runner may still be closing its files
    return taken


def main() -> None:
    """Run both in turn and print medians for a bead."""
    os.environ |= {
        f"GIT_{who}_{what}": "bench@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    rounds = [(seconds(bare), seconds(town)) for _ in range(RUNS)]
    plain = statistics.median(one for one, _ in rounds) / BEADS
    ours = statistics.median(other for _, other in rounds) / BEADS
    print(f"bare git   {plain:.3f} s a bead")
    print(f"town       {ours:.3f} s a bead   {ours / plain:.1f}x   overhead {ours - plain:.3f} s a bead")


if __name__ == "__main__":
    main()
