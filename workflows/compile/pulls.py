"""What a refinery of mode pr asks of the pods that hand work over."""

from crds import Refinery, Rig, SecretKeyReference
from workflows.errors import ConvoyRefused
from workflows.orders import PullOrders


def pull_orders(rig: Rig, refinery: Refinery) -> PullOrders:
    """Where and how pull requests are made. Raises ConvoyRefused where the rig does not know its forge."""
    forge, pr = rig.spec.forge, refinery.spec.pr
    if forge is None:
        raise ConvoyRefused(
            f"refinery {refinery.metadata.name}: mode pr needs the forge of rig {rig.metadata.name}; run `rig connect`"
        )
    return PullOrders(
        kind=forge.kind,
        repository=forge.repository,
        api=forge.api_url,
        method=pr.method or refinery.spec.style,
        wait=pr.wait,
        draft=pr.draft,
        queue=pr.forge_queue,
        reviewers=pr.reviewers,
        labels=pr.labels,
        context=pr.status_context,
    )


def slings(rig: Rig) -> tuple[str, ...]:
    """The events on a pull request for which the rig's triggers make a convoy that works the branch again."""
    return tuple(sorted({each.event for each in rig.spec.triggers} & {"ChangesRequested", "CheckFailed"}))


def token_of(rig: Rig) -> SecretKeyReference:
    """The token for the forge, which only the container that pushes gets. Raises ConvoyRefused."""
    token = rig.spec.forge_token_secret_ref
    if token is None:
        raise ConvoyRefused(f"rig {rig.metadata.name}: mode pr needs forgeTokenSecretRef; run `rig connect`")
    return token
