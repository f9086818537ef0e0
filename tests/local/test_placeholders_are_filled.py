import pytest

from workflows.errors import ConvoyRefused
from workflows.local.engine.substitution import substitute

KNOWN = {
    "inputs": {"parameters": {"bead": "ap-1", "nasty": "{{inputs.parameters.bead}}"}},
    "node": {"name": "c-1.a.b"},
    "empty": "",
}


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        pytest.param("{{inputs.parameters.bead}}.merge", "ap-1.merge", id="inside"),
        pytest.param("{{ inputs.parameters.bead }}", "ap-1", id="spaces"),
        pytest.param({"a": ["{{empty}}", 1, None]}, {"a": ["", 1, None]}, id="nested"),
        pytest.param(
            "{{inputs.parameters.nasty}}", "{{inputs.parameters.bead}}", id="values are not expanded again"
        ),
        pytest.param("{}{", "{}{", id="no placeholder"),
        pytest.param("{{=replace(node.name,'.','_')}}", "c-1_a_b", id="an expression"),
    ],
)
def test_values_take_their_places(value, filled):
    """Once, everywhere in a template."""
    assert filled == substitute(value, KNOWN)


def test_a_placeholder_without_a_value_is_refused():
    """As by Argo, which validates before it runs."""
    with pytest.raises(ConvoyRefused, match=r"\{\{workflow.name\}\}: nothing to fill it with"):
        substitute("{{workflow.name}}", KNOWN)
