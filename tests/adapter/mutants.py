"""Breaks the adapter on purpose, one line at a time, and sees the tests that hold that line go red: `make mutants`.

Each mutant is made in a copy of the checkout; two run at a time. Without a mutant the same tests have to be green.
"""

import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
_COPIED = (
    "adapter",
    "apiserver",
    "crds",
    "events",
    "forges",
    "workflows",
    "tests/adapter",
    "tests/apiserver",
    "tests/rigs",
)
_FILES = ("pyproject.toml", "tests/conftest.py")

FINALIZER = "test_workflows_keep_their_finalizer.py"
WRITES = "test_statuses_are_written_once.py"
RIGS = "test_rigs_are_looked_after.py"
LEASE = "test_one_replica_leads.py"
UNSEEN = "test_what_no_watch_brought.py"


@dataclasses.dataclass(frozen=True)
class Mutant:
    """What is broken, where, by what, and the test that sees it."""

    name: str
    file: str
    old: str
    new: str
    test: str


MUTANTS = (
    Mutant(
        "no finalizer is put on a new Workflow",
        "argo/finalizer.py",
        '{"finalizers": [FINALIZER]}}',
        '{"finalizers": []}}',
        f"{FINALIZER}::test_it_is_on_from_the_first_version",
    ),
    Mutant(
        "no finalizer is put on a Workflow that runs again",
        "argo/finalizer.py",
        "if view.has_finalizer or view.ended or view.deleting:",
        "if view.uid:",
        f"{FINALIZER}::test_it_is_put_on_again_when_argo_retries",
    ),
    Mutant(
        "the finalizer is removed as soon as a Workflow has ended",
        "argo/reconciler.py",
        "        if seen.copied or seen.owner_key is None:",
        "        if seen.ended or seen.copied or seen.owner_key is None:",
        f"{FINALIZER}::test_a_deleted_workflow_waits_until_its_end_is_recorded",
    ),
    Mutant(
        "the finalizer is removed before the end is recorded",
        "convoys/reconciler.py",
        "                if self._projection.recorded(convoy.metadata.uid, each.observation, later):",
        "                if later is not None:",
        f"{FINALIZER}::test_a_polecat_that_goes_just_then_is_made_and_told_first",
    ),
    Mutant(
        "a status is written at every reconcile",
        "cache/writer.py",
        "if wanted == seen.digest or self._applied.get(seen.uid) == Applied(wanted, seen.digest):",
        "if not wanted:",
        f"{WRITES}::test_an_hour_at_rest_writes_nothing",
    ),
    Mutant(
        "a status of an own write is written again",
        "cache/writer.py",
        " or self._applied.get(seen.uid) == Applied(wanted, seen.digest)",
        "",
        f"{WRITES}::test_a_field_of_somebody_else_in_a_status_is_no_reason_to_write_for_ever",
    ),
    Mutant(
        "no status is written",
        "cache/writer.py",
        "if wanted == seen.digest or",
        "if wanted or",
        f"{WRITES}::test_a_status_says_what_the_nodes_say",
    ),
    Mutant(
        "a status is guarded by nothing",
        "cache/writer.py",
        'if found["metadata"]["uid"] != seen.uid:',
        "if not found:",
        f"{WRITES}::test_a_status_goes_to_no_other_object_of_its_name",
    ),
    Mutant(
        "a rig counts no polecats",
        "rigs/status.py",
        "polecat_count=len(state.polecats)",
        "polecat_count=0",
        f"{RIGS}::test_what_belongs_to_a_rig_is_counted",
    ),
    Mutant(
        "sums of a refinery go back",
        "refineries/status.py",
        "max(merges.succeeded, earlier.succeeded)",
        "merges.succeeded",
        f"{RIGS}::test_sums_of_a_refinery_do_not_go_back",
    ),
    Mutant(
        "conflicts of a refinery go back",
        "refineries/status.py",
        "max(found.conflicts, before.conflicts)",
        "found.conflicts",
        f"{RIGS}::test_sums_of_a_refinery_do_not_go_back",
    ),
    Mutant(
        "a changed rig reconciles none of its convoys",
        "routing.py",
        '        yield from _rig(context, seen.rig, ("Rig", "Refinery", "Witness"))\n'
        "        yield from waiting(context, seen.rig)\n",
        '        yield from _rig(context, seen.rig, ("Rig", "Refinery", "Witness"))\n',
        f"{RIGS}::test_a_changed_rig_lets_its_convoys_go_on",
    ),
    Mutant(
        "a repository that answers reconciles none of its convoys",
        "routing.py",
        "    elif isinstance(after, ResourceView) and _stops(before) != _stops(after):\n"
        "        yield from waiting(context, seen.rig)\n",
        "",
        f"{RIGS}::test_a_repository_that_refuses_holds_its_convoys",
    ),
    Mutant(
        "who waits for the Lease works meanwhile",
        "operator.py",
        "        if self._election is None:\n            return True\n        acquiring",
        "        if self._settings:\n            return True\n        acquiring",
        LEASE,
    ),
    Mutant(
        "who has lost the Lease works on",
        "api/leases.py",
        "        while loop.time() - renewed < self._settings.renew:",
        "        while renewed >= 0:",
        f"{LEASE}::test_a_leader_that_is_cut_off_gives_up_before_another_begins",
    ),
    Mutant(
        "the Lease of another is taken while it holds",
        "api/leases.py",
        'if spec.get("holderIdentity") not in ("", None, self._identity) and not self._expired(spec):',
        "if not spec:",
        LEASE,
    ),
    Mutant(
        "a list after a 410 skips what was deleted",
        "cache/lister.py",
        "        for key in gone:\n            await self._vanished(key)\n        return version",
        "        return version",
        f"{UNSEEN}::test_what_was_deleted_before_a_410_is_gone",
    ),
    Mutant(
        "a comparison skips what was deleted",
        "cache/lister.py",
        "            return self._cache.drop(key, seen.uid)",
        "            return False",
        f"{UNSEEN}::test_a_deletion_that_no_watch_brought_is_found",
    ),
    Mutant(
        "a reconcile is retried without a pause",
        "queue/workqueue.py",
        "            self.add(key, after=delay * (0.5 + self._jitter() / 2))",
        "            self.add(key, after=0 * delay)",
        f"{UNSEEN}::test_what_the_apiserver_refuses_is_tried_again_later_each_time",
    ),
    Mutant(
        "a reconcile is retried at the same pace for ever",
        "queue/workqueue.py",
        "delay = min(LAST, FIRST * 2 ** min(count - 1, 16))",
        "delay = FIRST * min(count, 1)",
        f"{UNSEEN}::test_what_the_apiserver_refuses_is_tried_again_later_each_time",
    ),
    Mutant(
        "a watch is tried again at the same pace for ever",
        "cache/streams.py",
        "delay = min(LAST, FIRST * 2**self._failures)",
        "delay = FIRST",
        f"{UNSEEN}::test_an_apiserver_that_is_away_is_asked_ever_more_rarely",
    ),
)


