"""`changes.yaml` is also tried on a real API server, whose CEL must come to the same answers."""

from pathlib import Path

import pytest
import yaml

import crds

CHANGES = yaml.safe_load(Path(__file__).with_name("changes.yaml").read_text(encoding="utf-8"))


def _loaded(change, side):
    envelope = {"apiVersion": crds.API_VERSION, "kind": change["kind"], "metadata": {"name": "x"}}
    return crds.load(envelope | change[side])


@pytest.mark.parametrize(
    "change", [pytest.param(change, id=change["id"]) for change in CHANGES if "refused" in change]
)
def test_what_is_fixed_stays(change):
    """The refusal names the field, so that its author knows what to leave alone."""
    with pytest.raises(crds.RefusedChangeError) as refusal:
        crds.check_change(_loaded(change, "old"), _loaded(change, "new"))

    assert [problem.path for problem in refusal.value.problems] == [change["refused"]]
    assert str(refusal.value).startswith(f"{change['kind']} x: {change['refused']} ")


@pytest.mark.parametrize(
    "change", [pytest.param(change, id=change["id"]) for change in CHANGES if "refused" not in change]
)
def test_what_users_edit_stays_possible(change):
    """A rule that is too wide would break a workflow that works today."""
    crds.check_change(_loaded(change, "old"), _loaded(change, "new"))


@pytest.mark.parametrize("side", ["old", "new"])
@pytest.mark.parametrize("change", [pytest.param(change, id=change["id"]) for change in CHANGES])
def test_leaving_everything_as_it_is_is_no_change(change, side):
    """Applying the same manifest again never fails."""
    crds.check_change(_loaded(change, side), _loaded(change, side))
