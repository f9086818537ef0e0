"""The work queue: one look for many wishes, one worker to a key, and repetition that gets slower."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable

import pytest

from adapter.objects.keys import Key
from adapter.queue.workqueue import FIRST, WorkQueue

A, B = Key("Convoy", "town", "a"), Key("Convoy", "town", "b")
FAST = Key("Workflow", "town", "a-1")


class _Clock(selectors.DefaultSelector):
    """Time that passes only, and at once, when everybody waits for it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if not events:
            self.now += timeout or 0.0
        return events


def _loop() -> asyncio.AbstractEventLoop:
    clock = _Clock()
    loop = asyncio.SelectorEventLoop(clock)
    loop.time = lambda: clock.now
    return loop


def _run(test: Callable[[WorkQueue], Awaitable[None]]) -> None:
    async def within() -> None:
        async with asyncio.timeout(100):
            await test(WorkQueue(urgent=lambda key: key.kind == "Workflow", jitter=lambda: 1.0))

    with asyncio.Runner(loop_factory=_loop) as runner:
        runner.run(within())


def test_many_wishes_make_one_look() -> None:
    """A key that waits is not put in line again."""

    async def scenario(queue: WorkQueue) -> None:
        for _ in range(100):
            queue.add(A)
        assert 1 == queue.depth
        assert await queue.get() == A
        queue.done(A)
        assert queue.idle

    _run(scenario)


def test_a_wish_during_the_look_is_not_lost() -> None:
    """And the second look begins after the first has ended, so no two workers hold one key."""

    async def scenario(queue: WorkQueue) -> None:
        queue.add(A)
        await queue.get()
        queue.add(A)
        assert 0 == queue.depth
        queue.done(A)
        assert await queue.get() == A

    _run(scenario)


def test_urgent_keys_go_first() -> None:
    """Whatever stood in line before them."""

    async def scenario(queue: WorkQueue) -> None:
        for key in (A, B, FAST):
            queue.add(key)
        assert [FAST, A, B] == [await queue.get() for _ in range(3)]

    _run(scenario)


def test_what_failed_comes_round_later_each_time() -> None:
    """0.1 s, then 0.2 s; and from the start again once it went well."""

    async def scenario(queue: WorkQueue) -> None:
        async def wait_after_failing() -> float:
            begun = asyncio.get_running_loop().time()
            queue.done(A, failed=True)
            assert 0 == queue.depth
            await queue.get()
            return asyncio.get_running_loop().time() - begun

        queue.add(A)
        await queue.get()
        waits = [await wait_after_failing(), await wait_after_failing()]
        queue.done(A)
        queue.add(A)
        await queue.get()
        waits.append(await wait_after_failing())
        assert [FIRST, 2 * FIRST, FIRST] == pytest.approx(waits)

    _run(scenario)


def test_the_earlier_of_two_times_counts() -> None:
    """A wish for now overtakes one for later, and only one look is made."""

    async def scenario(queue: WorkQueue) -> None:
        queue.add(A, after=60)
        queue.add(A, after=0.01)
        assert await queue.get() == A
        queue.done(A)
        queue.add(B, after=60)
        queue.add(B)
        assert await queue.get() == B
        queue.done(B)
        assert queue.idle
        assert {} == queue._timers

    _run(scenario)


def test_closing_sends_the_workers_home() -> None:
    """Those that wait get nothing, and what is asked for afterwards is not taken."""

    async def scenario(queue: WorkQueue) -> None:
        waiting = [asyncio.create_task(queue.get()) for _ in range(3)]
        await asyncio.sleep(0)
        queue.close()
        assert [None] * 3 == await asyncio.gather(*waiting)
        queue.add(A)
        assert (0, None) == (queue.depth, await queue.get())

    _run(scenario)
