"""From a plan to the objects that Argo runs: one Workflow a train, and the ConfigMaps its texts travel in."""

from workflows.compile.settings import CompileSettings
from workflows.compile.workflow import Compiled, Request, compile_train

__all__ = ["CompileSettings", "Compiled", "Request", "compile_train"]
