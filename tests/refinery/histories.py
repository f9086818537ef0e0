"""Random histories of the merge queue, judged by a checker that reads git and nothing else.

A history is a repository, some beads (good, red, conflicting, flaky, killed, of a pair that clashes), and what happens to them: merge
steps of two drivers and, without gates, polecats that land their work, killed at any git command, people who push, break, repair, rewind and delete branches in the middle of a step,
convoys that are stopped. After it, all steps run once more until nothing changes. Whatever happened, no red commit landed, no good bead
is lost, no innocent is blamed, and nothing is recorded as merged that is not.

`python tests/refinery/histories.py --count 1000` runs a thousand; `--seed 7 --count 1` one of them again.
"""

import argparse
import concurrent.futures
import contextlib
import dataclasses
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from workflows import refs
from workflows.entries import Entry
from workflows.orders import TRAIN_FILE, AgentOrders, Gate, TaskOrders, TrainOrders, task_file
from workflows.refinery import gating, landing, polecat, step, turn
from workflows.refinery.queue.marks import Ask
from workflows.shape import LANDED
from workflows.steps.errors import StepError
from workflows.steps.git import command as steps_git
from workflows.steps.git import tags
from workflows.steps.pod.environment import Pod

GATE = (
    "for each in bad-* broken; do test ! -e $each || exit 1; done; test ! -e pair-a || test ! -e pair-b || exit 1; "
    "for each in hog-*; do test ! -e $each || kill -9 $$; done; "
    "for each in flaky-*; do test -e $each || exit 0; read count < {count}; echo $((count + 1)) > {count}; exit $((count % 3 == 0)); done"
)
"""In one process: a history runs it ten times, so its price counts."""
KINDS = ("good", "good", "good", "bad", "hog", "flaky", "conflict", "pair-a", "pair-b")
MEMORY = Path("/dev/shm")  # noqa: S108 - a place for folders of our own
GUILTY = ("bad", "flaky", "pair-a", "pair-b")
FOUND_TRUE = 20
"""Calls of git among which a step is killed: more than most steps make."""


class Killed(BaseException):
    """The step is gone: whatever it does from here on has no effect."""


class Calls:
    """Stands in for the module through which steps run git: counts, kills, and lets others act in between."""

    def __init__(self):
        self.number = 0
        self.at = 0
        self.act = None
        self.dead = False

    def __getattr__(self, name):
        """All but `run` is the module's own."""
        return getattr(subprocess, name)

    def run(self, *arguments, check=False, **more):
        """One command, and what happens just before or after it."""
        if self.dead:
            raise Killed
        self.number += 1
        act = self.act if self.number == self.at else None
        if act == "before":
            self.dead = True
            raise Killed
        if callable(act):
            with self.aside():
                act()
        done = subprocess.run(*arguments, check=check, **more)
        if act == "after":
            self.dead = True
            raise Killed
        return done

    @contextlib.contextmanager
    def aside(self):
        """Somebody else's commands do not count."""
        kept = (self.number, self.at, self.act, self.dead)
        self.number = self.at = 0
        self.act, self.dead = None, False
        try:
            yield
        finally:
            self.number, self.at, self.act, self.dead = kept


@dataclasses.dataclass
class Bead:
    """A bead, and what became of it as its own steps told."""

    name: str
    kind: str
    stopped: bool = False
    over: bool = False

    @property
    def file(self):
        """The file that only it adds."""
        return self.kind if self.kind.startswith("pair") else f"{self.kind}-{self.name}"


