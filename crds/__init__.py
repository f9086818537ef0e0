"""The six kinds of Gas Town as models: read a manifest, look at it with types, write it back.

This is the only public door; the modules behind it may move.
"""

from crds.agents import AGENTS, DEFAULT_AGENT, AgentConfig, AgentPreset, AgentReport, ModelProvider
from crds.beadstore import BeadStore, BeadStoreSpec, BeadStoreStatus
from crds.budgets import Budget
from crds.conditions import Condition, with_conditions
from crds.convoy import BeadAnswer, Convoy, ConvoySpec, ConvoyStatus, InlineBead, PhaseCounts, Train, Waiting
from crds.errors import CrdError, InvalidManifestError, Problem, RefusedChangeError, UnknownKindError
from crds.eventsources import (
    ConvoySource,
    DecidedEvent,
    EventsStatus,
    PinnedActor,
    RefusedEvents,
    SeenTrigger,
    Sender,
)
from crds.forges import ForgeKind, RigForge, WebhookSecretReference
from crds.gates import Gate, GateCache
from crds.meta import API_VERSION, GROUP, VERSION, Column, Definition, Metadata, OwnerReference, Resource
from crds.pods import (
    ConfigMapReference,
    EnvSource,
    EnvVar,
    KeySelector,
    Resources,
    SecretKeyReference,
    SecretReference,
)
from crds.polecat import Answer, KubernetesSpec, Polecat, PolecatSpec, PolecatStatus, Task
from crds.pulls import PullRequests
from crds.quantities import seconds
from crds.reading import KINDS, AnyResource, check_change, load
from crds.refinery import LastMerge, MergesSummary, Refinery, RefinerySpec, RefineryStatus
from crds.retired import retired_fields
from crds.rig import Clone, RepositoryCheck, Rig, RigSettings, RigSpec, RigStatus
from crds.triggers import Rate, Sling, Trigger
from crds.unhonoured import unhonoured_fields
from crds.wire import Manifest
from crds.witness import PolecatsSummary, StuckPolecat, Witness, WitnessSpec, WitnessStatus

__all__ = [
    "AGENTS",
    "API_VERSION",
    "DEFAULT_AGENT",
    "GROUP",
    "KINDS",
    "VERSION",
    "AgentConfig",
    "AgentPreset",
    "AgentReport",
    "Answer",
    "AnyResource",
    "BeadAnswer",
    "BeadStore",
    "BeadStoreSpec",
    "BeadStoreStatus",
    "Budget",
    "Clone",
    "Column",
    "Condition",
    "ConfigMapReference",
    "Convoy",
    "ConvoySource",
    "ConvoySpec",
    "ConvoyStatus",
    "CrdError",
    "DecidedEvent",
    "Definition",
    "EnvSource",
    "EnvVar",
    "EventsStatus",
    "ForgeKind",
    "Gate",
    "GateCache",
    "InlineBead",
    "InvalidManifestError",
    "KeySelector",
    "KubernetesSpec",
    "LastMerge",
    "Manifest",
    "MergesSummary",
    "Metadata",
    "ModelProvider",
    "OwnerReference",
    "PhaseCounts",
    "PinnedActor",
    "Polecat",
    "PolecatSpec",
    "PolecatStatus",
    "PolecatsSummary",
    "Problem",
    "PullRequests",
    "Rate",
    "Refinery",
    "RefinerySpec",
    "RefineryStatus",
    "RefusedChangeError",
    "RefusedEvents",
    "RepositoryCheck",
    "Resource",
    "Resources",
    "Rig",
    "RigForge",
    "RigSettings",
    "RigSpec",
    "RigStatus",
    "SecretKeyReference",
    "SecretReference",
    "SeenTrigger",
    "Sender",
    "Sling",
    "StuckPolecat",
    "Task",
    "Train",
    "Trigger",
    "UnknownKindError",
    "Waiting",
    "WebhookSecretReference",
    "Witness",
    "WitnessSpec",
    "WitnessStatus",
    "check_change",
    "load",
    "retired_fields",
    "seconds",
    "unhonoured_fields",
    "with_conditions",
]
