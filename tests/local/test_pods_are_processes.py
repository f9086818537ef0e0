import asyncio
import dataclasses
import os
import signal
import time

import psutil
import pytest

from workflows.local.engine.interface import PodStart
from workflows.local.processes.mounts import Volumes
from workflows.local.processes.orphans import end_orphans
from workflows.local.processes.pods import PodSettings, run_pod
from workflows.local.processes.starter import Starter

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
            volumes=Volumes(root / "volumes", persistent={}, secrets=root / "kept", files=lambda _: {}),
            starter=Starter(mark),
            grace=0.5,
        )

    def start(self, main, node="c-1.a(0)", *, before=None, beside=None, **template):
        """A pod of shell scripts: `main`, and by name those that come before it or run beside it."""
        outputs = [
            {"name": name, "valueFrom": {"path": f"/workspace/out/{name}", "default": "none"}}
            for name in ("sha", "cost")
        ]
        told = {
            "name": "t",
            "container": _container(main),
            "initContainers": [_container(script, name) for name, script in (before or {}).items()],
            "sidecars": [_container(script, name) for name, script in (beside or {}).items()],
            "outputs": {"parameters": outputs},
            "volumes": VOLUMES,
        } | template
        return PodStart(node=node, template=told)

    def run(self, main, **more):
        """Run a pod to its end."""
        return asyncio.run(run_pod(self.start(main, **more), self.settings))

    def log(self, container):
        """What a container printed."""
        return (self.root / "logs" / f"a.0.{container}.log").read_text()

    def marked(self):
        """The living processes that carry the mark; a zombie has no environment."""
        return [each for each in psutil.process_iter() if _mark(each) == self.settings.mark]


def _container(script, name=None):
    told = {
        "command": ["sh", "-c", script],
        "env": [{"name": "GASTOWN_WORKSPACE", "value": "/workspace"}, {"name": "SECRET", "valueFrom": {}}],
        "volumeMounts": [WORKSPACE],
    }
    return told | ({"name": name} if name else {})


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
    """One after the other; outputs are read from it, and it is gone when all went well."""
    end = machine.run(
        "echo $(ls $GASTOWN_WORKSPACE) > $GASTOWN_WORKSPACE/out/sha",
        before={"git-init": "mkdir $GASTOWN_WORKSPACE/out; echo first; echo trouble >&2"},
    )

    assert (0, "", {"sha": "out", "cost": "none"}) == (end.code, end.message, end.outputs)
    assert "first\ntrouble\n" == machine.log("git-init")
    assert not (machine.root / "work" / "a.0").exists()


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param("mkfifo $out", id="a pipe that nobody writes to"),
        pytest.param("ln -s /dev/zero $out", id="a link to what has no end"),
        pytest.param("truncate -s 3G $out", id="a large file"),
        pytest.param("mkdir $out", id="a folder"),
    ],
)
def test_an_output_of_an_odd_kind_is_none(machine, odd):
    """An agent is the same user here, and may write to its place: the runner neither hangs nor fills its memory."""
    end = machine.run(
        f"mkdir $GASTOWN_WORKSPACE/out; out=$GASTOWN_WORKSPACE/out/sha; {odd}; echo 3 >$GASTOWN_WORKSPACE/out/cost",
        activeDeadlineSeconds=20,
    )
    assert (0, {"sha": "none", "cost": "3"}) == (end.code, end.outputs)


def test_containers_run_beside_each_other(machine):
    """Neither waits."""
    end = machine.run(
        "touch $GASTOWN_WORKSPACE/b; until [ -e $GASTOWN_WORKSPACE/a ]; do sleep 0.01; done",
        beside={
            "claude": "until [ -e $GASTOWN_WORKSPACE/b ]; do sleep 0.01; done; touch $GASTOWN_WORKSPACE/a"
        },
    )

    assert 0 == end.code


def test_what_runs_beside_ends_with_main(machine):
    """It is asked to, whatever it does by then, and its own code is nobody's."""
    end = machine.run(
        "until [ -e $GASTOWN_WORKSPACE/up ]; do sleep 0.01; done; exit 10",
        beside={
            "claude": "trap 'echo asked; exit 3' TERM; touch $GASTOWN_WORKSPACE/up; while :; do sleep 0.05; done"
        },
    )

    assert 10 == end.code
    assert machine.log("claude").endswith("asked\n")
    _until(lambda: not machine.marked())


