"""The Kubernetes client, wary of what answers: a proxy's log-in page comes with 200, and is no apiserver."""

from typing import Any

from kubernetes import client

from workflows.errors import Unavailable


class Reader(client.ApiClient):
    """The client, with one error for an answer that it can't take apart, or that is no object of Kubernetes."""

    def response_deserialize(self, response_data: Any, response_types_map: Any = None) -> Any:
        """What was answered. Raises Unavailable where that has not the form of an answer."""
        try:
            found: Any = super().response_deserialize(response_data, response_types_map)
        except client.ApiException as error:
            if not error.status:  # the client's word for a type of content that it does not know
                raise _stranger(self) from error
            raise
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise _stranger(self) from error
        if found.data is None or isinstance(found.data, str | int | float | list):
            raise _stranger(self)
        return found


def _stranger(api: Any) -> Unavailable:
    return Unavailable(
        f"cluster: what answers at {api.configuration.host} is no apiserver; check --server or --context, and log in where a proxy asks for it"
    )


def listed(answer: dict[str, Any], api: Any) -> list[dict[str, Any]]:
    """The items of a list; Go's empty one may be null. Raises Unavailable for what is no list."""
    items = answer.get("items", "")
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise _stranger(api)
    return items