def main() -> int:
    """Run them all; the exit code is how many live."""
    tests = sorted({each.test for each in MUTANTS})
    if _run(None, tests).returncode:
        sys.stdout.write("the tests are red without any mutant\n")
        return len(MUTANTS)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        lives = [each.name for each, dead in zip(MUTANTS, pool.map(_dies, MUTANTS), strict=True) if not dead]
    sys.stdout.write("".join(f"lives: {name}\n" for name in lives))
    sys.stdout.write(f"{len(MUTANTS) - len(lives)} of {len(MUTANTS)} mutants died\n")
    return len(lives)


def _dies(mutant: Mutant) -> bool:
    ended = _run(mutant, [mutant.test])
    # pytest ends with 1 where tests failed; anything else means that nothing was tested.
    if ended.returncode not in (0, 1):
        sys.stdout.write(f"{mutant.name}:\n{ended.stdout}\n")
    return ended.returncode == 1


def _run(mutant: Mutant | None, tests: list[str]) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder)
        for name in _COPIED:
            shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in _FILES:
            shutil.copy(CHECKOUT / name, copy / name)
        if mutant:
            _break(copy / "adapter" / mutant.file, mutant)
        return subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-x", "--tb=line", "--show-capture=no"),
                *("-p", "no:cacheprovider", "-p", "no:randomly"),
                *(f"tests/adapter/{test}" for test in tests),
            ],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": folder},
            capture_output=True,
            text=True,
            check=False,
        )


def _break(file: Path, mutant: Mutant) -> None:
    text = file.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        raise SystemExit(
            f"{mutant.name}: {file.name} has {text.count(mutant.old)} times {mutant.old!r}, not once"
        )
    file.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