def test_a_failure_says_why(machine):
    """The code and last words of `main`, as Argo shows them; no other container can write these. Its files stay."""
    end = machine.run(
        'until [ -e $GASTOWN_WORKSPACE/a ]; do sleep 0.01; done; echo the reason > "$GASTOWN_TERMINATION_LOG"; exit 31',
        beside={"claude": 'echo nonsense > "$GASTOWN_TERMINATION_LOG"; touch $GASTOWN_WORKSPACE/a'},
    )

    assert (31, "main: Error (exit code 31): the reason") == (end.code, end.message)
    assert (machine.root / "work" / "a.0").exists()


def test_last_words_are_short(machine):
    """As on a cluster."""
    end = machine.run('yes | head -c 1000000 > "$GASTOWN_TERMINATION_LOG"; exit 1')

    assert len(end.message) < 5000


def test_words_of_an_earlier_attempt_are_forgotten(machine):
    """The same node started again after its runner was lost."""
    machine.run('echo old > "$GASTOWN_TERMINATION_LOG"; exit 1')

    assert "main: Error (exit code 2)" == machine.run("exit 2").message


def test_nothing_starts_after_what_failed(machine):
    """As in Argo the node has no exit code then, and the words of the container that failed."""
    end = machine.run("echo never", before={"git-init": 'echo no room > "$GASTOWN_TERMINATION_LOG"; exit 3'})

    assert (None, "git-init: Error (exit code 3): no room") == (end.code, end.message)
    assert not (machine.root / "logs" / "a.0.main.log").exists()


def test_a_template_of_another_version_runs_nothing(machine):
    """It says what to do."""
    end = asyncio.run(
        run_pod(
            PodStart(node="c-1.a(0)", template={"name": "t", "containerSet": {"containers": []}}),
            machine.settings,
        )
    )

    assert (None, "compiled by another version of gastown: end the convoy, then retry it") == (
        end.code,
        end.message,
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, 137), (signal.SIGTERM, 143)])
def test_a_killed_container_has_the_shells_code(machine, number, code):
    """128 and the signal."""
    assert code == machine.run(f"kill -{number.value} $$").code


def test_background_children_end_with_their_container(machine):
    """As in a pod, whose processes end with it."""
    machine.run("sleep 300 & sleep 300 & exit 0")

    _until(lambda: not machine.marked())


def test_a_deadline_ends_everything(machine):
    """With the kubelet's words, and as an Error: it has no exit code."""
    end = machine.run("sleep 300", beside={"claude": "sleep 300"}, activeDeadlineSeconds=0.3)

    assert (None, "Pod was active on the node longer than the specified deadline") == (end.code, end.message)
    _until(lambda: not machine.marked())


def test_ended_politely_then_for_good(machine):
    """TERM lets work be pushed; who does not listen is killed after the grace period."""
    log = machine.root / "logs" / "a.0.main.log"

    async def cancelled():
        deaf = "trap '' TERM; while :; do sleep 0.05; done"
        polite = "trap 'echo saved; exit 0' TERM; echo up; while :; do sleep 0.05; done"
        settings = dataclasses.replace(machine.settings, grace=3)  # enough for the polite on a busy machine
        pod = asyncio.create_task(run_pod(machine.start(polite, beside={"claude": deaf}), settings))
        await asyncio.to_thread(_until, lambda: log.exists() and "up" in log.read_text())
        pod.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pod

    asyncio.run(cancelled())

    assert machine.log("main").endswith("saved\n")
    _until(lambda: not machine.marked())


def test_ended_while_it_starts(machine):
    """Whenever that is: what had just begun to run is ended with all that it started."""

    async def cancelled(after):
        pod = asyncio.create_task(
            run_pod(
                machine.start("sleep 300 & wait", beside={"claude": "sleep 300 & wait"}), machine.settings
            )
        )
        await asyncio.sleep(after)
        pod.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pod

    for number in range(40):
        asyncio.run(cancelled(number / 2000))
        _until(lambda: not machine.marked())


def test_a_program_that_is_not_there_is_an_error(machine):
    """Of the machine, not of the work; nothing is left running beside it."""
    start = machine.start("true", beside={"claude": "sleep 300"})
    start.template["container"]["command"] = ["no-such-program"]

    end = asyncio.run(run_pod(start, machine.settings))

    assert end.code is None
    assert "pod could not run: " in end.message
    assert "no-such-program" in end.message
    _until(lambda: not machine.marked())


def test_the_users_variables_reach_the_agent_and_ours_do_not(machine, monkeypatch):
    """Log-ins are in place; what stands for a Secret is left out; an outer town is not mixed in."""
    monkeypatch.setenv("GASTOWN_HOME", "/elsewhere")
    monkeypatch.setenv("USERS_OWN", "here")

    machine.run("echo $USERS_OWN $GASTOWN_HOME $SECRET.; pwd")

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
    assert not machine.marked()
    assert other.is_running()
    other.kill()
    other.wait()
    lost.wait()
