import asyncio
import dataclasses
import os
import signal
import time

import psutil
import pytest

from workflows.local.engine import PodStart
from workflows.local.mounts import Volumes
from workflows.local.orphans import end_orphans
from workflows.local.pods import PodSettings, run_pod

WORKSPACE = {"name": "workspace", "mountPath": "/workspace"}
VOLUMES = [{"name": "workspace", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}]


class Machine:
    """Runs pods of shell scripts."""

    def __init__(self, root, mark):
        self.root = root
        self.settings = PodSettings(
            mark=mark,
            work=root / "work",
            logs=root / "logs",
            volumes=Volumes(root / "volumes", persistent={}, files=lambda _: {}),
            grace=0.5,
        )

    def start(self, containers, node="c-1.a(0)", **template):
        """A pod of `{name: (script, dependencies)}` or `{name: script}`."""
        made = []
        for name, told in containers.items():
            script, needs = told if isinstance(told, tuple) else (told, [])
            variables = [
                {"name": "GASTOWN_WORKSPACE", "value": "/workspace"},
                {"name": "SECRET", "valueFrom": {}},
            ]
            made.append(
                {
                    "name": name,
                    "command": ["sh", "-c", script],
                    "dependencies": needs,
                    "env": variables,
                    "volumeMounts": [WORKSPACE],
                }
            )
        outputs = [
            {"name": name, "valueFrom": {"path": f"/workspace/out/{name}", "default": "none"}}
            for name in ("sha", "cost")
        ]
        told = {
            "name": "t",
            "containerSet": {"containers": made},
            "outputs": {"parameters": outputs},
            "volumes": VOLUMES,
        } | template
        return PodStart(node=node, template=told)

    def run(self, containers, **more):
        """Run a pod to its end."""
        return asyncio.run(run_pod(self.start(containers, **more), self.settings))

    def log(self, container):
        """What a container printed."""
        return (self.root / "logs" / f"a.0.{container}.log").read_text()

    def marked(self):
        """The processes that carry the mark."""
        return [each for each in psutil.process_iter() if _mark(each) == self.settings.mark]


def _mark(process):
    try:
        return process.environ().get("GASTOWN_POD")
    except (psutil.Error, OSError):
        return None


@pytest.fixture
def machine(tmp_path):
    """A machine whose processes can be told from all others."""
    made = Machine(tmp_path, f"{tmp_path}:c")
    yield made
    for process in made.marked():
        process.kill()


def _until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_containers_share_a_workspace(machine):
    """In the order of their dependencies; outputs are read from it, and it is gone when all went well."""
    end = machine.run(
        {
            "git-init": "mkdir $GASTOWN_WORKSPACE/out; echo first; echo trouble >&2",
            "main": ("echo $(ls $GASTOWN_WORKSPACE) > $GASTOWN_WORKSPACE/out/sha", ["git-init"]),
        }
    )

    assert (0, "", {"sha": "out", "cost": "none"}) == (end.code, end.message, end.outputs)
    assert "first\ntrouble\n" == machine.log("git-init")
    assert not (machine.root / "work" / "a.0").exists()


def test_containers_run_beside_each_other(machine):
    """Without a dependency neither waits."""
    end = machine.run(
        {
            "claude": "until [ -e $GASTOWN_WORKSPACE/b ]; do sleep 0.01; done; touch $GASTOWN_WORKSPACE/a",
            "main": "touch $GASTOWN_WORKSPACE/b; until [ -e $GASTOWN_WORKSPACE/a ]; do sleep 0.01; done",
        }
    )

    assert 0 == end.code


def test_a_failure_says_why(machine):
    """The code and last words of `main`, as Argo shows them; no other container can write these. Its files stay."""
    end = machine.run(
        {
            "claude": 'echo nonsense > "$GASTOWN_TERMINATION_LOG"',
            "main": ('echo the reason > "$GASTOWN_TERMINATION_LOG"; exit 31', ["claude"]),
        }
    )

    assert (31, "main: Error (exit code 31): the reason") == (end.code, end.message)
    assert (machine.root / "work" / "a.0").exists()


