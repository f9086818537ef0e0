"""The few expressions that a compiled Workflow holds: `depends`, `when`, a retry's condition, and those that stand in `{{=…}}`.

Argo evaluates them with expr-lang. Their operators are Python's by other names, so Python's own parser reads them and a short list of
node types is evaluated; anything else is refused rather than guessed.
"""

import ast
import functools
import re
from collections.abc import Callable, Mapping

from workflows.errors import ConvoyRefused

_SPELLINGS = (
    (re.compile(r"&&"), " and "),
    (re.compile(r"\|\|"), " or "),
    (re.compile(r"!(?!=)"), " not "),
    (re.compile(r"\$env\?\."), ""),
    (re.compile(r"\?\?''"), ""),
    (re.compile(r"\?\."), "."),
)
_NAME = re.compile(r"(?<![\w.-])[A-Za-z][A-Za-z0-9-]*")
"""A task's name in a `depends`; what follows a dot is a phase."""
_CHOICE = re.compile(r"(?P<condition>.*)\?(?P<one>[^:]*):(?P<other>.*)")
_FUNCTIONS: dict[str, Callable[..., object]] = {
    "asInt": int,
    "asFloat": float,
    "get": lambda mapping, name: mapping.get(name) if mapping else None,
    "len": len,
    "replace": str.replace,
    "split": str.split,
    "trimPrefix": str.removeprefix,
    "trimSuffix": str.removesuffix,
}


def evaluate(expression: str, names: Mapping[str, object]) -> object:
    """The value of an expression over `names`; a nested mapping is reached by `a.b`. Raises ConvoyRefused for what it does not know."""
    return _value(_parse(expression), names, expression)


def depends(expression: str, phase: Callable[[str], str | None]) -> bool | None:
    """Whether a task's `depends` holds; None while a task that it names has not ended.

    `phase` gives the phase of a task that has ended, else None. A bare name stands for Succeeded, Skipped or Daemoned, as in Argo.
    """
    outcomes: dict[str, object] = {}
    for name in names(expression):
        ended = phase(name)
        if ended is None:
            return None
        outcomes[_identifier(name)] = _Outcome(ended)
    return bool(evaluate(_NAME.sub(lambda name: _identifier(name[0]), expression), outcomes))


@functools.cache
def names(expression: str) -> tuple[str, ...]:
    """The tasks that a `depends` names, in order of appearance."""
    return tuple(dict.fromkeys(_NAME.findall(expression)))


def when(condition: str) -> bool:
    """A `when` after substitution: `<word> == <word>`; the words may be empty."""
    left, equal, right = condition.partition("==")
    if not equal or "==" in right:
        raise ConvoyRefused(f"condition {condition!r}: not understood on one machine")
    return left.strip() == right.strip()


class _Outcome:
    """A task's phase as `depends` sees it: true when bare, or asked by name."""

    def __init__(self, phase: str) -> None:
        self._phase = phase

    def __bool__(self) -> bool:
        return self._phase in ("Succeeded", "Skipped", "Daemoned")

    def __getitem__(self, name: str) -> bool:
        return self._phase == {"Errored": "Error"}.get(name, name)


def _identifier(task: str) -> str:
    """A name that Python's parser takes for one, also for a task called `class`."""
    return f"task_{task.replace('-', '_')}"


@functools.cache
def _parse(expression: str) -> ast.expr:
    text = expression
    for pattern, word in _SPELLINGS:
        text = pattern.sub(word, text)
    choice = _CHOICE.fullmatch(text)
    if choice:
        text = "({one}) if ({condition}) else ({other})".format(**choice.groupdict())
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ConvoyRefused(f"expression {expression!r}: not understood on one machine") from error


def _value(node: ast.expr, names: Mapping[str, object], source: str) -> object:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Attribute(value=inner, attr=name):
            return _value(inner, names, source)[name]  # type: ignore[index]
        case ast.List(elts=items):
            return [_value(item, names, source) for item in items]
        case ast.BoolOp(op=ast.And(), values=terms):
            return all(_value(term, names, source) for term in terms)
        case ast.BoolOp(op=ast.Or(), values=terms):
            return any(_value(term, names, source) for term in terms)
        case ast.UnaryOp(op=ast.Not(), operand=term):
            return not _value(term, names, source)
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _compare(operator, _value(left, names, source), _value(right, names, source), source)
    return _made(node, names, source)


def _made(node: ast.expr, names: Mapping[str, object], source: str) -> object:
    """The value of an expression that makes one of others."""
    match node:
        case ast.IfExp(test=test, body=one, orelse=other):
            return _value(one if _value(test, names, source) else other, names, source)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return str(_value(left, names, source)) + str(_value(right, names, source))
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_value(argument, names, source) for argument in arguments))
    raise ConvoyRefused(f"expression {source!r}: {ast.unparse(node)} is not understood on one machine")


def _compare(operator: ast.cmpop, left: object, right: object, source: str) -> bool:
    match operator, right:
        case ast.Eq(), _:
            return left == right
        case ast.NotEq(), _:
            return left != right
        case ast.Gt(), int() if isinstance(left, int):
            return left > right
        case ast.In(), list():
            return left in right
        case ast.NotIn(), list():
            return left not in right
        case ast.Lt(), int() if isinstance(left, int):
            return left < right
    raise ConvoyRefused(f"expression {source!r}: this comparison is not understood on one machine")
