"""What containers of pods print, and the end of it as an apiserver hands it on from a kubelet."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Mapping

from inmemory.ownership import Manifest
from inmemory.refusals import bad_request


class Logs:
    """The lines of each container with their times. `now` is the wall clock in UTC."""

    def __init__(self, now: Callable[[], datetime.datetime]) -> None:
        self._now = now
        self._lines: dict[tuple[str, str, str], list[tuple[datetime.datetime, str]]] = defaultdict(list)

    def write(self, namespace: str, pod: str, container: str, *lines: str) -> None:
        """A container prints."""
        self._lines[namespace, pod, container] += [(self._now(), each) for each in lines]

    def read(self, pod: Manifest, query: Mapping[str, str]) -> bytes | None:
        """The log of a container; None while its pod has no node. Raises Refused."""
        metadata, spec = pod["metadata"], pod.get("spec") or {}
        names = [each["name"] for each in spec.get("containers") or ()]
        container = query.get("container") or (names[0] if len(names) == 1 else "")
        if not container:
            choose = f"a container name must be specified for pod {metadata['name']}, choose one of: [{' '.join(names)}]"
            raise bad_request(choose)
        if container not in names:
            raise bad_request(f"container {container} is not valid for pod {metadata['name']}")
        if not spec.get("nodeName"):
            return None
        where = (metadata["namespace"], metadata["name"], container)
        if where not in self._lines:
            words = (
                f'container "{container}" in pod "{metadata["name"]}" is waiting to start: ContainerCreating'
            )
            raise bad_request(words)
        return _shown(self._lines[where], query)


def _shown(lines: list[tuple[datetime.datetime, str]], query: Mapping[str, str]) -> bytes:
    """The last lines, and of those the first bytes, as the kubelet counts them."""
    last = lines[-int(query["tailLines"]) :] if "tailLines" in query else lines
    timed = query.get("timestamps") == "true"
    text = "".join(f"{at.isoformat()} {line}\n" if timed else f"{line}\n" for at, line in last).encode()
    return text[: int(query["limitBytes"])] if "limitBytes" in query else text
