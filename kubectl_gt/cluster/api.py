"""The few calls that the command line makes, with errors in the words of the rest of the program."""

import contextlib
import json
import random
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import urllib3
from kubernetes import client

from crds import GROUP, KINDS, VERSION, AnyResource, InvalidManifestError, Manifest, load
from kubectl_gt.cluster.connection import Connection
from kubectl_gt.cluster.reader import listed
from workflows.errors import Missing, Occupied, Refused, Unavailable, WorkflowsError
from workflows.hints import not_found

MANAGER = "kubectl-gt"
"""Field manager of what people type."""

TRIES = 10
"""How often a change is made again because somebody else changed the object meanwhile."""

R = TypeVar("R", bound=AnyResource)


class _Outrun(Exception):
    """The object is not of the version any more that was read."""


class Api:
    """Our kinds, and the pods and Workflows behind them, in one namespace."""

    def __init__(self, connection: Connection) -> None:
        self.namespace = connection.namespace
        self.core: Any = client.CoreV1Api(connection.client)
        self._objects: Any = client.CustomObjectsApi(connection.client)
        self._more = {"_request_timeout": connection.timeout}

    @property
    def more(self) -> dict[str, Any]:
        """What every request carries."""
        return dict(self._more)

    def every(self, kind: str) -> list[AnyResource]:
        """All objects of a kind, by name; of the namespace where the kind has one."""
        with told(_plural(kind)):
            found = self._call("list", kind)
            items = [_typed(kind, each) for each in listed(found, self._objects.api_client)]
        return sorted(items, key=lambda each: each.metadata.name)

    def find(self, kind: str, name: str) -> AnyResource | None:
        """One object; None where there is none."""
        try:
            with told(f"{kind.lower()} {name}"):
                return _typed(kind, self._call("get", kind, name=name))
        except Missing:
            return None

    def get(self, kind: str, name: str) -> AnyResource:
        """One object. Raises Missing, naming those that there are."""
        found = self.find(kind, name)
        if found is None:
            known = (each.metadata.name for each in self.every(kind))
            raise not_found(kind.lower(), name, known, otherwise="there is none", where=self._where(kind))
        return found

    def create(self, resource: AnyResource) -> AnyResource:
        """Make an object, judged by the API server to the last field. Raises Refused or Occupied."""
        kind = resource.kind
        with told(f"{kind.lower()} {resource.metadata.name}"):
            made = self._call(
                "create", kind, body=resource.manifest(), field_manager=MANAGER, field_validation="Strict"
            )
        return _typed(kind, made)

    def patch(self, kind: str, name: str, spec: Manifest) -> AnyResource:
        """Set fields of a spec to what does not depend on what is there. Raises Missing or Refused."""
        with told(f"{kind.lower()} {name}"):
            return self._patched(kind, name, {"spec": spec})

    def change(self, kind: type[R], name: str, fields: Callable[[R], Manifest]) -> R:
        """Set the fields of the spec that `fields` makes of what is there, nothing where it makes none.

        It is asked again where somebody else changed the object meanwhile, so that nobody's words are lost. Raises Missing, Refused, or
        Unavailable where others are always faster.
        """
        word = kind.__name__
        for tried in range(TRIES):
            there = narrowed(kind, self.get(word, name))
            spec = fields(there)
            if not spec:
                return there
            version = {"metadata": {"resourceVersion": there.metadata.resource_version}}
            with contextlib.suppress(_Outrun), told(f"{word.lower()} {name}"), _guarded():
                return narrowed(kind, self._patched(word, name, version | {"spec": spec}))
            time.sleep(random.uniform(0, min(0.02 * 2**tried, 1)))  # noqa: S311 - so that two don't meet again
        raise Unavailable(
            f"{word.lower()} {name}: others changed it {TRIES} times at the same moment; try again"
        )

    def delete(self, kind: str, name: str) -> None:
        """Ask for an object to go; its finalizers may take a while. Raises Missing."""
        with told(f"{kind.lower()} {name}"):
            self._call("delete", kind, name=name)

    def workflows(self, selector: str) -> list[Manifest]:
        """Argo's Workflows with these labels."""
        with told("workflows"):
            found = self._objects.list_namespaced_custom_object(
                "argoproj.io", "v1alpha1", self.namespace, "workflows", label_selector=selector, **self._more
            )
            return listed(found, self._objects.api_client)

    def _patched(self, kind: str, name: str, body: Manifest) -> AnyResource:
        changed = self._call(
            "patch", kind, name=name, body=body, field_manager=MANAGER, field_validation="Strict"
        )
        return _typed(kind, changed)

    def _call(self, verb: str, kind: str, **arguments: Any) -> Manifest:
        namespaced = KINDS[kind].definition.scope == "Namespaced"
        method = getattr(self._objects, f"{verb}_{'namespaced' if namespaced else 'cluster'}_custom_object")
        place = {"namespace": self.namespace} if namespaced else {}
        answer: Manifest = method(
            group=GROUP, version=VERSION, plural=_plural(kind), **place, **arguments, **self._more
        )
        return answer

    def _where(self, kind: str) -> str:
        return f" in namespace {self.namespace}" if KINDS[kind].definition.scope == "Namespaced" else ""


@contextlib.contextmanager
def told(what: str) -> Iterator[None]:
    """Turn what the client raises into our errors; `what` is the object that the call is about."""
    try:
        yield
    except client.ApiException as error:
        raise _error(what, error) from None
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unavailable(
            f"cluster: no answer ({_reason(error)}); check --context and the network, or use --local"
        ) from None


@contextlib.contextmanager
def _guarded() -> Iterator[None]:
    """Tell a change that came too late from any other refusal."""
    try:
        yield
    except client.ApiException as error:
        if error.status == 409:
            raise _Outrun from None
        raise


def _error(what: str, error: Any) -> WorkflowsError:
    message = _message(error)
    match error.status:
        case 404 if message:
            return Missing(f"{what}: {message}")
        case 404:
            return Unavailable(
                f"{what}: the cluster does not know them; install the chart of Gas Town, or use --local"
            )
        case 409:
            return Occupied(f"{what}: {message}; look at what is there, or choose another name")
        case 400 | 422:
            return Refused(f"{what}: {message}; correct it and try again")
        case 401 | 403:
            return Unavailable(f"{what}: {message or error.reason}; log in, or choose another --context")
        case _:
            return Unavailable(f"{what}: {message or error.reason or error}; try again")


def _message(error: Any) -> str:
    """The API server's own sentence; empty where something else answered."""
    try:
        body = json.loads(error.body or "")
    except ValueError:
        return ""
    return str(body.get("message") or "") if isinstance(body, dict) else ""


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or error).rpartition(">: ")[2] or type(error).__name__


def _plural(kind: str) -> str:
    return KINDS[kind].definition.plural


def narrowed(kind: type[R], found: AnyResource) -> R:
    """An answer as the kind that was asked for."""
    if not isinstance(found, kind):
        raise TypeError(type(found).__name__)
    return found


def _typed(kind: str, manifest: Manifest) -> AnyResource:
    """Lists leave kind and apiVersion out of their items. Raises Unavailable for what a cluster of another version holds."""
    try:
        return load({"apiVersion": f"{GROUP}/{VERSION}", "kind": kind} | manifest)
    except InvalidManifestError as error:
        metadata = manifest.get("metadata")
        name = metadata.get("name", "") if isinstance(metadata, dict) else ""
        raise Unavailable(
            f"{kind.lower()} {name}: the cluster holds it in a form that is not known here ({error.problems[0]}); "
            "update gastown or the chart, whichever is older"
        ) from error
