import pytest

from kubectl_gt.show import graph
from kubectl_gt.show.graph import Graph
from kubectl_gt.show.snapshot import Row
from kubectl_gt.town import Vertex
from workflows.observe import Stage


def _graph(*vertices, stages=None):
    rows = {
        vertex.bead: Row(
            bead=vertex.bead,
            title=vertex.title,
            stage=(stages or {}).get(vertex.bead, Stage.WAITING),
            polecat="",
            says="",
            cost=None,
            started=None,
            finished=None,
        )
        for vertex in vertices
    }
    return Graph(vertices, rows)


DIAMOND = (
    Vertex("a", "Top", ()),
    Vertex("b", "Left", ("a",)),
    Vertex("c", "Right", ("a",)),
    Vertex("d", "Bottom", ("b", "c")),
    Vertex("e", "Alone", ()),
)


def test_a_tree_holds_each_bead_once_and_names_the_other_needs():
    """A diamond is no tree; what the lines can't show is said beside them."""
    stages = {"a": Stage.DONE, "b": Stage.FAILED, "c": Stage.WORKING, "e": Stage.MERGING}
    assert [
        ("✓ a Top", Stage.DONE),
        ("├─ ✗ b Left", Stage.FAILED),
        ("└─ ▶ c Right", Stage.WORKING),
        ("   └─ ○ d Bottom   (also after b)", Stage.WAITING),
        ("⇡ e Alone", Stage.MERGING),
    ] == [(each.whole, each.stage) for each in graph.text(_graph(*DIAMOND, stages=stages))]


def test_a_deep_graph_is_listed_by_waves():
    """A chain of a hundred beads would leave the screen to the right."""
    chain = [Vertex(f"b{n}", "", (f"b{n - 1}",) if n else ()) for n in range(100)]
    lines = [line.whole for line in graph.text(_graph(*chain))]
    assert 100 == len(lines)
    assert "   1 ○ b0" == lines[0].rstrip()
    assert " 100 ○ b99   (after b98)" == lines[-1]


@pytest.mark.parametrize(
    ("width", "wanted"),
    [
        pytest.param(40, "└─ ○ d A long title   (also after b)", id="whole"),
        pytest.param(34, "└─ ○ d A long ti…   (also after b)", id="cut title"),
        pytest.param(30, "└─ ○ d A long …   (also after…", id="cut names"),
    ],
)
def test_a_terminal_gets_one_row_a_bead(width, wanted):
    """The title gives way before the names of what it waits for."""
    line = graph.Line("└─ ○ d A long title", "   (also after b)", Stage.WAITING)
    assert wanted == line.fitting(width)
    assert width >= len(line.fitting(width))


@pytest.mark.parametrize(
    ("draw", "wanted"),
    [
        (graph.mermaid, '  b0["○ x say #34;hi#34; #60;b#62; #96;$#96;"]:::waiting'),
        (graph.dot, '  "x" [label="○ x say \\"hi\\" <b> `$`", fillcolor="#e5e7eb"];'),
    ],
    ids=["mermaid", "dot"],
)
def test_titles_are_quoted_for_their_language(draw, wanted):
    """Whoever writes a title does not write the drawing."""
    assert wanted in draw(_graph(Vertex("x", 'say "hi" <b> `$`\n', ())))


def test_a_convoys_graph_is_drawn_in_three_languages(look):
    """From the town's own plan."""
    text = look("convoy", "graph", "build")
    assert "✓ app-1 Lay the ground\n└─ ✓ app-2 Raise [bold]walls[/bold]\n" == text.out
    assert "  b0 --> b1" in look("convoy", "graph", "build", "-o", "mermaid").out.splitlines()
    assert '  "app-1" -> "app-2";' in look("convoy", "graph", "build", "-o", "dot").out.splitlines()
