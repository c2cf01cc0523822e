"""Every small mistake that a module could have had: one place in its text, written otherwise.

A mutant is made from the text and the syntax tree: a comparison that is a little different, an operand or an element left
out, a condition that always or never holds, a statement that is missing, another member of the same enumeration, a number
a little higher or lower. What no test could see stays as it is: documentation, annotations, type aliases, decorators.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: `before` at `start` (an offset in UTF-8) is written `after`; `line` counts from 1.

    `code` is the line of code that it is in, without its indentation.
    """

    line: int
    start: int
    before: str
    after: str
    code: str

    def text(self, source: str) -> str:
        """Return the text of the module with the mistake in it."""
        text = source.encode()
        return (text[: self.start] + self.after.encode() + text[self.start + len(self.before.encode()) :]).decode()

    def __str__(self) -> str:
        return f"{_in_one_line(self.before)} -> {_in_one_line(self.after)}"


def mutants(source: str, names: Mapping[str, Any]) -> list[Mutant]:
    """Return every mutant of a module in the order of its lines. `names` are what it defines and imports."""
    lines = source.encode().splitlines(keepends=True)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    found = {}
    for node, after in _changes(ast.parse(source), source, names):
        start = offsets[node.lineno - 1] + node.col_offset
        before = ast.get_source_segment(source, node) or ""
        found[start, before, after] = Mutant(node.lineno, start, before, after, lines[node.lineno - 1].decode().strip())
    return [found[key] for key in sorted(found)]


Change = tuple[ast.expr | ast.stmt, str]
"""What is written otherwise, and how."""


def _changes(tree: ast.Module, source: str, names: Mapping[str, Any]) -> Iterator[Change]:
    for statement in tree.body:
        # Numbers in a table put rows in an order, in which one more is only a tie with the next row.
        step = 1 if isinstance(statement, ast.FunctionDef | ast.ClassDef) else 2
        for node in _seen(statement, tree):
            if isinstance(node, ast.stmt):
                yield from _of_statement(node)
            elif isinstance(node, ast.Constant):
                yield from ((node, other) for other in _other_values(node.value, step))
            elif isinstance(node, ast.expr):
                yield from _of_expression(node, source)
                yield from _other_members(node, names)
            elif isinstance(node, ast.comprehension):
                yield from ((condition, "True") for condition in node.ifs)
            elif isinstance(node, ast.match_case) and node.guard:
                yield from ((node.guard, answer) for answer in ("True", "False"))