class History:
    """One repository and all that happens to it."""

    def __init__(self, seed, root):
        self.random = random.Random(seed)  # noqa: S311 - a history is found again by its seed
        self.root = root
        self.origin, self.tasks = root / "origin.git", root / "tasks"
        self.calls = Calls()
        steps_git.subprocess = self.calls
        self.rewound = False
        self.told = []
        self.tasks.mkdir()
        lay(self.origin)
        self.beads = [
            Bead(f"gt-{number}", self.random.choice(KINDS)) for number in range(self.random.randint(2, 4))
        ]
        self.orders()
        self.publish()

    def git(self, *arguments, cwd=None, text=None, check=True):
        """Run git as a person."""
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Max",
            "GIT_AUTHOR_EMAIL": "max@example.org",
            "GIT_COMMITTER_NAME": "Max",
            "GIT_COMMITTER_EMAIL": "max@example.org",
        }
        done = subprocess.run(
            ("git", *map(str, arguments)),
            cwd=cwd or self.origin,
            env=environ,
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(f"git {arguments}: {done.stderr}")
        return done.stdout.strip()

    def commit(self, files, branch, subject, start=""):
        """Push a commit on top of `start` or of where the branch is; None in place of a text removes the file."""
        ref = f"refs/heads/{branch}"
        start = start or self.all_refs().get(ref, "")
        text = _commit(1, ref, subject, f"from {start}\n" if start else "", files)
        self.git("fast-import", "--quiet", "--force", text=text)

    def orders(self):
        """What all steps are told."""
        gates = (
            (Gate("sound", GATE.format(count=self.root / "count"), 20),) if self.random.random() < 0.8 else ()
        )
        self.train = TrainOrders(
            convoy="cv",
            rig="rig",
            repository=str(self.origin),
            base="main",
            target="main",
            created="2026-01-01T00:00:00Z",
            agent=AgentOrders(name="fake", command=("true",)),
            gates=gates,
            batch=self.random.choice((1, 2, 5)),
            style=self.random.choice(("squash", "merge", "rebase")),
        )
        (self.tasks / TRAIN_FILE).write_text(self.train.dump())

    def publish(self):
        """Publish the work of all beads: branches, queue entries, orders. In one import, as a process costs more than what it does."""
        stream = [_commit(1, "refs/heads/main", "first", "", {"README": "one\n"})]
        for number, bead in enumerate(self.beads, 2):
            branch = f"polecat/{bead.name}"
            files = {"README": f"{bead.name}\n"} if bead.kind == "conflict" else {bead.file: "1\n"}
            stream.append(_commit(number, f"refs/heads/{branch}", f"work on {bead.name}", "from :1\n", files))
        self.git("fast-import", "--quiet", text="".join(stream))
        heads = {ref: sha for ref, sha in self.all_refs().items() if ref.startswith("refs/heads/")}
        self.base = heads["refs/heads/main"]
        for bead in self.beads:
            branch, title = f"polecat/{bead.name}", f"Do {bead.name}"
            task = TaskOrders(bead.name, bead.name, title, "", branch, "max", self.random.randint(0, 4))
            (self.tasks / task_file(bead.name)).write_text(task.dump())
            entry = Entry.of(self.train, task, published=1_780_000_000, rounds=0, retries=0)
            self.tag(refs.queue("main", bead.name), heads[f"refs/heads/{branch}"], entry.dump())

    def tag(self, ref, sha, text):
        """Write one of the tags that steps read."""
        store = steps_git.Git({"GIT_DIR": str(self.origin)})
        self.point(ref, tags.make(store, ref, sha, "Max <max@example.org> 1 +0000", text))

    def point(self, ref, sha):
        """Let a ref that no step writes name an object, without a process."""
        path = self.origin / ref
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.fresh")
        fresh.write_text(f"{sha}\n")
        fresh.replace(path)

    def run(self):
        """All of it, and the verdict: what is wrong, nothing where all is well."""
        for _ in range(self.random.randint(1, 4)):
            self.random.choice((self.step, self.step, self.step, self.somebody))()
        self.settle()
        return list(self.faults())

    def step(self):
        """One bead's merge step, while those of others wait; perhaps killed, perhaps with somebody acting in the middle of it."""
        due = [bead for bead in self.beads if not bead.over and not bead.stopped]
        if not due:
            return
        own = self.random.choice(due)
        for bead in due:
            if bead is not own and self.random.random() < 0.6:
                self.tag(
                    refs.ask("main", bead.name), self.base, Ask(bead.name, "cv", int(time.time())).dump()
                )
        act = self.random.choice(
            (None, None, "before", "after", self.somebody, lambda: self.merge(self.random.choice(due)))
        )
        self.merge(own, at=self.random.randint(1, FOUND_TRUE), act=act)

    def merge(self, bead, *, at=0, act=None):
        """Run the step: in one process, in three containers or, without gates, in the pod of its polecat."""
        workspace = self.root / "work" / bead.name
        workspace.mkdir(parents=True, exist_ok=True)
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GASTOWN_TASKS": str(self.tasks),
            "GASTOWN_BEAD": bead.name,
            "GASTOWN_WORKSPACE": str(workspace),
            "GASTOWN_PATIENCE": "0.005",
            "GASTOWN_LEASE": "0",
        }
        pod = Pod.of(environ)
        phases = (step.merge,)
        if self.random.random() < 0.5:
            phases = (step.prepare, gating.gates, step.push) if self.train.gates else (polecat.land,)
        code = 0
        with self.calls.aside():
            self.calls.at, self.calls.act = at, act
            try:
                for phase in phases:
                    phase(pod, environ)
            except Killed:
                code = -9
            except StepError as error:
                code = error.reason.value
        outcome = (
            (workspace / "out" / "outcome").read_text()
            if code == 0 and (workspace / "out" / "outcome").exists()
            else ""
        )
        self.told.append((bead.name, code, outcome))
        # A polecat that could not land its work leaves it to a merge step.
        left = phases == (polecat.land,) and outcome != LANDED
        bead.over = bead.over or (code in (0, 31) and not left)
        return code

    def somebody(self):
        """A person, who may do all of this."""
        target = self.all_refs()["refs/heads/main"]
        what = self.random.randrange(7)
        if what == 0:
            self.commit({"broken": "1\n"}, "main", "break it")
        elif what == 1:
            self.commit({"broken": None}, "main", "repair it")
        elif what == 2 and target != self.base:
            self.rewound = True
            self.git("update-ref", "refs/heads/main", f"{target}~1")
        elif what == 3:
            self.git(
                "update-ref", "-d", f"refs/heads/polecat/{self.random.choice(self.beads).name}", check=False
            )
        elif what == 4:
            bead = self.random.choice(self.beads)
            self.commit({f"more-{bead.name}": "1\n"}, f"polecat/{bead.name}", "pushed by a person", self.base)
        elif what == 5:
            bead = self.random.choice(self.beads)
            if refs.queue("main", bead.name) in self.all_refs():
                bead.stopped = True
                self.git("update-ref", "-d", refs.ask("main", bead.name), check=False)
        else:
            self.commit({f"by-hand-{self.random.randrange(9)}": "1\n"}, "main", "by hand")

    def settle(self):
        """Repair what people broke, and run every step until its bead's fate is told."""
        if self._holding([self.all_refs()["refs/heads/main"]], {"broken"}).popitem()[1]:
            self.commit({"broken": None}, "main", "repair it")
        before = None
        for _ in range(4):
            if before == (before := self._lasting()):
                return
            for bead in self.beads:
                if not bead.over and not bead.stopped:
                    self.merge(bead)

    def _lasting(self):
        """The refs that say what became of beads; an entry that is held says anew how often, which is no news."""
        queue = refs.queue_prefix("main")
        there = self.all_refs().items()
        return {ref: "" if ref.startswith(queue) else sha for ref, sha in there if "/results/" not in ref}

    def all_refs(self):
        """Every ref, and the object it names: none is packed here, and a file is read without a process."""
        found = {}
        for folder, _, names in os.walk(self.origin / "refs"):
            for name in names:
                path = Path(folder, name)
                if not name.endswith(".lock") and not name.startswith("."):
                    found[str(path.relative_to(self.origin))] = path.read_text().strip()
        return found

    # The checker: from here on only git is read.

    def faults(self):
        """What must not be."""
        there = self.all_refs()
        journal = (self.origin / "logs/refs/heads/main").read_text().splitlines()
        values = list(dict.fromkeys(line.split(" ")[1] for line in journal))
        ever = set(self.git("rev-list", *values).split())
        now = set(self.git("rev-list", "main").split())
        yield from self._landed_red(values)
        for bead in self.beads:
            yield from self._fate(bead, there, ever, now)
        yield from self._doubles()

    def _landed_red(self, values):
        """Every head that a merge gave the target passes the gates, as far as its files tell; a broken target was not built on."""
        merged = self.git("log", "--no-walk", "--grep=^Gastown-Bead:", "--format=%H", *values).split()
        if not merged or not self.train.gates:
            return
        wanted = {
            "broken",
            *(bead.file for bead in self.beads if bead.kind in ("bad", "hog", "pair-a", "pair-b")),
        }
        for sha, names in self._holding(merged, wanted).items():
            if names - {"pair-a", "pair-b"} or {"pair-a", "pair-b"} <= names:
                yield f"a red commit landed: {sha[:12]} {sorted(names)}"

    def _holding(self, commits, names):
        """Which of the files each of the commits has."""
        asked = [(sha, name) for sha in commits for name in sorted(names)]
        text = "".join(f"{sha}:{name}\n" for sha, name in asked)
        told = self.git("cat-file", "--batch-check", text=text).splitlines()
        found = {sha: set() for sha in commits}
        for (sha, name), line in zip(asked, told, strict=True):
            if not line.endswith(" missing"):
                found[sha].add(name)
        return found

    def _fate(self, bead, there, ever, now):
        record, queued = there.get(refs.merged("cv", bead.name)), there.get(refs.queue("main", bead.name))
        if record:
            if record not in ever:
                yield f"{bead.name} is recorded as merged in {record[:12]}, which the target never held"
            elif bead.kind != "conflict" and not self._holding([record], {bead.file})[record]:
                yield f"{bead.name} is recorded as merged, without its change"
        elif not queued:
            yield f"{bead.name} is lost: neither merged nor queued"
        held = Entry.load(self.git("cat-file", "tag", queued).partition("\n\n")[2]) if queued else None
        if queued and held is None:
            yield f"the entry of {bead.name} is not whole"
        if held and held.fault == "GateFailed" and bead.kind not in GUILTY:
            yield f"{bead.name}, which is {bead.kind}, is blamed: {held.held[:80]}"
        if bead.kind == "good" and not bead.stopped and not self.rewound and record not in now:
            yield f"{bead.name} is good, and was not merged in the end"

    def _doubles(self):
        form = "--format=%(trailers:key=Gastown-Head,valueonly=true)"
        landed = [line for line in self.git("log", "--first-parent", form, "main").splitlines() if line]
        twice = {each for each in landed if landed.count(each) > 1}
        if twice and self.train.style != "rebase":
            yield f"landed twice: {twice}"


