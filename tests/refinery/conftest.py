"""A rig's repository with published beads in its queue, and the merge step, as a fork or as a program of its own."""

import subprocess
import sys
import time

import pytest
from ondisk import STEPS, Ordered, forking

from workflows import refs
from workflows.entries import Entry
from workflows.orders import Gate
from workflows.refinery.queue.marks import Ask

MERGE = (sys.executable, "-m", "workflows.steps", "merge")
DEADLINE = 90.0


class Rig(Ordered):
    """One repository and its merge queue."""

    def __init__(self, root, programs):
        super().__init__(root, programs, readme="one\n")
        self.environ |= {"HOME": str(root), "GASTOWN_PATIENCE": "2", "GASTOWN_LEASE": "2"}
        self.base = self.git("rev-parse", "main")
        self.orders()

    def commit(self, files, branch, subject, *, start=None):
        """Push a commit to a branch, on top of `start` or of where the seed stands."""
        return super().commit(subject, files, branch=branch, start=start)

    def orders(self, *, gates=None, **changes):
        """Write the train's orders; gates as `name=command`."""
        made = (Gate(name=name, command=command, timeout=20) for name, command in (gates or {}).items())
        self.write_train(**changes, gates=tuple(made))

    def publish(self, bead, files, *, start=None, priority=2, entry=None, **more):
        """Publish a bead's work: its branch, its queue entry, its orders."""
        branch = f"polecat/{bead}"
        sha = self.commit(files, branch, f"work on {bead}", start=start or self.base)
        task = self.write_task(bead, priority=priority, prompt="", **more)
        made = Entry.of(self.train, task, published=1_780_000_000, rounds=0, retries=0)._replace(
            **(entry or {})
        )
        self.enqueue(sha, made)
        return sha

    def enqueue(self, sha, entry):
        """Write a queue entry as publish does."""
        text = f"object {sha}\ntype commit\ntag {entry.bead}\ntagger Max <max@example.org> 1 +0000\n\n{entry.dump()}\n"
        self.git("update-ref", refs.queue("main", entry.bead), self.git("mktag", text=text))

    def ask(self, *beads, ago=0):
        """Have the merge steps of these beads wait, as they do while another leads."""
        for bead in beads:
            text = Ask(bead, "cv", int(time.time()) - ago).dump()
            self.mark(refs.ask("main", bead), text)

    def mark(self, ref, text):
        """Write one of the tags by which merge steps tell each other things."""
        tag = f"object {self.base}\ntype commit\ntag {ref.removeprefix('refs/')}\ntagger Max <max@example.org> 1 +0000\n\n{text}\n"
        self.git("update-ref", ref, self.git("mktag", text=tag))

    def command(self, bead, more):
        """The environment of a bead's merge step."""
        workspace = self.root / "work" / bead
        workspace.mkdir(parents=True, exist_ok=True)
        return {**self.environ, "GASTOWN_BEAD": bead, "GASTOWN_WORKSPACE": str(workspace), **more}

    def start(self, bead, *phase, **more):
        """Start the merge step of a bead, as a program of its own."""
        return subprocess.Popen(
            (*MERGE, *phase),
            env=self.command(bead, more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def merge(self, bead, *phase, **more):
        """Run the merge step of a bead to its end; its exit code."""
        environ = self.command(bead, more)
        done = self.programs.run(
            "workflows.steps", ("merge", *phase), directory=self.root, environ=environ, seconds=DEADLINE
        )
        self.printed, self.said = done.out, done.err
        return done.code

    def gated(self, bead, **more):
        """Run the three containers of a merge with gates; the exit code of the last."""
        for phase in ("prepare", "gates"):
            assert self.merge(bead, phase, **more) == 0, self.said
        return self.merge(bead, "push", **more)

    def output(self, bead, name):
        """One output parameter."""
        return (self.root / "work" / bead / "out" / name).read_text()

    def refs(self):
        """All refs of the repository that outlive a merge step: no asks, no lease, no results of gates."""
        passing = tuple(f"refs/gastown/{kind}/" for kind in ("asks", "lease", "results"))
        return {ref: sha for ref, sha in super().refs().items() if not ref.startswith(passing)}

    def marks(self, kind):
        """The names of refs of one passing kind: asks, lease or results."""
        return self.git("for-each-ref", "--format=%(refname:lstrip=3)", f"refs/gastown/{kind}").split()

    def landed(self):
        """The beads on the target, oldest first, by their trailer."""
        told = self.git(
            "log",
            "--reverse",
            "--first-parent",
            "--format=%(trailers:key=Gastown-Bead,valueonly=true)",
            "main",
        )
        return told.split()

    def queue(self):
        """The beads that wait."""
        prefix = refs.queue_prefix("main")
        return sorted(ref.removeprefix(prefix) for ref in self.refs() if ref.startswith(prefix))


programs = forking(*STEPS)


@pytest.fixture
def rig(tmp_path, programs):
    """A fresh rig."""
    return Rig(tmp_path, programs)