def _seen(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and those below it, as far as tests can see them. What stands inside an f-string is part of its text."""
    if _is_documentation(node) or _is_type_alias(node, parent):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list") or isinstance(node, ast.JoinedStr):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _seen(child, node)


def _is_documentation(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_type_alias(node: ast.AST, parent: ast.AST) -> bool:
    if not (isinstance(parent, ast.Module) and isinstance(node, ast.Assign)):
        return False
    made = node.value.func if isinstance(node.value, ast.Call) else node.value
    return isinstance(made, ast.Subscript) or (isinstance(made, ast.Name) and made.id == "TypeVar")


def _of_statement(node: ast.stmt) -> Iterator[Change]:
    match node:
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Delete():
            yield node, "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield node, "pass"
        case ast.If():
            yield from ((node.test, answer) for answer in ("True", "False"))
        case ast.For():
            yield node.iter, "()"


_WRITTEN: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_OTHER_COMPARISONS = {
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "is": ("is not",),
    "is not": ("is",),
    "in": ("not in",),
    "not in": ("in",),
}
_ARITHMETIC = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.LShift: ">>", ast.RShift: "<<"}
_OTHER_FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_MAY_BE_LEFT_OUT = ("lower", "strip", "copy")
"""Methods whose result is of the kind of what they are called on."""


def _of_expression(node: ast.expr, source: str) -> Iterator[Change]:
    match node:
        case ast.Compare():
            yield from _other_comparisons(node, source)
        case ast.BoolOp():
            join = " and " if isinstance(node.op, ast.And) else " or "
            for left_out in node.values:
                kept = [_text(value, source) for value in node.values if value is not left_out]
                yield node, f"({join.join(kept)})"
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield node, _text(node.operand, source)
        case ast.BinOp(op=ast.BitOr() | ast.BitAnd() | ast.BitXor()):
            yield from ((node, _text(kept, source)) for kept in (node.left, node.right))
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            operator = _ARITHMETIC[type(node.op)]
            yield node, f"{_text(node.left, source)} {operator} {_text(node.right, source)}"
        case ast.JoinedStr():
            yield node, '""'
        case ast.IfExp():
            yield from ((node.test, answer) for answer in ("True", "False"))
        case ast.Call():
            yield from _other_calls(node, source)
        case ast.Tuple(elts=elements, ctx=ast.Load()) if len(elements) > 2:
            yield from _without_one(elements)
        case ast.List(elts=elements, ctx=ast.Load()) | ast.Set(elts=elements) if len(elements) > 1:
            yield from _without_one(elements)
        case ast.Dict():
            yield from _without_one_entry(node)


def _other_comparisons(node: ast.Compare, source: str) -> Iterator[Change]:
    first, *operands = (_text(operand, source) for operand in (node.left, *node.comparators))
    signs = [_WRITTEN[type(operator)] for operator in node.ops]
    for place, sign in enumerate(signs):
        for other in _OTHER_COMPARISONS[sign]:
            written = [*signs[:place], other, *signs[place + 1 :]]
            rest = (f" {sign} {operand}" for sign, operand in zip(written, operands, strict=True))
            yield node, first + "".join(rest)


def _other_values(value: object, step: int) -> Iterator[str]:
    match value:
        case bool():
            yield str(not value)
        case int() | float():
            yield from (repr(value + step), repr(value - step))
        case str() if value:
            yield repr(f"{value}x")


def _other_calls(node: ast.Call, source: str) -> Iterator[Change]:
    match node.func:
        case ast.Name(id=name) if name in _OTHER_FUNCTIONS:
            yield node.func, _OTHER_FUNCTIONS[name]
        case ast.Name(id="sorted"):
            yield node, f"list({_text(node.args[0], source)})"
        case ast.Attribute(attr=name, value=value) if name in _MAY_BE_LEFT_OUT and not node.args:
            yield node, _text(value, source)
    if any(keyword.arg == "key" for keyword in node.keywords):
        arguments = [_text(argument, source) for argument in node.args]
        arguments += [f"{other.arg}={_text(other.value, source)}" for other in node.keywords if other.arg != "key"]
        yield node, f"{_text(node.func, source)}({', '.join(arguments)})"


def _without_one(elements: Iterable[ast.expr]) -> Iterator[Change]:
    yield from ((element, "*()") for element in elements)


def _without_one_entry(node: ast.Dict) -> Iterator[Change]:
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None:
            entry = ast.Constant(None, lineno=key.lineno, col_offset=key.col_offset)
            entry.end_lineno, entry.end_col_offset = value.end_lineno, value.end_col_offset
            yield entry, "**{}"


def _other_members(node: ast.expr, names: Mapping[str, Any]) -> Iterator[Change]:
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=attribute, ctx=ast.Load()):
            written = getattr(names.get(name), "__members__", {}).get(attribute)
        case ast.Name(id=name, ctx=ast.Load()):
            written = names.get(name)
        case _:
            return
    if isinstance(written, Enum) and written in (members := list(type(written))):
        yield node, f"{type(written).__name__}.{members[members.index(written) - 1].name}"


def _text(node: ast.expr, source: str) -> str:
    """Return an expression's text, in parentheses where it could be read otherwise in another place."""
    text = ast.get_source_segment(source, node) or ""
    plain = isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Constant | ast.Subscript | ast.Tuple | ast.List)
    return text if plain else f"({text})"


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