def test_last_words_are_short(machine):
    """As on a cluster."""
    end = machine.run({"main": 'yes | head -c 1000000 > "$GASTOWN_TERMINATION_LOG"; exit 1'})

    assert len(end.message) < 5000


def test_words_of_an_earlier_attempt_are_forgotten(machine):
    """The same node started again after its runner was lost."""
    machine.run({"main": 'echo old > "$GASTOWN_TERMINATION_LOG"; exit 1'})

    assert "main: Error (exit code 2)" == machine.run({"main": "exit 2"}).message


def test_a_failed_dependency_starts_nothing(machine):
    """Argo's emissary gives 64."""
    end = machine.run({"git-init": "exit 3", "main": ("echo never", ["git-init"])})

    assert 64 == end.code
    assert not (machine.root / "logs" / "a.0.main.log").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, 137), (signal.SIGTERM, 143)])
def test_a_killed_container_has_the_shells_code(machine, number, code):
    """128 and the signal."""
    assert code == machine.run({"main": f"kill -{number.value} $$"}).code


def test_background_children_end_with_their_container(machine):
    """As in a pod, whose processes end with it."""
    machine.run({"main": "sleep 300 & sleep 300 & exit 0"})

    _until(lambda: not machine.marked())


def test_a_deadline_ends_everything(machine):
    """With the kubelet's words, and as an Error: it has no exit code."""
    end = machine.run({"claude": "sleep 300", "main": "sleep 300"}, activeDeadlineSeconds=0.3)

    assert (None, "Pod was active on the node longer than the specified deadline") == (end.code, end.message)
    _until(lambda: not machine.marked())


def test_ended_politely_then_for_good(machine):
    """TERM lets work be pushed; who does not listen is killed after the grace period."""
    log = machine.root / "logs" / "a.0.main.log"

    async def cancelled():
        deaf = "trap '' TERM; while :; do sleep 0.05; done"
        polite = "trap 'echo saved; exit 0' TERM; echo up; while :; do sleep 0.05; done"
        settings = dataclasses.replace(machine.settings, grace=3)  # enough for the polite on a busy machine
        pod = asyncio.create_task(run_pod(machine.start({"claude": deaf, "main": polite}), settings))
        await asyncio.to_thread(_until, lambda: log.exists() and "up" in log.read_text())
        pod.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pod

    asyncio.run(cancelled())

    assert machine.log("main").endswith("saved\n")
    _until(lambda: not machine.marked())


def test_a_program_that_is_not_there_is_an_error(machine):
    """Of the machine, not of the work; nothing is left running beside it."""
    start = machine.start({"claude": "sleep 300", "main": "true"})
    start.template["containerSet"]["containers"][1]["command"] = ["no-such-program"]

    end = asyncio.run(run_pod(start, machine.settings))

    assert end.code is None
    assert "pod could not run: " in end.message
    assert "no-such-program" in end.message
    _until(lambda: not machine.marked())


def test_the_users_variables_reach_the_agent_and_ours_do_not(machine, monkeypatch):
    """Log-ins are in place; what stands for a Secret is left out; an outer town is not mixed in."""
    monkeypatch.setenv("GASTOWN_HOME", "/elsewhere")
    monkeypatch.setenv("USERS_OWN", "here")

    machine.run({"main": "echo $USERS_OWN $GASTOWN_HOME $SECRET.; pwd"})

    assert f"here .\n{machine.root}/work/a.0\n" == machine.log("main")


def test_what_a_lost_runner_left_is_ended(machine):
    """Found by the mark that each process carries, whatever became of its parents; others are left alone."""
    other = psutil.Popen(["sleep", "300"], env=os.environ | {"GASTOWN_POD": "another"})
    script = "setsid sh -c 'trap \"\" TERM; sleep 300; sleep 300' & sleep 300"
    marked = os.environ | {"GASTOWN_POD": machine.settings.mark}
    lost = psutil.Popen(["sh", "-c", script], env=marked, start_new_session=True)
    _until(lambda: len(machine.marked()) >= 3)

    ended = end_orphans(machine.settings.mark, grace=0.3)

    assert ended >= 3
    assert not [each for each in machine.marked() if each.status() != psutil.STATUS_ZOMBIE]
    assert other.is_running()
    other.kill()
    other.wait()
    lost.wait()
