"""From a plan to the objects that Argo runs: one Workflow a train, and the ConfigMaps its texts travel in."""

from workflows.compile.beadstore import (
    CompiledStore,
    StoreRequest,
    compile_store,
    read_now,
    store_schedule,
    store_slug,
)
from workflows.compile.check import check_dependencies, compile_check
from workflows.compile.images import agent_image
from workflows.compile.orders import home_branch
from workflows.compile.request import Compiled, Request
from workflows.compile.settings import CompileSettings
from workflows.compile.workflow import compile_train

__all__ = [
    "CompileSettings",
    "Compiled",
    "CompiledStore",
    "Request",
    "StoreRequest",
    "agent_image",
    "check_dependencies",
    "compile_check",
    "compile_store",
    "compile_train",
    "home_branch",
    "read_now",
    "store_schedule",
    "store_slug",
]
