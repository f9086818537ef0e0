"""The merge queue: one batch against one bead at a time, and a long queue on a long history.

Twenty beads behind a gate of three seconds, published and their steps started together as the pods of a convoy are, beside beads each published
and merged before the next; then
500 queued branches on 50,000 commits, listed and made into a batch of twenty.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from workflows import refs
from workflows.entries import Entry
from workflows.orders import TRAIN_FILE, AgentOrders, Gate, TaskOrders, TrainOrders, task_file
from workflows.refinery.job import Job
from workflows.refinery.queue.marks import Ask
from workflows.refinery.queue.order import in_order
from workflows.steps.git.command import Git
from workflows.steps.pod.environment import Pod

BEADS, GATE, ALONE = 20, 3, 4
COMMITS, QUEUED = 50_000, 500


class Town:
    """A repository with published beads, and the steps that merge them."""

    def __init__(self, root: Path, *, gate: str = "") -> None:
        self.root = root
        self.origin = root / "origin.git"
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
        self.environ |= {
            f"GIT_{who}_{what}": "x@example.org"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        gates = (Gate("slow", gate),) if gate else ()
        self.train = TrainOrders(
            convoy="cv",
            rig="rig",
            repository=f"file://{self.origin}",
            base="main",
            target="main",
            created="2026-01-01T00:00:00Z",
            agent=AgentOrders(name="fake", command=("true",)),
            gates=gates,
            batch=BEADS,
        )
        (root / "tasks").mkdir(parents=True)
        (root / "tasks" / TRAIN_FILE).write_text(self.train.dump())
        self.git("init", "-q", "--bare", "-b", "main", self.origin, cwd=root)

    def git(self, *words: object, cwd: Path | None = None, text: str = "") -> str:
        """Run git as a person."""
        done = subprocess.run(
            ("git", *map(str, words)),
            cwd=cwd or self.origin,
            env=self.environ,
            input=text,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def fill(self, commits: int, beads: int) -> None:
        """A history, and beads that branch off from its end, each with a file of its own; `publish` puts them into the queue."""
        lines = []
        for number in range(1, commits + 1):
            lines.append(
                f"commit refs/heads/main\nmark :{number}\ncommitter x <x@example.org> {1_700_000_000 + number} +0000"
            )
            lines.append(
                f"data 1\nx\nM 100644 inline d{number % 50}/f{number % 500}\ndata {len(str(number))}\n{number}"
            )
        for bead in range(beads):
            lines.append(
                f"commit refs/heads/polecat/app-{bead}\ncommitter x <x@example.org> 1780000000 +0000\ndata 1\nx"
            )
            lines.append(f"from :{commits}\nM 100644 inline bead-{bead}\ndata 1\nx")
        self.git("fast-import", "--quiet", text="\n".join(lines) + "\n")

    def publish(self, *numbers: int) -> None:
        """The orders of these beads, and their entries in the queue."""
        heads = dict(
            line.split()
            for line in self.git(
                "for-each-ref", "--format=%(refname:lstrip=3) %(objectname)", "refs/heads/polecat"
            ).splitlines()
        )
        tags = {}
        for number in numbers:
            bead = f"app-{number}"
            task = TaskOrders(bead, bead, f"Do {bead}", "", f"polecat/{bead}", "max", number % 5)
            (self.root / "tasks" / task_file(bead)).write_text(task.dump())
            entry = Entry.of(self.train, task, published=int(time.time()), rounds=0, retries=0)
            tags[refs.queue("main", bead)] = (heads[bead], entry.dump())
        self._tags(tags)

    def ask(self, beads: int) -> None:
        """The steps of so many beads wait."""
        head, now = self.git("rev-parse", "main"), int(time.time())
        asks = (Ask(f"app-{number}", "cv", now) for number in range(beads))
        self._tags({refs.ask("main", ask.bead): (head, ask.dump()) for ask in asks})

    def _tags(self, tags: "dict[str, tuple[str, str]]") -> None:
        """Write annotated tags, all in two processes."""
        place = self.root / "tags"
        place.mkdir(exist_ok=True)
        files = []
        for number, (ref, (sha, text)) in enumerate(tags.items()):
            name = ref.removeprefix("refs/")
            files.append(place / str(number))
            files[-1].write_text(
                f"object {sha}\ntype commit\ntag {name}\ntagger x <x@example.org> 1 +0000\n\n{text}\n"
            )
        paths = "".join(f"{each}\n" for each in files)
        made = self.git("hash-object", "-t", "tag", "-w", "--stdin-paths", text=paths).split()
        lines = "".join(f"create {ref} {sha}\n" for ref, sha in zip(tags, made, strict=True))
        self.git("update-ref", "--stdin", text=lines)

    def pod(self, bead: str) -> dict[str, str]:
        """What the containers of a bead's merge are told."""
        workspace = self.root / "work" / bead
        workspace.mkdir(parents=True, exist_ok=True)
        told = {
            "GASTOWN_BEAD": bead,
            "GASTOWN_TASKS": str(self.root / "tasks"),
            "GASTOWN_WORKSPACE": str(workspace),
        }
        return {**self.environ, **told, "PYTHONPATH": str(Path(__file__).parents[1])}

    def merge(self, bead: str) -> "subprocess.Popen[bytes]":
        """Start a merge pod: prepare, then the gates beside the push."""
        step = f"{sys.executable} -m workflows.steps"
        line = f"{step} merge prepare && {{ {step} merge gates & {step} merge push; }}"
        return subprocess.Popen(
            ("sh", "-c", line), env=self.pod(bead), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


def batch_against_one_by_one(root: Path) -> None:
    """Wall clock and runs of the gate, both ways."""
    figures = {}
    for way, beads in (("together", BEADS), ("one by one", ALONE)):
        runs = root / f"runs of {way.replace(' ', '-')}"
        town = Town(root / way.replace(" ", "-"), gate=f"echo run >> '{runs}'; sleep {GATE}")
        town.fill(10, beads)
        began = time.monotonic()
        started = []
        if way == "together":
            town.publish(*range(beads))
        for number in range(beads):
            if way != "together":
                town.publish(number)
            started.append(town.merge(f"app-{number}"))
            if way != "together":
                started[-1].wait()
        for each in started:
            each.wait()
        wall = time.monotonic() - began
        landed = int(town.git("rev-list", "--count", "main")) - 10
        figures[way] = wall / beads
        ran = len(runs.read_text().split())
        print(
            f"{way:>10}: {landed} of {beads} beads landed in {wall:.1f} s, {ran} runs of a gate of {GATE} s"
        )
    ratio = figures["one by one"] / figures["together"]
    print(
        f"a bead costs {figures['together']:.2f} s together and {figures['one by one']:.2f} s alone: {ratio:.1f} x"
    )


def long_queue(root: Path) -> None:
    """How long a long queue takes to list, and a batch of it to build."""
    town = Town(root / "long")
    town.fill(COMMITS, QUEUED)
    town.publish(*range(QUEUED))
    town.ask(BEADS)
    environ = town.pod("app-0")
    pod = Pod.of(environ)
    job = Job.of(pod, *pod.orders(), Git.of(environ), root / "store.git")
    began = time.monotonic()
    snapshot = job.store.refresh()
    fetched = time.monotonic()
    again = job.store.refresh()
    listed = in_order(again.queue, time.time())
    done = time.monotonic()
    plan = job.plan(again, time.time())
    job.trial(plan, environ)
    built = time.monotonic()
    print(
        f"{len(listed)} of {QUEUED} queued branches on {COMMITS} commits: first fetched in {fetched - began:.2f} s, listed in {done - fetched:.2f} s"
    )
    print(f"a batch of {len(plan.batch)} of them assembled in {built - done:.2f} s on {snapshot.target[:12]}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        long_queue(Path(place))
        batch_against_one_by_one(Path(place))
