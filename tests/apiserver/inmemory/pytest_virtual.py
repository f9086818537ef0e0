"""Runs tests that are coroutines in virtual time. What a fixture gives them as an async context manager is entered on their loop."""

import inspect
from contextlib import AsyncExitStack
from typing import Any

import pytest

from inmemory.clock import run


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Take the coroutines; None leaves a test to others."""
    test = pyfuncitem.obj
    if not inspect.iscoroutinefunction(test):
        return None
    names = inspect.signature(test).parameters
    run(_within(test, {name: pyfuncitem.funcargs[name] for name in names}))
    return True


async def _within(test: Any, values: dict[str, Any]) -> None:
    async with AsyncExitStack() as stack:
        for name, value in values.items():
            if hasattr(value, "__aenter__"):
                values[name] = await stack.enter_async_context(value)
        await test(**values)
