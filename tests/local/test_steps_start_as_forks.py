"""The steps of one machine come from one process that has them loaded; whatever is killed, none is lost sight of."""

import asyncio
import contextlib
import os

import psutil
import pytest

from workflows.local.processes import starter
from workflows.local.processes.orphans import end_orphans
from workflows.local.processes.starter import Starter


class Steps:
    """A starter in a place of its own. `check` of a repository waits there for its orders, which are a pipe."""

    def __init__(self, root):
        self.root = root
        self.mark = f"{root}:c"
        self.starter = Starter(self.mark)
        os.mkfifo(root / "check.json")

    async def start(self, *arguments):
        """Start a step."""
        told = {"PATH": os.environ["PATH"], "GASTOWN_TASKS": str(self.root)}
        with (self.root / "log").open("ab") as log:
            return await self.starter.start(arguments, directory=self.root, environment=told, log=log)

    @property
    def log(self):
        """What steps printed."""
        return (self.root / "log").read_text()

    def process(self):
        """The process behind the starter."""
        return next(each for each in psutil.process_iter() if self._marked(each))

    def _marked(self, process):
        with contextlib.suppress(psutil.Error, OSError):
            return process.environ().get("GASTOWN_POD") == self.mark and process.ppid() == os.getpid()
        return False


@pytest.fixture
def steps(tmp_path):
    """Steps, none of which is left."""
    made = Steps(tmp_path)
    yield made
    made.starter.close()
    end_orphans(made.mark, grace=0)


def test_a_step_runs_as_a_program_of_its_own(steps):
    """With its own words, environment, folder, session and exit code."""

    async def run():
        waiting = await steps.start("check")
        orders = await asyncio.to_thread((steps.root / "check.json").open, "w")
        shown = (os.getsid(waiting.pid), psutil.Process(waiting.pid).cwd())
        usage = await (await steps.start("no-such-step")).wait()
        assert waiting.returncode is None
        orders.close()
        return waiting.pid, shown, (usage, await waiting.wait())

    pid, shown, codes = asyncio.run(run())

    assert (pid, str(steps.root)) == shown
    assert (64, 1) == codes
    assert steps.log.startswith("usage: gastown-step")
    assert f"the orders of the check in {steps.root} cannot be read" in steps.log


def test_a_killed_step_has_a_code_of_its_own(steps):
    """As Kubernetes tells it."""

    async def run():
        step = await steps.start("check")
        os.killpg(step.pid, 9)
        return await step.wait()

    assert asyncio.run(run()) == 137


def test_what_starts_steps_may_be_killed(steps):
    """A step that runs then goes on, and tells its end; the next has another process behind it."""

    async def run():
        running = await steps.start("check")
        steps.process().kill()
        after = await steps.start("no-such-step")
        code = await after.wait()
        assert running.returncode is None
        (steps.root / "check.json").write_text("no orders")
        return code, await running.wait()

    assert asyncio.run(run()) == (64, 1)
    assert "the orders of the check in" in steps.log


def test_steps_of_a_lost_runner_are_found(steps):
    """By the mark of the process behind them, which they show as their own."""

    async def run():
        step = await steps.start("check")
        steps.process().kill()
        assert end_orphans(steps.mark, grace=0.5) >= 1
        return await step.wait()

    assert asyncio.run(run()) == 137


def test_nothing_stays_behind_a_runner(steps):
    """When nobody can ask any more, what starts steps ends."""

    async def run():
        await (await steps.start("no-such-step")).wait()

    asyncio.run(run())
    behind = steps.process()

    steps.starter.close()

    assert not behind.is_running()


def test_what_starts_steps_goes_while_nothing_runs(steps, monkeypatch):
    """People may be waited for for weeks; the next step has another process behind it."""
    monkeypatch.setattr(starter, "IDLE", 0.0)

    async def run():
        await (await steps.start("no-such-step")).wait()
        behind = steps.process()
        steps.starter.rest(needed=True)
        kept = behind.is_running()
        steps.starter.rest(needed=False)
        return kept, behind.is_running(), await (await steps.start("no-such-step")).wait()

    assert asyncio.run(run()) == (True, False, 64)