def lay(origin):
    """A bare repository, as `git init` would make it: copied, and without what collects garbage after each push."""
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (origin / folder).mkdir(parents=True)
    (origin / "HEAD").write_text("ref: refs/heads/main\n")
    (origin / "config").write_text(
        "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n\tlogAllRefUpdates = always\n"
        "[receive]\n\tautogc = false\n"
    )


def _commit(mark, ref, subject, start, files):
    """A commit as fast-import reads it."""
    person = "Max <max@example.org> 1700000000 +0000"
    rows = "".join(
        f"D {name}\n" if text is None else f"M 100644 inline {name}\ndata {len(text)}\n{text}\n"
        for name, text in files.items()
    )
    return f"commit {ref}\nmark :{mark}\nauthor {person}\ncommitter {person}\ndata {len(subject)}\n{subject}\n{start}{rows}\n"


def one(seed):
    """Run one history in a directory of its own; what is wrong with it."""
    root = Path(tempfile.mkdtemp(prefix="history-", dir=MEMORY if MEMORY.is_dir() else None))
    history = None
    try:
        history = History(seed, root)
        faults = history.run()
    except Exception:  # noqa: BLE001 - whatever it is, it is a finding
        faults = [traceback.format_exc(limit=-6)]
    finally:
        shutil.rmtree(root, ignore_errors=True)
    kinds = (
        [(bead.name, bead.kind, "stopped" if bead.stopped else "") for bead in history.beads]
        if history
        else []
    )
    steps = len(history.told) if history else 0
    return seed, faults, steps, f"{kinds} {history.told if history else ''}"


def quiet():
    """A worker: short waits, and nothing said."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    turn.FIRST_LOOK, turn.LONGEST_LOOK, turn.GATHER = 0.002, 0.01, 0.0
    landing.CONTENTION = 0.001


def main():
    """Run histories on all processors; 1 where one of them went wrong."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--count", type=int, default=1000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--workers", type=int, default=os.cpu_count() or 2)
    told = asked.parse_args()
    began, wrong, steps = time.monotonic(), 0, 0
    with concurrent.futures.ProcessPoolExecutor(told.workers, initializer=quiet) as pool:
        for seed, faults, made, words in pool.map(one, range(told.seed, told.seed + told.count), chunksize=4):
            steps += made
            if faults:
                wrong += 1
                sys.stdout.write(f"seed {seed}: {'; '.join(faults)}\n  {words}\n")
                sys.stdout.flush()
    sys.stdout.write(
        f"{told.count} histories, {steps} merge steps, {wrong} wrong, {time.monotonic() - began:.0f} s\n"
    )
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
