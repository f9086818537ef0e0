"""A pod as processes: each container in its own process group, its output in a file, its mounts as directories."""

import asyncio
import contextlib
import dataclasses
import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from crds import Manifest
from workflows.errors import why
from workflows.local.engine.interface import PodEnd, PodStart
from workflows.local.processes.mounts import Mounts, Volumes
from workflows.local.processes.starter import MARK, Starter, Step, inherited
from workflows.steps.wall.door import Folder

MAIN = "main"
"""What Argo calls the container of a container template."""

FOREIGN = "compiled by another version of gastown: end the convoy, then retry it"
"""What a pod says whose template is none that this version makes."""

LOOK = 0.05
"""Seconds between two looks at what is still ending."""

LAST_WORDS = 4096
"""Characters of a container's termination message that are read, as the kubelet reads so many bytes."""

_LARGEST = 1 << 20
"""Bytes of one output: an agent is the same user here, and may write to its file."""

_USERS = "GASTOWN_USERS"
"""Holds in a cluster only: here all containers are one user, and nothing is open to a group. Gemini CLI takes no settings from a folder
that is.
"""

STEP = "gastown-step"
"""The program of our images, which runs here without an image."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PodSettings:
    """Where pods of one Workflow run. Times are seconds."""

    mark: str
    work: Path
    logs: Path
    volumes: Volumes
    starter: Starter
    grace: float = 30.0


_Process = asyncio.subprocess.Process | Step


async def run_pod(start: PodStart, settings: PodSettings) -> PodEnd:
    """Run a pod to its end. Cancelling it ends its processes politely, then for good."""
    pod = _Pod(start, settings)
    try:
        return await asyncio.wait_for(pod.run(), start.template.get("activeDeadlineSeconds"))
    except TimeoutError:
        await pod.kill()
        return PodEnd(code=None, message="Pod was active on the node longer than the specified deadline")
    except asyncio.CancelledError:
        await pod.kill()
        raise
    except OSError as error:
        await pod.kill()
        return PodEnd(code=None, message=f"pod could not run: {why(error)}")


class _Pod:
    def __init__(self, start: PodStart, settings: PodSettings) -> None:
        self._template = start.template
        self._settings = settings
        self._slug = start.node.partition(".")[2].replace("(", ".").replace(")", "")
        self._directory = settings.work / self._slug
        self._processes: dict[str, _Process] = {}

    async def run(self) -> PodEnd:
        if "container" not in self._template:
            return PodEnd(code=None, message=FOREIGN)
        # A clone that an earlier attempt left is the step's to judge; only files that this attempt is to write must go.
        self._directory.mkdir(parents=True, exist_ok=True)
        self._settings.logs.mkdir(parents=True, exist_ok=True)
        self._last_words(MAIN).unlink(missing_ok=True)
        made = self._settings.volumes.of_pod(self._template.get("volumes", []), self._directory)
        made.pop("tmp", None)
        for container in self._template.get("initContainers", ()):
            if code := await self._container(container, made):
                return PodEnd(code=None, message=self._message(container["name"], code))
        beside = [
            asyncio.create_task(self._container(each, made)) for each in self._template.get("sidecars", ())
        ]
        try:
            code = await self._container(self._template["container"] | {"name": MAIN}, made)
            await self._end_all(beside)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        return self._end(code, made)

    async def _end_all(self, beside: list[asyncio.Task[int]]) -> None:
        """What runs beside `main` ends with it, also what was only about to start."""
        while not all(task.done() for task in beside):
            await self.kill()
            await asyncio.wait(beside, timeout=LOOK)

    async def _container(self, container: Manifest, made: Mapping[str, Path]) -> int:
        """Run a container to its end; its exit code as Kubernetes tells it."""
        name = container["name"]
        mounts = Mounts.of(container, made)
        command = [mounts.translate(word) for word in (*container["command"], *container.get("args", ()))]
        environment = self._environment(container, mounts, self._last_words(name))
        with self._log(name).open("ab") as output:
            starting = asyncio.create_task(self._start(name, command, environment, output))
            try:
                process = await asyncio.shield(starting)
            except asyncio.CancelledError:
                # Half started it could be ended, but not what it starts.
                await asyncio.gather(starting, return_exceptions=True)
                raise
        code = await process.wait()
        _signal_group(process.pid, signal.SIGKILL)  # what it left in the background ends with it, as in a pod
        return code if code >= 0 else 128 - code

    async def _start(
        self, name: str, command: list[str], environment: dict[str, str], output: BinaryIO
    ) -> _Process:
        process: _Process
        if command[0] == STEP:
            process = await self._settings.starter.start(
                command[1:], directory=self._directory, environment=environment, log=output
            )
        else:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=self._directory,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes[name] = process
        return process

    def _log(self, container: str) -> Path:
        return self._settings.logs / f"{self._slug}.{container}.log"

    def _last_words(self, container: str) -> Path:
        return self._directory / f"termination-log.{container}"

    def _environment(self, container: Manifest, mounts: Mounts, last_words: Path) -> dict[str, str]:
        """The user's own environment with what the container sets on top."""
        given = {
            item["name"]: mounts.translate(item["value"])
            for item in container.get("env", ())
            if "valueFrom" not in item and item["name"] != _USERS
        }
        own = {MARK: self._settings.mark, "GASTOWN_TERMINATION_LOG": str(last_words)}
        return inherited() | given | own

    def _end(self, code: int, made: Mapping[str, Path]) -> PodEnd:
        outputs = self._outputs(made)
        if code == 0:
            # In a thread: a large clone takes seconds to delete, and nothing waits for it.
            asyncio.get_running_loop().run_in_executor(None, shutil.rmtree, self._directory, True)  # noqa: FBT003
            return PodEnd(code=0, outputs=outputs)
        return PodEnd(code=code, message=self._message(MAIN, code), outputs=outputs)

    def _message(self, container: str, code: int) -> str:
        """What Argo shows for a failed pod: the exit code, then the termination message."""
        words = _read(self._last_words(container), "")[:LAST_WORDS] or self._last_line(container)
        return f"{container}: Error (exit code {code})" + (f": {words}" if words else "")

    def _last_line(self, container: str) -> str:
        """The end of a container's log, for one that could not leave a message: its disk is full, or it was killed."""
        with self._log(container).open("rb") as log:
            log.seek(max(log.seek(0, os.SEEK_END) - LAST_WORDS, 0))
            lines = log.read().decode(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "")

    def _outputs(self, made: Mapping[str, Path]) -> dict[str, str]:
        mounts = Mounts.of(self._template["container"], made)
        outputs = {}
        for parameter in self._template.get("outputs", {}).get("parameters", ()):
            source = parameter["valueFrom"]
            outputs[parameter["name"]] = _read(
                Path(mounts.translate(source["path"])), source.get("default", "")
            )
        return outputs

    async def kill(self) -> None:
        """TERM to every process group, so that work in progress is pushed; KILL to what is left after the grace period."""
        living = [process for process in self._processes.values() if process.returncode is None]
        for process in living:
            _signal_group(process.pid, signal.SIGTERM)
        waits = [asyncio.create_task(process.wait()) for process in living]
        if waits:
            await asyncio.wait(waits, timeout=self._settings.grace)
        for process in self._processes.values():
            _signal_group(process.pid, signal.SIGKILL)
        if waits:
            await asyncio.wait(waits)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _read(path: Path, default: str) -> str:
    try:
        with Folder.at(path.parent) as folder:
            return folder.read(path.name, _LARGEST).decode("utf-8", "replace").strip()
    except OSError:
        return default
