import pytest

from crds import AGENTS, AgentPreset
from workflows.agents import presets, resolve
from workflows.errors import AgentRefused


@pytest.fixture
def user_file(tmp_path):
    """Writes a user's own agents."""
    file = tmp_path / "agents.toml"

    def write(text):
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


def test_every_known_agent_has_a_preset():
    """The names that the resources accept without a preset of their own."""
    assert set(AGENTS) == set(presets())


@pytest.mark.parametrize("name", sorted(set(presets()) - {"custom"}))
def test_a_preset_runs_without_a_person(name):
    """It starts its own program, and takes the task from standard input or a file: no argument holds it."""
    orders = resolve(name, None, presets())

    assert not any("{prompt}" in word or "{model}" in word for word in orders.command)
    assert orders.command[0] == orders.name.removesuffix("-code")
    assert orders.report.format == ("text" if name == "aider" else "lines")


def test_custom_waits_for_its_command():
    """It has none of its own."""
    assert () == presets()["custom"].command


def test_a_users_agent_joins(user_file):
    """Under its name, beside those that ship."""
    file = user_file('[own]\ncommand = ["own", "{prompt}"]\nrate_patterns = ["slow down"]\n')

    found = presets(user_file=file)

    assert (("own", "{prompt}"), ("slow down",)) == (found["own"].command, found["own"].rate_patterns)
    assert presets()["claude-code"] == found["claude-code"]


def test_a_users_file_changes_a_field(user_file):
    """Without a command the rest stays as it ships."""
    found = presets(user_file=user_file('[claude-code]\nmodel = "opus"\n'))["claude-code"]

    assert "opus" == found.model
    assert presets()["claude-code"].command == found.command


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('[own]\ncomand = ["own"]\n', r"agent own: comand: there is no such field; did you mean command\?"),
        ('[own.report]\nsumary = "x"\n', r"report\.sumary: there is no such field; did you mean summary\?"),
        (
            '[agents.own]\ncommand = ["own"]\n',
            r"\[agents\.own\]: an agent's table is named like the agent: \[own\]",
        ),
        ("[own]\nzebra = 1\n", r"agent own: zebra: there is no such field; there are: command, resume"),
        ('[own]\nidle = "long"\n', r"agent own: idle: .*mend the field"),
    ],
    ids=["field", "field-below", "table-below", "nothing-near", "value"],
)
def test_a_slip_in_a_users_file_is_answered_with_what_was_meant(user_file, text, meant):
    """With the file, the agent and the field."""
    with pytest.raises(AgentRefused, match=meant):
        presets(user_file=user_file(text))


def test_an_agent_with_a_command_replaces_its_namesake(user_file):
    """Claude's resume, arguments and patterns are no use to another program; who carries the key stays known."""
    found = presets(user_file=user_file('[claude-code]\ncommand = ["mine"]\n'))["claude-code"]

    assert (("mine",), (), (), ()) == (
        found.command,
        found.resume,
        found.model_arguments,
        found.auth_patterns,
    )
    assert "ANTHROPIC_API_KEY" == found.key_variable


def test_a_rigs_agent_goes_before_the_users(user_file):
    """Who slings at the rig gets what the rig says."""
    rig = AgentPreset(name="own", command=("rigs", "{prompt}"), report={"format": "json", "cost": "usd"})

    found = presets(user_file=user_file('[own]\ncommand = ["users"]\n'), rig=(rig,))["own"]

    assert ("rigs", "{prompt}") == found.command
    assert ("json", "usd", "") == (found.report.format, found.report.cost, found.report.summary)


def test_no_file_is_no_error(tmp_path):
    """Most users have none."""
    assert presets() == presets(user_file=tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[own", "not TOML", id="not TOML"),
        pytest.param("[own]\ncommand = 1", "agent own: command: ", id="wrong type"),
        pytest.param("[own]\ncomand = ['x']", "agent own: comand: ", id="misspelt"),
        pytest.param("command = ['x']", "command stands outside of an agent", id="no agent"),
        pytest.param(b"\xff\xfe", "cannot be read", id="not UTF-8"),
    ],
)
def test_a_users_file_is_refused_with_its_place(user_file, text, words):
    """The file, the agent and the field, in one line."""
    file = user_file(text)

    with pytest.raises(AgentRefused) as refusal:
        presets(user_file=file)

    assert str(refusal.value).startswith(f"{file}: {words}")
    assert "; " in str(refusal.value)
    assert str(refusal.value).isprintable()
