"""What a podSpecPatch changes in the pods that Argo makes of a template: the order in which containers start, and who sees Argo's own folder.

The executor looks once a second in `main` whether its process has ended, and once a second in `wait` whether `main` has said so. Argo starts
`wait` first, so its look comes just before what it looks for, and each pod lives most of a second longer than it has to.
"""

import json

from workflows.compile.pods import exchange
from workflows.compile.pods.containers import MAIN

WAIT = "wait"
"""Argo's own container, which hands over what `main` wrote. It still starts before what runs the code of others."""


def pod_patch(*beside: str, cover: bool = False) -> str:
    """The podSpecPatch of a pod with these containers beside `main`, which are kept out of Argo's folder where it is to be covered."""
    order = {"$setElementOrder/containers": [{"name": name} for name in (MAIN, WAIT, *beside)]}
    return json.dumps(order | ({"containers": exchange.covered(*beside)} if cover and beside else {}))
