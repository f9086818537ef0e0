"""Each agent's stream reads like a person's notes: what it says, which command it runs, which file it edits, what it took."""

import pytest

from workflows.transcript.dialects import DIALECTS

COMMAND = "echo hello > hello.txt && git add hello.txt"
CALL = {"command": COMMAND}


@pytest.mark.parametrize(
    ("dialect", "told", "expected"),
    [
        ("claude", {"type": "system", "subtype": "init", "model": "opus"}, ["model opus"]),
        (
            "claude",
            {"type": "assistant", "message": {"content": [{"type": "text", "text": "I see.\nNow."}]}},
            ["I see.", "Now."],
        ),
        (
            "claude",
            {
                "type": "assistant",
                "message": {"content": [{"type": "tool_use", "name": "Bash", "input": CALL}]},
            },
            [f"$ {COMMAND}"],
        ),
        (
            "claude",
            {
                "type": "assistant",
                "message": {
                    "content": [
                        {
                            "type": "tool_use",
                            "name": "Edit",
                            "input": {"file_path": "src/a.py", "old_string": "x"},
                        }
                    ]
                },
            },
            ["[Edit] src/a.py"],
        ),
        (
            "claude",
            {
                "type": "user",
                "message": {
                    "content": [{"type": "tool_result", "is_error": True, "content": "Exit code 3\nbroken"}]
                },
            },
            ["  ! Exit code 3 broken"],
        ),
        (
            "claude",
            {
                "type": "result",
                "num_turns": 2,
                "total_cost_usd": 0.01525,
                "usage": {"input_tokens": 2400, "output_tokens": 68, "cache_read_input_tokens": 800},
            },
            ["done: 2 turns, 3,268 tokens, $0.0152"],
        ),
        (
            "claude",
            {"type": "result", "is_error": True, "result": "Invalid API key"},
            ["error: Invalid API key", "done: no figures"],
        ),
        (
            "codex",
            {"type": "item.started", "item": {"type": "command_execution", "command": COMMAND}},
            [f"$ {COMMAND}"],
        ),
        (
            "codex",
            {
                "type": "item.completed",
                "item": {"type": "command_execution", "exit_code": 3, "aggregated_output": "broken\n"},
            },
            ["  ! exit 3: broken"],
        ),
        (
            "codex",
            {
                "type": "item.completed",
                "item": {"type": "file_change", "changes": [{"path": "a.py", "kind": "update"}]},
            },
            ["[update] a.py"],
        ),
        ("codex", {"type": "item.completed", "item": {"type": "agent_message", "text": "Done."}}, ["Done."]),
        (
            "codex",
            {"type": "turn.completed", "usage": {"input_tokens": 10, "output_tokens": 2}},
            ["done: 12 tokens"],
        ),
        ("codex", {"type": "error", "message": "Reconnecting... 1/5"}, ["error: Reconnecting... 1/5"]),
        (
            "copilot",
            {"type": "tool.execution_start", "data": {"toolName": "bash", "arguments": CALL}},
            [f"$ {COMMAND}"],
        ),
        ("copilot", {"type": "assistant.message", "data": {"content": "Done."}}, ["Done."]),
        ("copilot", {"type": "session.error", "data": {"message": "no key"}}, ["error: no key"]),
        (
            "gemini",
            {"type": "tool_use", "tool_name": "run_shell_command", "parameters": CALL},
            [f"$ {COMMAND}"],
        ),
        ("gemini", {"type": "message", "role": "assistant", "content": "Done."}, ["Done."]),
        ("gemini", {"type": "message", "role": "user", "content": "the task"}, []),
        ("gemini", {"type": "result", "stats": {"total_tokens": 2468}}, ["done: 2,468 tokens"]),
        (
            "opencode",
            {
                "type": "tool_use",
                "part": {
                    "tool": "bash",
                    "state": {"status": "completed", "input": CALL, "metadata": {"exit": 0}},
                },
            },
            [f"$ {COMMAND}"],
        ),
        (
            "opencode",
            {
                "type": "tool_use",
                "part": {
                    "tool": "edit",
                    "state": {"status": "error", "input": {"filePath": "a.py"}, "error": "no match"},
                },
            },
            ["[edit] a.py", "  ! no match"],
        ),
        ("opencode", {"type": "text", "part": {"text": "Done."}}, ["Done."]),
        ("opencode", {"type": "error", "error": {"data": {"message": "no key"}}}, ["error: no key"]),
    ],
)
def test_an_object_reads_as_lines(dialect, told, expected):
    """Text, tool, file, command, tokens, cost."""
    assert expected == [line.text for line in DIALECTS[dialect](told)]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "told",
    [
        {},
        {"type": None},
        {"type": "assistant", "message": None},
        {"type": "result", "usage": [], "error": 3},
        {"type": "tool_use", "part": []},
    ]
    + [
        {"type": kind, "item": None, "data": [], "part": None, "message": 3}
        for kind in ("item.started", "session.error", "error", "text", "user")
    ],
    ids=str,
)
def test_objects_of_another_form_are_survived(dialect, told):
    """A newer version may print what we do not know."""
    assert all(line.text.isprintable() for line in DIALECTS[dialect](told))


def test_a_command_stays_one_bounded_line():
    """A script of a thousand lines, with escapes, is one line of a log."""
    told = {
        "type": "assistant",
        "message": {
            "content": [{"type": "tool_use", "name": "Bash", "input": {"command": "a\x1b[2J\n" * 1000}}]
        },
    }
    (line,) = DIALECTS["claude"](told)
    assert line.text.isprintable()
    assert len(line.text) < 450
